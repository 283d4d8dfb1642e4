"""One dispatch as the detail pane tells it."""

from __future__ import annotations

from collections.abc import Sequence

from coresafe.services.dispatch_rows import DispatchRow, ResolutionRow, ReturnRow
from coresafe.ui.clock import exact, local
from coresafe.ui.returning.fields import said, trays_back, trays_lost
from coresafe.ui.widgets import History, Lines, Pairs
from coresafe.ui.words import number, tr, trn


def sections_of(row: DispatchRow) -> list[Pairs | Lines | History]:
    """What there is to know, in the order in which one asks."""
    return [_trays(row), _facts(row), *_history(row)]


def many(rows: Sequence[DispatchRow]) -> list[Pairs | Lines]:
    """What there is to know of several together: how many trays of each size are out, with whom, and since when."""
    sizes: dict[str, list[int]] = {}
    for row in rows:
        for line in row.lines:
            sums = sizes.setdefault(line.tray_size, [0, 0])
            sums[0] += line.quantity
            sums[1] += line.outstanding
    out = [row for row in rows if row.outstanding]
    companies = sorted({row.company_name for row in rows})
    late = sum(1 for row in rows if row.overdue)
    facts = Pairs(
        tr("Selected dispatches"),
        [
            (tr("Still out"), number(len(out)) if len(out) < len(rows) else tr("all")),
            (tr("Overdue"), number(late) if late else ""),
            (tr("Companies"), ", ".join(companies[:6]) + (" …" if len(companies) > 6 else "")),
            (tr("First due"), local(min(row.due_at for row in out)) if out else ""),
            (tr("Last due"), local(max(row.due_at for row in out)) if len(out) > 1 else ""),
        ],
    )
    heads = [tr("Size"), tr("Sent"), tr("Out")]
    return [facts, Lines(tr("Trays"), heads, [[size, *sums] for size, sums in sorted(sizes.items())])]


def subtitle_of(row: DispatchRow) -> str:
    """Who has them and where from: 'Ashanti Ridge Gold, ARG, hole ARD26-004'."""
    parts = [row.company_name, row.project_code]
    if row.hole_id:
        parts.append(tr("hole {hole}", hole=row.hole_id))
    return ", ".join(parts)


def _trays(row: DispatchRow) -> Lines:
    heads = [tr("Size"), tr("Sent"), tr("Good"), tr("Occ."), tr("Dam."), tr("Lost"), tr("Out")]
    surplus = any(line.surplus for line in row.lines)
    rows: list[list[str | int]] = []
    for line in row.lines:
        size = f"{line.tray_size} {tr('core')}" if line.contents.value == "core" else line.tray_size
        numbers = [line.quantity, line.good, line.occupied, line.damaged, line.lost, line.outstanding]
        rows.append([size, *numbers, *([line.surplus] if surplus else [])])
    sums: list[str | int] = []
    if len(rows) > 1:
        sums = [tr("All"), *(sum(int(cells[at]) for cells in rows) for at in range(1, len(rows[0])))]
    return Lines(tr("Trays"), [*heads, *([tr("Surplus")] if surplus else [])], rows, sums)


def _facts(row: DispatchRow) -> Pairs:
    days = trn("{count} day", "{count} days", row.days_out)
    counted = said("samples_collected", row.samples_collected), said("sample_type", row.sample_type)
    return Pairs(
        tr("Dispatch"),
        [
            (tr("Left"), exact(row.dispatched_at, row.time_zone)),
            (tr("Due"), exact(row.due_at, row.time_zone)),
            (tr("Out for"), days if row.outstanding else ""),
            (tr("Driver"), row.driver),
            (tr("Technician"), row.technician),
            (tr("Vehicle"), row.vehicle or ""),
            (tr("Destination"), row.destination or ""),
            (tr("Samples"), ", ".join(part for part in counted if part)),
            (tr("Shed"), row.shed_name),
            (tr("Notes"), row.notes or ""),
            (tr("Reason"), row.reason or ""),
            (tr("Void because"), row.void_reason or ""),
            (tr("Entered"), f"{exact(row.created_at, row.time_zone)}, {row.entered_by}"),
        ],
    )


def _history(row: DispatchRow) -> list[History]:
    zone = row.time_zone
    entries = [(entry.returned_at, _returned(entry, zone), entry.entered_by) for entry in row.returns]
    entries += [(entry.resolved_at, _resolved(entry, zone), entry.entered_by) for entry in row.resolutions]
    if not entries:
        return []
    entries.sort(key=lambda entry: entry[0], reverse=True)
    return [History(tr("What came back"), [(exact(at, zone), what, who) for at, what, who in entries])]


def _returned(entry: ReturnRow, zone: str) -> str:
    words = f"{entry.number}: {trays_back(entry)}"
    if entry.final:
        words += tr(". That is all he has.")
    if entry.condition_notes:
        words += f" {entry.condition_notes}" if entry.final else f". {entry.condition_notes}"
    return words + _voided(entry, zone)


def _resolved(entry: ResolutionRow, zone: str) -> str:
    words = tr("{trays} declared lost: {why}", trays=trays_lost(entry), why=entry.reason)
    return words + _voided(entry, zone)


def _voided(entry: ReturnRow | ResolutionRow, zone: str) -> str:
    if entry.voided_at is None:
        return ""
    return "\n" + tr("Voided {when}: {why}", when=exact(entry.voided_at, zone), why=entry.void_reason)
