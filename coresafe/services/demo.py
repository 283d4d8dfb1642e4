"""Sample data: a believable year of a core shed, made by playing the services, so that its ledger proves.

The year ends now. It is always the same year (one seed), but for its dates.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coresafe.errors import Conflict
from coresafe.models.enums import Door, MovementKind, Role, SampleType
from coresafe.services import registry
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import (
    DispatchTrays,
    ExtendDispatch,
    VoidDispatch,
    WantedLine,
    dispatch_trays,
    extend_dispatch,
    void_dispatch,
)
from coresafe.services.inventory import MoveStock, SetBase, move_stock, set_base
from coresafe.services.returning import (
    LostLine,
    ResolveLost,
    ReturnedLine,
    TakeReturn,
    VoidReturn,
    resolve_lost,
    take_return,
    void_return,
)
from coresafe.services.signing_in import sign_in
from coresafe.services.users import AddUser, add_first_admin, add_user

#: Every sample user signs in with this; the sign-in window of the sample database says so.
PASSWORD = "Look-around-1"  # noqa: S105  # told to everybody who looks around
USERS = (
    ("admin", "Efua Mensah", Role.ADMIN),
    ("supervisor", "Kwame Asante", Role.MANAGER),
    ("technician", "Ama Boateng", Role.OPERATOR),
    ("yaw", "Yaw Owusu", Role.OPERATOR),
)
#: company → its projects: code, name, location, EPSG code, collar easting and northing, hole prefix
COMPANIES = {
    "Ashanti Ridge Gold": (
        ("ARG", "Ashanti Ridge", "Obuasi, Ghana", 32630, 640_200.0, 686_900.0, "ARD"),
        ("ESA", "Esaase North", "Amansie, Ghana", 32630, 621_500.0, 727_300.0, "ESN"),
    ),
    "Birim Exploration": (("BIR", "Birim Valley", "Kibi, Ghana", 32630, 746_100.0, 683_400.0, "BVD"),),
    "Tarkwa Deeps": (("TKD", "Tarkwa Deeps", "Tarkwa, Ghana", 32630, 611_800.0, 586_200.0, "TDH"),),
    "Volta Lithium": (("VLI", "Ewoyaa East", "Saltpond, Ghana", 32630, 715_900.0, 575_600.0, "VLD"),),
    "Sefwi Resources": (
        ("SEF", "Sefwi Belt", "Bibiani, Ghana", 32630, 573_300.0, 713_800.0, "SRD"),
        ("CHR", "Chirano South", "Chirano, Ghana", 32630, 568_400.0, 697_700.0, "CSD"),
    ),
    "Nzema Minerals": (("NZM", "Nzema Coast", "Esiama, Ghana", 32630, 566_200.0, 545_900.0, "NZD"),),
}
DRIVERS = ("Kofi Adjei", "Ibrahim Sule", "Nana Osei", "Samuel Tetteh", "Joseph Appiah", "Emmanuel Badu")
TECHNICIANS = ("Ama Boateng", "Yaw Owusu", "Abena Darko")
VEHICLES = ("GR 4521-22", "GW 118-21", "AS 902-23", "WR 77-20")
LABORATORIES = ("Intertek Tarkwa", "SGS Obuasi", "ALS Kumasi")
DAMAGE = ("Two handles broken", "Bent by the loader", "Rims split")
BASE = {"HQ": 2600, "NQ": 2000, "PQ": 300}
DISPATCHES = 2000

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=7)  # no two entries at the very same moment
        return self.now


@dataclass(frozen=True, slots=True)
class _Hole:
    company_id: int
    project_id: int
    drillhole_id: int
    size: str


def play(database: Database, *, dispatches: int = DISPATCHES, progress: Progress | None = None) -> None:
    """Fill an empty, upgraded embedded database. ``progress`` is told steps done, steps in all, and what is played."""
    _Year(database, dispatches, progress or (lambda _n, _of, _text: None)).play()


class _Year:
    def __init__(self, database: Database, dispatches: int, progress: Progress) -> None:
        self.database = database
        self.count = dispatches
        self.progress = progress
        self.random = random.Random(1887)  # noqa: S311  # the same year each time
        self.end = datetime.now(UTC).replace(microsecond=0)
        self.clock = _Clock(self.end - timedelta(days=365))
        self.open: list[DispatchRow] = []
        self.lost: list[DispatchRow] = []

    def play(self) -> None:
        with self.database.playing(self.clock):
            with self.database.connect() as connection:
                if self.database.is_embedded:
                    connection.exec_driver_sql("PRAGMA synchronous = OFF")
            self._people()
            self._projects()
            self._stock()
            self._days()

    def _people(self) -> None:
        self.progress(0, self.count, "users")
        username, full_name, _role = USERS[0]
        first = AddUser(username=username, email=_email(username), password=PASSWORD, full_name=full_name)
        add_first_admin(self.database, first, door=Door.WINDOW, machine="shed-pc-1")
        self.admin = self._sign_in("admin")
        for username, full_name, role in USERS[1:]:
            new = AddUser(username=username, email=_email(username), password=PASSWORD, full_name=full_name, role=role)
            add_user(self.admin, new)
        self.manager = self._sign_in("supervisor")
        self.operators = [self._sign_in("technician"), self._sign_in("yaw")]

    def _sign_in(self, username: str) -> Context:
        return sign_in(self.database, username, PASSWORD, door=Door.WINDOW, machine=f"shed-pc-{len(username) % 3 + 1}")

    def _projects(self) -> None:
        self.progress(0, self.count, "companies, projects and drillholes")
        self.holes: list[_Hole] = []
        for number, (company, projects) in enumerate(COMPANIES.items()):
            contact = f"trays@{company.split()[0].lower()}.example.com"
            phone = f"+233 30 22{number} 4{number}17"
            added = registry.add_company(
                self.manager, registry.AddCompany(name=company, contact_email=contact, contact_phone=phone)
            )
            for code, name, location, crs, easting, northing, prefix in projects:
                project = registry.add_project(
                    self.manager,
                    registry.AddProject(code=code, name=name, company_id=added.id, location=location, crs=crs),
                )
                for index in range(1, 13):
                    self._hole(added.id, project.id, f"{prefix}{self.end:%y}-{index:03d}", index, easting, northing)

    def _hole(
        self, company_id: int, project_id: int, hole_id: str, index: int, easting: float, northing: float
    ) -> None:
        size = self.random.choice(("HQ", "HQ", "NQ"))
        line, fence = divmod(index - 1, 4)
        hole = registry.AddDrillhole(
            hole_id=hole_id,
            project_id=project_id,
            eoh_depth=round(self.random.uniform(80, 520), 1),
            core_size=size,
            easting=round(easting + fence * 40 + self.random.uniform(-3, 3), 2),
            northing=round(northing + line * 50 + self.random.uniform(-3, 3), 2),
            elevation=round(self.random.uniform(90, 260), 2),
            azimuth=float(self.random.choice((90, 135, 270, 315))),
            dip=float(self.random.choice((-50, -55, -60, -70, -90))),
        )
        added = registry.add_drillhole(self.manager, hole)
        self.holes.append(_Hole(company_id, project_id, added.id, size))

    def _stock(self) -> None:
        from coresafe.services import sheds

        pq = next(size for size in sheds.list_tray_sizes(self.admin) if size.name == "PQ")
        change = sheds.ChangeTraySize(tray_size_id=pq.id, version=pq.version, is_active=True)
        sheds.change_tray_size(self.admin, change)
        for size, base in BASE.items():
            reason = "Counted when CoreSafe was installed"
            set_base(self.manager, SetBase(tray_size=size, base_quantity=base, reason=reason))

    def _days(self) -> None:
        start = self.clock.now
        days = (self.end - start).days
        done = 0
        for day in range(days):
            morning = start + timedelta(days=day + 1) - timedelta(hours=10)
            share = round(self.count * (day + 1) / days) - done
            self.clock.now = max(self.clock.now, morning)
            for _ in range(share):
                self._step(timedelta(minutes=self.random.uniform(4, 25)))
                self._dispatch()
                done += 1
                if done % 20 == 0:
                    self.progress(done, self.count, f"{self.clock.now:%B %Y}")
            self._returns(day >= days - 3)
            if day % 7 == 5:  # the supervisor's morning
                self._supervise()
            if day % 30 == 20:  # once a month
                self._yard()
        self.clock.now = max(self.clock.now, self.end - timedelta(minutes=5))
        self.progress(self.count, self.count, "done")

    def _step(self, pause: timedelta) -> None:
        """Time passes, but never beyond now."""
        self.clock.now = min(self.clock.now + pause, self.end - timedelta(minutes=2))

    def _dispatch(self) -> None:
        hole = self.random.choice(self.holes)
        to_laboratory = self.random.random() < 0.12  # shares of a usual shed
        quantity = self.random.randint(4, 40)
        lines = [WantedLine(tray_size=hole.size, quantity=quantity)]
        if self.random.random() < 0.2:
            other = self.random.choice([size for size in BASE if size != hole.size])
            lines.append(WantedLine(tray_size=other, quantity=self.random.randint(2, 10)))
        who = self.random.choice(self.operators)
        command = DispatchTrays(
            company_id=hole.company_id,
            project_id=hole.project_id,
            drillhole_id=hole.drillhole_id,
            driver=self.random.choice(DRIVERS),
            technician=self.random.choice(TECHNICIANS),
            vehicle=self.random.choice(VEHICLES),
            destination=self.random.choice(LABORATORIES) if to_laboratory else "Rig",
            samples_collected=self.random.randint(20, 120) if to_laboratory else None,
            sample_type=self.random.choice((SampleType.CORE, SampleType.ASSAY)) if to_laboratory else None,
            lines=lines,
        )
        try:
            row = dispatch_trays(who, command)
        except Conflict:
            # The shed is empty: the supervisor buys, as one would.
            for line in lines:
                bought = MoveStock(
                    kind=MovementKind.PURCHASE, tray_size=line.tray_size, quantity=200, reason="Stock ran low"
                )
                move_stock(self.manager, bought)
            row = dispatch_trays(who, command)
        if self.random.random() < 0.01:
            void_dispatch(self.manager, VoidDispatch(dispatch_id=row.id, reason="Entered twice", version=row.version))
            return
        self.open.append(row)

    def _returns(self, last_days: bool) -> None:
        """Some of what is out comes back today; most within a week, some late, some never."""
        for row in list(self.open):
            out = (self.clock.now - row.dispatched_at).days
            chance = 0.0 if out < 1 else 0.3 if out < 7 else 0.12
            if row.final:  # "that is all he has": rarely more comes
                chance = 0.01
            if self.random.random() >= chance or (last_days and out > 20):
                continue
            self._step(timedelta(minutes=self.random.uniform(3, 15)))
            self.open.remove(row)
            answer = self._return(row)
            if answer.outstanding:
                self.open.append(answer)

    def _return(self, row: DispatchRow) -> DispatchRow:
        lines = []
        final = False
        for line in row.lines:
            if not line.outstanding:
                continue
            luck = self.random.random()
            coming = line.outstanding
            if luck < 0.22:  # only part of them
                coming = self.random.randint(1, line.outstanding)
            elif luck < 0.27:  # short, and that is all he has
                coming = max(0, line.outstanding - self.random.randint(1, 3))
                final = True
            damaged = 1 if coming > 3 and self.random.random() < 0.06 else 0
            occupied = coming - damaged if self.random.random() < 0.1 else 0
            surplus = 1 if self.random.random() < 0.004 else 0
            good = coming - damaged - occupied
            lines.append(
                ReturnedLine(tray_size=line.tray_size, good=good, occupied=occupied, damaged=damaged, surplus=surplus)
            )
        if not any(line.good or line.occupied or line.damaged or line.surplus for line in lines):
            final = True
        command = TakeReturn(
            dispatch_id=row.id,
            driver=self.random.choice(DRIVERS),
            technician=self.random.choice(TECHNICIANS),
            lines=lines,
            final=final,
            condition_notes=self.random.choice(DAMAGE) if any(line.damaged for line in lines) else None,
            version=row.version,
        )
        answer = take_return(self.random.choice(self.operators), command)
        if self.random.random() < 0.006:  # typed against the wrong dispatch
            entry = answer.returns[-1]
            void = VoidReturn(
                dispatch_id=row.id, return_id=entry.id, reason="Counted again: wrong number", version=answer.version
            )
            answer = void_return(self.manager, void)
        return answer

    def _supervise(self) -> None:
        """The overdue list: extend some, declare lost what will not come, recover what turned up."""
        late = [row for row in self.open if (self.clock.now - row.dispatched_at).days > 25]
        for row in late[:4]:
            self._step(timedelta(minutes=5))
            if self.random.random() < 0.35:
                command = ExtendDispatch(
                    dispatch_id=row.id, due_at=self.clock.now + timedelta(days=14), reason="Hole goes deeper",
                    version=row.version,
                )  # fmt: skip
                self.open[self.open.index(row)] = extend_dispatch(self.manager, command)
            elif (self.clock.now - row.dispatched_at).days > 40:
                self._resolve(row)
        for row in [found for found in self.lost if self.random.random() < 0.05]:
            self.lost.remove(row)
            size = next(line.tray_size for line in row.lines if line.lost)
            found = MoveStock(
                kind=MovementKind.RECOVERY, tray_size=size, quantity=1, reason="Turned up behind the rig",
                dispatch_id=row.id,
            )  # fmt: skip
            move_stock(self.manager, found)

    def _resolve(self, row: DispatchRow) -> None:
        lines = [
            LostLine(tray_size=line.tray_size, quantity=line.outstanding) for line in row.lines if line.outstanding
        ]
        command = ResolveLost(
            dispatch_id=row.id, lines=lines, reason="Driver and company both confirm: not found", version=row.version
        )
        answer = resolve_lost(self.manager, command)
        self.open.remove(row)
        self.lost.append(answer)

    def _yard(self) -> None:
        """Once a month: racks emptied, damaged trays repaired or scrapped."""
        from coresafe.services.inventory import StockQuery, stock

        for row in stock(self.manager, StockQuery()):
            jobs = (
                (MovementKind.RELEASE, row.occupied * 3 // 4, "Core moved to the archive"),
                (MovementKind.REPAIR, row.damaged // 2, "New handles fitted"),
                (MovementKind.SCRAP, row.damaged // 4, "Beyond repair"),
            )
            for kind, quantity, reason in jobs:
                if quantity:
                    self._step(timedelta(minutes=10))
                    move_stock(
                        self.manager, MoveStock(kind=kind, tray_size=row.tray_size, quantity=quantity, reason=reason)
                    )


def _email(username: str) -> str:
    return f"{username}@coreshed.example.com"


__all__ = ["DISPATCHES", "PASSWORD", "USERS", "play"]
