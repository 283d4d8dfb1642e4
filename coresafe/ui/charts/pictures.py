"""The six charts of a shed, a company and a period, in words: what each shows and what stands behind its points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from coresafe.services.chart_figures import (
    AgeBand,
    Debt,
    Shown,
    SizeByState,
    TypeOfSamples,
    by_month,
    outstanding_by_age,
    samples_by_type,
    trays_by_state,
    who_owes,
)
from coresafe.services.charting import ChartData, MonthSum
from coresafe.services.reporting import next_month, start_of_day, start_of_month
from coresafe.ui.behind import Behind, given
from coresafe.ui.charts.picture import Pattern, Picture, Point, Series, Shape
from coresafe.ui.theme import status
from coresafe.ui.words import SAMPLE_TYPE, number, tr, trn

#: State, colour and pattern, in the order in which they are stacked.
_STATES = (
    ("available", "chart_green", Pattern.PLAIN),
    ("occupied", "chart_purple", Pattern.RISING),
    ("damaged", "chart_orange", Pattern.CROSSED),
    ("out", "chart_blue", Pattern.FALLING),
    ("in_transit", "chart_slate", Pattern.LEVEL),
)
_AGES = {
    "green": ("chart_green", Pattern.PLAIN),
    "amber": ("chart_orange", Pattern.RISING),
    "red": ("chart_vermillion", Pattern.CROSSED),
}
_STATUSES = (
    ("collected", "chart_blue", Pattern.PLAIN),
    ("processing", "chart_orange", Pattern.RISING),
    ("completed", "chart_slate", Pattern.LEVEL),
)
#: So many months are told by bars; more of them by lines.
_AS_BARS = 36
#: Companies that have a bar of their own; the others share one.
_DEBTORS = 9


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at, with its names. ``shed_id`` of ``shown`` is None where there is but one shed."""

    shown: Shown
    shed: str
    company: str
    period: str
    zone: str

    def now(self, *, of: bool = True) -> str:
        """'as it stands now', and of which shed and company."""
        return ", ".join(part for part in (tr("as it stands now"), *((self.shed, self.company) if of else ())) if part)

    def then(self, *, of: bool = True) -> str:
        """The period, and of which shed and company."""
        return ", ".join(part for part in (self.period, *((self.shed, self.company) if of else ())) if part)

    def dispatches(self, words: str, **filters: object) -> Behind:
        """The dispatches behind a point."""
        named = ", ".join(part for part in (words, self.shed, self.company) if part)
        of = given(shed_id=self.shown.shed_id, company_id=self.shown.company_id)
        return Behind("go.dispatches", named, {**filters, **of})

    @property
    def of_company(self) -> tuple[int, str] | None:
        """The company's id and name, if one is chosen."""
        return (self.shown.company_id, self.company) if self.shown.company_id is not None else None


def pictures(data: ChartData, look: Look) -> tuple[Picture, ...]:
    """All six, as they stand in the window."""
    months = by_month(data, look.shown)
    return (
        _by_state(trays_by_state(data, look.shown), look),
        _by_age(outstanding_by_age(data, look.shown), look, data.as_of),
        _owing(who_owes(data, look.shown), look),
        _out_and_back(months, look),
        _rate(months, look),
        _samples(samples_by_type(data, look.shown), look),
    )


def trays(count: float) -> str:
    """'1 tray', '2 459 trays'."""
    return trn("1 tray", "{count} trays", int(count))


def month_words(month: int) -> str:
    """202605 as 2026-05."""
    return f"{month // 100}-{month % 100:02d}"


def _by_state(rows: list[SizeByState], look: Look) -> Picture:
    series = []
    for state, token, pattern in _STATES:
        counts = [getattr(row, state) for row in rows]
        # What no size has needs no place in the legend; with a company there is only what it has.
        if not any(counts) and (state == "in_transit" or look.of_company is not None):
            continue
        word = status(state).text
        points = tuple(
            Point(count, f"{row.tray_size}, {word}: {trays(count)}", _behind_state(row.tray_size, state, look))
            for row, count in zip(rows, counts, strict=True)
        )
        series.append(Series(word, token, pattern, points))
    return Picture(
        key="states",
        title=tr("Trays by state"),
        about=look.now(),
        across=tr("Tray size"),
        up=tr("Trays"),
        categories=tuple(row.tray_size for row in rows),
        series=tuple(series),
        shape=Shape.STACKED,
        empty=tr("No trays yet."),
        labelled=True,
    )


def _behind_state(size: str, state: str, look: Look) -> Behind:
    if state == "out":
        return look.dispatches(tr("Out: {what}", what=size), open=True, size_out=size)
    return Behind("go.inventory", "", given(size=size, state=state, shed_id=look.shown.shed_id))


def _by_age(bands: list[AgeBand], look: Look, as_of: datetime) -> Picture:
    names = tuple(_band_words(band) for band in bands)
    words = _age_words(bands)
    series = []
    for age, (token, pattern) in _AGES.items():
        points = tuple(
            Point(
                band.trays if band.age == age else None,
                tr(
                    "{days} days out: {trays} in {dispatches}",
                    days=name,
                    trays=trays(band.trays),
                    dispatches=trn("1 dispatch", "{count} dispatches", band.dispatches),
                ),
                _behind_band(band, name, look, as_of),
            )
            for band, name in zip(bands, names, strict=True)
        )
        if any(point.value is not None for point in points):
            series.append(Series(words.get(age, age), token, pattern, points))
    return Picture(
        key="ages",
        title=tr("Outstanding by age"),
        about=look.now(),
        across=tr("Days out"),
        up=tr("Trays"),
        categories=names,
        series=tuple(series),
        shape=Shape.STACKED,
        empty=tr("Nothing is out."),
        labelled=True,
    )


def _age_words(bands: list[AgeBand]) -> dict[str, str]:
    """Each age by its days, as the rules of the installation have them."""
    words = {}
    for age in _AGES:
        mine = [band for band in bands if band.age == age]
        if not mine:
            continue
        first, last = mine[0].first_day, mine[-1].last_day
        if last is None:
            words[age] = tr("{day} days and more", day=first)
        elif not first:
            words[age] = trn("up to 1 day", "up to {count} days", last)
        else:
            words[age] = tr("{first} to {last} days", first=first, last=last)
    return words


def _band_words(band: AgeBand) -> str:
    if band.last_day is None:
        return f"> {band.first_day - 1}"
    return str(band.first_day) if band.first_day == band.last_day else f"{band.first_day}–{band.last_day}"


def _behind_band(band: AgeBand, name: str, look: Look, as_of: datetime) -> Behind:
    today = as_of.astimezone(ZoneInfo(look.zone)).date()
    since = until = None
    if band.last_day is not None:
        since = start_of_day(today - timedelta(days=band.last_day), look.zone)
    if band.first_day:
        until = start_of_day(today - timedelta(days=band.first_day - 1), look.zone)
    words = tr("{days} days out", days=name)
    return look.dispatches(words, **given(open=True, dispatched_from=since, dispatched_to=until))


def _owing(debts: list[Debt], look: Look) -> Picture:
    shown, rest = (debts, []) if len(debts) <= _DEBTORS + 1 else (debts[:_DEBTORS], debts[_DEBTORS:])
    points = [
        Point(
            debt.trays,
            tr(
                "{company}: {trays} in {dispatches}",
                company=debt.company,
                trays=trays(debt.trays),
                dispatches=trn("1 dispatch", "{count} dispatches", debt.dispatches),
            ),
            _behind_debt(debt, look),
        )
        for debt in shown
    ]
    names = [debt.company for debt in shown]
    if rest:
        count = sum(debt.trays for debt in rest)
        names.append(tr("{count} others", count=number(len(rest))))
        said = tr("{count} other companies: {trays}", count=number(len(rest)), trays=trays(count))
        points.append(Point(count, said, look.dispatches(tr("Still out"), open=True)))
    return Picture(
        key="owing",
        title=tr("Who owes most"),
        about=look.now(),
        across=tr("Trays"),
        up="",
        categories=tuple(names),
        series=(Series(tr("Trays out"), "chart_blue", Pattern.PLAIN, tuple(points)),),
        shape=Shape.ACROSS,
        empty=tr("Nobody owes a tray."),
        labelled=True,
    )


def _behind_debt(debt: Debt, look: Look) -> Behind:
    words = ", ".join(part for part in (tr("Out: {what}", what=debt.company), look.shed) if part)
    filters = given(open=True, company_id=debt.company_id, shed_id=look.shown.shed_id)
    return Behind(
        "go.accounts", debt.company, {"company_id": debt.company_id}, instead=Behind("go.dispatches", words, filters)
    )


def _out_and_back(months: list[MonthSum], look: Look) -> Picture:
    out = tuple(
        Point(
            row.out,
            tr("{month}, out: {trays}", month=month_words(row.month), trays=trays(row.out)),
            look.dispatches(
                tr("Sent in {month}", month=month_words(row.month)),
                **_sent_in(row.month, look),
                status=["outstanding", "partially_returned", "closed"],
            ),
        )
        for row in months
    )
    back = tuple(
        Point(
            row.back,
            tr("{month}, back: {trays}", month=month_words(row.month), trays=trays(row.back)),
            Behind(
                "go.inventory",
                "",
                given(
                    kind="return", days=_days_of(row.month), shed_id=look.shown.shed_id, company=look.of_company
                ),
            ),
        )
        for row in months
    )  # fmt: skip
    return Picture(
        key="months",
        title=tr("Out and back by month"),
        about=look.then(),
        across=tr("Month"),
        up=tr("Trays"),
        categories=tuple(month_words(row.month) for row in months),
        series=(
            Series(tr("Out"), "chart_blue", Pattern.PLAIN, out),
            Series(tr("Back"), "chart_green", Pattern.RISING, back),
        ),
        shape=Shape.BESIDE if len(months) <= _AS_BARS else Shape.LINE,
        empty=tr("Nothing went out or came back in this period."),
        first=False,
    )


def _sent_in(month: int, look: Look) -> dict[str, object]:
    return {
        "dispatched_from": start_of_month(month, look.zone),
        "dispatched_to": start_of_month(next_month(month), look.zone),
    }


def _days_of(month: int) -> tuple[date, date]:
    first, after = (date(each // 100, each % 100, 1) for each in (month, next_month(month)))
    return first, after - timedelta(days=1)


def _rate(months: list[MonthSum], look: Look) -> Picture:
    points = tuple(
        Point(
            row.match_rate,
            tr(
                "{month}: {rate}, {matched} of {closed} closed dispatches came back whole",
                month=month_words(row.month),
                rate=percent(row.match_rate),
                matched=number(row.matched),
                closed=number(row.closed),
            ),
            look.dispatches(
                tr("Closed, sent in {month}", month=month_words(row.month)),
                **_sent_in(row.month, look),
                status="closed",
            ),
        )
        for row in months
    )
    return Picture(
        key="rate",
        title=tr("Match rate over time"),
        about=look.then(),
        across=tr("Month in which the dispatches left"),
        up=tr("Matched / closed (%)"),
        categories=tuple(month_words(row.month) for row in months),
        series=(Series(tr("Match rate"), "chart_blue", Pattern.PLAIN, points),),
        shape=Shape.LINE,
        empty=tr("No dispatch of this period is closed yet."),
        percent=True,
        first=False,
    )


def percent(share: float | None) -> str:
    """``0.934`` as 93.4 %; nothing is rounded up to a hundred."""
    if share is None:
        return tr("none closed")
    tenths = min(int(share * 1000 + 0.5), 1000 if share >= 1 else 999)
    return f"{tenths // 10}.{tenths % 10}\N{NARROW NO-BREAK SPACE}%"


def _samples(rows: list[TypeOfSamples], look: Look) -> Picture:
    entered = _entered(look)
    words = tr("entered {period}", period=look.period) if entered is not None else ""
    series = []
    for key, token, pattern in _STATUSES:
        word = status(key).text
        points = tuple(
            Point(
                getattr(row, key),
                tr(
                    "{type}, {status}: {samples}",
                    type=tr(SAMPLE_TYPE[row.sample_type.value]),
                    status=word,
                    samples=trn("1 sample", "{count} samples", getattr(row, key)),
                ),
                Behind("go.samples", words, given(sample_type=row.sample_type.value, status=key, entered=entered)),
            )
            for row in rows
        )
        series.append(Series(word, token, pattern, points))
    return Picture(
        key="samples",
        title=tr("Samples by type"),
        about=tr("entered {period}, of all sheds and companies", period=look.period),
        across=tr("Samples"),
        up="",
        categories=tuple(tr(SAMPLE_TYPE[row.sample_type.value]) for row in rows),
        series=tuple(series),
        shape=Shape.ACROSS,
        empty=tr("No sample was entered in this period."),
        labelled=True,
    )


def _entered(look: Look) -> tuple[datetime, datetime] | None:
    """The moments between which samples of the period were entered: their months are those of UTC."""
    first, last = look.shown.first, look.shown.last
    if first is None and last is None:
        return None
    since = datetime((first or 195001) // 100, (first or 195001) % 100, 1, tzinfo=UTC)
    after = next_month(last) if last is not None else 220101
    return since, datetime(after // 100, after % 100, 1, tzinfo=UTC)
