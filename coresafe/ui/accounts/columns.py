"""The columns of the list of companies, and of what is behind a figure."""

from __future__ import annotations

from coresafe.services.accounts import CompanyBalance, Contribution
from coresafe.ui.tables import columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.words import mark, number, tr, trn

#: The figures of an account in their order, with the words above them.
FIGURES: dict[str, str] = {
    "opening": mark("At start"),
    "out": mark("Out"),
    "returned": mark("Returned"),
    "lost": mark("Lost"),
    "adjusted": mark("Adjusted"),
    "closing": mark("At end"),
}
_KINDS = {"dispatch": mark("Dispatch"), "return": mark("Return"), "loss": mark("Lost")}


def _sum(name: str) -> Column:
    return columns.count(
        name, FIGURES[name], value=lambda row: getattr(row.sums, name), sort=name, shown=name == "closing", width=80
    )


def _late(row: CompanyBalance) -> str:
    return "overdue" if row.overdue_trays else ""


def _late_in_words(row: CompanyBalance) -> str:
    if not row.overdue_trays:
        return tr("Nothing is overdue")
    dispatches = trn("{count} dispatch", "{count} dispatches", row.overdue_dispatches)
    return tr("{dispatches}, the oldest out for {days}", dispatches=dispatches, days=_days(row.oldest_days or 0))


def _days(count: int) -> str:
    return trn("{count} day", "{count} days", count)


COMPANIES: tuple[Column, ...] = (
    columns.text("company", mark("Company"), sort="company", width=184, tip=lambda row: row.company),
    _sum("opening"),
    _sum("out"),
    _sum("returned"),
    _sum("lost"),
    _sum("adjusted"),
    _sum("closing"),
    columns.count("overdue_trays", mark("Overdue now"), sort="overdue", width=104, tip=_late_in_words),
    columns.count("oldest_days", mark("Oldest, days"), sort="oldest", width=96, shown=False),
    columns.text("contact_phone", mark("Phone"), width=128, shown=False),
    columns.text("contact_email", mark("E-mail"), width=160, shown=False),
)


def what(row: Contribution) -> str:
    """'Return R-2026-000004', 'Void: return R-2026-000004'."""
    said = tr(_KINDS.get(row.kind, row.kind.capitalize()))
    if row.return_number:
        said = f"{said} {row.return_number}"
    return tr("Void: {what}", what=said[:1].lower() + said[1:]) if row.is_void else said


def trays(row: Contribution) -> str:
    """'20 HQ, 4 NQ'."""
    return ", ".join(f"{number(count)} {size}" for size, count in row.trays)


def _signed(value: int) -> str:
    return number(value) if value else "–"


def _zone(row: Contribution) -> str:
    return row.time_zone


#: Behind *at start* and *at end*: the dispatches of which trays were out then.
STANDING: tuple[Column, ...] = (
    columns.text("number", mark("Dispatch"), width=124),
    columns.moment("at", mark("Left"), zone=_zone, sort="at"),
    columns.text("hole", mark("Hole"), width=96),
    columns.text("trays", mark("Out then"), value=trays, tip=trays, width=112),
    columns.count("days_out", mark("Days out"), width=80),
    columns.text("driver", mark("Driver"), width=112),
    columns.text("project_code", mark("Project"), width=80, shown=False),
    columns.count("quantity", mark("Trays"), width=72, shown=False),
)
#: Behind the others: each entry that made them.
ENTRIES: tuple[Column, ...] = (
    columns.moment("at", mark("When"), zone=_zone, sort="at"),
    columns.text("what", mark("What"), value=what, tip=what, width=172),
    columns.count("quantity", mark("Trays"), format=_signed, width=64),
    columns.text("size", mark("Size"), value=lambda row: row.trays[0][0], width=56),
    columns.text("number", mark("Dispatch"), width=124),
    columns.text("hole", mark("Hole"), width=96),
    columns.text("driver", mark("Driver"), width=112),
    columns.text("user", mark("By"), width=88),
    columns.text("reason", mark("Reason"), width=160, tip=lambda row: row.reason or ""),
    columns.text("project_code", mark("Project"), width=80, shown=False),
)
