"""As much of the MySQL protocol as the proxy must read: packets, a COMMIT, and the greeting's offer of TLS.

Source: MySQL's "Client/Server Protocol" manual: packets (3 bytes length, 1 byte sequence number) and the greeting,
Protocol::HandshakeV10.
"""

from __future__ import annotations

import asyncio

_COM_QUERY = 0x03
_CLIENT_SSL = 0x0800
_HANDSHAKE_V10 = 0x0A


async def read_packet(reader: asyncio.StreamReader) -> bytes:
    """One packet, header and all; empty at the end of the stream."""
    try:
        header = await reader.readexactly(4)
        return header + await reader.readexactly(int.from_bytes(header[:3], "little"))
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def statement(packet: bytes) -> str | None:
    """The SQL text of a packet that begins a query, else None (sign-in, ping, quit)."""
    if len(packet) > 5 and packet[3] == 0 and packet[4] == _COM_QUERY:
        return packet[5:].decode(errors="replace")
    return None


def is_command(packet: bytes) -> bool:
    """Whether the packet begins a command (a query, a ping ...) and so one round trip."""
    return packet[3] == 0


def is_commit(text: str | None) -> bool:
    """Whether this statement ends a transaction for good."""
    return text is not None and text.strip().rstrip(";").strip().upper() == "COMMIT"


def without_tls(greeting: bytes) -> bytes:
    """The server's first packet with its offer of TLS taken out, so that the proxy can read what follows."""
    if len(greeting) < 5 or greeting[4] != _HANDSHAKE_V10:  # an error packet: too many connections, say
        return greeting
    end_of_version = greeting.index(0, 5)
    capabilities = end_of_version + 1 + 4 + 8 + 1  # thread id, first part of the scramble, a filler
    flags = int.from_bytes(greeting[capabilities : capabilities + 2], "little") & ~_CLIENT_SSL
    return greeting[:capabilities] + flags.to_bytes(2, "little") + greeting[capabilities + 2 :]
