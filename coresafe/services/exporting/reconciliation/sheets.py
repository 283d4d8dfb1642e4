"""The six tables of a reconciliation and their rows, the same for the workbook and for CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from coresafe.models.enums import OWNED_STATES
from coresafe.services.exporting.declaring import Heading, Kind
from coresafe.services.exporting.document import Layout
from coresafe.services.exporting.movements import MOVEMENTS
from coresafe.services.exporting.reconciliation.contents import Contents

_OWNED = frozenset(state.value for state in OWNED_STATES)
Row = tuple[Any, ...]


def _text(name: str, width: float = 18) -> Heading:
    return Heading(name=name, kind=Kind.TEXT, width=width)


def _word(name: str, width: float = 16) -> Heading:
    return Heading(name=name, kind=Kind.WORD, width=width)


def _count(name: str, width: float = 11) -> Heading:
    return Heading(name=name, kind=Kind.COUNT, width=width)


def _moment(name: str) -> Heading:
    return Heading(name=name, kind=Kind.SHOWN, width=17)


#: The columns of the control totals that come from the ledger, with the sign they have in the formula (domain).
FLOWS = {
    "Opened": 1, "Purchased": 1, "Found": 1, "Recovered": 1, "Received": 1, "Sent": -1, "Lost": -1, "Scrapped": -1,
    "Adjusted": 1, "Stocktake": 1,
}  # fmt: skip
STATES = ("Available", "Occupied", "Damaged", "In transit", "Outstanding")
_PLUS = "".join(f"{'+' if sign > 0 else '-'}{{{name}}}" for name, sign in FLOWS.items())
_FIGURES = ("Opening", *FLOWS, "Closing owned", *STATES, "Closing counted", "Difference")

SUMMARY = Layout(
    title="Summary",
    columns=(_text("Tray size", 42), *(_count(name, 12.5) for name in _FIGURES)),
    totals=_FIGURES,
    formulas={
        "Closing owned": "={Opening}" + _PLUS,
        "Closing counted": "=" + "+".join(f"{{{name}}}" for name in STATES),
        "Difference": "={Closing owned}-{Closing counted}",
    },
)
OUTSTANDING = Layout(
    title="Outstanding",
    columns=(
        _word("Dispatch"), _text("Shed"), _text("Company", 28), _text("Project", 12), _text("Hole"), _moment("Left"),
        _moment("Due"), _count("Days out"), _word("Overdue", 10), _text("Tray size", 11), _count("Sent"),
        _count("Still out"),
    ),
    totals=("Sent", "Still out"),
)  # fmt: skip
_KINDS = ("Short", "Damaged", "Surplus", "Lost", "Recovered")
DISCREPANCIES = Layout(
    title="Discrepancies",
    columns=(
        _word("Dispatch"), _text("Shed"), _text("Company", 28), _moment("Latest entry"), _text("Tray size", 11),
        *(_count(name) for name in _KINDS),
    ),
    totals=_KINDS,
)  # fmt: skip
_ACCOUNT = ("Opening", "Out", "Returned", "Lost", "Adjusted", "Closing")
ACCOUNTS = Layout(
    title="Company accounts",
    columns=(_text("Company", 32), _text("Tray size", 11), *(_count(name) for name in _ACCOUNT)),
    totals=_ACCOUNT,
    formulas={"Closing": "={Opening}+{Out}-{Returned}-{Lost}+{Adjusted}"},
)
#: What the movements sheet says besides: by how much a movement changed the trays that are owned here.
OWNED = "Owned"
LEDGER = Layout(
    title="Movements",
    columns=(
        _moment("At"), _moment("Entered"), _word("Kind", 12), _word("Of kind", 12), _text("Tray size", 11),
        _count("Trays"), _word("From", 12), _word("To", 12), _text("Shed"), _text("To shed"), _text("Company", 28),
        _word("Dispatch"), _word("Return"), _text("User", 14), _text("Reason", 40), _count(OWNED),
    ),
    totals=("Trays", OWNED),
)  # fmt: skip
STOCKTAKE = Layout(
    title="Stocktake",
    columns=(
        _word("Stocktake"), _text("Shed"), _moment("Counted at"), _text("Tray size", 11), _word("State", 12),
        _count("Expected"), _count("Counted"), _count("Variance"), _text("Reason", 40),
    ),
    totals=("Expected", "Counted", "Variance"),
    formulas={"Variance": "={Counted}-{Expected}"},
)  # fmt: skip
LAYOUTS = (SUMMARY, OUTSTANDING, DISCREPANCIES, ACCOUNTS, LEDGER, STOCKTAKE)


def summary_rows(contents: Contents) -> Iterator[Row]:
    """One row for each size."""
    for total in contents.found.totals:
        yield (
            total.tray_size,
            total.opening,
            *(getattr(total, name.lower()) for name in FLOWS),
            total.closing_owned,
            *(getattr(total, name.lower().replace(" ", "_")) for name in STATES),
            total.closing_counted,
            total.difference,
        )


def outstanding_rows(contents: Contents) -> Iterator[Row]:
    """One row for each dispatch and size that is still out, oldest first."""
    for row in contents.found.outstanding:
        left, due = contents.local(row.dispatched_at), contents.local(row.due_at)
        overdue = "yes" if row.overdue else "no"
        for line in row.lines:
            if line.outstanding:
                yield (
                    row.number, contents.sheds.get(row.shed_id), row.company, row.project_code, row.hole, left, due,
                    row.days_out, overdue, line.tray_size, line.quantity, line.outstanding,
                )  # fmt: skip


def discrepancy_rows(contents: Contents) -> Iterator[Row]:
    """One row for each dispatch and size."""
    for row in contents.found.discrepancies:
        at = contents.local(row.at)
        for line in row.lines:
            figures = (getattr(line, name.lower()) for name in _KINDS)
            yield (row.number, contents.sheds.get(row.shed_id), row.company, at, line.tray_size, *figures)


def account_rows(contents: Contents) -> Iterator[Row]:
    """One row for each company and size."""
    for row in contents.found.accounts:
        yield (row.company, row.tray_size, *(getattr(row, name.lower()) for name in _ACCOUNT))


def stocktake_rows(contents: Contents) -> Iterator[Row]:
    """One row for each variance of an approved stocktake."""
    for row in contents.found.stocktakes:
        yield (
            row.number, contents.sheds.get(row.shed_id), contents.local(row.at), row.tray_size,
            row.state.value.replace("_", " "), row.expected, row.counted, row.variance, row.reason,
        )  # fmt: skip


def movement_rows(contents: Contents) -> Iterator[Row]:
    """The ledger of the period, oldest first."""
    names = MOVEMENTS.header
    moments = (names.index("at"), names.index("entered_at"))
    kinds = tuple(map(names.index, ("kind", "of_kind", "from_account", "to_account")))
    quantity, before, after, shed, to_shed = map(
        names.index, ("quantity", "from_account", "to_account", "shed", "to_shed")
    )
    here = contents.shed
    local = _clock(contents)
    for columns in contents.movements:
        trays = columns[quantity]
        leaves = [
            state in _OWNED and here in (None, name) for state, name in zip(columns[before], columns[shed], strict=True)
        ]
        comes = [
            state in _OWNED and here in (None, name)
            for state, name in zip(columns[after], columns[to_shed], strict=True)
        ]
        owned = [n * (to - of) for n, of, to in zip(trays, leaves, comes, strict=True)]
        for place in moments:
            columns[place] = list(map(local, columns[place]))
        for place in kinds:
            columns[place] = [word.replace("_", " ") for word in columns[place]]
        yield from zip(*columns, owned, strict=True)


def _clock(contents: Contents) -> Callable[[str], datetime]:
    """From a moment as the database tells it to the clock on the wall; the movements of a document share theirs."""
    known: dict[str, datetime] = {}

    def local(at: str) -> datetime:
        found = known.get(at)
        if found is None:
            if len(known) > 10_000:
                known.clear()
            found = known[at] = contents.local(datetime.fromisoformat(at).replace(tzinfo=UTC))
        return found

    return local


#: Which rows a layout has.
ROWS: dict[str, Callable[[Contents], Iterable[Row]]] = {
    SUMMARY.title: summary_rows,
    OUTSTANDING.title: outstanding_rows,
    DISCREPANCIES.title: discrepancy_rows,
    ACCOUNTS.title: account_rows,
    LEDGER.title: movement_rows,
    STOCKTAKE.title: stocktake_rows,
}
