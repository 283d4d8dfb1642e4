"""What there is of another program: whether it runs, and whether somebody listens."""

from __future__ import annotations

from pathlib import Path

import httpx


def runs(pid: int) -> bool:
    """Whether there is such a process; one that has ended and only waits to be noticed does not count."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def told_at_start(pid: int) -> str:
    """The command line and the environment of a process, which others on the machine may see."""
    return "\n".join(Path(f"/proc/{pid}/{name}").read_bytes().decode() for name in ("cmdline", "environ"))


def listens_at(pid: int) -> set[str]:
    """The addresses that a process takes calls on, as ``127.0.0.1:8760``."""
    own = {path.readlink().as_posix() for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and f"socket:[{inode}]" in own:
                host, _, port = local.partition(":")
                found.add(f"{'.'.join(str(byte) for byte in reversed(bytes.fromhex(host)))}:{int(port, 16)}")
    return found


def answers(address: str) -> bool:
    """Whether anybody takes calls there."""
    try:
        httpx.get(f"{address}/health/live", trust_env=False, timeout=10)
    except httpx.TransportError:
        return False
    return True
