"""A statement in words: its period, and what is owed. It never sounds as if all were well over a tray that is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coresafe.services.accounts.answers import CompanyAccount, Figure, Statement

#: Fills words in, and translates them where somebody can: ``coresafe.ui.words.tr`` at the window.
Say = Callable[..., str]


def plainly(text: str, **values: object) -> str:
    """As it stands."""
    return text.format(**values) if values else text


def local(account: CompanyAccount, at: datetime) -> datetime:
    """A moment by the clock on the shed's wall, without its zone."""
    return at.astimezone(ZoneInfo(account.zone)).replace(tzinfo=None, microsecond=0)


def period_of(account: CompanyAccount, say: Say = plainly) -> str:
    """'2026-10-01 to 2026-10-31', or until the moment it was made."""
    first = f"{local(account, account.since):%Y-%m-%d}"
    if account.until >= account.as_of:
        return say("{first} until {now}", first=first, now=f"{local(account, account.until):%Y-%m-%d %H:%M}")
    last = local(account, account.until - timedelta(microseconds=1))
    return say("{first} to {last}", first=first, last=f"{last:%Y-%m-%d}")


def sheds_of(account: CompanyAccount, say: Say = plainly) -> str:
    """The shed, or all of them by name."""
    names = ", ".join(account.sheds)
    return names if account.shed_id is not None or len(account.sheds) < 2 else say("All sheds: {names}", names=names)


def owed(statement: Statement, say: Say = plainly) -> str:
    """What the company has at the end, since when, and what of the period did not come back."""
    account = statement.account
    ended = account.until < account.as_of
    day = f"{local(account, account.until - timedelta(microseconds=1)):%Y-%m-%d}"
    said: list[str] = []
    if account.sums.closing > 0:
        out = [line for line in statement.lines if line.closing > 0]
        count = len({line.dispatch_id for line in out})
        oldest = max(out, key=lambda line: line.days_out or 0)
        text = (
            "At the end of {day} {company} had {count} out: {trays}, on {dispatches}."
            if ended
            else "{company} has {count} out: {trays}, on {dispatches}."
        )
        said.append(
            say(
                text,
                day=day,
                company=account.company,
                count=_trays(account.sums.closing, say),
                trays=_by_size(account, Figure.CLOSING),
                dispatches=say("1 dispatch") if count == 1 else say("{count} dispatches", count=f"{count:,}"),
            )
        )
        days = oldest.days_out or 0
        length = say("1 day") if days == 1 else say("{count} days", count=f"{days:,}")
        said.append(say("The oldest of them, {number}, had been out for {days}.", number=oldest.number, days=length))
        said.append(say("They stay on the company's account until they come back or are accounted for."))
    elif ended:
        said.append(say("At the end of {day} no tray was out with {company}.", day=day, company=account.company))
    else:
        said.append(say("No tray is out with {company} now.", company=account.company))
    if account.sums.lost > 0:
        said.append(
            say(
                "{count} did not come back in this period and were declared lost: {trays}.",
                count=_trays(account.sums.lost, say),
                trays=_by_size(account, Figure.LOST),
            )
        )
    if not account.rows:
        said.append(say("No tray moved in this period."))
    return " ".join(said)


def _trays(count: int, say: Say) -> str:
    return say("1 tray") if count == 1 else say("{count} trays", count=f"{count:,}")


def _by_size(account: CompanyAccount, figure: Figure) -> str:
    parts: Iterable[str] = (
        f"{getattr(row, figure.value):,} {row.tray_size}" for row in account.rows if getattr(row, figure.value)
    )
    return ", ".join(parts)
