"""The supervisor's short forms on one dispatch: declare lost, extend, void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock, OverReturn
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import ExtendDispatch, VoidDispatch, extend_dispatch, void_dispatch
from coresafe.services.inventory import MoveStock, move_stock
from coresafe.services.returning import (
    LostLine,
    ResolveLost,
    VoidResolution,
    VoidReturn,
    resolve_lost,
    void_resolution,
    void_return,
)
from coresafe.services.settings import Rules
from coresafe.ui.clock import exact
from coresafe.ui.forms import DateTimeField, Field, NotesField, QuantityField, SelectField
from coresafe.ui.returning.meanwhile import OneDispatchForm
from coresafe.ui.returning.return_lines import outstanding_by_size
from coresafe.ui.widgets import label
from coresafe.ui.words import mark, number, tr
from coresafe.ui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Task:
    """One short form: its words, the fields for a dispatch under the rules, and the command they make.

    ``renew`` fits the fields to the dispatch as somebody else left it meanwhile, and leaves what was typed.
    """

    title: str
    save: str
    icon: str
    about: Callable[[DispatchRow], str]
    fields: Callable[[DispatchRow, Rules], list[Field]]
    use_case: Callable[..., Any]
    command: Callable[[DispatchRow, dict[str, Any]], object]
    told: Callable[[DispatchRow], str]
    renew: Callable[[SmallForm, DispatchRow], None] = lambda _form, _row: None


_LOST = "lost "


def _lost_fields(row: DispatchRow, _rules: Rules) -> list[Field]:
    return [_lost_field(size, out, out) for size, out in _out(row).items()]


def _lost_field(size: str, out: int, lost: int) -> QuantityField:
    field = QuantityField(_LOST + size, _lost_title(size, out), required=True, least=0)
    field.set_value(lost)
    return field


def _lost_title(size: str, out: int) -> str:
    return tr("{size} lost, of {out} out", size=size, out=number(out))


def _renew_lost(form: SmallForm, row: DispatchRow) -> None:
    """What is out now; of a size that came to be out meanwhile nothing is lost until somebody says so."""
    out = _out(row)
    before = [name for name in form.fields if name.startswith(_LOST)]
    for name in before:
        field, now = form.fields[name], out.get(name.removeprefix(_LOST), 0)
        field.set_title(_lost_title(name.removeprefix(_LOST), now))
        if not field.dirty:
            field.set_value(now)
            field.settle()
    for size in out:
        if _LOST + size not in before:
            form.insert(_lost_field(size, out[size], 0))


def _out(row: DispatchRow) -> dict[str, int]:
    return {size: out for size, out in outstanding_by_size(row).items() if out}


def _lost_command(row: DispatchRow, values: dict[str, Any]) -> object:
    # By the names of the fields: a size may have come back while the form was open.
    counts = {name.removeprefix(_LOST): count for name, count in values.items() if name.startswith(_LOST)}
    lines = [LostLine(tray_size=size, quantity=count) for size, count in counts.items() if count]
    return ResolveLost(dispatch_id=row.id, lines=lines, reason=values["reason"] or "", version=row.version)


def _limits(row: DispatchRow, values: dict[str, Any]) -> dict[str, tuple[int, str]]:
    """How much there is at most for the fields that count trays, and what to say beyond it."""
    out = outstanding_by_size(row)
    limits = {
        _LOST + size: (count, tr("Only {count} {size} are out.", count=number(count), size=size))
        for size, count in out.items()
    }
    size = values.get("tray_size")
    lost = sum(line.lost - line.recovered for line in row.lines if line.tray_size == size)
    limits["quantity"] = (lost, tr("Only {count} {size} are lost.", count=number(lost), size=size))
    return limits


def _due_fields(row: DispatchRow, rules: Rules) -> list[Field]:
    field = DateTimeField("due_at", tr("New due date"), zone=ZoneInfo(row.time_zone), future=True)
    field.set_value(row.due_at + timedelta(days=rules.due_days))
    return [field]


def _returns(row: DispatchRow) -> list[tuple[int, str]]:
    """The returns that stand, the last first."""
    standing = [
        (entry.id, f"{entry.number}, {exact(entry.returned_at, row.time_zone)}")
        for entry in row.returns
        if not entry.voided_at
    ]
    return standing[::-1]


def _resolutions(row: DispatchRow) -> list[tuple[int, str]]:
    """The entries of loss that stand, the last first."""
    standing = [
        (
            entry.id,
            f"{exact(entry.resolved_at, row.time_zone)}: "
            + ", ".join(f"{n.quantity} {n.tray_size}" for n in entry.lines),
        )
        for entry in row.resolutions
        if not entry.voided_at
    ]
    return standing[::-1]


def _lost_sizes(row: DispatchRow) -> list[tuple[str, str]]:
    """The sizes of which some are lost and have not turned up."""
    return [(size, size) for size in dict.fromkeys(line.tray_size for line in row.lines if line.lost > line.recovered)]


def _renew_choice(name: str, offered: Callable[[DispatchRow], list[Any]]) -> Callable[[SmallForm, DispatchRow], None]:
    """What can be chosen now. What was chosen stays chosen; where it is gone, that is said and nothing else taken for it."""

    def renew(form: SmallForm, row: DispatchRow) -> None:
        field = form.fields[name]
        assert isinstance(field, SelectField)
        chosen, words, there = field.value(), field.box.currentText(), offered(row)
        field.set_options(there)
        if chosen is not None and chosen not in [value for value, _words in there]:
            field.set_value(None)
            field.set_note(tr("What was chosen is gone: {what}", what=words))

    return renew


def _recover_fields(row: DispatchRow, _rules: Rules) -> list[Field]:
    where = [("available", tr("good, empty")), ("occupied", tr("holding core")), ("damaged", tr("damaged"))]
    count = QuantityField("quantity", tr("Trays"), required=True)
    return [
        SelectField("tray_size", tr("Size"), _lost_sizes(row)),
        count,
        SelectField("to_state", tr("They are"), where),
    ]


TASKS: dict[str, Task] = {
    "dispatch.lost": Task(
        mark("Declare lost"), mark("Declare lost"), "circle-x",
        lambda row: tr("They leave {company}'s account as lost, with your reason.", company=row.company_name),
        _lost_fields, resolve_lost, _lost_command,
        lambda row: tr("{number}: declared lost.", number=row.number),
        _renew_lost,
    ),
    "dispatch.extend": Task(
        mark("Extend the due date"), mark("Extend"), "calendar-clock",
        lambda row: tr("Due {when}.", when=exact(row.due_at, row.time_zone)),
        _due_fields, extend_dispatch,
        lambda row, v: ExtendDispatch(
            dispatch_id=row.id, due_at=v["due_at"], reason=v["reason"] or "", version=row.version
        ),
        lambda row: tr("{number} is due {when} now.", number=row.number, when=exact(row.due_at, row.time_zone)),
    ),
    "dispatch.recover": Task(
        mark("Recover lost trays"), mark("Recover"), "undo-2",
        lambda row: tr("They are the shed's again; {company}'s account is relieved.", company=row.company_name),
        _recover_fields, move_stock,
        lambda row, v: MoveStock(
            kind="recovery", tray_size=v["tray_size"] or "", quantity=v["quantity"], to_state=v["to_state"],
            reason=v["reason"] or "", dispatch_id=row.id, version=row.version,
        ),
        lambda row: tr("Trays of {number} recovered.", number=row.number),
        _renew_choice("tray_size", _lost_sizes),
    ),
    "dispatch.void": Task(
        mark("Void the dispatch"), mark("Void"), "ban",
        lambda _row: tr("Its trays are taken back into the shed by counter-entries dated now. Nothing is deleted."),
        lambda _row, _rules: [], void_dispatch,
        lambda row, v: VoidDispatch(dispatch_id=row.id, reason=v["reason"] or "", version=row.version),
        lambda row: tr("{number} is voided.", number=row.number),
    ),
    "return.void": Task(
        mark("Void a return"), mark("Void"), "ban",
        lambda _row: tr("Its trays are out again. Nothing is deleted."),
        lambda row, _rules: [SelectField("return_id", tr("Return"), _returns(row))], void_return,
        lambda row, v: VoidReturn(
            dispatch_id=row.id, return_id=v["return_id"], reason=v["reason"] or "", version=row.version
        ),
        lambda row: tr("The return is voided; {number} stands as before it.", number=row.number),
        _renew_choice("return_id", _returns),
    ),
    "resolution.void": Task(
        mark("Void an entry of loss"), mark("Void"), "ban",
        lambda _row: tr("Its trays are outstanding again. Nothing is deleted."),
        lambda row, _rules: [SelectField("resolution_id", tr("Entry of loss"), _resolutions(row))], void_resolution,
        lambda row, v: VoidResolution(
            dispatch_id=row.id, resolution_id=v["resolution_id"], reason=v["reason"] or "", version=row.version
        ),
        lambda row: tr("The loss is voided; {number} stands as before it.", number=row.number),
        _renew_choice("resolution_id", _resolutions),
    ),
}  # fmt: skip


def possible(name: str, row: DispatchRow) -> bool:
    """Whether an action makes sense on this dispatch as it stands."""
    returned = any(entry.voided_at is None for entry in row.returns)
    resolved = any(entry.voided_at is None for entry in row.resolutions)
    return {
        "dispatch.return": row.outstanding > 0,
        "dispatch.amend": row.outstanding > 0,
        "dispatch.lost": row.outstanding > 0,
        "dispatch.extend": row.outstanding > 0,
        "dispatch.chase": row.outstanding > 0,
        "dispatch.note": row.outstanding > 0,
        "dispatch.recover": any(line.lost > line.recovered for line in row.lines),
        "dispatch.void": row.status.value != "voided" and not returned and not resolved,
        "return.void": returned,
        "resolution.void": resolved,
    }[name]


def why_not(name: str, row: DispatchRow) -> str:
    """Why a selected dispatch is left out of what is done with the others."""
    if row.voided_at is not None:
        return tr("it is voided")
    if not possible(name, row):
        return tr("it is closed")
    return tr("you may amend only your own, on the day you entered them")


class SmallForm(OneDispatchForm):
    """A short form on one dispatch. What it saved is said by ``told``."""

    changes = ("dispatches", "stock")

    def __init__(self, workspace: Workspace, name: str, row: DispatchRow, parent: QWidget | None = None) -> None:
        self._name, self._task = name, TASKS[name]
        super().__init__(workspace, tr(self._task.title), row, save=tr(self._task.save), parent=parent)
        self._about = label("", "muted", wrap=True)
        self.add_widget(self._about)
        for field in self._task.fields(row, workspace.house.rules):
            self.add(field)
        self._reason = NotesField("reason", tr("Reason"), required=True)
        self.add(self._reason)
        if "tray_size" in self.fields:
            self.fields["tray_size"].changed.connect(self._limit)
        self._say_about()
        self._limit()
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return self._task.use_case

    def command(self) -> object:
        """What is typed, as the service takes it."""
        return self._task.command(self._row, self.values())

    def told(self, answer: object) -> str:
        """What happened, in a sentence."""
        return self._task.told(answer if isinstance(answer, DispatchRow) else self._row)

    def renew(self, row: DispatchRow) -> str:
        """The dispatch as it is now; what was typed stays."""
        self._say_about()
        self._task.renew(self, row)
        self._limit()
        if not possible(self._name, row):
            return tr("There is nothing left to do here. Leave the form, or look the dispatch over first.")
        return tr("Look it over, then try again.")

    def insert(self, field: Field) -> None:
        """One field more, above the reason."""
        self.add(field)
        row, reason = field.parentWidget(), self._reason.parentWidget()
        assert row is not None and reason is not None  # noqa: PT018
        self.body.removeWidget(row)
        self.body.insertWidget(self.body.indexOf(reason), row)

    def _say_about(self) -> None:
        self._about.setText(f"{self._row.number}, {self._row.company_name}. {self._task.about(self._row)}")

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is too much stands at the number of its size."""
        if not isinstance(error, (OverReturn, InsufficientStock)):
            return []
        return [
            (_LOST + found.tray_size if _LOST + found.tray_size in self.fields else "quantity", error.message)
            for found in error.shortages
        ]

    def _limit(self) -> None:
        for name, (most, beyond) in _limits(self._row, self.values()).items():
            field = self.fields.get(name)
            if isinstance(field, QuantityField):
                field.set_limit(most, beyond)
