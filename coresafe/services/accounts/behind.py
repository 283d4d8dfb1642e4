"""The dispatches behind an account: what each of them had out at the start, what happened to it, what was out at the end.

Read from the movements of the dispatches concerned, while the account itself comes from the monthly totals: that both
agree is no matter of course, and a statement says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from coresafe.errors import ValidationFailed
from coresafe.models import Dispatch, Drillhole, Movement, Project, Return, Shed, TraySize, User
from coresafe.models.enums import MovementKind, State
from coresafe.services.accounts.answers import AccountQuery, Behind, Contribution, Figure, StatementLine
from coresafe.services.accounts.reading import find_account_places
from coresafe.services.dispatch_rows import days_between
from coresafe.services.listing import Listing, Page, Query, checked_limit, from_page, searchable
from coresafe.services.permissions import Permission
from coresafe.services.reconciliation.outstanding import CLOCKS_APART
from coresafe.services.reporting import Period, Places
from coresafe.services.rules import identifier
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

D = Dispatch.__table__
M = Movement.__table__
P = Project.__table__
H = Drillhole.__table__
R = Return.__table__
T = TraySize.__table__
U = User.__table__

_OUT = State.OUT.value
#: Which movements make a figure; a void counts as what it voids. The rest of what touched the account is *adjusted*.
_MADE_BY = {
    Figure.OUT: MovementKind.DISPATCH.value,
    Figure.RETURNED: MovementKind.RETURN.value,
    Figure.LOST: MovementKind.LOSS.value,
}
#: These are written as what went away from the account.
_AWAY = (Figure.RETURNED, Figure.LOST)

_WENT = sa.case((M.c.to_state == _OUT, M.c.quantity), else_=-M.c.quantity)
_TOUCHES = (M.c.from_state == _OUT) != (M.c.to_state == _OUT)


def _of(figure: Figure) -> sa.ColumnElement[bool]:
    if figure in _MADE_BY:
        return M.c.of_kind == _MADE_BY[figure]
    return M.c.of_kind.not_in(_MADE_BY.values())


def lines_between(places: Places, period: Period, company_id: int) -> sa.Subquery:
    """Each dispatch and size of a company with its figures in a period; only those with any.

    A dispatch that was closed before the period and not touched since has none, so it is not looked at.
    """
    mine = [D.c.company_id == company_id, D.c.dispatched_at < period.until if period.ended else sa.true()]
    if places.shed_id is not None:
        mine.append(D.c.shed_id == places.shed_id)
    touched = D.c.is_open | (D.c.updated_at >= period.since - CLOCKS_APART)
    before = M.c.at < period.since
    figures = {Figure.OPENING: sa.func.sum(sa.case((before, _WENT), else_=0))}
    for figure in (Figure.OUT, Figure.RETURNED, Figure.LOST, Figure.ADJUSTED):
        amount = -_WENT if figure in _AWAY else _WENT
        figures[figure] = sa.func.sum(sa.case((~before & _of(figure), amount), else_=0))
    figures[Figure.CLOSING] = sa.func.sum(_WENT)
    upto = (M.c.at < period.until,) if period.ended else ()
    return (
        sa.select(
            M.c.dispatch_id, M.c.tray_size_id, *(column.label(figure.value) for figure, column in figures.items())
        )
        .select_from(D.join(M, M.c.dispatch_id == D.c.id))
        .where(*mine, touched, _TOUCHES, *upto)
        .group_by(M.c.dispatch_id, M.c.tray_size_id)
        .having(sa.or_(*(column != 0 for column in figures.values())))
        .subquery("behind")
    )  # fmt: skip


def statement_lines(tx: Reading, places: Places, period: Period, company_id: int) -> tuple[StatementLine, ...]:
    """All of them, the oldest dispatch first. One statement."""
    lines = lines_between(places, period, company_id)
    statement = (
        sa.select(
            *lines.c,
            *_DISPATCH,
            Shed.name.label("shed"),
            T.c.name.label("tray_size"),
        )
        .select_from(_joined(lines.join(D, D.c.id == lines.c.dispatch_id)).join(T, T.c.id == lines.c.tray_size_id))
        .order_by(D.c.dispatched_at, D.c.id, T.c.position, T.c.id)
    )
    end = period.until
    return tuple(
        StatementLine(
            dispatch_id=row.dispatch_id,
            number=row.number,
            dispatched_at=row.dispatched_at,
            due_at=row.due_at,
            project_code=row.project_code,
            hole=row.hole,
            driver=row.driver,
            shed=row.shed,
            time_zone=row.time_zone,
            tray_size=row.tray_size,
            **{figure.value: int(getattr(row, figure.value)) for figure in Figure},
            days_out=days_between(row.dispatched_at, _last_day(end, period), row.time_zone) if row.closing else None,
        )
        for row in tx.all(statement)
    )


def _last_day(end: datetime, period: Period) -> datetime:
    return end - timedelta(microseconds=1) if period.ended else end


_DISPATCH = (
    D.c.number,
    D.c.dispatched_at,
    D.c.due_at,
    D.c.driver,
    P.c.code.label("project_code"),
    H.c.hole_id.label("hole"),
    Shed.time_zone.label("time_zone"),
)


def _joined(start: sa.FromClause) -> sa.FromClause:
    """The dispatches of ``start`` with what names something on them."""
    return (
        start.join(P, P.c.id == D.c.project_id)
        .join(Shed.__table__, Shed.id == D.c.shed_id)
        .outerjoin(H, H.c.id == D.c.drillhole_id)
    )


# -- behind one figure ------------------------------------------------------------------------------------------------

#: The filters take SQL made here, never what was sent.
_ENTRIES = Listing(
    table=M, sorts={"at": M.c.at}, filters={"of": lambda condition: condition}, default_sort="-at",
)  # fmt: skip
_STANDING = Listing(
    table=D, sorts={"at": D.c.dispatched_at}, filters={"of": lambda condition: condition}, default_sort="at",
)  # fmt: skip


@reads(Permission.LOOK)
def list_contributions(tx: Reading, behind: Behind, query: Query) -> Page[Contribution]:
    """A page of the entries behind a figure: the dispatches that were out, or the movements, the latest first.

    Of ``query`` the page is taken: ``sort`` (``at`` or ``-at``), ``limit``, ``cursor``, ``skip``, ``backwards``, ``total``.
    Raises ValidationFailed at ``company_id``, ``shed_id``, ``from``, ``to``, ``figure``.
    """
    places, period, figure = _asked(tx, behind)
    if figure in (Figure.OPENING, Figure.CLOSING):
        return _standing(tx, behind, places, _moment_of(figure, period), query)
    return _entries(tx, behind, places, period, figure, query)


@reads(Permission.LOOK)
def count_contributions(tx: Reading, behind: Behind) -> int:
    """How many entries stand behind a figure."""
    places, period, figure = _asked(tx, behind)
    if figure in (Figure.OPENING, Figure.CLOSING):
        out: sa.ColumnElement[bool] = D.c.id.in_(
            sa.select(_out_then(behind, places, _moment_of(figure, period)).c.dispatch_id)
        )
        return int(tx.all(_STANDING.count(Query(filters={"of": out})))[0].rows)
    condition = _condition(behind.account, places, period, figure, behind.tray_size)
    return int(tx.all(_ENTRIES.count(Query(filters={"of": condition})))[0].rows)


def _asked(tx: Reading, behind: Behind) -> tuple[Places, Period, Figure]:
    _company, _sizes, places, period = find_account_places(tx, behind.account)
    try:
        return places, period, Figure(behind.figure)
    except ValueError:
        raise ValidationFailed.of("figure", f"Figure must be one of: {', '.join(Figure)}.") from None


def _moment_of(figure: Figure, period: Period) -> Period:
    """The period up to the moment of a standing figure."""
    if figure is Figure.CLOSING:
        return period
    return replace(period, until=period.since, ended=True)


def _size(column: sa.ColumnElement[Any], name: str) -> tuple[sa.ColumnElement[bool], ...]:
    if not name:
        return ()
    return (column.in_(sa.select(T.c.id).where(T.c.name_key == searchable(name))),)


def _out_then(behind: Behind, places: Places, period: Period) -> sa.Subquery:
    """The dispatches of the company of which trays were out at the end of a period."""
    lines = lines_between(places, period, identifier(behind.account.company_id))
    wanted = (lines.c.closing != 0, *_size(lines.c.tray_size_id, behind.tray_size))
    return sa.select(lines.c.dispatch_id, lines.c.tray_size_id, lines.c.closing).where(*wanted).subquery("out_then")


def _standing(tx: Reading, behind: Behind, places: Places, period: Period, query: Query) -> Page[Contribution]:
    out = _out_then(behind, places, period)
    plain = replace(query, filters={"of": D.c.id.in_(sa.select(out.c.dispatch_id))}, q="")
    ids = _STANDING.ids(plain).subquery("page")
    down = _STANDING.order(plain)[2] != query.backwards
    statement = (
        sa.select(D.c.id, *_DISPATCH, T.c.name.label("tray_size"), out.c.closing)
        .select_from(
            _joined(ids.join(D, D.c.id == ids.c.id))
            .join(out, out.c.dispatch_id == D.c.id)
            .join(T, T.c.id == out.c.tray_size_id)
        )
        .order_by(*_ends(ids, down), T.c.position, T.c.id)
    )
    grouped: dict[int, list[Any]] = {}
    for row in tx.all(statement):
        grouped.setdefault(row.id, []).append(row)
    end = _last_day(period.until, period)
    rows = [_standing_row(each, end) for each in grouped.values()]
    keys = [(row.id, row.at) for row in rows]
    page = _STANDING.page(plain, keys, rows[: checked_limit(query.limit)], tx.now)
    return replace(page, total=int(tx.all(_STANDING.count(plain))[0].rows)) if query.total else page


def _standing_row(sizes: Sequence[Any], end: datetime) -> Contribution:
    head = sizes[0]
    return Contribution(
        id=head.id,
        at=head.dispatched_at,
        entered_at=None,
        kind=MovementKind.DISPATCH.value,
        is_void=False,
        quantity=sum(int(row.closing) for row in sizes),
        trays=tuple((row.tray_size, int(row.closing)) for row in sizes),
        dispatch_id=head.id,
        number=head.number,
        return_number=None,
        project_code=head.project_code,
        hole=head.hole,
        driver=head.driver,
        time_zone=head.time_zone,
        days_out=days_between(head.dispatched_at, end, head.time_zone),
        user=None,
        reason=None,
    )


def _ends(ids: sa.Subquery, down: bool) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    if down:
        return ids.c.sort_value.desc(), ids.c.id.desc()
    return ids.c.sort_value.asc(), ids.c.id.asc()


def _condition(
    account: AccountQuery, places: Places, period: Period, figure: Figure, size: str
) -> sa.ColumnElement[bool]:
    return sa.and_(
        M.c.company_id == identifier(account.company_id),
        M.c.at >= period.since,
        *((M.c.at < period.until,) if period.ended else ()),
        *((M.c.shed_id == places.shed_id,) if places.shed_id is not None else ()),
        _TOUCHES,
        _of(figure),
        *_size(M.c.tray_size_id, size),
    )


def _entries(
    tx: Reading, behind: Behind, places: Places, period: Period, figure: Figure, query: Query
) -> Page[Contribution]:
    condition = _condition(behind.account, places, period, figure, behind.tray_size)
    plain = replace(query, filters={"of": condition}, q="")
    ids = _ENTRIES.ids(plain).subquery("page")
    down = _ENTRIES.order(plain)[2] != query.backwards
    amount = -_WENT if figure in _AWAY else _WENT
    statement = (
        sa.select(
            M.c.id,
            M.c.at,
            M.c.entered_at,
            M.c.of_kind,
            (M.c.kind != M.c.of_kind).label("is_void"),
            amount.label("amount"),
            M.c.reason,
            D.c.id.label("dispatch_id"),
            *_DISPATCH,
            T.c.name.label("tray_size"),
            R.c.number.label("return_number"),
            R.c.driver.label("returned_by"),
            U.c.username,
        )
        .select_from(
            _joined(ids.join(M, M.c.id == ids.c.id).join(D, D.c.id == M.c.dispatch_id))
            .join(T, T.c.id == M.c.tray_size_id)
            .join(U, U.c.id == M.c.user_id)
            .outerjoin(R, R.c.id == M.c.return_id)
        )
        .order_by(*_ends(ids, down))
    )
    rows = [
        Contribution(
            id=row.id,
            at=row.at,
            entered_at=row.entered_at,
            kind=row.of_kind,
            is_void=bool(row.is_void),
            quantity=int(row.amount),
            trays=((row.tray_size, int(row.amount)),),
            dispatch_id=row.dispatch_id,
            number=row.number,
            return_number=row.return_number,
            project_code=row.project_code,
            hole=row.hole,
            driver=row.returned_by or row.driver,
            time_zone=row.time_zone,
            days_out=None,
            user=row.username,
            reason=row.reason,
        )
        for row in tx.all(from_page(statement))
    ]
    page = _ENTRIES.page(plain, [(row.id, row.at) for row in rows], rows[: checked_limit(query.limit)], tx.now)
    return replace(page, total=int(tx.all(_ENTRIES.count(plain))[0].rows)) if query.total else page
