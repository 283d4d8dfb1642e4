"""The detail of one sample with its history, and of several together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from coresafe.errors import NotFound
from coresafe.services.audit_trail import AuditRow, list_audit
from coresafe.services.listing import Page, Query
from coresafe.services.permissions import Permission
from coresafe.services.samples import RecordedSample, SampleRow, get_sample
from coresafe.ui.clock import local
from coresafe.ui.samples.columns import type_of
from coresafe.ui.samples.history import history_of
from coresafe.ui.samples.words import SAMPLE_STATUS, SAMPLE_TYPE, depth, plain_row
from coresafe.ui.trail import SHOWN
from coresafe.ui.widgets import DetailPane, History, Pairs
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace


class SamplePane(DetailPane):
    """Shows a sample and reads its history, for those who may see the audit trail."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(
            tr("No sample selected"), tr("Select one to see where it comes from, or scan its label."), parent=parent
        )
        self._workspace = workspace
        workspace.date(self)
        self._sees_history = workspace.may(Permission.SEE_AUDIT)
        self.row: SampleRow | None = None
        self._shown: SampleRow | None = None
        self._buttons: Sequence[QAction] = ()
        self._entries: Sequence[AuditRow] | None = None
        self._warnings: dict[int, RecordedSample] = {}

    def nothing(self) -> None:
        """Nothing is selected."""
        self.row = self._shown = self._entries = None
        self.clear()

    def remember(self, rows: Sequence[RecordedSample]) -> None:
        """Keep what was told while these were recorded: it stands in their detail until they, or what they overlap, change."""
        changed = [row.sample_id for row in rows]
        for kept in [kept for kept in self._warnings.values() if any(name in _told(kept) for name in changed)]:
            del self._warnings[kept.id]
        self._warnings.update({row.id: row for row in rows if row.warnings})

    def show_many(self, rows: Sequence[SampleRow], actions: Sequence[QAction]) -> None:
        """Several together."""
        self.row = self._shown = self._entries = None
        title = trn("{count} sample selected", "{count} samples selected", len(rows))
        self.show_record(title, sections=[_many(rows)], actions=actions)

    def show_row(self, row: SampleRow, actions: Sequence[QAction]) -> None:
        """One sample; its history is read."""
        another = self.row is None or self.row.id != row.id
        if not another and row == self._shown:
            return
        self.row, self._buttons = plain_row(row), actions
        if another:
            self._entries = None
        self._draw()
        self._read_history()

    def read_again(self) -> None:
        """Read the sample that is shown, and its history."""
        if self.row is not None:
            self._workspace.read(
                get_sample, self.row.id, owner=self, lane="sample", done=self._came, failed=self._not_found
            )
            self._read_history()

    # -- reading --------------------------------------------------------------------------------------------------

    def _came(self, row: SampleRow) -> None:
        if self.row is not None and self.row.id == row.id:
            self.row = row
            self._draw()

    @staticmethod
    def _not_found(error: BaseException) -> bool:
        return isinstance(error, NotFound)  # the table tells that by itself

    def _read_history(self) -> None:
        row = self.row
        if row is None or not self._sees_history:
            return
        query = Query(filters={"record_type": "sample", "record_id": str(row.id)}, limit=SHOWN + 1)

        def came(page: Page[AuditRow]) -> None:
            if self.row is not None and self.row.id == row.id:
                self._entries = page.items
                self._draw()

        self._workspace.read(list_audit, query, owner=self, lane="history", done=came)

    def _draw(self) -> None:
        row = self.row
        if row is None:
            return
        self._shown = row
        warned = self._warnings.get(row.id)
        if warned is not None and warned.version != row.version:
            warned = None
        sections: list[Pairs | History] = [_facts(row)]
        if warned is not None:
            sections.insert(0, Pairs(tr("Look at this again"), [(tr("Interval"), _told(warned))]))
        if self._entries is not None:
            sections.append(history_of(self._entries, row))
        self.show_record(
            row.sample_id,
            subtitle=_subtitle(row),
            states=[row.status.value, *(["overlaps"] if warned is not None else [])],
            sections=sections,
            actions=self._buttons,
        )


def _told(row: RecordedSample) -> str:
    return " ".join(note.message for note in row.warnings)


def _subtitle(row: SampleRow) -> str:
    """'Core, hole ARG26-001'."""
    where = tr("hole {hole}", hole=row.hole_id) if row.hole_id else ""
    return ", ".join(part for part in (type_of(row), where) if part)


def _facts(row: SampleRow) -> Pairs:
    length = row.to_depth - row.from_depth if row.from_depth is not None and row.to_depth is not None else None
    entered, changed = local(row.created_at), local(row.updated_at)
    return Pairs(
        tr("Sample"),
        [
            (tr("Type"), type_of(row)),
            (tr("Hole"), row.hole_id or ""),
            (tr("From"), depth(row.from_depth, unit="m")),
            (tr("To"), depth(row.to_depth, unit="m")),
            (tr("Length"), depth(round(length, 3) if length is not None else None, unit="m")),
            (tr("Dispatch"), row.dispatch_number or ""),
            (tr("Entered"), f"{entered}, {row.entered_by}"),
            (tr("Changed"), changed if row.version > 1 and changed != entered else ""),
        ],
    )


def _many(rows: Sequence[SampleRow]) -> Pairs:
    states, types = Counter(row.status.value for row in rows), Counter(row.sample_type.value for row in rows)
    holes = sorted({row.hole_id for row in rows if row.hole_id})
    metres = sum(
        row.to_depth - row.from_depth for row in rows if row.from_depth is not None and row.to_depth is not None
    )
    return Pairs(
        tr("Selected samples"),
        [
            (tr("Status"), _counted(states, SAMPLE_STATUS)),
            (tr("Types"), _counted(types, SAMPLE_TYPE)),
            (tr("Core, all"), depth(round(metres, 3), unit="m") if metres else ""),
            (tr("Holes"), ", ".join(holes[:6]) + (" …" if len(holes) > 6 else "")),
        ],
    )


def _counted(found: Counter[str], words: dict[str, str]) -> str:
    return ", ".join(f"{tr(word)} {number(found[key])}" for key, word in words.items() if found[key])
