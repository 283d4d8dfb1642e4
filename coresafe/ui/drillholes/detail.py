"""One hole, project or company as the detail pane tells it, and many holes together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.listing import Page
from coresafe.services.registry import CompanyRow, DrillholeRow, ProjectRow
from coresafe.ui.clock import local
from coresafe.ui.drillholes.words import HOLE_STATUS, Capacities, measure, trays_of
from coresafe.ui.widgets import History, Pairs
from coresafe.ui.words import number, tr, trn

Record = CompanyRow | ProjectRow | DrillholeRow


@dataclass(frozen=True, slots=True)
class Dispatched:
    """How many dispatches there were, how many are still out, and with what trays; ``all_read``: the trays are all."""

    dispatches: int
    open: int
    trays: tuple[tuple[str, int], ...]
    all_read: bool


def dispatched(count: int, still_out: Page[DispatchRow]) -> Dispatched:
    """Summed up from the number of dispatches and the first page of those that are still out."""
    trays: Counter[str] = Counter()
    for row in still_out.items:
        for line in row.lines:
            trays[line.tray_size] += line.outstanding
    complete = still_out.next_cursor is None
    held = tuple((size, out) for size, out in sorted(trays.items()) if out)
    return Dispatched(count, still_out.total if still_out.total is not None else len(still_out.items), held, complete)


def kind_of(row: Record) -> str:
    """company, project or drillhole, as the audit trail names it."""
    return {CompanyRow: "company", ProjectRow: "project", DrillholeRow: "drillhole"}[type(row)]


def title_of(row: Record) -> str:
    """What a record is told by."""
    if isinstance(row, CompanyRow):
        return row.name
    return row.code if isinstance(row, ProjectRow) else row.hole_id


def subtitle_of(row: Record) -> str:
    """What it belongs to."""
    if isinstance(row, CompanyRow):
        return tr("Company")
    if isinstance(row, ProjectRow):
        return f"{row.name}, {row.company_name}"
    return f"{row.project_code}, {row.company_name}"


def states_of(row: Record) -> list[str]:
    """Its state."""
    if isinstance(row, CompanyRow):
        return ["active" if row.is_active else "inactive"]
    return [row.status.value]


def sections_of(
    row: Record, capacities: Capacities, project: ProjectRow | None, out: Dispatched | None, history: History | None
) -> list[Pairs | History]:
    """What there is to know, in the order in which one asks. ``project``: of a hole, where it is known here."""
    sections = _of_hole(row, capacities, project) if isinstance(row, DrillholeRow) else _of_owner(row)
    if out is not None:
        sections.append(_trays(out))
    return [*sections, history] if history is not None else sections


def many(rows: Sequence[DrillholeRow]) -> list[Pairs | History]:
    """What holds for several holes together."""
    states = Counter(row.status.value for row in rows)
    told = ", ".join(f"{number(states[key])} {tr(word).lower()}" for key, word in HOLE_STATUS.items() if states[key])
    metres = sum(row.eoh_depth or 0 for row in rows)
    projects = sorted({row.project_code for row in rows})
    return [
        Pairs(
            tr("Selected holes"),
            [
                (tr("Status"), told),
                (tr("EOH depth, all"), measure(metres, 1, "m") if metres else ""),
                (tr("Projects"), ", ".join(projects[:6]) + (" …" if len(projects) > 6 else "")),
            ],
        )
    ]


def _of_hole(row: DrillholeRow, capacities: Capacities, project: ProjectRow | None) -> list[Pairs | History]:
    crs = tr("EPSG:{code}", code=project.crs) if project is not None and project.crs else ""
    drilling = [
        (tr("EOH depth"), measure(row.eoh_depth, 1, "m")),
        (tr("Core size"), row.core_size or ""),
        (tr("Trays needed"), trays_of(row.eoh_depth, row.core_size, capacities)),
        (tr("Date"), row.drilled_on.isoformat() if row.drilled_on else ""),
        (tr("Entered"), local(row.created_at)),
    ]
    collar = [
        (tr("Easting"), measure(row.easting, 1)),
        (tr("Northing"), measure(row.northing, 1)),
        (tr("RL"), measure(row.elevation, 1, "m")),
        (tr("Azimuth"), measure(row.azimuth, 1, "°")),
        (tr("Dip"), measure(row.dip, 1, "°")),
    ]
    sections: list[Pairs | History] = [Pairs(tr("Hole"), drilling)]
    if any(value for _key, value in collar):
        sections.append(Pairs(tr("Collar"), [*collar, (tr("Coordinates"), crs)]))
    return sections


def _of_owner(row: CompanyRow | ProjectRow) -> list[Pairs | History]:
    if isinstance(row, CompanyRow):
        pairs = [(tr("E-mail"), row.contact_email or ""), (tr("Telephone"), row.contact_phone or "")]
        title = tr("Company")
    else:
        pairs = [
            (tr("Name"), row.name),
            (tr("Company"), row.company_name),
            (tr("Location"), row.location or ""),
            (tr("Coordinates"), tr("EPSG:{code}", code=row.crs) if row.crs else ""),
        ]
        title = tr("Project")
    return [Pairs(title, [*pairs, (tr("Entered"), local(row.created_at))])]


def _trays(out: Dispatched) -> Pairs:
    sent = trn("{count} dispatch", "{count} dispatches", out.dispatches) if out.dispatches else tr("none yet")
    trays = ", ".join(f"{number(count)} {size}" for size, count in out.trays)
    still = trn("{count} dispatch", "{count} dispatches", out.open)
    held = ""
    if out.open:
        held = tr("{dispatches}, {trays}", dispatches=still, trays=trays) if out.all_read else still
    return Pairs(tr("Trays"), [(tr("Sent out"), sent), (tr("Still out"), held)])
