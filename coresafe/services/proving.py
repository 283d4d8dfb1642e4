"""The proof of the ledger: everything recounted from the movements, and what does not fit named.

All sums are made by the database in one read-only snapshot, so that a proof of a million dispatches needs no more memory
than one of a hundred, and disturbs nobody (domain: The ledger).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.models import (
    AuditEntry,
    AuditSeal,
    Balance,
    Company,
    Counter,
    Dispatch,
    DispatchLine,
    MonthlyTotal,
    Movement,
    Resolution,
    ResolutionLine,
    Return,
    ReturnLine,
    Sample,
    Shed,
    Stocktake,
    Transfer,
    TraySize,
)
from coresafe.models.enums import CountKind, DispatchStatus, MovementKind, State
from coresafe.services import auditing, sealing
from coresafe.services.database import Database
from coresafe.services.facts import utc_now
from coresafe.services.stocktaking import proof as stocktakes
from coresafe.services.transaction import persist
from coresafe.services.transferring import proof as transfers

#: Entries are sealed within seconds; this long after, nobody is about to do it.
UNSEALED_AT_MOST = timedelta(minutes=10)
#: Problems of one kind named at most; the rest is counted.
NAMED = 50

M = Movement.__table__
B = Balance.__table__
MT = MonthlyTotal.__table__
D = Dispatch.__table__
L = DispatchLine.__table__
R = Return.__table__
RL = ReturnLine.__table__
S = Resolution.__table__
SL = ResolutionLine.__table__
C = Counter.__table__
SAMPLE = Sample.__table__
ENTRY = AuditEntry.__table__
SEAL = AuditSeal.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found. The ledger is proved where ``problems`` is empty; ``figures`` counts what was looked at."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether everything fits."""
        return not self.problems


class _Findings:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, found: Iterator[str]) -> None:
        """Name the first of a kind and count the rest."""
        more = 0
        for index, line in enumerate(found):
            if index < NAMED:
                self.lines.append(line)
            else:
                more += 1
        if more:
            self.lines.append(f"... and {more:,} more of this kind")


def prove(database: Database) -> Proof:
    """Recount everything. Needs the database's credentials only, no signed-in user."""
    return persist(lambda: _prove(database))


def _prove(database: Database) -> Proof:
    problems, warnings = _Findings(), _Findings()
    with database.snapshot() as connection:
        names = _names(connection)
        flows = _flows(connection)
        problems.add(_balances(connection, flows, names))
        problems.add(_outstanding(connection, flows, names))
        problems.add(_dispatches(connection))
        problems.add(_documents(connection))
        problems.add(stocktakes.problems(connection))
        problems.add(transfers.problems(connection))
        problems.add(_totals(connection, flows, names))
        problems.add(_numbers(connection))
        problems.add(_counts(connection, names))
        problems.add(_audit(connection))
        warnings.add(_past_shortages(connection, names))
        warnings.add(_left_unsealed(connection))
        figures = {
            "movements": _count(connection, M),
            "dispatches": _count(connection, D),
            "returns": _count(connection, R),
            "audit_entries": _count(connection, ENTRY),
            "not_yet_sealed": sealing.unsealed_count(connection),
        }
    return Proof(problems=tuple(problems.lines), warnings=tuple(warnings.lines), figures=figures)


def _count(connection: Connection, table: sa.FromClause) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _names(connection: Connection) -> dict[str, dict[int, str]]:
    return {
        "size": {row.id: row.name for row in connection.execute(sa.select(TraySize.id, TraySize.name))},
        "shed": {row.id: row.name for row in connection.execute(sa.select(Shed.id, Shed.name))},
        "company": {row.id: row.name for row in connection.execute(sa.select(Company.id, Company.name))},
    }


Flow = dict[tuple[Any, ...], int]


def _flows(connection: Connection) -> Flow:
    """What the movements changed, by (shed, size, state, company or 0, month, kind): two passes over the ledger."""
    flows: Flow = {}
    company = sa.func.coalesce(M.c.company_id, 0)
    for shed, state, month, sign in (
        (M.c.shed_id, M.c.from_state, M.c.month, -1),
        (M.c.to_shed_id, M.c.to_state, M.c.to_month, 1),
    ):
        keys = [shed, M.c.tray_size_id, state, company, month, M.c.of_kind]
        labelled = [key.label(f"k{index}") for index, key in enumerate(keys)]
        grouped = sa.select(*labelled, sa.func.sum(M.c.quantity).label("quantity")).group_by(*keys)
        for row in connection.execute(grouped):
            _add(flows, tuple(row[:-1]), sign * int(row.quantity))
    return flows


def _add(flows: Flow, key: tuple[Any, ...], quantity: int) -> None:
    flows[key] = flows.get(key, 0) + quantity


def _balances(connection: Connection, flows: Flow, names: dict[str, dict[int, str]]) -> Iterator[str]:
    """Balance = sum of its movements; none below zero; all accounts together zero."""
    accounts: Flow = {}
    for (shed, size, state, *_rest), quantity in flows.items():
        _add(accounts, (shed, size, state), quantity)
    stored: Flow = {}
    for row in connection.execute(sa.select(B)):
        stored[row.shed_id, row.tray_size_id, row.state] = row.quantity
        if row.quantity < 0 and row.state != State.EXTERNAL:
            yield f"Balance below zero: {_account(row.shed_id, row.tray_size_id, row.state, names)} is {row.quantity}."
    for key in sorted(stored.keys() | accounts.keys()):
        shed, size, state = key
        if stored.get(key, 0) != accounts.get(key, 0):
            yield (
                f"Balance and movements differ: {_account(shed, size, state, names)} is {stored.get(key, 0)}, "
                f"its movements say {accounts.get(key, 0)}."
            )
    if sum(stored.values()) != 0:
        yield f"All accounts together are {sum(stored.values())}, not zero."


def _account(shed: int, size: int, state: str, names: dict[str, dict[int, str]]) -> str:
    return f"{names['size'].get(size, f'size {size}')} {state} at {names['shed'].get(shed, f'shed {shed}')}"


def _outstanding(connection: Connection, flows: Flow, names: dict[str, dict[int, str]]) -> Iterator[str]:
    """What stands open on the lines = what the movements left out, per shed, size and company; and = the balance."""
    lines = (
        sa.select(D.c.shed_id, L.c.tray_size_id, D.c.company_id, sa.func.sum(L.c.outstanding).label("quantity"))
        .select_from(L.join(D, D.c.id == L.c.dispatch_id))
        .group_by(D.c.shed_id, L.c.tray_size_id, D.c.company_id)
    )
    on_lines: Flow = {}
    for row in connection.execute(lines):
        if row.quantity:
            on_lines[row.shed_id, row.tray_size_id, row.company_id] = int(row.quantity)
    moved: Flow = {}
    for (shed, size, state, company, *_rest), quantity in flows.items():
        if state == State.OUT:
            _add(moved, (shed, size, company), quantity)
    moved = {key: quantity for key, quantity in moved.items() if quantity}
    for key in sorted(on_lines.keys() | moved.keys(), key=str):
        if on_lines.get(key, 0) != moved.get(key, 0):
            shed_id, size, company = key
            yield (
                f"Outstanding and movements differ: {names['company'].get(company, 'no company')}, "
                f"{_account(shed_id, size, 'out', names)}: {on_lines.get(key, 0)} on dispatches, {moved.get(key, 0)} moved."
            )
    balances = {
        (row.shed_id, row.tray_size_id): row.quantity
        for row in connection.execute(sa.select(B).where(B.c.state == State.OUT.value))
    }
    by_size: Flow = {}
    for (shed_id, size, _company), quantity in on_lines.items():
        _add(by_size, (shed_id, size), quantity)
    for shed_id, size in sorted(balances.keys() | by_size.keys()):
        kept, standing = balances.get((shed_id, size), 0), by_size.get((shed_id, size), 0)
        if kept != standing:
            yield (
                f"Outstanding and balance differ: {_account(shed_id, size, 'out', names)} is {kept}, "
                f"the dispatches say {standing}."
            )


def _dispatches(connection: Connection) -> Iterator[str]:
    """The header says what its lines say; the state is the one that follows from them."""
    sums = (
        sa.select(
            L.c.dispatch_id,
            sa.func.sum(L.c.quantity).label("quantity"),
            sa.func.sum(L.c.outstanding).label("outstanding"),
            sa.func.sum(L.c.damaged + L.c.lost + L.c.surplus).label("spoiled"),
        )
        .group_by(L.c.dispatch_id)
        .subquery()
    )
    voided = D.c.status == DispatchStatus.VOIDED.value
    status = sa.case(
        (voided, DispatchStatus.VOIDED.value),
        (sums.c.outstanding == 0, DispatchStatus.CLOSED.value),
        (sums.c.outstanding == sums.c.quantity, DispatchStatus.OUTSTANDING.value),
        else_=DispatchStatus.PARTIALLY_RETURNED.value,
    )
    closed = D.c.status == DispatchStatus.CLOSED.value
    discrepancy = ~voided & ((D.c.is_final & (sums.c.outstanding > 0)) | (sums.c.spoiled > 0))
    wrong = sa.or_(
        sums.c.dispatch_id.is_(None),
        D.c.quantity != sums.c.quantity,
        D.c.outstanding != sums.c.outstanding,
        D.c.status != status,
        D.c.is_open != (D.c.outstanding > 0),
        D.c.matched != (closed & (sums.c.spoiled == 0)),
        D.c.discrepancy != discrepancy,
    )
    joined = D.outerjoin(sums, sums.c.dispatch_id == D.c.id)
    for row in connection.execute(sa.select(D.c.number).select_from(joined).where(wrong).order_by(D.c.id)):
        yield f"{row.number}: its header and its lines do not say the same."


def _documents(connection: Connection) -> Iterator[str]:
    """The lines of a dispatch = the sums of its standing returns and resolutions."""
    came = (
        sa.select(
            RL.c.dispatch_id,
            RL.c.dispatch_position,
            *(sa.func.sum(RL.c[name]).label(name) for name in ("good", "occupied", "damaged", "surplus")),
        )
        .select_from(RL.join(R, R.c.id == RL.c.return_id))
        .where(R.c.voided_at.is_(None))
        .group_by(RL.c.dispatch_id, RL.c.dispatch_position)
        .subquery()
    )
    lost = (
        sa.select(SL.c.dispatch_id, SL.c.dispatch_position, sa.func.sum(SL.c.quantity).label("lost"))
        .select_from(SL.join(S, S.c.id == SL.c.resolution_id))
        .where(S.c.voided_at.is_(None))
        .group_by(SL.c.dispatch_id, SL.c.dispatch_position)
        .subquery()
    )
    here = (came.c.dispatch_id == L.c.dispatch_id) & (came.c.dispatch_position == L.c.position)
    gone = (lost.c.dispatch_id == L.c.dispatch_id) & (lost.c.dispatch_position == L.c.position)
    wrong = sa.or_(
        *(L.c[name] != sa.func.coalesce(came.c[name], 0) for name in ("good", "occupied", "damaged", "surplus")),
        L.c.lost != sa.func.coalesce(lost.c.lost, 0),
    )
    joined = L.join(D, D.c.id == L.c.dispatch_id).outerjoin(came, here).outerjoin(lost, gone)
    statement = sa.select(D.c.number, L.c.position).select_from(joined).where(wrong).order_by(D.c.id)
    for row in connection.execute(statement):
        yield f"{row.number}, line {row.position}: its returns and losses do not add up to the line."
    yield from _finals(connection)
    yield from _recoveries(connection)


def _finals(connection: Connection) -> Iterator[str]:
    """A dispatch is final where a standing return says so."""
    said = sa.exists().where(R.c.dispatch_id == D.c.id, R.c.is_final, R.c.voided_at.is_(None))
    for row in connection.execute(sa.select(D.c.number).where(D.c.is_final != said).order_by(D.c.id)):
        yield f"{row.number}: whether more is to come back does not follow from its returns."


def _recoveries(connection: Connection) -> Iterator[str]:
    """What the lines call recovered = what the movements brought back from lost, per dispatch and size."""
    keys = (L.c.dispatch_id, L.c.tray_size_id)
    stated = sa.select(*keys, sa.func.sum(L.c.recovered).label("n")).where(L.c.recovered > 0).group_by(*keys)
    kept = {(row.dispatch_id, row.tray_size_id): int(row.n) for row in connection.execute(stated)}
    keys = (M.c.dispatch_id, M.c.tray_size_id)
    recovery = M.c.kind == MovementKind.RECOVERY.value
    posted = sa.select(*keys, sa.func.sum(M.c.quantity).label("n")).where(recovery).group_by(*keys)
    moved = {(row.dispatch_id, row.tray_size_id): int(row.n) for row in connection.execute(posted)}
    wrong = sorted({key[0] or 0 for key in kept.keys() | moved.keys() if kept.get(key, 0) != moved.get(key, 0)})
    for dispatch_id in wrong:
        number = connection.execute(sa.select(D.c.number).where(D.c.id == dispatch_id)).scalar()
        yield f"{number or 'No dispatch'}: its lines and the movements do not say the same of what was recovered."


def _totals(connection: Connection, flows: Flow, names: dict[str, dict[int, str]]) -> Iterator[str]:
    """Monthly totals = sums of the movements, account by account, month by month, kind by kind, company by company."""
    stored = {
        (row.shed_id, row.tray_size_id, row.state, row.company_id, row.month, row.kind): row.quantity
        for row in connection.execute(sa.select(MT))
    }
    for key in sorted(stored.keys() | flows.keys()):
        if stored.get(key, 0) != flows.get(key, 0):
            shed_id, size, state_name, company_id, month_no, kind = key
            of = names["company"].get(company_id, "no company")
            yield (
                f"Monthly total and movements differ: {month_no}, {kind}, {of}, {_account(shed_id, size, state_name, names)}: "
                f"{stored.get(key, 0)} kept, {flows.get(key, 0)} moved."
            )


def _numbers(connection: Connection) -> Iterator[str]:
    """Numbers run from 1 without gaps in each year."""
    for letter, table in (("D", D), ("R", R), ("S", Stocktake.__table__), ("T", Transfer.__table__)):
        year = sa.func.substr(table.c.number, 3, 4)
        statement = sa.select(
            year.label("year"),
            sa.func.count().label("rows"),
            sa.func.max(sa.cast(sa.func.substr(table.c.number, 8), sa.Integer)).label("last"),
        ).group_by(year)
        found = {int(row.year): (int(row.rows), int(row.last)) for row in connection.execute(statement)}
        counters = sa.select(Counter.__table__).where(Counter.kind == letter)
        given = {row.period: row for row in connection.execute(counters)}
        for number_year, (rows, last) in sorted(found.items()):
            counter = given.get(number_year)
            value = int(counter.value) if counter is not None else 0
            if rows != last or value != last:
                yield f"Numbers {letter}-{number_year}: {rows} documents, the last is {last}, the counter says {value}."


def _counts(connection: Connection, names: dict[str, dict[int, str]]) -> Iterator[str]:
    """What is counted of dispatches and samples = what there is."""
    stored = {
        (row.kind, row.period, row.shed_id, row.project_id): row.value
        for row in connection.execute(sa.select(C))
        if row.shed_id or "/" in row.kind
    }
    found: Flow = {}
    of = {
        CountKind.CLOSED: D.c.status == DispatchStatus.CLOSED.value,
        CountKind.MATCHED: D.c.matched,
        CountKind.DISCREPANCY: D.c.discrepancy,
        CountKind.VOIDED: D.c.status == DispatchStatus.VOIDED.value,
    }
    sums = [sa.func.sum(sa.case((condition, 1), else_=0)).label(kind.value) for kind, condition in of.items()]
    keys = (D.c.month, D.c.shed_id, D.c.project_id)
    for row in connection.execute(sa.select(*keys, sa.func.count().label("sent"), *sums).group_by(*keys)):
        for kind in CountKind:
            value = int(getattr(row, kind.value))
            _add(found, (kind.value, row.month, row.shed_id, row.project_id), value)
            _add(found, (kind.value, 0, row.shed_id, 0), value)
    month = sa.func.substr(sa.cast(SAMPLE.c.created_at, sa.String(26)), 1, 7)
    labelled = [SAMPLE.c.sample_type, SAMPLE.c.status, month.label("month"), sa.func.count().label("rows")]
    of_samples = sa.select(*labelled).group_by(SAMPLE.c.sample_type, SAMPLE.c.status, month)
    for row in connection.execute(of_samples):
        for period in (int(row.month.replace("-", "")), 0):
            _add(found, (f"{row.sample_type}/{row.status}", period, 0, 0), row.rows)
    for key in sorted(stored.keys() | found.keys()):
        if stored.get(key, 0) != found.get(key, 0):
            kind_name, period, shed, _project = key
            where = f" at {names['shed'].get(shed, f'shed {shed}')}" if shed else ""
            when = f" of {period // 100}-{period % 100:02d}" if period else ""
            yield (f"The count of {kind_name}{when}{where} is {stored.get(key, 0)}, there are {found.get(key, 0)}.")


def _audit(connection: Connection) -> Iterator[str]:
    """Every entry's hash is right, and every seal covers what it says."""
    wrong = _entry_hashes(connection)
    yield from wrong
    previous = sealing.FIRST
    for seal in connection.execute(sa.select(SEAL).order_by(SEAL.c.id)):
        if seal.previous != previous:
            yield f"Audit seal {seal.id} does not follow the one before it."
        previous = seal.digest
        ids = [tuple(pair) for pair in seal.ids]
        entries = connection.execute(
            sa.select(ENTRY.c.id, ENTRY.c.hash).where(sealing.within(ENTRY.c.id, ids)).order_by(ENTRY.c.id)
        ).all()
        if len(entries) != seal.entries:
            yield f"Audit seal {seal.id} covers {seal.entries} entries, {len(entries)} are there."
        elif sealing.digest_of(seal.previous, ids, (entry.hash for entry in entries)) != seal.digest:
            yield f"Audit seal {seal.id} is broken: an entry it covers was changed."


def _left_unsealed(connection: Connection) -> Iterator[str]:
    """Entries that should have been sealed long ago: a program ended first, or somebody took the newest seals away."""
    oldest, now = connection.execute(
        sa.select(sa.func.min(ENTRY.c.at), utc_now()).where(sealing.unsealed(connection))
    ).one()
    if oldest is not None and now - oldest > UNSEALED_AT_MOST:
        yield (
            f"Audit entries since {oldest:%Y-%m-%d %H:%M} UTC are not sealed. The next change seals them; "
            "if changes were made since, find out who removed their seals."
        )


def _entry_hashes(connection: Connection) -> Iterator[str]:
    after = 0
    while True:
        batch = connection.execute(sa.select(ENTRY).where(ENTRY.c.id > after).order_by(ENTRY.c.id).limit(2000)).all()
        if not batch:
            return
        for row in batch:
            if auditing.hash_of({name: getattr(row, name) for name in auditing.HASHED}) != row.hash:
                yield f"Audit entry {row.id} was changed after it was written."
        after = batch[-1].id


def _past_shortages(connection: Connection, names: dict[str, dict[int, str]]) -> Iterator[str]:
    """Months at whose end an account was below zero: back-dated entries are checked against today's balances only."""
    statement = (
        sa.select(MT.c.shed_id, MT.c.tray_size_id, MT.c.state, MT.c.month, sa.func.sum(MT.c.quantity).label("quantity"))
        .where(MT.c.state != State.EXTERNAL.value)
        .group_by(MT.c.shed_id, MT.c.tray_size_id, MT.c.state, MT.c.month)
        .order_by(MT.c.shed_id, MT.c.tray_size_id, MT.c.state, MT.c.month)
    )
    account: tuple[Any, ...] = ()
    running = 0
    for row in connection.execute(statement):
        key = (row.shed_id, row.tray_size_id, row.state)
        running = int(row.quantity) + (running if key == account else 0)
        account = key
        if running < 0:
            yield f"{_account(*key, names)} was {running} at the end of {row.month // 100}-{row.month % 100:02d}."
