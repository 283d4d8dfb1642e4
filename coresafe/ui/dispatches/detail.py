"""One dispatch as the detail pane tells it."""

from __future__ import annotations

from coresafe.services.dispatch_rows import DispatchRow, ResolutionRow, ReturnRow
from coresafe.ui.returning.fields import said, trays_back, trays_lost
from coresafe.ui.tables.columns import local
from coresafe.ui.widgets import History, Lines, Pairs
from coresafe.ui.words import tr, trn


def sections_of(row: DispatchRow) -> list[Pairs | Lines | History]:
    """What there is to know, in the order in which one asks."""
    return [_trays(row), _facts(row), *_history(row)]


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
            (tr("Left"), local(row.dispatched_at)),
            (tr("Due"), local(row.due_at)),
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
            (tr("Entered"), f"{local(row.created_at)}, {row.entered_by}"),
        ],
    )


def _history(row: DispatchRow) -> list[History]:
    entries = [(entry.returned_at, _returned(entry), entry.entered_by) for entry in row.returns]
    entries += [(entry.resolved_at, _resolved(entry), entry.entered_by) for entry in row.resolutions]
    if not entries:
        return []
    entries.sort(key=lambda entry: entry[0], reverse=True)
    return [History(tr("What came back"), [(local(at), what, who) for at, what, who in entries])]


def _returned(entry: ReturnRow) -> str:
    told = f"{entry.number}: {trays_back(entry)}"
    if entry.final:
        told += tr(". That is all he has.")
    if entry.condition_notes:
        told += f" {entry.condition_notes}"
    if entry.voided_at:
        told += "\n" + tr("Voided {when}: {why}", when=local(entry.voided_at), why=entry.void_reason)
    return told


def _resolved(entry: ResolutionRow) -> str:
    told = tr("{trays} declared lost: {why}", trays=trays_lost(entry), why=entry.reason)
    if entry.voided_at:
        told += "\n" + tr("Voided {when}: {why}", when=local(entry.voided_at), why=entry.void_reason)
    return told
