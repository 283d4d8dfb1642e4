"""Transfers between sheds: sent, received as they really arrived, lost on the way, voided."""

from coresafe.ui.transfers.page import SEND, TRANSFERS, TransfersPage

__all__ = ["SEND", "TRANSFERS", "TransfersPage"]
