"""Random histories played through the services: several sheds in different zones, entries back-dated all over the place."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coresafe.errors import CoreSafeError
from coresafe.services import sheds
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import (
    AmendDispatch,
    DispatchTrays,
    VoidDispatch,
    WantedLine,
    amend_dispatch,
    dispatch_trays,
    void_dispatch,
)
from coresafe.services.inventory import MoveStock, SetBase, move_stock, set_base
from coresafe.services.returning import (
    LostLine,
    ResolveLost,
    ReturnedLine,
    TakeReturn,
    VoidResolution,
    VoidReturn,
    resolve_lost,
    take_return,
    void_resolution,
    void_return,
)
from tests.worlds import World

SIZES = ("HQ", "NQ")
#: Far apart, and none of them UTC's.
ZONES = ("Pacific/Auckland", "America/St_Johns", "Pacific/Honolulu")


def add_shed(world: World, zone: str, *, hq: int = 60, nq: int = 60) -> int:
    """One more shed of the world, in another zone, stocked."""
    name = f"{zone} {world.shed_id} {random.getrandbits(40):x}"
    shed = sheds.add_shed(world.admin, sheds.AddShed(name=name, code=name[-18:], time_zone=zone))
    for size, base in (("HQ", hq), ("NQ", nq)):
        set_base(world.manager, SetBase(tray_size=size, base_quantity=base, reason="first count", shed_id=shed.id))
    return shed.id


@dataclass(slots=True)
class History:
    """Plays operations with loaded dice; what the services refuse is left at that."""

    world: World
    sheds: list[int]
    dice: random.Random
    days: int = 100
    #: Whether the zones of sheds are changed now and then; movements keep the months they were posted under.
    zones_move: bool = True
    rows: list[int] = field(default_factory=list)
    done: int = 0
    refused: int = 0

    def play(self, operations: int) -> None:
        """So many attempts."""
        steps: list[tuple[Callable[[], Any], int]] = [
            (self.send, 22), (self.bring, 30), (self.lose, 7), (self.recover, 6), (self.undo_return, 6),
            (self.undo_loss, 3), (self.undo_dispatch, 4), (self.amend, 8), (self.count, 4), (self.move, 12),
            (self.move_zone, int(self.zones_move)),
        ]  # fmt: skip
        while not self.rows:
            self._try(self.send)
        for step in self.dice.choices([s for s, _ in steps], [weight for _, weight in steps], k=operations):
            self._try(step)

    def _try(self, step: Callable[[], Any]) -> None:
        try:
            step()
            self.done += 1
        except CoreSafeError:
            self.refused += 1

    def moment(self, earliest: datetime | None = None) -> datetime | None:
        """Now, any time of late, or just about the turn of a month somewhere."""
        now = datetime.now(UTC)
        oldest = max(earliest or now - timedelta(days=self.days), now - timedelta(days=self.days))
        kind = self.dice.random()
        if kind < 0.3:
            return None
        at = oldest + (now - oldest) * self.dice.random()
        if kind < 0.6:
            turn = at.astimezone(ZoneInfo(self.dice.choice(ZONES))).replace(
                day=1, hour=0, minute=0, second=0, microsecond=0
            )
            near = timedelta(microseconds=self.dice.choice([0, -1, 1])) + timedelta(
                hours=self.dice.choice([0, 0, -9, 9])
            )
            at = min(max(turn.astimezone(UTC) + near, oldest), now)
        return at

    def pick(self) -> DispatchRow:
        """One of the dispatches, as it stands."""
        return self.world.read(self.dice.choice(self.rows))

    def pick_out(self) -> DispatchRow:
        """Mostly one of which something is out."""
        rows = [self.pick() for _ in range(4)]
        return next((row for row in rows if row.outstanding), rows[0])

    def lines(self) -> list[WantedLine]:
        wanted = {(self.dice.choice(SIZES), self.dice.choice(["empty"] * 5 + ["core"])) for _ in range(3)}
        return [WantedLine(tray_size=s, quantity=self.dice.randint(1, 9), contents=c) for s, c in sorted(wanted)]

    def send(self) -> None:
        ours = self.dice.random() < 0.6
        world = self.world
        command = DispatchTrays(
            company_id=world.company_id if ours else world.other_company_id,
            project_id=world.project_id if ours else world.other_project_id,
            shed_id=self.dice.choice(self.sheds),
            driver="Kofi",
            technician="Ama",
            lines=self.lines(),
            dispatched_at=self.moment(),
            reason="found the slip",
        )
        self.rows.append(dispatch_trays(world.manager, command).id)

    def bring(self) -> None:
        row = self.pick_out()
        out: dict[str, int] = {}
        for line in row.lines:
            out[line.tray_size] = out.get(line.tray_size, 0) + line.outstanding
        back = []
        for size, n in out.items():
            n = n if self.dice.random() < 0.5 else self.dice.randint(0, n)
            damaged, occupied = self.dice.choice([0, 0, 0, min(n, 1)]), self.dice.choice([0, 0, n // 3])
            good = max(0, n - damaged - occupied)
            surplus = self.dice.choice([0] * 8 + [2])
            back.append(
                ReturnedLine(tray_size=size, good=good, occupied=n - damaged - good, damaged=damaged, surplus=surplus)
            )
        elsewhere = self.dice.choice([None, None, None, *self.sheds])
        command = TakeReturn(
            dispatch_id=row.id, driver="Yaw", technician="Esi", lines=back, returned_at=self.moment(row.dispatched_at),
            shed_id=elsewhere, final=self.dice.random() < 0.4, reason="found the slip",
        )  # fmt: skip
        take_return(self.world.manager, command)

    def lose(self) -> None:
        row = self.pick()
        lines = [
            LostLine(tray_size=n.tray_size, quantity=self.dice.randint(1, max(1, n.outstanding))) for n in row.lines
        ]
        resolve_lost(self.world.manager, ResolveLost(dispatch_id=row.id, lines=lines[:1], reason="washed away"))

    def recover(self) -> None:
        lost = [row for row in map(self.world.read, self.rows) if any(n.lost > n.recovered for n in row.lines)]
        row = self.dice.choice(lost) if lost else self.pick()
        line = max(row.lines, key=lambda n: n.lost - n.recovered)
        command = MoveStock(
            kind="recovery", tray_size=line.tray_size, quantity=1, reason="turned up", dispatch_id=row.id,
            to_state=self.dice.choice(["available", "occupied", "damaged"]),
        )  # fmt: skip
        move_stock(self.world.manager, command)

    def undo_return(self) -> None:
        row = self.pick()
        for entry in row.returns[:1]:
            void_return(self.world.manager, VoidReturn(dispatch_id=row.id, return_id=entry.id, reason="counted twice"))

    def undo_loss(self) -> None:
        row = self.pick()
        for entry in row.resolutions[:1]:
            command = VoidResolution(dispatch_id=row.id, resolution_id=entry.id, reason="not lost")
            void_resolution(self.world.manager, command)

    def undo_dispatch(self) -> None:
        void_dispatch(self.world.manager, VoidDispatch(dispatch_id=self.pick().id, reason="wrong rig"))

    def amend(self) -> None:
        untouched = [row for row in map(self.world.read, self.rows) if row.status == "outstanding"]
        row = self.dice.choice(untouched) if untouched else self.pick()
        amend_dispatch(self.world.manager, AmendDispatch(dispatch_id=row.id, version=row.version, lines=self.lines()))

    def count(self) -> None:
        command = SetBase(
            tray_size=self.dice.choice(SIZES), base_quantity=self.dice.randint(20, 200), reason="counted",
            shed_id=self.dice.choice(self.sheds),
        )  # fmt: skip
        set_base(self.world.manager, command)

    def move(self) -> None:
        kinds = ["purchase", "found", "fill", "fill", "release", "damage", "repair", "scrap"]
        command = MoveStock(
            kind=self.dice.choice(kinds), tray_size=self.dice.choice(SIZES), quantity=self.dice.randint(1, 12),
            reason="as told", shed_id=self.dice.choice(self.sheds),
        )  # fmt: skip
        move_stock(self.world.manager, command)

    def move_zone(self) -> None:
        """The zone of a shed was entered wrongly."""
        wanted = self.dice.choice(self.sheds)
        shed = next(each for each in sheds.list_sheds(self.world.admin) if each.id == wanted)
        command = sheds.ChangeShed(shed_id=shed.id, version=shed.version, time_zone=self.dice.choice(ZONES))
        sheds.change_shed(self.world.admin, command)
