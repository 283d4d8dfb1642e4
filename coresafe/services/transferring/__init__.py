"""Transfers between sheds: trays on their way belong to the shed that sent them, until the other one says what arrived.

``sending`` lets them go, ``arriving`` says what became of them, ``reading`` shows them, and ``proof`` recounts them.
"""

from __future__ import annotations

from coresafe.services.transferring.answers import (
    ArrivedLine,
    LoseTransfer,
    MissingLine,
    ReceiveTransfer,
    SendTransfer,
    TransferEntryLineRow,
    TransferEntryRow,
    TransferLineRow,
    TransferRow,
    VoidEntry,
    VoidTransfer,
)
from coresafe.services.transferring.arriving import lose_transfer, receive_transfer, void_transfer_entry
from coresafe.services.transferring.reading import count_transfers, find_transfer, get_transfer, list_transfers
from coresafe.services.transferring.sending import send_transfer, void_transfer

__all__ = [
    "ArrivedLine",
    "LoseTransfer",
    "MissingLine",
    "ReceiveTransfer",
    "SendTransfer",
    "TransferEntryLineRow",
    "TransferEntryRow",
    "TransferLineRow",
    "TransferRow",
    "VoidEntry",
    "VoidTransfer",
    "count_transfers",
    "find_transfer",
    "get_transfer",
    "list_transfers",
    "lose_transfer",
    "receive_transfer",
    "send_transfer",
    "void_transfer",
    "void_transfer_entry",
]
