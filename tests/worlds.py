"""A small world to try things in: three people, a shed of its own with trays, a company with a project and a hole.

Every world of a database has its own shed, so that tests can share one database and still count their own trays; what
must hold holds for the whole database, and ``World.settle`` proves it.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from coresafe.models import Base
from coresafe.models.enums import Door, Role
from coresafe.services import registry, sheds
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays, get_dispatch
from coresafe.services.inventory import MoveStock, SetBase, StockQuery, StockRow, move_stock, set_base, stock
from coresafe.services.proving import prove
from coresafe.services.registry import AddCompany, AddDrillhole, AddProject
from coresafe.services.returning import LostLine, ResolveLost, ReturnedLine, TakeReturn, resolve_lost, take_return
from coresafe.services.sheds import AddShed, ChangeTraySize
from coresafe.services.signing_in import sign_in
from coresafe.services.users import AddUser, add_first_admin, add_user

PASSWORD = "Drill-Core-77"
MACHINE = "shed-pc"
#: Rows that other threads add in their own time (the sealer), or that are bookkeeping of refusals.
NOT_COUNTED = frozenset({"audit_seals", "sign_in_throttles"})

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One signed-in session of each role on one database."""

    database: Database
    admin: Context
    manager: Context
    operator: Context

    @property
    def by_role(self) -> dict[Role, Context]:
        """The sessions by role."""
        return {Role.OPERATOR: self.operator, Role.MANAGER: self.manager, Role.ADMIN: self.admin}


def make_people(database: Database) -> People:
    """An administrator, a manager and an operator, each with ``PASSWORD``, signed in at the window."""
    door = Door.WINDOW
    add_first_admin(
        database, AddUser(username="boss", email="boss@example.com", password=PASSWORD), door=door, machine=MACHINE
    )
    admin = sign_in(database, "boss", PASSWORD, door=door, machine=MACHINE)
    return People(
        database=database, admin=admin, manager=a_user(admin, Role.MANAGER, "mary"), operator=a_user(admin, name="otto")
    )


class Populations:
    """The people of one shared database of each kind, made at its first use."""

    def __init__(self, new: Callable[[Any], Database]) -> None:
        self._new = new
        self._made: dict[str, People] = {}

    def of(self, flavour: str) -> People:
        """The people of the database of a kind."""
        if flavour not in self._made:
            self._made[flavour] = make_people(self._new(flavour))
        return self._made[flavour]

    def close(self) -> None:
        """Close every database."""
        for people in self._made.values():
            people.database.close()


def a_user(admin: Context, role: Role = Role.OPERATOR, name: str = "") -> Context:
    """One more user, signed in."""
    username = name or f"user{next(_numbers)}"
    add_user(admin, AddUser(username=username, email=f"{username}@example.com", password=PASSWORD, role=role))
    return sign_in(admin.database, username, PASSWORD, door=Door.WINDOW, machine=MACHINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A shed of its own, a company with a project and a hole, another company's project and hole."""

    people: People
    shed_id: int
    company_id: int
    project_id: int
    hole_id: int
    other_company_id: int
    other_project_id: int
    other_hole_id: int

    @property
    def database(self) -> Database:
        return self.people.database

    @property
    def admin(self) -> Context:
        return self.people.admin

    @property
    def manager(self) -> Context:
        return self.people.manager

    @property
    def operator(self) -> Context:
        return self.people.operator

    def wanted(self, *lines: WantedLine, hq: int = 0, nq: int = 0, **changes: Any) -> DispatchTrays:
        """The command of a dispatch from this shed: HQ and NQ by number, other lines as they are given."""
        sizes = [WantedLine(tray_size=name, quantity=n) for name, n in (("HQ", hq), ("NQ", nq)) if n]
        command = DispatchTrays(
            company_id=self.company_id,
            project_id=self.project_id,
            shed_id=self.shed_id,
            driver="Kofi",
            technician="Ama",
            lines=[*sizes, *lines],
        )
        return replace(command, **changes)

    def dispatch(
        self, *lines: WantedLine, who: Context | None = None, op: uuid.UUID | None = None, **wanted: Any
    ) -> DispatchRow:
        """Send trays out, as the operator unless somebody else is named."""
        return dispatch_trays(who or self.operator, self.wanted(*lines, **wanted), op)

    def give_back(
        self,
        dispatch: DispatchRow | int,
        *,
        hq: int | Mapping[str, int] = 0,
        nq: int | Mapping[str, int] = 0,
        who: Context | None = None,
        op: uuid.UUID | None = None,
        **changes: Any,
    ) -> DispatchRow:
        """Take trays back: a number is so many good ones, a mapping names good, occupied, damaged and surplus."""
        return take_return(who or self.operator, self.returned(dispatch, hq=hq, nq=nq, **changes), op)

    def returned(
        self,
        dispatch: DispatchRow | int,
        *,
        hq: int | Mapping[str, int] = 0,
        nq: int | Mapping[str, int] = 0,
        **changes: Any,
    ) -> TakeReturn:
        """The command of a return."""
        lines = [
            ReturnedLine(tray_size=name, **(dict(parts) if isinstance(parts, Mapping) else {"good": parts}))
            for name, parts in (("HQ", hq), ("NQ", nq))
            if parts
        ]
        dispatch_id = dispatch if isinstance(dispatch, int) else dispatch.id
        command = TakeReturn(dispatch_id=dispatch_id, driver="Yaw", technician="Esi", lines=lines)
        return replace(command, **changes)

    def lose(self, dispatch: DispatchRow, *, hq: int = 0, nq: int = 0, reason: str = "washed away") -> DispatchRow:
        """Declare outstanding trays lost, as the manager."""
        lines = [LostLine(tray_size=name, quantity=n) for name, n in (("HQ", hq), ("NQ", nq)) if n]
        return resolve_lost(self.manager, ResolveLost(dispatch_id=dispatch.id, lines=lines, reason=reason))

    def move(self, kind: str, quantity: int, *, size: str = "HQ", **changes: Any) -> StockRow:
        """Move stock, as the manager; the size's figures afterwards."""
        command = MoveStock(
            kind=kind, tray_size=size, quantity=quantity, reason="as told", shed_id=self.shed_id, **changes
        )
        return next(row for row in move_stock(self.manager, command) if row.tray_size == size)

    def stock(self, size: str = "HQ") -> StockRow:
        """This shed's figures of a size."""
        return next(row for row in stock(self.operator, StockQuery(shed_id=self.shed_id)) if row.tray_size == size)

    def read(self, dispatch: DispatchRow | int) -> DispatchRow:
        """A dispatch as it stands, read anew."""
        return get_dispatch(self.operator, dispatch if isinstance(dispatch, int) else dispatch.id)

    def settle(self) -> None:
        """Everything in the database must fit."""
        proof = prove(self.database)
        assert list(proof.problems) == []


def make_world(people: People, *, hq: int = 50, nq: int = 50, others: Mapping[str, int] | None = None) -> World:
    """A new world with so many trays of each size; ``others`` switches further sizes on and stocks them."""
    mark = f"{next(_numbers):05d}{uuid.uuid4().hex[:4]}"
    manager = people.manager
    shed = sheds.add_shed(people.admin, AddShed(name=f"Shed {mark}", code=f"S{mark}", time_zone="Africa/Accra"))
    ours, theirs = (registry.add_company(manager, AddCompany(name=f"{n} {mark}")) for n in ("Ashanti", "Bibiani"))
    projects = [
        registry.add_project(manager, AddProject(code=f"{letter}{mark}", name=f"Project {letter}", company_id=owner.id))
        for letter, owner in (("A", ours), ("B", theirs))
    ]
    holes = [registry.add_drillhole(manager, AddDrillhole(hole_id=f"{p.code}-001", project_id=p.id)) for p in projects]
    switch_on(people.admin, others or {})
    for size, base in {"HQ": hq, "NQ": nq, **(others or {})}.items():
        if base:
            set_base(manager, SetBase(tray_size=size, base_quantity=base, reason="first count", shed_id=shed.id))
    return World(
        people=people,
        shed_id=shed.id,
        company_id=ours.id,
        project_id=projects[0].id,
        hole_id=holes[0].id,
        other_company_id=theirs.id,
        other_project_id=projects[1].id,
        other_hole_id=holes[1].id,
    )


def switch_on(admin: Context, names: Mapping[str, int]) -> None:
    """Put sizes of the shipped list to use."""
    for row in sheds.list_tray_sizes(admin):
        if row.name in names and not row.is_active:
            command = ChangeTraySize(tray_size_id=row.id, version=row.version, is_active=True)
            sheds.change_tray_size(admin, command)


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table holds: what a refusal must leave as it was."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in NOT_COUNTED]
    counts = [sa.select(sa.func.count()).select_from(sa.table(name)).scalar_subquery().label(name) for name in names]
    with database.connect() as connection:
        return dict(connection.execute(sa.select(*counts)).one()._mapping)


def balances(database: Database) -> list[tuple[Any, ...]]:
    """Every balance, for the same purpose."""
    table = Base.metadata.tables["balances"]
    with database.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(sa.select(table)))
