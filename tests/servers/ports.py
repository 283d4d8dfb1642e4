"""Free ports on loopback for servers that must come back on the same port."""

from __future__ import annotations

import random
import socket

#: Below the range that the system gives to outgoing connections. A client that keeps knocking on a dead server's port
#: inside that range may be given this very port as its own, and would then talk to itself.
_RANGE = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on now."""
    for port in random.sample(_RANGE, 500):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("No free port between 20000 and 31999 on this machine.")
