"""Programmatic access: the HTTP API beside the main window, in a process of its own, so that its work is not the window's."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from coresafe.config import Settings
from coresafe.services.opening import account_of, settings_for
from coresafe.ui.state import Memory
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.services.children import Companion
    from coresafe.services.database import Database

#: The main of the child; by its path, for the windows know nothing of the web.
SERVER = "coresafe.api.server:in_child"
PREFIX = "/api/v1"
DEFAULT_PORT = 8760
#: Below are the ports of the system's own services.
LEAST_PORT, MOST_PORT = 1024, 65535
#: Seconds that the program, its windows gone, waits for requests under way.
_PATIENCE = 10.0

_LOG = logging.getLogger("coresafe.ui")


class Phase(StrEnum):
    """How it stands; each is a status of the theme."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    ENDING = "ending"
    FAILED = "failed"


class Access(QObject):
    """The API's process: at most one, while a main window is there and an administrator wants it.

    ``wanted`` is the switch, remembered with the database it was switched on for: whoever administers another database
    decides for that one. ``address`` is "" unless programs are answered; ``failure`` says why they are not, and
    ``port_refused`` that the port is to blame. Signals: ``changed()`` whatever of this has changed.
    """

    changed = Signal()
    _heard = Signal(str, object)

    def __init__(self, settings: Settings, memory: Memory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings, self._memory = settings, memory
        port = memory.recall("access/port", DEFAULT_PORT)
        self.port = port if LEAST_PORT <= port <= MOST_PORT else DEFAULT_PORT
        self.wanted = False
        self.lasting = True
        self.address = ""
        self.failure = ""
        self.port_refused = False
        self._database: Database | None = None
        self._companion: Companion | None = None
        self._ending = False
        self._served_port = 0
        # Told on the companion's thread, heard on the window's.
        self._heard.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    @property
    def phase(self) -> Phase:
        """How it stands."""
        if self.wanted and self.failure:
            return Phase.FAILED
        if self._companion is None:
            return Phase.OFF
        if self._ending:
            return Phase.STARTING if self.wanted else Phase.ENDING
        return Phase.ON if self.address else Phase.STARTING

    @property
    def future_address(self) -> str:
        """Where programs are answered, or will be once it is on."""
        return self.address or f"http://127.0.0.1:{self.port}{PREFIX}"

    # -- the main window comes and goes ----------------------------------------------------------------------------

    def begin(self, database: Database, *, lasting: bool = True) -> None:
        """A main window works on ``database``. One that does not last (sample data) remembers nothing and starts off."""
        self._database, self.lasting = database, lasting
        self._forgive()
        recall = self._memory.recall
        self.wanted = (
            lasting and recall("access/on", False) and recall("access/database", "") == account_of(database.url)
        )
        self._settle()

    def end(self) -> None:
        """The main window closes, or its user signs out."""
        self._database, self.wanted = None, False
        self._forgive()
        self._settle()

    def close(self, seconds: float = _PATIENCE) -> bool:
        """The program ends: wait for the process. True when it has ended."""
        self.end()
        if self._companion is None:
            return True
        self._companion.end(seconds)
        return self._companion.join(2 * seconds)

    # -- what an administrator does --------------------------------------------------------------------------------

    def switch(self, on: bool) -> None:
        """Switch it on or off, for the next windows too."""
        self.wanted = on and self._database is not None
        if self.lasting and self._database is not None:
            self._memory.remember("access/on", self.wanted)
            self._memory.remember("access/database", account_of(self._database.url))
            self._memory.save()
        self._forgive()
        self._settle()

    def use_port(self, port: int) -> None:
        """Serve there; what runs is started anew."""
        if port == self.port and not self.failure:
            return
        self.port = port
        if self.lasting:
            self._memory.remember("access/port", port)
            self._memory.save()
        self._forgive()
        self._settle()

    def try_again(self) -> None:
        """Start once more after a failure."""
        self._forgive()
        self._settle()

    # -- the process -----------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Make what is what is wanted; one process at a time, for two would fight for the port."""
        if self._companion is not None:
            if not self.wanted or self._served_port != self.port or self.failure:
                self._stop()
        elif self.wanted and not self.failure and self._database is not None:
            self._start(self._database)
        self.changed.emit()

    def _start(self, database: Database) -> None:
        from coresafe.services.children import Companion

        self._ending, self._served_port = False, self.port
        self._companion = Companion(SERVER, self._tell, settings=settings_for(database, self._settings), port=self.port)

    def _stop(self) -> None:
        if self._companion is not None and not self._ending:
            self._ending, self.address = True, ""
            self._companion.end()

    def _tell(self, kind: str, value: object) -> None:
        try:
            self._heard.emit(kind, value)
        except RuntimeError:
            pass  # the window's half is gone: the program is ending

    def _hear(self, kind: str, value: object) -> None:
        if kind == "ended":
            self._ended(value)
        elif self._ending:
            return
        elif kind == "listening":
            self.address = f"{value}{PREFIX}"
            _LOG.info("programmatic access at %s", self.address)
            self.changed.emit()
        else:
            self._fail(str(value), port=kind == "port")
            self._settle()

    def _ended(self, code: object) -> None:
        asked, self._ending = self._ending, False
        self._companion, self.address = None, ""
        if not asked:
            _LOG.warning("programmatic access ended by itself, exit code %s", code)
            self._fail(tr("It ended by itself. What programs had saved is saved; the windows are not affected."))
        self._settle()

    def _fail(self, why: str, *, port: bool = False) -> None:
        self.failure, self.port_refused = why, port

    def _forgive(self) -> None:
        self._fail("")
