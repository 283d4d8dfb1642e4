"""Random months against a plain model: after every step the stock, the dispatches and the proof must agree."""

from __future__ import annotations

import contextlib
import itertools
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from coresafe.errors import CoreSafeError
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import (
    AmendDispatch,
    DispatchTrays,
    ExtendDispatch,
    VoidDispatch,
    WantedLine,
    amend_dispatch,
    dispatch_trays,
    extend_dispatch,
    get_dispatch,
    void_dispatch,
)
from coresafe.services.inventory import MoveStock, SetBase, StockQuery, move_stock, set_base, stock
from coresafe.services.proving import prove
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
from tests.databases import Databases
from tests.services.ledger_model import Key, Model, ModelDispatch, Refused
from tests.worlds import People, World, make_people, make_world

SIZES = ("HQ", "NQ")
PARTS = ("good", "occupied", "damaged", "surplus")
CONTENTS = ("empty", "core")

amounts = st.integers(1, 12)
wanted_lines = st.dictionaries(st.tuples(st.sampled_from(SIZES), st.sampled_from(CONTENTS)), amounts, min_size=1)
#: Mostly empty trays leave; what holds core is rarer, since it has to be filled first.
empty_lines = st.dictionaries(st.tuples(st.sampled_from(SIZES), st.just("empty")), amounts, min_size=1)
picks = st.integers(0, 1_000)
days_ago = st.one_of(st.just(0), st.just(0), st.integers(1, 60))


class Months(RuleBasedStateMachine):
    """A shed's months: everything the services can do to trays, in any order, at past times too."""

    #: The people of a database for the next month, and what to do with it afterwards.
    admit: ClassVar[Callable[[], People]]
    dismiss: ClassVar[Callable[[People], None]]

    def __init__(self) -> None:
        super().__init__()
        self.people = type(self).admit()
        self.world: World = make_world(self.people, hq=0, nq=0)
        self.model = Model()
        self.rows: list[DispatchRow] = []

    # -- helpers --------------------------------------------------------------------------------------------------

    def both(self, real: Callable[[], Any], model: Callable[[], None]) -> Any:
        """Do it in both worlds: they agree that it is done, or on the refusal, and then nothing has changed."""
        refused = None
        try:
            model()
        except Refused as refusal:
            refused = refusal.name
        answer, told = None, None
        try:
            answer = real()
        except CoreSafeError as error:
            told = type(error).__name__
        assert told == refused, f"the services say {told or 'done'}, the model says {refused or 'done'}"
        return answer

    def pick(self, number: int, wanted: Callable[[ModelDispatch], bool] = lambda _: True) -> int:
        """One of the dispatches: if there are some of the wanted kind, mostly one of those."""
        fitting = [n for n, d in enumerate(self.model.dispatches) if wanted(d)]
        choice = fitting if fitting and number % 7 else list(range(len(self.model.dispatches)))
        return choice[number % len(choice)]

    def keep(self, index: int, row: DispatchRow | None) -> None:
        """The answer of a use case is what is read afterwards."""
        if row is not None:
            assert get_dispatch(self.world.operator, row.id) == row
            self.rows[index] = row

    def lines_of(self, wanted: dict[Key, int]) -> list[WantedLine]:
        return [WantedLine(tray_size=size, quantity=n, contents=contents) for (size, contents), n in wanted.items()]

    # -- what happens in a month ----------------------------------------------------------------------------------

    @initialize(hq=st.integers(0, 60), nq=st.integers(0, 60))
    def open(self, hq: int, nq: int) -> None:
        for size, n in (("HQ", hq), ("NQ", nq)):
            self.base(size, n)
            self.move("fill", size, n // 3 + 1)

    @rule(size=st.sampled_from(SIZES), n=st.integers(0, 80))
    def base(self, size: str, n: int) -> None:
        command = SetBase(tray_size=size, base_quantity=n, reason="counted", shed_id=self.world.shed_id)
        self.both(lambda: set_base(self.world.manager, command), lambda: self.model.set_base(size, n))

    @rule(
        kind=st.sampled_from(["purchase", "found", "fill", "release", "damage", "repair", "scrap"]),
        size=st.sampled_from(SIZES),
        n=amounts,
        choice=picks,
    )
    def move(self, kind: str, size: str, n: int, choice: int = 0) -> None:
        sources = {"damage": ["available", "occupied"], "scrap": ["damaged", "available", "occupied"]}.get(kind)
        source = sources[choice % len(sources)] if sources else None
        default = {"fill": "available", "release": "occupied", "repair": "damaged"}.get(kind, "external")
        target = {"fill": "occupied", "damage": "damaged", "scrap": "scrapped"}.get(kind, "available")
        command = MoveStock(
            kind=kind, tray_size=size, quantity=n, reason="as told", shed_id=self.world.shed_id, from_state=source
        )
        self.both(
            lambda: move_stock(self.world.manager, command),
            lambda: self.model.move(kind, size, n, source or default, target),
        )

    @rule(wanted=st.one_of(empty_lines, empty_lines, wanted_lines), days=days_ago)
    def dispatch(self, wanted: dict[Key, int], days: int) -> None:
        world = self.world
        command = DispatchTrays(
            company_id=world.company_id if len(wanted) % 2 else world.other_company_id,
            project_id=world.project_id if len(wanted) % 2 else world.other_project_id,
            shed_id=world.shed_id,
            driver="Kofi",
            technician="Ama",
            lines=self.lines_of(wanted),
            dispatched_at=datetime.now(UTC) - timedelta(days=days) if days else None,
            reason="found the slip" if days else None,
        )
        row = self.both(lambda: dispatch_trays(world.manager, command), lambda: self.model.dispatch(wanted))
        if row is not None:
            self.rows.append(row)
            self.keep(-1, row)

    @precondition(lambda self: self.rows)
    @rule(
        number=picks,
        share=st.integers(0, 4),
        spread=st.lists(st.integers(0, 3), min_size=8, max_size=8),
        over=st.integers(0, 9),
        final=st.booleans(),
        days=days_ago,
    )
    def give_back(self, number: int, share: int, spread: list[int], over: int, final: bool, days: int) -> None:
        """So many quarters of what is out, spread over the conditions; now and then one too many."""
        index = self.pick(number, lambda d: d.outstanding > 0)
        mine, row = self.model.dispatches[index], self.rows[index]
        entered: dict[str, Counter[str]] = {}
        for at, size in enumerate(sorted({size for size, _ in mine.lines})):
            weights = spread[at * 4 : at * 4 + 3]
            left = mine.out(size) * share // 4 + (over == 0)
            parts = Counter(surplus=spread[at * 4 + 3] // 3)
            for name, weight in zip(PARTS[:2], weights, strict=False):
                parts[name] = min(left, mine.out(size) * weight // 4)
                left -= parts[name]
            parts["damaged" if weights[2] == 3 else "good"] += left
            entered[size] = parts
        at_time = max(row.dispatched_at, datetime.now(UTC) - timedelta(days=days)) if days else None
        command = TakeReturn(
            dispatch_id=row.id,
            driver="Yaw",
            technician="Esi",
            lines=[ReturnedLine(tray_size=size, **{n: parts[n] for n in PARTS}) for size, parts in entered.items()],
            final=final,
            returned_at=at_time,
            reason="found the slip" if days else None,
        )
        who = self.world.manager if days else self.world.operator
        answer = self.both(lambda: take_return(who, command), lambda: self.model.give_back(mine, entered, final=final))
        self.keep(index, answer)

    @precondition(lambda self: self.rows)
    @rule(number=picks, share=st.integers(1, 4), over=st.integers(0, 9))
    def lose(self, number: int, share: int, over: int) -> None:
        index = self.pick(number, lambda d: d.outstanding > 0)
        mine, row = self.model.dispatches[index], self.rows[index]
        wanted = {size: -(-mine.out(size) * share // 4) + (over == 0) for size, _ in mine.lines}
        wanted = {size: n for size, n in wanted.items() if n} or {next(iter(mine.lines))[0]: 1}
        lines = [LostLine(tray_size=size, quantity=n) for size, n in wanted.items()]
        command = ResolveLost(dispatch_id=row.id, lines=lines, reason="washed away")
        answer = self.both(lambda: resolve_lost(self.world.manager, command), lambda: self.model.lose(mine, wanted))
        self.keep(index, answer)

    @precondition(lambda self: any(d.losses for d in self.model.dispatches))
    @rule(number=picks, n=st.integers(1, 4), to=st.sampled_from(["available", "occupied", "damaged"]))
    def recover(self, number: int, n: int, to: str) -> None:
        index = self.pick(number, lambda d: any(line.lost > line.recovered for line in d.lines.values()))
        mine, row = self.model.dispatches[index], self.rows[index]
        size = max(mine.lines, key=lambda key: mine.lines[key].lost - mine.lines[key].recovered)[0]
        command = MoveStock(
            kind="recovery", tray_size=size, quantity=n, reason="turned up", dispatch_id=row.id, to_state=to
        )
        answer = self.both(
            lambda: move_stock(self.world.manager, command), lambda: self.model.recover(mine, size, n, to)
        )
        if answer is not None:
            self.rows[index] = get_dispatch(self.world.operator, row.id)

    @precondition(lambda self: any(d.returns for d in self.model.dispatches))
    @rule(number=picks, which=picks)
    def void_return(self, number: int, which: int) -> None:
        index = self.pick(number, lambda d: any(not e.voided for e in d.returns))
        mine, row = self.model.dispatches[index], self.rows[index]
        if not mine.returns:
            return
        at = which % len(mine.returns)
        command = VoidReturn(dispatch_id=row.id, return_id=row.returns[at].id, reason="counted twice")
        answer = self.both(lambda: void_return(self.world.manager, command), lambda: self.model.void_return(mine, at))
        self.keep(index, answer)

    @precondition(lambda self: any(d.losses for d in self.model.dispatches))
    @rule(number=picks, which=picks)
    def void_loss(self, number: int, which: int) -> None:
        index = self.pick(number, lambda d: any(not e.voided for e in d.losses))
        mine, row = self.model.dispatches[index], self.rows[index]
        if not mine.losses:
            return
        at = which % len(mine.losses)
        command = VoidResolution(dispatch_id=row.id, resolution_id=row.resolutions[at].id, reason="not lost")
        answer = self.both(lambda: void_resolution(self.world.manager, command), lambda: self.model.void_loss(mine, at))
        self.keep(index, answer)

    @precondition(lambda self: self.rows)
    @rule(number=picks)
    def void_dispatch(self, number: int) -> None:
        index = self.pick(number, lambda d: not d.voided and not d.stands())
        mine, row = self.model.dispatches[index], self.rows[index]
        command = VoidDispatch(dispatch_id=row.id, reason="wrong rig", version=row.version)
        answer = self.both(lambda: void_dispatch(self.world.manager, command), lambda: self.model.void_dispatch(mine))
        self.keep(index, answer)

    @precondition(lambda self: self.rows)
    @rule(number=picks, wanted=st.one_of(empty_lines, wanted_lines))
    def amend(self, number: int, wanted: dict[Key, int]) -> None:
        index = self.pick(number, lambda d: d.status == "outstanding" and not d.stands())
        mine, row = self.model.dispatches[index], self.rows[index]
        command = AmendDispatch(dispatch_id=row.id, version=row.version, lines=self.lines_of(wanted))
        answer = self.both(lambda: amend_dispatch(self.world.manager, command), lambda: self.model.amend(mine, wanted))
        self.keep(index, answer)

    @precondition(lambda self: any(d.outstanding for d in self.model.dispatches))
    @rule(number=picks, days=st.integers(0, 40))
    def extend(self, number: int, days: int) -> None:
        index = self.pick(number, lambda d: d.outstanding > 0)
        row = self.rows[index]
        if not self.model.dispatches[index].outstanding:
            return
        due = row.dispatched_at + timedelta(days=days)
        answer = extend_dispatch(self.world.manager, ExtendDispatch(dispatch_id=row.id, due_at=due, reason="late rig"))
        assert answer.due_at == due
        self.keep(index, answer)

    def teardown(self) -> None:
        type(self).dismiss(self.people)

    # -- what must hold after each --------------------------------------------------------------------------------

    @invariant()
    def stock_is_the_models(self) -> None:
        rows = {row.tray_size: row for row in stock(self.world.operator, StockQuery(shed_id=self.world.shed_id))}
        for size in SIZES:
            row, have = rows[size], self.model.stock[size]
            assert (row.available, row.occupied, row.damaged, row.outstanding, row.lost, row.scrapped, row.base) == (
                have["available"], have["occupied"], have["damaged"], have["out"], have["lost"], have["scrapped"],
                self.model.base(size),
            )  # fmt: skip

    @invariant()
    def dispatches_are_the_models(self) -> None:
        for mine, row in zip(self.model.dispatches, self.rows, strict=True):
            assert (row.status, row.outstanding, row.final, row.matched, row.discrepancy) == (
                mine.status, mine.outstanding, mine.final, mine.matched, mine.discrepancy,
            )  # fmt: skip
            lines = {(line.tray_size, line.contents.value): line for line in row.lines}
            assert set(lines) == set(mine.lines)
            for key, line in mine.lines.items():
                shown = {name: getattr(lines[key], name) for name in vars(line)}
                assert shown == vars(line), row.number
            assert [entry.voided_at is not None for entry in row.returns] == [e.voided for e in mine.returns]
            assert [entry.voided_at is not None for entry in row.resolutions] == [e.voided for e in mine.losses]

    @invariant()
    def the_ledger_proves(self) -> None:
        assert prove(self.people.database).problems == ()


def play(admit: Callable[[], People], dismiss: Callable[[People], None], *, examples: int, steps: int) -> None:
    """Play ``examples`` months of ``steps`` steps each."""
    played = type("Played", (Months,), {"admit": staticmethod(admit), "dismiss": staticmethod(dismiss)})
    run_state_machine_as_test(
        played,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],  # shrinking months takes minutes; the steps that failed are printed as they were
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(600)
def test_random_months_embedded(databases: Databases, tmp_path: Path) -> None:
    """Each month on a copy of a fresh database: so the proof after each step looks at that month only."""
    database = Database(databases.new("sqlite"))
    template = make_people(database)
    database.close()
    numbers = itertools.count()

    def admit() -> People:
        copy = tmp_path / f"month{next(numbers)}.sqlite3"
        shutil.copy(database.url.database or "", copy)
        opened = Database(f"sqlite:///{copy}")
        people = (replace(each, database=opened) for each in (template.admin, template.manager, template.operator))
        admin, manager, operator = people
        return People(database=opened, admin=admin, manager=manager, operator=operator)

    play(admit, lambda people: people.database.close(), examples=60, steps=40)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
def test_random_months_on_the_servers(databases: Databases, flavour: Any) -> None:
    """Fewer months, one after the other in one database."""
    with contextlib.closing(Database(databases.new(flavour))) as database:
        people = make_people(database)
        play(lambda: people, lambda _: None, examples=6, steps=30)
