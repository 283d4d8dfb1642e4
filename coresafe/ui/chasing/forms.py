"""The forms about a dispatch that is out too long: who was called and what he said, and a later due date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from coresafe.services.chasing import AddChase, add_chase
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import ExtendDispatch, extend_dispatch
from coresafe.ui import clock
from coresafe.ui.forms import DateTimeField, NotesField, TextField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.widgets import label
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Chased:
    """The dispatch that a call is about, as much of it as the form tells. ``out``: '20 HQ, 4 NQ'."""

    dispatch_id: int
    version: int
    number: str
    company: str
    driver: str
    out: str
    due_at: datetime
    time_zone: str

    @property
    def due(self) -> str:
        """When it is due, by the clock of its shed."""
        return clock.exact(self.due_at, self.time_zone)

    @classmethod
    def of(cls, row: DispatchRow) -> Chased:
        """The same of a whole dispatch."""
        out: dict[str, int] = {}
        for line in row.lines:
            if line.outstanding:
                out[line.tray_size] = out.get(line.tray_size, 0) + line.outstanding
        return cls(
            dispatch_id=row.id,
            version=row.version,
            number=row.number,
            company=row.company_name,
            driver=row.driver,
            out=", ".join(f"{number(count)} {size}" for size, count in out.items()),
            due_at=row.due_at,
            time_zone=row.time_zone,
        )


class ChaseForm(OperationForm):
    """Whom you called about a dispatch, when, and what came of it."""

    changes = ("dispatches",)

    def __init__(self, workspace: Workspace, chased: Chased, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Note a call"), save=tr("Note it"), parent=parent)
        self._chased = chased
        about = tr(
            "{number}, {company}: {out} out, due {due}. Driver: {driver}.",
            number=chased.number,
            company=chased.company,
            out=chased.out,
            due=chased.due,
            driver=chased.driver,
        )
        self.add_widget(label(about, "muted", wrap=True))
        self.add(TextField("called", tr("Who was called"), required=True))
        self.add(NotesField("note", tr("What came of it"), required=True))
        self.add(DateTimeField("chased_at", tr("When"), zone=ZoneInfo(chased.time_zone)))
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return add_chase

    def command(self) -> object:
        """What is typed, as the service takes it."""
        values = self.values()
        return AddChase(
            dispatch_id=self._chased.dispatch_id,
            called=values["called"] or "",
            note=values["note"] or "",
            chased_at=values["chased_at"],
        )

    def told(self) -> str:
        """What happened, in a sentence."""
        called = self.values()["called"]
        return tr("{number}: the call to {who} is noted.", number=self._chased.number, who=called)


class ExtendForm(OperationForm):
    """A later due date for one dispatch, with the reason."""

    changes = ("dispatches",)

    def __init__(self, workspace: Workspace, chased: Chased, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Extend the due date"), save=tr("Extend"), parent=parent)
        self._chased = chased
        about = tr("{number}, {company}. Due {when}.", number=chased.number, company=chased.company, when=chased.due)
        self.add_widget(label(about, "muted", wrap=True))
        field = DateTimeField("due_at", tr("New due date"), zone=ZoneInfo(chased.time_zone), future=True)
        field.set_value(chased.due_at + timedelta(days=workspace.house.rules.due_days))
        self.add(field)
        self.add(NotesField("reason", tr("Reason"), required=True))
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return extend_dispatch

    def command(self) -> object:
        """What is typed, as the service takes it."""
        chased, values = self._chased, self.values()
        return ExtendDispatch(
            dispatch_id=chased.dispatch_id,
            due_at=values["due_at"],
            reason=values["reason"] or "",
            version=chased.version,
        )

    def take_current(self, current: object) -> str:
        """The dispatch as it is now; what was typed stays."""
        if not isinstance(current, DispatchRow):
            return ""
        self._chased = Chased.of(current)
        return tr("It is due {when} now. Look it over, then try again.", when=self._chased.due)

    def told(self, answer: DispatchRow) -> str:
        """What happened, in a sentence."""
        due = clock.exact(answer.due_at, answer.time_zone)
        return tr("{number} is due {when} now.", number=answer.number, when=due)
