"""Private MySQL and MariaDB servers for tests and benchmarks, on loopback, with data of their own.

``python -m tests.servers install`` makes the programs once under the user's cache folder; ``Server`` starts one;
``Proxy`` stands between a client and a server and makes the line slow, cut or dead.
"""

from __future__ import annotations

from tests.servers.proxy import Proxy
from tests.servers.server import PASSWORD, USER, Server

__all__ = ["PASSWORD", "USER", "Proxy", "Server"]
