"""The overdue dispatch that is selected: what is out, with whom, who was called about it, and what can be done now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from coresafe.services.accounts import CompanyOverdue, OverdueRow
from coresafe.services.chasing import ChaseRow, list_chases
from coresafe.ui import clock
from coresafe.ui.accounts.overdue_list import overdue_for
from coresafe.ui.widgets import DetailPane, History, Lines, Pairs
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

Section = Pairs | Lines | History


class OverduePane(DetailPane):
    """Shows a dispatch, or a company with all that is overdue of it. The calls are read when there are any."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(tr("Nothing selected"), tr("Select what is overdue to see whom to call about it."), parent)
        self._workspace = workspace
        self.row: OverdueRow | CompanyOverdue | None = None
        self._companies: dict[int, CompanyOverdue] = {}
        self._chases: tuple[ChaseRow, ...] = ()
        self._actions: Sequence[QAction] = ()

    def know(self, companies: Sequence[CompanyOverdue]) -> None:
        """All companies with something overdue, for whom to call."""
        self._companies = {each.company_id: each for each in companies}

    def nothing(self) -> None:
        """Nothing is selected."""
        self.row = None
        self.clear()

    def show_company(self, company: CompanyOverdue, actions: Sequence[QAction]) -> None:
        """All that a company owes past its due date."""
        self.row = company
        self.show_record(
            company.company,
            subtitle=trn("{count} dispatch overdue", "{count} dispatches overdue", len(company.rows)),
            sections=[
                Lines(
                    tr("Still out"),
                    [tr("Size"), tr("Trays")],
                    [[size, count] for size, count in company.trays],
                    [tr("All"), company.outstanding] if len(company.trays) > 1 else [],
                ),
                _contact(company),
            ],
            actions=actions,
        )

    def show_row(self, row: OverdueRow, actions: Sequence[QAction]) -> None:
        """One dispatch; its calls as soon as they are read, those known before until then."""
        before = self.row
        if not isinstance(before, OverdueRow) or before.id != row.id:
            self._chases = ()
        stale = not isinstance(before, OverdueRow) or (before.id, before.chases) != (row.id, row.chases)
        self.row, self._actions = row, actions
        self._draw(row)
        if row.chases and (stale or not self._chases):
            self._workspace.read(
                list_chases, row.id, owner=self, lane="chases", done=lambda found: self._came(row.id, found)
            )

    def _came(self, dispatch_id: int, found: tuple[ChaseRow, ...]) -> None:
        if isinstance(self.row, OverdueRow) and self.row.id == dispatch_id:
            self._chases = found
            self._draw(self.row)

    def _draw(self, row: OverdueRow) -> None:
        place = tr("hole {hole}", hole=row.hole) if row.hole else ""
        company = self._companies.get(row.company_id)
        calls = [
            (clock.local(chase.chased_at, row.time_zone), f"{chase.called}: {chase.note}", chase.entered_by)
            for chase in self._chases
        ]
        sections: list[Section] = [
            Lines(
                tr("Still out"),
                [tr("Size"), tr("Trays")],
                [[size, count] for size, count in row.trays],
                [tr("All"), row.outstanding] if len(row.trays) > 1 else [],
            ),
            Pairs(
                tr("Dispatch"),
                [
                    (tr("Left"), clock.exact(row.dispatched_at, row.time_zone)),
                    (tr("Out for"), trn("{count} day", "{count} days", row.days_out)),
                    (tr("Due"), clock.exact(row.due_at, row.time_zone)),
                    (tr("Overdue for"), overdue_for(row.days_overdue)),
                    (tr("Driver"), row.driver),
                    (tr("Shed"), row.shed),
                ],
            ),
            *([_contact(company)] if company is not None else []),
            History(tr("Calls"), calls or [("", tr("Nobody was called yet.") if not row.chases else "…", "")]),
        ]
        self.show_record(
            row.number,
            subtitle=", ".join(part for part in (row.company, row.project_code, place) if part),
            states=["overdue"],
            sections=sections,
            actions=self._actions,
        )


def _contact(company: CompanyOverdue) -> Pairs:
    nothing = not company.contact_phone and not company.contact_email
    return Pairs(
        tr("Company"),
        [
            (tr("Name"), company.company),
            (tr("Phone"), company.contact_phone or ""),
            (tr("E-mail"), company.contact_email or ""),
            (tr("Contact"), tr("none is entered; a supervisor adds one on the Drillholes page") if nothing else ""),
            (tr("Overdue"), tr("{count} trays in all", count=number(company.outstanding))),
        ],
    )
