"""Finding anything by a few letters of it: dispatches, holes, companies, projects and samples in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from coresafe.models import Company, Dispatch, Drillhole, Project, Sample, Shed, Transfer
from coresafe.services.listing import contains, searchable, starts
from coresafe.services.permissions import Permission
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

D: Any = Dispatch.__table__
H: Any = Drillhole.__table__
C: Any = Company.__table__
P: Any = Project.__table__
S: Any = Sample.__table__
X: Any = Transfer.__table__

#: How many of each kind.
EACH = 6
#: What is looked through where no key helps: the newest so many. Older ones are found by how they begin.
RECENT = 5000


class Kind(StrEnum):
    """What was found, in the order in which it is told."""

    DISPATCH = "dispatch"
    TRANSFER = "transfer"
    HOLE = "hole"
    COMPANY = "company"
    PROJECT = "project"
    SAMPLE = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing: ``text`` is what it is called, ``detail`` where it belongs, ``state`` its status as stored.

    ``detail``: of a dispatch company, hole and driver; of a transfer both sheds and driver; of a hole project and company; of a
    project name and company; of a sample hole and dispatch.
    """

    kind: Kind
    id: int
    text: str
    detail: tuple[str, ...]
    state: str


@reads(Permission.LOOK)
def find_anything(tx: Reading, text: str) -> tuple[Found, ...]:
    """At most six of each kind whose name holds the text; what is called exactly so, or begins so, comes first.

    Transfers: by number, or the newest of a driver.
    Dispatches: by number (its beginning, or the digits alone), or the newest of a company, project, hole or driver.
    Samples: by how the id begins, or among the newest by any part of it.
    """
    wanted = searchable(text)
    if not wanted:
        tx.require_checked()
        return ()
    parts = [
        _dispatches(wanted),
        _transfers(wanted),
        _holes(wanted),
        _companies(wanted),
        _projects(wanted),
        _samples(wanted),
    ]
    found = sa.union_all(*[sa.select(part.subquery()) for part in parts]).subquery("found")
    statement = sa.select(found).order_by(found.c.part, found.c.place, found.c.text)
    return tuple(
        Found(
            kind=list(Kind)[row.part],
            id=row.id,
            text=row.text,
            detail=tuple(part for part in (row.one, row.two, row.three) if part),
            state=row.state,
        )
        for row in tx.all(statement)
    )


def _shown(kind: Kind, row_id: Any, place: Any, text: Any, state: Any, detail: Sequence[Any] = ()) -> sa.Select[Any]:
    """The columns that all kinds have; ``detail`` has at most three."""
    nothing = sa.literal_column("''", sa.String)
    one, two, three = [*detail, nothing, nothing, nothing][:3]
    return sa.select(
        sa.literal_column(str(list(Kind).index(kind)), sa.Integer).label("part"),
        row_id.label("id"),
        place.label("place"),
        text.label("text"),
        one.label("one"),
        two.label("two"),
        three.label("three"),
        state.label("state"),
    )


def _place(key: Any, wanted: str) -> sa.ColumnElement[int]:
    """Exactly so, beginning so, holding it."""
    return sa.case((key == wanted, 0), (starts(key, wanted), 1), else_=2)


def _best(table: Any, key: Any, wanted: str, also: Sequence[Any] = ()) -> sa.Subquery:
    """The ids of the best few by key."""
    place = _place(key, wanted)
    holds = sa.or_(contains(key, wanted), *(contains(other, wanted) for other in also))
    return sa.select(table.c.id, place.label("place")).where(holds).order_by(place, key).limit(EACH).subquery()


def _holes(wanted: str) -> sa.Select[Any]:
    best = _best(H, H.c.hole_key, wanted)
    tables = best.join(H, H.c.id == best.c.id).join(P, P.c.id == H.c.project_id).join(C, C.c.id == P.c.company_id)
    shown = _shown(Kind.HOLE, H.c.id, best.c.place, H.c.hole_id, H.c.status, (P.c.code, C.c.name))
    return shown.select_from(tables)


def _companies(wanted: str) -> sa.Select[Any]:
    best = _best(C, C.c.name_key, wanted)
    state = sa.case((C.c.is_active, "active"), else_="inactive")
    shown = _shown(Kind.COMPANY, C.c.id, best.c.place, C.c.name, state)
    return shown.select_from(best.join(C, C.c.id == best.c.id))


def _projects(wanted: str) -> sa.Select[Any]:
    best = _best(P, P.c.code_key, wanted, [P.c.name_key])
    tables = best.join(P, P.c.id == best.c.id).join(C, C.c.id == P.c.company_id)
    shown = _shown(Kind.PROJECT, P.c.id, best.c.place, P.c.code, P.c.status, (P.c.name, C.c.name))
    return shown.select_from(tables)


def _samples(wanted: str) -> sa.Select[Any]:
    key = S.c.sample_key
    begins = sa.select(S.c.id).where(starts(key, wanted)).order_by(key).limit(EACH).subquery()
    newest = sa.select(S.c.id, key).order_by(S.c.id.desc()).limit(RECENT).subquery()
    holds = sa.select(newest.c.id).where(contains(newest.c.sample_key, wanted)).order_by(newest.c.id.desc()).limit(EACH)
    ids = sa.union(sa.select(begins), sa.select(holds.subquery())).subquery()
    place = _place(key, wanted)
    best = (
        sa.select(S.c.id, place.label("place"))
        .select_from(ids.join(S, S.c.id == ids.c.id))
        .order_by(place, key)
        .limit(EACH)
        .subquery()
    )
    tables = best.join(S, S.c.id == best.c.id)
    tables = tables.outerjoin(H, H.c.id == S.c.drillhole_id).outerjoin(D, D.c.id == S.c.dispatch_id)
    shown = _shown(Kind.SAMPLE, S.c.id, best.c.place, S.c.sample_id, S.c.status, (H.c.hole_id, D.c.number))
    return shown.select_from(tables)


def _dispatches(wanted: str) -> sa.Select[Any]:
    number = wanted.upper()
    if number.startswith("D-"):
        ways = [sa.select(D.c.id).where(starts(D.c.number, number))]
    else:
        ways = [
            sa.select(D.c.id).select_from(owners.join(D, column == owners.c.id))
            for owners, column in (
                (_best(C, C.c.name_key, wanted), D.c.company_id),
                (_best(P, P.c.code_key, wanted, [P.c.name_key]), D.c.project_id),
                (_best(H, H.c.hole_key, wanted), D.c.drillhole_id),
            )
        ]
        newest = sa.select(D.c.id, D.c.driver).order_by(D.c.id.desc()).limit(RECENT).subquery()
        ways.append(sa.select(newest.c.id).where(sa.func.lower(newest.c.driver).contains(wanted, autoescape=True)))
        if wanted.isdigit():
            ways.append(sa.select(D.c.id).where(D.c.number.like(f"%-{wanted.zfill(6)}")))
    newest_first = [sa.select(_newest(way).subquery()) for way in ways]
    ids = sa.union(*newest_first).subquery()
    best = sa.select(ids.c.id).order_by(ids.c.id.desc()).limit(EACH).subquery()
    tables = best.join(D, D.c.id == best.c.id).join(C, C.c.id == D.c.company_id)
    tables = tables.outerjoin(H, H.c.id == D.c.drillhole_id)
    # The one with these very digits before those of holes that happen to hold them.
    exact = D.c.number.like(f"%-{wanted.zfill(6)}") if wanted.isdigit() else sa.false()
    place = sa.case((exact, -D.c.id - 2**40), else_=-D.c.id)
    shown = _shown(Kind.DISPATCH, D.c.id, place, D.c.number, D.c.status, (C.c.name, H.c.hole_id, D.c.driver))
    return shown.select_from(tables)


def _transfers(wanted: str) -> sa.Select[Any]:
    if wanted.upper().startswith("T-"):
        fits = starts(X.c.number, wanted.upper())
    else:
        fits = contains(sa.func.lower(X.c.driver), wanted)
        if wanted.isdigit():
            fits |= X.c.number.like(f"%-{wanted.zfill(6)}")
    best = sa.select(X.c.id).where(fits).order_by(X.c.id.desc()).limit(EACH).subquery()
    sender, receiver = Shed.__table__.alias("sender"), Shed.__table__.alias("receiver")
    tables = best.join(X, X.c.id == best.c.id)
    tables = tables.join(sender, sender.c.id == X.c.shed_id).join(receiver, receiver.c.id == X.c.to_shed_id)
    detail = (sender.c.name, receiver.c.name, X.c.driver)
    return _shown(Kind.TRANSFER, X.c.id, -X.c.id, X.c.number, X.c.status, detail).select_from(tables)


def _newest(way: sa.Select[Any]) -> sa.Select[Any]:
    column = way.selected_columns[0]
    return way.order_by(column.desc()).limit(EACH)
