"""Install the system libraries that the window (``window``) or the whole suite (``suite``) needs, only when missing.

Usage: ``python3 -m tests.system_packages window|suite``. Runs before there is a virtual environment, so it uses the
standard library only. Debian's ``apt-get`` is used as root; anybody else is told in one sentence what to install.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

#: What Qt loads for a window, by Debian package: the libraries that the wheel does not carry.
LIBRARIES = {
    "libdbus-1-3": "libdbus-1.so.3",
    "libegl1": "libEGL.so.1",
    "libfontconfig1": "libfontconfig.so.1",
    "libfreetype6": "libfreetype.so.6",
    "libgl1": "libGL.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-sync1": "libxcb-sync.so.1",
    "libxcb-util1": "libxcb-util.so.1",
    "libxcb-xfixes0": "libxcb-xfixes.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxkbcommon0": "libxkbcommon.so.0",
}
#: A window without a font shows boxes.
FONTS = {"fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"}
#: What the suite starts besides: a screen, hands on it, a spreadsheet that recalculates, what builds MySQL's folder.
PROGRAMS = {
    "dbus": "dbus-daemon",
    "debootstrap": "debootstrap",
    "libreoffice-calc-nogui": "soffice",
    "xdotool": "xdotool",
    "xvfb": "Xvfb",
}

#: The registry of the trees that screen readers hear; it starts by itself on a bus, by the file that says so.
REGISTRY = {"at-spi2-core": "/usr/share/dbus-1/services/org.a11y.Bus.service"}


def missing(kind: str) -> list[str]:
    """The packages that are not there, for ``window`` or ``suite``, in alphabetical order."""
    found = [package for package, library in LIBRARIES.items() if not _loads(library)]
    if kind == "window":
        found += [package for package in FONTS if not _any_font()]
    if kind == "suite":
        found += [package for package, file in (FONTS | REGISTRY).items() if not Path(file).exists()]
        found += [package for package, program in PROGRAMS.items() if not _has(program)]
    return sorted(found)


def install(packages: Iterable[str]) -> None:
    """Install Debian packages. Raises ``SystemExit`` with one sentence when that is not possible."""
    packages = list(packages)
    if not packages:
        return
    command = "apt-get install --no-install-recommends " + " ".join(packages)
    if os.geteuid() != 0:
        raise SystemExit(f"CoreSafe needs these system packages; please run: sudo {command}")
    if shutil.which("apt-get") is None:
        raise SystemExit(f"CoreSafe needs what Debian calls {', '.join(packages)}; please install them and try again.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=300", "-qq", "-o", "Dpkg::Use-Pty=0", "-y"]
    # Not fatal by itself: a list that cannot be read may belong to an archive that has nothing to do with CoreSafe.
    subprocess.run(["apt-get", *wait, "update"], env=environment, stdout=subprocess.DEVNULL, check=False)
    print(f"Installing {', '.join(packages)} ...", flush=True)
    done = subprocess.run(
        ["apt-get", *wait, "install", "--no-remove", "--no-install-recommends", *packages],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The system packages could not be installed; please run: {command}")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _any_font() -> bool:
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"]
    return any(next(folder.rglob("*.[to]t[fc]"), None) for folder in folders if folder.is_dir())


def _has(program: str) -> bool:
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None


def main(arguments: list[str]) -> None:
    """Install what ``window`` or ``suite`` misses."""
    if arguments not in (["window"], ["suite"]):
        raise SystemExit(__doc__)
    if sys.platform == "linux":
        install(missing(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
