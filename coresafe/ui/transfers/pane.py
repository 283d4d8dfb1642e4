"""The right of the page: the transfer that is selected, what became of it, and its history as soon as that is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from coresafe.services.audit_trail import AuditRow, Trail, transfer_history
from coresafe.services.transferring import TransferEntryRow, TransferRow
from coresafe.ui import trail
from coresafe.ui.clock import exact
from coresafe.ui.transfers.columns import states_of
from coresafe.ui.transfers.fields import entered, entry_title, entry_words, numbers, size_words
from coresafe.ui.widgets import DetailPane, History, Lines, Pairs
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace


class TransferPane(DetailPane):
    """Shows a transfer at once, and who did what to it when: read once for each version of it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        hint = tr("Select one to see what arrived of it.")
        super().__init__(tr("No transfer selected"), hint, parent, icon="arrow-left-right")
        self._workspace = workspace
        self._row: TransferRow | None = None
        self._actions_shown: Sequence[QAction] = ()
        self._trail: Trail | None = None
        self._asked: tuple[int, int] | None = None

    def nothing(self) -> None:
        """Nothing is selected."""
        self._row = self._trail = self._asked = None
        self.clear()

    def show_row(self, row: TransferRow, actions: Sequence[QAction]) -> None:
        """One transfer; of an older version its history stays until the newer one is there."""
        if self._row is None or self._row.id != row.id:
            self._trail = None
        self._row, self._actions_shown = row, actions
        self._draw()
        if self._asked != (row.id, row.version):
            self._asked = (row.id, row.version)
            self._workspace.read(
                transfer_history, row.id, owner=self, lane="history", done=lambda found: self._came(row.id, found)
            )

    def _came(self, transfer_id: int, found: Trail) -> None:
        if self._row is not None and self._row.id == transfer_id:
            self._trail = found
            self._draw()

    def _draw(self) -> None:
        row = self._row
        if row is None:
            return
        history = [_history(self._trail, row)] if self._trail is not None else []
        self.show_record(
            row.number,
            subtitle=tr("From {shed} to {to}", shed=row.shed_name, to=row.to_shed_name),
            states=states_of(row),
            sections=[_trays(row), _facts(row), *_entries(row), *history],
            actions=self._actions_shown,
        )


def _trays(row: TransferRow) -> Lines:
    heads = [tr("Size"), tr("Sent"), tr("Good"), tr("Occ."), tr("Dam."), tr("Lost"), tr("On the way")]
    surplus = any(line.surplus for line in row.lines)
    rows: list[list[str | int]] = []
    for line in row.lines:
        counts = [line.quantity, line.good, line.occupied, line.damaged, line.lost, line.in_transit]
        rows.append([size_words(line), *counts, *([line.surplus] if surplus else [])])
    sums: list[str | int] = []
    if len(rows) > 1:
        sums = [tr("All"), *(sum(int(cells[at]) for cells in rows) for at in range(1, len(rows[0])))]
    return Lines(tr("Trays"), [*heads, *([tr("Surplus")] if surplus else [])], rows, sums)


def _facts(row: TransferRow) -> Pairs:
    days = trn("{count} day", "{count} days", row.days)
    return Pairs(
        tr("Transfer"),
        [
            (tr("Sent"), exact(row.sent_at, row.time_zone)),
            (tr("On its way for"), days if row.in_transit else ""),
            (tr("Driver"), row.driver),
            (tr("Technician"), row.technician),
            (tr("Vehicle"), row.vehicle or ""),
            (tr("Notes"), row.notes or ""),
            (tr("Void because"), row.void_reason or ""),
            (tr("Entered"), f"{exact(row.created_at, row.time_zone)}, {row.entered_by}"),
        ],
    )


def _entries(row: TransferRow) -> list[History]:
    """What arrived and what did not, the newest first."""
    entries = sorted(row.entries, key=lambda entry: (entry.happened_at, entry.id), reverse=True)
    if not entries:
        return []
    zone = row.to_time_zone
    return [
        History(
            tr("What became of it"),
            [(exact(entry.happened_at, zone), _entry(entry, zone), entry.entered_by) for entry in entries],
        )
    ]


def _entry(entry: TransferEntryRow, zone: str) -> str:
    words = tr("{kind}: {trays}", kind=entry_title(entry), trays=entry_words(entry))
    if entry.technician:
        words += "\n" + tr("Counted by {who}", who=entry.technician)
    if entry.reason:
        words += "\n" + trail.because(entry.reason)
    if entry.voided_at is not None:
        words += "\n" + tr("Voided {when}: {why}", when=exact(entry.voided_at, zone), why=entry.void_reason)
    return words


def _history(found: Trail, row: TransferRow) -> History:
    told = [
        (trail.when(entry, row.time_zone), _told(entry, row), trail.by_whom(entry))
        for entry in found.entries[: trail.SHOWN]
    ]
    more = found.more or len(found.entries) > trail.SHOWN
    return trail.history(told, more=more, nothing=tr("Nothing is known of how it came about."))


def _told(entry: AuditRow, row: TransferRow) -> str:
    """One change in words, with what it changed and why."""
    old, new = entry.old or {}, entry.new or {}
    lines = [_happened(entry.action, new, row)]
    if entry.action != "send":
        lines += [change.told for change in numbers(old.get("lines", ()), new.get("lines", ()), ("in_transit",))]
    if entry.reason:
        lines.append(trail.because(entry.reason))
    return "\n".join(lines)


def _happened(action: str, new: Mapping[str, Any], row: TransferRow) -> str:
    if action == "send":
        sizes = ", ".join(f"{number(line['quantity'])} {line['tray_size']}" for line in new.get("lines", ()))
        return tr("Sent: {trays}", trays=sizes)
    if action in ("receive", "lose"):
        trays = entered(new.get("entered", ()))
        return (
            tr("Received: {trays}", trays=trays) if action == "receive" else tr("Declared lost: {trays}", trays=trays)
        )
    if action == "void_entry":
        voided = next((entry for entry in row.entries if entry.id == new.get("entry_id")), None)
        if voided is not None:
            return tr("Voided: {kind}, {trays}", kind=entry_title(voided).lower(), trays=entry_words(voided))
    return tr("Voided")
