"""The one port for notices, questions and errors.

Whoever has something to say calls ``Messages``; a ``widgets.MessageHost`` in each window shows it in the page, at the top.
Nothing here opens a dialog. Three kinds of failure are told apart: a person's (``UserError``), the world's (``Trouble``,
with *Try again*) and ours (logged with its trace, shown once). ``Cancelled`` is silent.
"""

from __future__ import annotations

import itertools
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from coresafe import __version__
from coresafe.errors import Bug, Cancelled, CoreSafeError, DatabaseUnavailable, Trouble, UserError
from coresafe.ui.words import tr

_LOG = logging.getLogger("coresafe.ui")
_NUMBERS = itertools.count(1)

#: What is said of the world, once for all pages; and of a save whose end is not known. Both end when the database is back.
TROUBLE, DOUBT = "trouble", "doubt"


class Level(StrEnum):
    """How loud a message is; each has its icon and its tone."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a message: its words, and what it does. After it the message is gone."""

    text: str
    do: Callable[[], object]
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to say. ``details`` stand under "More"; a message that does not last goes by itself after some seconds.

    A message with the ``key`` of one that still stands takes its place.
    """

    level: Level
    text: str
    hint: str = ""
    details: str = ""
    choices: tuple[Choice, ...] = ()
    lasting: bool = True
    key: str = ""
    owner: QObject | None = None
    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def copied(self) -> str:
        """What the copy button copies."""
        return "\n".join(part for part in (self.text, self.hint, self.details) if part)


class Messages(QObject):
    """Where everything is said.

    Signals: ``posted(Message)``; ``withdrawn(str)`` with the key of a message that no longer holds.
    """

    posted = Signal(object)
    withdrawn = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bugs_shown: set[str] = set()

    def post(self, message: Message) -> Message:
        """Say it."""
        self.posted.emit(message)
        return message

    def withdraw(self, key: str) -> None:
        """What was said under ``key`` no longer holds."""
        self.withdrawn.emit(key)

    def info(self, text: str, *, hint: str = "", owner: QObject | None = None, key: str = "") -> Message:
        """Something worth knowing; goes by itself."""
        return self.post(Message(level=Level.INFO, text=text, hint=hint, lasting=False, owner=owner, key=key))

    def success(
        self,
        text: str,
        *,
        hint: str = "",
        owner: QObject | None = None,
        choices: tuple[Choice, ...] = (),
        key: str = "",
    ) -> Message:
        """It is done; goes by itself. ``choices``: what one may want to do next (print the note)."""
        return self.post(
            Message(level=Level.SUCCESS, text=text, hint=hint, lasting=False, owner=owner, choices=choices, key=key)
        )

    def warn(
        self,
        text: str,
        *,
        hint: str = "",
        owner: QObject | None = None,
        choices: tuple[Choice, ...] = (),
        key: str = "",
    ) -> Message:
        """Something that needs an eye; stays until it is closed or withdrawn."""
        return self.post(Message(level=Level.WARNING, text=text, hint=hint, owner=owner, choices=choices, key=key))

    def ask(
        self,
        question: str,
        *,
        yes: str,
        do: Callable[[], object],
        no: str = "",
        hint: str = "",
        owner: QObject | None = None,
        key: str = "",
    ) -> Message:
        """A question in the page; ``do`` is called when the person says ``yes``. Closing it means no."""
        choices = (Choice(yes, do, primary=True), Choice(no or tr("Cancel"), lambda: None))
        return self.post(
            Message(level=Level.QUESTION, text=question, hint=hint, choices=choices, owner=owner, key=key or "question")
        )

    def report(
        self,
        error: BaseException,
        title: str = "",
        again: Callable[[], object] | None = None,
        owner: QObject | None = None,
    ) -> Message | None:
        """Say what went wrong, by its kind. ``title``: what was being done; ``again``: tries it once more.

        A mistake of ours is logged with its trace every time and shown once; None is returned when nothing is shown.
        """
        if isinstance(error, Cancelled):
            return None
        if isinstance(error, (UserError, Trouble)):
            return self.post(described(error, title, again, owner))
        reference = uuid.uuid4().hex[:8]
        _LOG.error("unexpected error %s: %s", reference, title or "no title", exc_info=error)
        place = _place(error)
        if place in self._bugs_shown:
            return None
        self._bugs_shown.add(place)
        return self.post(_bug(error, title, reference, place, owner))


def described(
    error: CoreSafeError, title: str = "", again: Callable[[], object] | None = None, owner: QObject | None = None
) -> Message:
    """The message that a person's or the world's failure makes."""
    trouble = isinstance(error, Trouble)
    choices = (Choice(tr("Try again"), again, primary=True),) if trouble and again is not None else ()
    doubt = isinstance(error, DatabaseUnavailable) and error.in_doubt
    hint = error.hint
    if doubt:  # says more than how to reach the database
        hint = tr("Whether it was saved is not known yet. Trying again is safe: it will not be done twice.")
    return Message(
        level=Level.WARNING if trouble else Level.ERROR,
        text=error.message,
        hint=hint,
        details=_details(error.code, title),
        choices=choices,
        # Ten pages that cannot reach the server say so once.
        key=(DOUBT if doubt else TROUBLE) if trouble else "",
        owner=owner,
    )


def _bug(error: BaseException, title: str, reference: str, place: str, owner: QObject | None) -> Message:
    where = tr("While doing: {title}", title=title) if title else ""
    details = [
        tr("Reference: {reference}", reference=reference),
        where,
        tr("Kind: {kind}", kind=type(error).__name__),
        tr("Place: {place}", place=place),
        tr("CoreSafe {version}, {moment}", version=__version__, moment=_now()),
        tr("The full record is in the log under this reference."),
    ]
    return Message(
        level=Level.ERROR,
        text=tr("Something went wrong in CoreSafe itself. You can go on working."),
        hint=tr("If it happens again, copy the details and send them to whoever looks after CoreSafe."),
        details="\n".join(line for line in details if line),
        key=f"bug {place}",
        owner=owner,
    )


def _details(code: str, title: str) -> str:
    lines = [tr("While doing: {title}", title=title) if title else "", tr("Code: {code}", code=code)]
    lines.append(tr("CoreSafe {version}, {moment}", version=__version__, moment=_now()))
    return "\n".join(line for line in lines if line)


def _place(error: BaseException) -> str:
    """File and line where it was raised: names the mistake without showing a trace."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    kind = "" if isinstance(error, Bug) else f"{type(error).__name__} "
    if trace is None:
        return f"{kind}{error}"[:120]
    file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 2)
    return f"{kind}{'/'.join(file[-2:])}:{trace.tb_lineno}"


def _now() -> str:
    return datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
