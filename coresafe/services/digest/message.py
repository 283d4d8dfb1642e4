"""The words of the digest, as text and as HTML. What people typed is text in both, and never in a header."""

from __future__ import annotations

import html
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from zoneinfo import ZoneInfo

from coresafe.services.accounts import CompanyOverdue, Overdue, OverdueRow

#: Dispatches of one company that are told; the others are counted.
_TOLD = 100
_HEADS = ("Dispatch", "Still out", "Hole", "Driver", "Due", "Overdue for", "Last call")
_CELL = 'style="padding:4px 10px 4px 0;border-bottom:1px solid #d5dbe1;text-align:left;vertical-align:top"'
_BODY = 'style="font-family:Arial,Helvetica,sans-serif;font-size:14px;color:#15202b"'


def message_of(overdue: Overdue, *, day: str, where: str, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The message, ready to be sent. ``day`` as 2026-11-25; ``where``: the database, as people know it."""
    message = EmailMessage()
    message["Subject"] = f"Trays overdue on {day}: {counted(overdue)}"
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(overdue.as_of)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "coresafe")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer, please
    message.set_content(text_of(overdue, day=day, where=where))
    message.add_alternative(html_of(overdue, day=day, where=where), subtype="html")
    return message


def counted(overdue: Overdue) -> str:
    """'3 dispatches, 16 trays, with 2 companies'."""
    dispatches = _many(overdue.dispatches, "dispatch", "dispatches")
    trays = _many(overdue.outstanding, "tray", "trays")
    return f"{dispatches}, {trays}, with {_many(len(overdue.companies), 'company', 'companies')}"


def text_of(overdue: Overdue, *, day: str, where: str) -> str:
    """The digest for a reader of plain text."""
    lines = [f"Overdue on {day}: {counted(overdue)}.", ""]
    for company in overdue.companies:
        lines += [_title(company), *([f"  {_contact(company)}"] if _contact(company) else [])]
        for row in company.rows[:_TOLD]:
            number, out, hole, driver, due, late, call = cells(row)
            since = f"for {late}" if row.days_overdue else late
            place = (f", hole {hole}" if hole else "") + (f", from {row.shed}" if _several(overdue) else "")
            lines.append(f"  {number}: {out}{place}, driver {driver}, due {due}, overdue {since}; last call: {call}")
        if len(company.rows) > _TOLD:
            lines.append(f"  … and {len(company.rows) - _TOLD:,} more.")
        lines.append("")
    lines += [_end(where)]
    return "\n".join(lines) + "\n"


def html_of(overdue: Overdue, *, day: str, where: str) -> str:
    """The same as HTML that every mail program shows: tables, and styles where they are used."""
    parts = [f"<h2>Overdue on {day}</h2><p>{html.escape(counted(overdue))}.</p>"]
    for company in overdue.companies:
        parts.append(f'<h3 style="margin-bottom:2px">{html.escape(_title(company))}</h3>')
        if _contact(company):
            parts.append(f'<p style="margin:0 0 6px;color:#556270">{html.escape(_contact(company))}</p>')
        several = _several(overdue)
        heads = "".join(f"<th {_CELL}>{head}</th>" for head in (*_HEADS, *(["Shed"] if several else [])))
        rows = "".join(_line((*cells(row), *([row.shed] if several else []))) for row in company.rows[:_TOLD])
        parts.append(f'<table style="border-collapse:collapse"><tr>{heads}</tr>{rows}</table>')
        if len(company.rows) > _TOLD:
            parts.append(f"<p>… and {len(company.rows) - _TOLD:,} more.</p>")
    parts.append(f'<p style="color:#556270">{html.escape(_end(where))}</p>')
    return f'<!DOCTYPE html><html lang="en"><body {_BODY}>{"".join(parts)}</body></html>'


def cells(row: OverdueRow) -> tuple[str, ...]:
    """One dispatch, in the order of the headings."""
    call = "nobody yet"
    if row.chased_at is not None:
        call = f"{_day(row.chased_at, row.time_zone)} {row.called}: {_one_line(row.note or '')}"
    late = _many(row.days_overdue, "day", "days") if row.days_overdue else "since today"
    due = _day(row.due_at, row.time_zone)
    return row.number, _trays(row.trays), row.hole or "", row.driver, due, late, call


def _line(words: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f"<td {_CELL}>{html.escape(cell)}</td>" for cell in words) + "</tr>"


def _several(overdue: Overdue) -> bool:
    """Whether it has to be said which shed a dispatch left from."""
    return len({row.shed for company in overdue.companies for row in company.rows}) > 1


def _title(company: CompanyOverdue) -> str:
    dispatches = _many(len(company.rows), "dispatch", "dispatches")
    return f"{company.company}: {_trays(company.trays)} on {dispatches}"


def _contact(company: CompanyOverdue) -> str:
    return " · ".join(part for part in (company.contact_phone, company.contact_email) if part)


def _end(where: str) -> str:
    return (
        f"From CoreSafe, {where}. Trays stay on a company's account until they come back or are accounted for. "
        "In CoreSafe: Company accounts, Overdue, by company."
    )


def _trays(trays: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{count:,} {size}" for size, count in trays)


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:120]


def _day(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
