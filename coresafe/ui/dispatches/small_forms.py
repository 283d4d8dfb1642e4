"""The supervisor's short forms on one dispatch: declare lost, extend, void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from coresafe.errors import StaleVersion
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
from coresafe.ui.forms import Field, Form, MomentField, NotesField, PickField, QuantityField
from coresafe.ui.tables.columns import local
from coresafe.ui.widgets import label
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Task:
    """One short form: its words, the fields for a dispatch, and the command they make."""

    title: str
    save: str
    icon: str
    about: Callable[[DispatchRow], str]
    fields: Callable[[DispatchRow], dict[str, Field]]
    use_case: Callable[..., Any]
    command: Callable[[DispatchRow, dict[str, Any]], object]
    told: Callable[[DispatchRow], str]


def _lost_fields(row: DispatchRow) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for size, out in _out(row).items():
        field = QuantityField(tr("{size} lost, of {out} out", size=size, out=out), required=True, least=0)
        field.set_value(out)
        fields[f"lost {size}"] = field
    return fields


def _out(row: DispatchRow) -> dict[str, int]:
    out: dict[str, int] = {}
    for line in row.lines:
        if line.outstanding:
            out[line.tray_size] = out.get(line.tray_size, 0) + line.outstanding
    return out


def _lost_command(row: DispatchRow, values: dict[str, Any]) -> object:
    lines = [LostLine(tray_size=size, quantity=values[f"lost {size}"]) for size in _out(row) if values[f"lost {size}"]]
    return ResolveLost(dispatch_id=row.id, lines=lines, reason=values["reason"] or "", version=row.version)


def _due_fields(row: DispatchRow) -> dict[str, Field]:
    field = MomentField(tr("New due date"), zone=row.time_zone)
    field.set_value(row.due_at + timedelta(days=7))
    return {"due_at": field}


def _return_fields(row: DispatchRow) -> dict[str, Field]:
    standing = [(entry.id, f"{entry.number}, {local(entry.returned_at)}") for entry in row.returns if not entry.voided_at]
    return {"return_id": PickField(tr("Return"), list(reversed(standing)))}


def _resolution_fields(row: DispatchRow) -> dict[str, Field]:
    standing = [
        (entry.id, f"{local(entry.resolved_at)}: " + ", ".join(f"{n.quantity} {n.tray_size}" for n in entry.lines))
        for entry in row.resolutions
        if not entry.voided_at
    ]
    return {"resolution_id": PickField(tr("Entry of loss"), list(reversed(standing)))}


def _recover_fields(row: DispatchRow) -> dict[str, Field]:
    lost = [(line.tray_size, line.tray_size) for line in row.lines if line.lost > line.recovered]
    where = [("available", tr("good, empty")), ("occupied", tr("holding core")), ("damaged", tr("damaged"))]
    count = QuantityField(tr("Trays"), required=True)
    return {"tray_size": PickField(tr("Size"), lost), "quantity": count, "to_state": PickField(tr("They are"), where)}


TASKS: dict[str, Task] = {
    "dispatch.lost": Task(
        tr("Declare lost"), tr("Declare lost"), "circle-x",
        lambda row: tr("They leave {company}'s account as lost, with your reason.", company=row.company_name),
        _lost_fields, resolve_lost, _lost_command,
        lambda row: tr("{number}: declared lost.", number=row.number),
    ),
    "dispatch.extend": Task(
        tr("Extend the due date"), tr("Extend"), "calendar-clock",
        lambda row: tr("Due {when}.", when=local(row.due_at)),
        _due_fields, extend_dispatch,
        lambda row, v: ExtendDispatch(
            dispatch_id=row.id, due_at=v["due_at"], reason=v["reason"] or "", version=row.version
        ),
        lambda row: tr("{number} is due {when} now.", number=row.number, when=local(row.due_at)),
    ),
    "dispatch.recover": Task(
        tr("Recover lost trays"), tr("Recover"), "undo-2",
        lambda row: tr("They are the shed's again; {company}'s account is relieved.", company=row.company_name),
        _recover_fields, move_stock,
        lambda row, v: MoveStock(
            kind="recovery", tray_size=v["tray_size"] or "", quantity=v["quantity"], to_state=v["to_state"],
            reason=v["reason"] or "", dispatch_id=row.id,
        ),
        lambda row: tr("Recovered."),
    ),
    "dispatch.void": Task(
        tr("Void the dispatch"), tr("Void"), "ban",
        lambda row: tr("Its trays are taken back into the shed by counter-entries dated now. Nothing is deleted."),
        lambda row: {}, void_dispatch,
        lambda row, v: VoidDispatch(dispatch_id=row.id, reason=v["reason"] or "", version=row.version),
        lambda row: tr("{number} is voided.", number=row.number),
    ),
    "return.void": Task(
        tr("Void a return"), tr("Void"), "ban",
        lambda row: tr("Its trays are out again. Nothing is deleted."),
        _return_fields, void_return,
        lambda row, v: VoidReturn(
            dispatch_id=row.id, return_id=v["return_id"], reason=v["reason"] or "", version=row.version
        ),
        lambda row: tr("The return is voided; {number} stands as before it.", number=row.number),
    ),
    "resolution.void": Task(
        tr("Void an entry of loss"), tr("Void"), "ban",
        lambda row: tr("Its trays are outstanding again. Nothing is deleted."),
        _resolution_fields, void_resolution,
        lambda row, v: VoidResolution(
            dispatch_id=row.id, resolution_id=v["resolution_id"], reason=v["reason"] or "", version=row.version
        ),
        lambda row: tr("The loss is voided; {number} stands as before it.", number=row.number),
    ),
}  # fmt: skip


def possible(name: str, row: DispatchRow) -> bool:
    """Whether an action makes sense on this dispatch as it stands."""
    returned = any(entry.voided_at is None for entry in row.returns)
    resolved = any(entry.voided_at is None for entry in row.resolutions)
    return {
        "dispatch.return": row.outstanding > 0,
        "dispatch.lost": row.outstanding > 0,
        "dispatch.extend": row.outstanding > 0,
        "dispatch.recover": any(line.lost > line.recovered for line in row.lines),
        "dispatch.void": row.status.value != "voided" and not returned and not resolved,
        "return.void": returned,
        "resolution.void": resolved,
    }[name]


class SmallForm(Form):
    """A short form on one dispatch. Signals besides the form's: ``saved(DispatchRow or None, str)``."""

    saved = Signal(object, str)

    def __init__(self, workspace: Workspace, task: Task, row: DispatchRow, parent: QWidget | None = None) -> None:
        super().__init__(task.title, save=task.save, icon=task.icon, parent=parent)
        self._workspace = workspace
        self._task = task
        self._row = row
        self._operation = uuid4()
        self.column.addWidget(label(f"{row.number}, {row.company_name}. {task.about(row)}", "muted", wrap=True))
        for name, field in task.fields(row).items():
            self.add(name, field)
        self.add("reason", NotesField(tr("Reason"), required=True))
        self.changed.connect(self._new_operation)
        self.submitted.connect(self._save)

    def _new_operation(self) -> None:
        self._operation = uuid4()

    def _save(self) -> None:
        values = {name: field.value() for name, field in self.fields.items()}
        self._workspace.write(
            self._task.use_case,
            self._task.command(self._row, values),
            owner=self,
            done=self._done,
            failed=self._failed,
            action=self.save_button,
            changes=("dispatches", "stock"),
            operation_id=self._operation,
            title=self._task.title,
        )

    def _done(self, answer: object) -> None:
        row = answer if isinstance(answer, DispatchRow) else None
        self.saved.emit(row, self._task.told(row or self._row))

    def _failed(self, error: BaseException) -> bool:
        if isinstance(error, StaleVersion) and isinstance(error.current, DispatchRow):
            self._row = error.current
            self._new_operation()
            self.say(tr("Somebody changed this dispatch meanwhile. What you typed is kept. Look it over, then try again."))
            return True
        return self.show_failure(error)
