"""The table of all reports, and what may be asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.errors import ValidationFailed
from coresafe.models import Company, Shed
from coresafe.services.exporting.declaring import Report
from coresafe.services.exporting.dispatches import DISCREPANCIES, DISPATCHES, OUTSTANDING
from coresafe.services.exporting.movements import MOVEMENTS
from coresafe.services.exporting.samples import SAMPLES
from coresafe.services.reporting import start_of_day
from coresafe.services.rules import identifier, key_of

#: name → report; the API, the command line and the documents read this table.
REPORTS: dict[str, Report] = {
    report.name: report for report in (DISPATCHES, OUTSTANDING, DISCREPANCIES, MOVEMENTS, SAMPLES)
}
#: The kinds of files.
FORMATS = ("csv", "xlsx")
#: Before everything.
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilter:
    """Which rows: of a time from ``since`` to before ``until``, of one shed, of one company.

    The time is when a dispatch was sent, a movement happened, a sample was entered. A date instead of a moment is a whole
    day, the last one included, in the time zone of the shed, else of the first one in use. The shed is ``shed_id``, or
    ``shed``, its code or name.
    """

    since: datetime | date | None = None
    until: datetime | date | None = None
    shed_id: int | None = None
    company_id: int | None = None
    shed: str = ""


def find_report(name: object) -> Report:
    """The report of that name; raises ValidationFailed at ``report``."""
    report = REPORTS.get(name) if isinstance(name, str) else None
    if report is None:
        raise ValidationFailed.of("report", f"There is no such report. Choose one of: {', '.join(REPORTS)}.")
    return report


def check_format(name: object) -> None:
    """Raise ValidationFailed at ``format`` for a kind of file that there is not."""
    if name not in FORMATS:
        raise ValidationFailed.of("format", f"There is no such format. Choose one of: {', '.join(FORMATS)}.")


def statement_of(connection: Connection, report: Report, wanted: ReportFilter, *, embedded: bool) -> sa.Select[Any]:
    """The statement of a report under a filter; raises ValidationFailed at the field that is wrong."""
    found: list[sa.ColumnElement[bool]] = []
    shed = find_shed(connection, wanted)
    since, until = _moment(connection, "from", wanted.since, shed), _moment(connection, "to", wanted.until, shed)
    # MariaDB walks along an index only where it is asked for a part of it.
    found.append(report.at >= (since or _LONG_AGO))
    if until is not None:
        found.append(report.at < until)
    if since is not None and until is not None and since > until:
        raise ValidationFailed.of("to", "The period ends before it starts. Choose a later end, or an earlier start.")
    company_id = _company_id(connection, wanted)
    shed_id = None if shed is None else shed.id
    return report.select(*found, shed_id=shed_id, company_id=company_id, embedded=embedded)


def _company_id(connection: Connection, wanted: ReportFilter) -> int | None:
    if wanted.company_id is None:
        return None
    company = Company.__table__.c.id
    found = connection.execute(sa.select(company).where(company == identifier(wanted.company_id))).scalar()
    if found is None:
        raise ValidationFailed.of("company_id", "There is no such company.")
    return int(found)


def find_shed(connection: Connection, wanted: ReportFilter) -> Any:
    """Id and time zone of the shed that is asked for, or None."""
    shed = Shed.__table__.c
    statement = sa.select(shed.id, shed.time_zone)
    if wanted.shed:
        key = key_of(wanted.shed)
        row = connection.execute(statement.where((shed.code_key == key) | (shed.name_key == key))).first()
        if row is None:
            raise ValidationFailed.of("shed", f"There is no shed {wanted.shed[:60]!r}.")
        return row
    if wanted.shed_id is None:
        return None
    row = connection.execute(statement.where(shed.id == identifier(wanted.shed_id))).first()
    if row is None:
        raise ValidationFailed.of("shed_id", "There is no such shed.")
    return row


def _moment(connection: Connection, field: str, value: object, shed: Any) -> datetime | None:
    """A moment as it is; of a day its beginning, or where it is the last one (``to``) its end."""
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                return value.astimezone(UTC)
        elif isinstance(value, date):
            zone = shed.time_zone if shed is not None else _first_zone(connection)
            return start_of_day(value + timedelta(days=1) if field == "to" else value, zone)
    except OverflowError:
        pass
    raise ValidationFailed.of(field, f"{field.capitalize()} is a day, or a date and time with its time zone.")


def _first_zone(connection: Connection) -> str:
    shed = Shed.__table__.c
    first = sa.select(shed.time_zone).where(shed.is_active).order_by(shed.id).limit(1)
    return str(connection.execute(first).scalar() or "UTC")
