"""A technician's desk: the real main window over a real database, the hands on it, and the colleagues elsewhere.

The window's thread is forbidden to call the database as it is in the program; what a test itself does in the database
it does in a thread of its own (``Desk.aside``).
"""

from __future__ import annotations

import faulthandler
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from coresafe import config
from coresafe.models.enums import Door, Role
from coresafe.services import database as database_module
from coresafe.services import registry
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays, list_dispatches
from coresafe.services.inventory import SetBase, StockQuery, set_base, stock
from coresafe.services.listing import Query
from coresafe.services.proving import prove
from coresafe.services.registry import AddCompany, AddDrillhole, AddProject
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from coresafe.services.ruling import ChangeRules, change_rules, get_rules
from coresafe.services.sheds import AddShed, ShedRow, add_shed
from coresafe.ui.dispatches import DispatchesPage
from coresafe.ui.dispatches.dispatch_form import DispatchForm
from coresafe.ui.dispatches.small_forms import SmallForm
from coresafe.ui.forms import ChoiceField
from coresafe.ui.inventory import InventoryPage
from coresafe.ui.main_window import MainWindow
from coresafe.ui.messages import Message, Messages
from coresafe.ui.returning import ReturnForm
from coresafe.ui.settings import Access
from coresafe.ui.state import Memory
from coresafe.ui.tables.model import Phase
from coresafe.ui.tasks import TaskRunner
from tests.worlds import make_people

R = TypeVar("R")

#: Milliseconds to wait for what takes a few: a busy machine may take its time, a person would not notice the rest.
PATIENCE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is in the database: two companies with a project each, three holes, 50 HQ and 30 NQ in the shed."""

    url: str
    actors: dict[Role, Actor]
    company_id: int
    project_id: int
    hole_id: int  # drilled in HQ
    nq_hole_id: int
    other_company_id: int
    other_project_id: int
    other_hole_id: int


def make_place(url: str) -> Place:
    """Fill a new database at the newest schema."""
    database = Database(url)
    try:
        people = make_people(database)
        who = people.manager
        ours, theirs = (registry.add_company(who, AddCompany(name=name)) for name in ("Ashanti Gold", "Bibiani Mines"))
        project = registry.add_project(who, AddProject(code="ARG", name="Ridge", company_id=ours.id))
        other = registry.add_project(who, AddProject(code="BIB", name="South pit", company_id=theirs.id))
        holes = [
            registry.add_drillhole(who, AddDrillhole(hole_id=name, project_id=of.id, core_size=size))
            for name, of, size in (
                ("ARG26-001", project, "HQ"),
                ("ARG26-002", project, "NQ"),
                ("BIB26-001", other, None),
            )
        ]
        for size, count in (("HQ", 50), ("NQ", 30)):
            set_base(who, SetBase(tray_size=size, base_quantity=count, reason="first count"))
    finally:
        database.close()
    return Place(
        url=url,
        actors={role: context.actor for role, context in people.by_role.items()},
        company_id=ours.id,
        project_id=project.id,
        hole_id=holes[0].id,
        nq_hole_id=holes[1].id,
        other_company_id=theirs.id,
        other_project_id=other.id,
        other_hole_id=holes[2].id,
    )


class Desk:
    """One person's window, and everybody else's hands on the same database."""

    def __init__(
        self,
        qtbot: Any,
        place: Place,
        folder: Path,
        *,
        role: Role = Role.MANAGER,
        port: int | None = None,
        is_sample: bool = False,
        shed: str = "",
    ) -> None:
        self.qtbot, self.place = qtbot, place
        self.elsewhere = Database(place.url)
        own = self.elsewhere.url.set(port=port) if port else self.elsewhere.url
        self.database = Database(own)
        self.said: list[Message] = []
        self.messages = Messages()
        self.messages.posted.connect(self.said.append)
        self.runner = TaskRunner()
        self.runner.report_to(
            lambda error, title, again, owner: self.messages.report(
                error, title, again if callable(again) else None, owner
            )
        )
        self.context = Context(database=self.database, actor=place.actors[role], door=Door.WINDOW, machine="desk")
        self.other = Context(
            database=self.elsewhere, actor=place.actors[Role.MANAGER], door=Door.WINDOW, machine="elsewhere"
        )
        self.admin = replace(self.other, actor=place.actors[Role.ADMIN])
        self.ended: list[str] = []
        database_module.forbid_thread()
        memory = Memory(folder / "layout.ini")
        self.access = Access(config.load(), memory)
        self.window = MainWindow(
            self.context, self.runner, self.messages, memory, is_sample=is_sample, shed=shed, access=self.access
        )
        self.window.signed_out.connect(self.ended.append)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow, timeout=PATIENCE)
        self.settle()

    def close(self) -> None:
        """End it all; every task must end."""
        if isValid(self.window):  # also one whose session ended: the program would have closed it
            self.window.close_for_good()
        served = not self.access.close()
        ended = self.runner.close(20)
        if not ended:
            faulthandler.dump_traceback()  # what it waits for
        database_module.allow_thread()
        self.database.close()
        self.elsewhere.close()
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        assert ended, "a task did not end"
        assert not served, "the process of the API did not end"

    # -- pages and forms --------------------------------------------------------------------------------------------

    @property
    def dispatches(self) -> DispatchesPage:
        page = self.window.pages["go.dispatches"]
        assert isinstance(page, DispatchesPage)
        return page

    @property
    def inventory(self) -> InventoryPage:
        page = self.window.pages["go.inventory"]
        assert isinstance(page, InventoryPage)
        return page

    @property
    def dispatch_form(self) -> DispatchForm:
        return self.dispatches.dispatch_form

    @property
    def return_form(self) -> ReturnForm:
        form = self.dispatches.form
        assert isinstance(form, ReturnForm)
        return form

    @property
    def small_form(self) -> SmallForm:
        form = self.dispatches.form
        assert isinstance(form, SmallForm)
        return form

    def do(self, action: str) -> None:
        """Use an action, as its menu entry or shortcut does."""
        found = self.window.actions_[action]
        assert found.isVisible() and found.isEnabled(), f"{action} is not offered"
        found.trigger()

    def settle(self) -> None:
        """Wait until nothing is under way; the feed's looks come and go."""
        self.until(lambda: self.runner.idle and self.dispatches.table.model.phase not in (Phase.WAITING, Phase.LOADING))

    def until(self, true: Callable[[], bool], ms: int = PATIENCE) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(true, timeout=ms)

    # -- hands ------------------------------------------------------------------------------------------------------

    def type(self, widget: QWidget, text: str) -> None:
        """Mark what is there and type over it."""
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        widget.selectAll()  # type: ignore[attr-defined]
        self.qtbot.keyClick(widget, Qt.Key.Key_Delete)
        self.qtbot.keyClicks(widget, text)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the keyboard is."""
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)

    def save_by_keys(self) -> None:
        """Ctrl+Enter."""
        self.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def complete(self, field: ChoiceField, text: str) -> None:
        """Type a part of a name and take the first of the list with Enter."""
        self.type(field.edit, text)
        self.until(lambda: field.suggestions.open and field.suggestions._asked == text)
        self.key(Qt.Key.Key_Return)
        self.until(lambda: field.choice is not None)

    def fill_dispatch(self, *, hq: int | str = 4, hole: str = "ARG26-001") -> DispatchForm:
        """A dispatch as a technician fills it in: hole, number, driver."""
        self.do("dispatch.new")
        form = self.dispatch_form
        self.until(lambda: bool(form.lines._sizes))
        self.complete(form.hole, hole)
        self.until(lambda: form.company.choice is not None)
        self.type(form.lines.editors[0].quantity.edit, str(hq))
        self.type(form.driver.edit, "Kofi")
        return form

    def select(self, dispatch_id: int) -> DispatchRow:
        """Select a dispatch and wait for its detail."""
        page = self.dispatches
        self.until(lambda: page.table.model.index_of(dispatch_id) is not None)
        page.table.select_id(dispatch_id)
        self.settle()
        assert page._current is not None and page._current.id == dispatch_id
        return page._current

    # -- the others -------------------------------------------------------------------------------------------------

    def aside(self, work: Callable[[], R]) -> R:
        """Run something in the database from a thread that may."""
        answers: list[R] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                answers.append(work())
            except BaseException as error:  # noqa: BLE001 - raised again below, on the test's own thread
                errors.append(error)

        thread = threading.Thread(target=run, name="aside")
        thread.start()
        thread.join(60)
        if errors:
            raise errors[0]
        return answers[0]

    def others_dispatch(self, *, hq: int = 0, nq: int = 0, driver: str = "Yaw") -> DispatchRow:
        """A colleague at another computer sends trays out."""
        sizes = [WantedLine(tray_size=size, quantity=n) for size, n in (("HQ", hq), ("NQ", nq)) if n]
        command = DispatchTrays(
            company_id=self.place.company_id,
            project_id=self.place.project_id,
            drillhole_id=self.place.hole_id,
            driver=driver,
            technician="Ama",
            lines=sizes,
        )
        return self.aside(lambda: dispatch_trays(self.other, command))

    def others_return(self, dispatch: DispatchRow, *, hq: int) -> DispatchRow:
        """A colleague takes some back."""
        lines = (ReturnedLine(tray_size="HQ", good=hq),)
        command = TakeReturn(dispatch_id=dispatch.id, driver="Yaw", technician="Ama", lines=lines)
        return self.aside(lambda: take_return(self.other, command))

    def rule(self, **rules: int) -> None:
        """An administrator at another computer changes rules."""

        def change() -> None:
            change_rules(self.admin, ChangeRules(version=get_rules(self.admin).version, **rules))

        self.aside(change)

    def add_shed(self, name: str, code: str, *, zone: str = "UTC", hq: int = 0) -> ShedRow:
        """An administrator at another computer opens one more shed, with trays in it."""

        def add() -> ShedRow:
            shed = add_shed(self.admin, AddShed(name=name, code=code, time_zone=zone))
            if hq:
                set_base(self.other, SetBase(tray_size="HQ", base_quantity=hq, reason="first count", shed_id=shed.id))
            return shed

        return self.aside(add)

    def all_dispatches(self) -> tuple[DispatchRow, ...]:
        """Every dispatch, newest first, as a colleague sees them."""
        return self.aside(lambda: list_dispatches(self.other, Query(sort="-number")).items)

    def available(self, size: str = "HQ", shed_id: int | None = None) -> int:
        """How many there are, in a shed or in all together, as a colleague sees it."""
        rows = self.aside(lambda: stock(self.other, StockQuery(shed_id=shed_id)))
        return next(row.available for row in rows if row.tray_size == size)

    def prove(self) -> None:
        """Everything in the database must fit."""
        assert self.aside(lambda: prove(self.elsewhere)).problems == ()
