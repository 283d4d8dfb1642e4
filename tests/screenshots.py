"""Pictures of every window, light and dark, for the readme and for looking at: ``python -m tests.screenshots [--all FOLDER]``.

It plays a small sample year into a throw-away database, sits down at the real program without a screen, and takes each
picture at 1366 x 768, and with ``--all`` at 1920 x 1080 too. ``docs/pictures`` gets the few that the readme shows;
``--all`` gets every one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from coresafe.app import Program

README = Path(__file__).resolve().parent.parent / "docs" / "pictures"
#: The pictures that the readme shows.
SHOWN = frozenset(
    {
        "doors-light", "dispatches-light", "return-light", "inventory-dark", "dashboard-light", "reconciliation-light",
    }
)  # fmt: skip
SIZE = (1366, 768)
LARGE = (1920, 1080)
_SECONDS = 60.0


class Looks(Protocol):
    """Whoever looks at the windows: a camera, or one who writes down what is wrong (``tests.ui.survey``)."""

    def take(self, name: str, window: QWidget, size: tuple[int, int] = SIZE) -> None:
        """Look at a window in this state."""


class Camera:
    """Takes pictures of windows in both looks."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.taken: list[Path] = []

    def take(self, name: str, window: QWidget, size: tuple[int, int] = SIZE) -> None:
        """``name-light.png`` and ``name-dark.png``; a window that fills a screen also on a large one, a folder further in.

        A dialog has a size of its own, which is the same on every screen.
        """
        from coresafe.ui.theme import theme

        for scheme in ("light", "dark"):
            theme().choose(scheme)
            for wanted in (LARGE, size) if size == SIZE and self._folder is not None else (size,):
                window.resize(*wanted)
                rest()
                for folder in self._folders(f"{name}-{scheme}", wanted):
                    folder.mkdir(parents=True, exist_ok=True)
                    path = folder / f"{name}-{scheme}.png"
                    window.grab().save(str(path), quality=0)  # as small as PNG goes
                    self.taken.append(path)
        theme().choose("light")

    def _folders(self, name: str, size: tuple[int, int]) -> list[Path]:
        if size == LARGE:
            return [self._folder / "1920x1080"] if self._folder is not None else []
        folders = [self._folder] if self._folder is not None else []
        return [*folders, README] if name in SHOWN else folders


def rest(true: Callable[[], Any] = lambda: True, frames: int = 8) -> None:
    """Let the program work until something is so, and until it has painted."""
    from PySide6.QtWidgets import QApplication

    until = time.monotonic() + _SECONDS
    while not true():
        if time.monotonic() > until:
            raise SystemExit("The program never got as far as the picture.")
        QApplication.processEvents()
        time.sleep(0.01)
    for _ in range(frames):
        QApplication.processEvents()
        time.sleep(0.02)


def play(path: Path) -> None:
    """A small year of the sample shed."""
    from coresafe.services import demo, schema
    from coresafe.services.database import Database

    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    demo.play(database, dispatches=300)
    record_samples(database)
    database.close()


def record_samples(database: Any) -> None:
    """Two batches at the laboratory: one checked as it should be, one with few standards and no blank."""
    from coresafe.models.enums import Door
    from coresafe.services.demo import PASSWORD
    from coresafe.services.dispatching import list_dispatches
    from coresafe.services.listing import Query
    from coresafe.services.samples import AddSample, AddSamples, add_samples
    from coresafe.services.signing_in import sign_in

    who = sign_in(database, "supervisor", PASSWORD, door=Door.WINDOW, machine="shed-pc")
    sent = [row for row in list_dispatches(who, Query(limit=100)).items if row.hole_id and row.voided_at is None][:2]
    checks = ({"crm_standard": 2, "blank": 3, "field_duplicate": 2}, {"crm_standard": 1, "field_duplicate": 3})
    for at, (dispatch, kinds) in enumerate(zip(sent, checks, strict=True)):
        first = 451 + 100 * at
        rows = [
            AddSample(
                sample_id=f"THA-{first + n:06d}",
                sample_type="assay",
                dispatch_id=dispatch.id,
                from_depth=float(n),
                to_depth=n + 1.0,
                status=("collected", "processing", "completed")[n % 5 % 3],
            )
            for n in range(38)
        ]
        for kind, count in kinds.items():
            for _ in range(count):
                name = f"THA-{first + len(rows):06d}"
                rows.append(AddSample(sample_id=name, sample_type=kind, dispatch_id=dispatch.id))
        add_samples(who, AddSamples(samples=rows))


def begin(url: str) -> Program:
    """Start the program on a database; "" is a fresh machine."""
    from coresafe import config
    from coresafe.app import Program, application

    program = Program(application(), config.load().model_copy(update={"database_url": url}))
    program.show()
    return program


def start_pages(camera: Looks) -> None:
    """The first run, with what may go wrong in it."""
    from coresafe.services.connecting import ServerAddress
    from coresafe.services.diagnosis import Finding, diagnose

    program = begin("")
    start = program.start
    camera.take("doors", start)
    start.doors.buttons[2].click()
    rest()
    camera.take("server", start)
    address = ServerAddress(host="127.0.0.1", port=1, database="coresafe", user="coresafe", password="x")
    start.server.host.set_value(address.host)
    start.server.port.set_value(address.port)
    start.server.show_findings(diagnose(address.url()))
    camera.take("server-findings", start)
    start.server.port.set_value(3306)
    start.server.password.set_value("x")
    start.server.ca.set_value("/home/mary/ca.pem")
    looked_at = {
        "name": "db.mine.example is known",
        "port": "port 3306 answers",
        "certificate": "the server's certificate is signed by this authority",
        "password": "signed in as coresafe",
        "database": "coresafe is there",
        "version": "MySQL 9.7.4",
        "encryption": "the connection is encrypted",
        "clock": "0.0 s apart",
    }
    good = [Finding(name=name, ok=True, text=text) for name, text in looked_at.items()]
    right = Finding(name="privileges", ok=True, text="all that is needed")
    empty = Finding(name="schema", ok=False, text="The database is still empty.", offer="set_up")
    start.server.show_findings([*good, right, empty])
    camera.take("server-empty", start)
    lacks = Finding(
        name="privileges",
        ok=False,
        text="This user may not UPDATE, DELETE.",
        todo="GRANT UPDATE, DELETE ON coresafe.* TO 'coresafe'@'%';",
        stops=True,
        field="user",
    )
    late = Finding(
        name="clock",
        ok=False,
        text="The server's clock is 3 hours 2 minutes behind this machine's.",
        todo="Set both by the same time server. Until then everything carries the server's time.",
    )
    start.server.user.set_value("coresafe")
    start.server.show_findings([*good[:-1], late, lacks])
    camera.take("server-rights", start)
    strange = Finding(
        name="certificate",
        ok=False,
        text="The server's certificate is not signed by this certificate authority.",
        todo="Ask whoever looks after the server for its authority's file (MySQL's own is ca.pem in its data folder).",
        stops=True,
        field="ca",
    )
    start.server.ca.set_value("/home/mary/other.pem")
    start.server.show_findings([*good[:2], strange])
    camera.take("server-certificate", start)
    start.server.ca.clear_error()
    start.server.working(True)
    start.server.notice.say("Testing …", error=False)
    camera.take("server-testing", start)
    start.server.working(False)
    start.server.back.emit()
    start.doors.buttons[1].click()
    rest(lambda: start.page is start.first_admin)
    camera.take("set-up", start)
    start.first_admin.button.click()
    camera.take("set-up-errors", start)
    start.upgrade.ask("The database is at version 0001, older than this CoreSafe, which needs 0002.", possible=True)
    start._show(start.upgrade)
    camera.take("upgrade", start)
    start.upgrade.ask(
        "The database is at version 0001, older than this CoreSafe, which needs 0002.", possible=True, on_server=True
    )
    camera.take("upgrade-server", start)
    start.upgrade.button.click()
    camera.take("upgrade-server-errors", start)
    start.upgrade.offer_set_up("coresafe on db.mine.example")
    camera.take("set-up-offer", start)
    start.trouble.say("The database cannot be reached. Nothing you typed is lost. Check the network, then try again.")
    start._show(start.trouble)
    camera.take("away-at-start", start)
    start.waiting.wait_for("Making a year of sample data")
    start.waiting.progress(120, 300, "March")
    start._show(start.waiting)
    camera.take("waiting", start)
    end(program)


def main_pages(camera: Looks, url: str) -> None:
    """Signing in, and everything in the main window."""
    from coresafe.services.demo import PASSWORD

    program = begin(url)
    page = program.start.sign_in
    rest(page.button.isEnabled)
    page.username.set_value("supervisor")
    camera.take("sign-in", program.start)
    page.refused("User name or password is wrong.")
    camera.take("sign-in-refused", program.start)
    page.password.set_value(PASSWORD)
    page.button.click()
    rest(lambda: program.main is not None)
    assert program.main is not None
    window: Any = program.main
    window.resize(*SIZE)
    dispatches(camera, program, window)
    returns(camera, program, window)
    samples(camera, program, window)
    drillholes(camera, program, window)
    inventory(camera, program, window)
    stocktake(camera, program, window)
    dashboard(camera, program, window)
    charts(camera, program, window)
    accounts(camera, program, window)
    reconciliation(camera, program, window)
    anywhere(camera, program, window)
    helping(camera, program, window)
    window.go("go.dispatches")
    page = window.pages["go.dispatches"]
    page.search_for("")
    rest(lambda: program.runner.idle and page.table.model.rowCount() > 0)
    page.table.view.selectRow(1)
    rest(lambda: program.runner.idle)
    window.workspace.stop()
    window.workspace._set_online(False)
    camera.take("away", window)
    end(program)


def dispatches(camera: Looks, program: Program, window: Any) -> None:
    """The table, the detail, and every form beside it."""
    page = window.pages["go.dispatches"]

    def settled() -> bool:
        return program.runner.idle

    rest(lambda: settled() and page.table.model.rowCount() > 0)
    camera.take("dispatches-none-selected", window)
    # One that came back in part has more to tell.
    known = page.table.model.known()
    page.table.view.selectRow(next(at for at, row in known if 2 < row.outstanding < row.quantity))
    rest(settled)
    camera.take("dispatches", window)
    bar = page.detail.verticalScrollBar()
    bar.setValue(bar.maximum())
    camera.take("dispatch-history", window)
    # Two sizes say more than one.
    page.table.view.selectRow(next(at for at, row in known if len(row.lines) > 1 and row.outstanding > 20))
    rest(settled)
    page.new()
    rest(settled)
    camera.take("dispatch", window)
    form = page.dispatch_form
    form.lines.editors[0].quantity.edit.setText("99999")
    form.lines.add_button.click()
    form.save()
    camera.take("dispatch-errors", window)
    form.leave()
    camera.take("dispatch-leave", window)
    form.left.emit()
    page.take_return()
    rest(settled)
    camera.take("return-full", window)
    first = page.form.lines.first()
    first.edit.setText(str(first.value() - 2))
    camera.take("return", window)
    page.form.save()
    camera.take("return-unconfirmed", window)
    first.edit.setText("9999")
    camera.take("return-too-many", window)
    page.form.left.emit()
    page.take_return()
    meanwhile(page.form)
    rest(settled)
    camera.take("return-changed", window)
    page.form.left.emit()
    page.amend()
    rest(settled)
    camera.take("amend", window)
    page.form.trays.added.add_button.click()
    rest(settled)
    camera.take("amend-another-size", window)
    amended_meanwhile(page.form)
    rest(settled)
    camera.take("amend-differs", window)
    page.form.left.emit()
    page.start("dispatch.lost")
    camera.take("lost", window)
    meanwhile(page.form)
    rest(settled)
    camera.take("lost-changed", window)
    page.form.left.emit()
    page.start("dispatch.extend")
    camera.take("extend", window)
    page.form.left.emit()
    several(camera, window, page, settled)
    page.search.setText("nothing like this")
    page.search.textEdited.emit(page.search.text())
    rest(page.table._nothing_found.isVisible)
    camera.take("dispatches-nothing-found", window)
    page.search.clear()
    rest(lambda: settled() and page.table.model.rowCount() > 0)
    exporting(camera, program, window, page)
    named_views(camera, program, window, page)
    window.workspace.messages.success("D-2026-000301: 40 HQ dispatched to Ashanti Ridge Gold.", owner=page)
    camera.take("dispatches-said", window)
    window.host.banners[0].dismiss()


def meanwhile(form: Any) -> None:
    """Somebody else had the dispatch in hand while the form was open: some came back, and another driver has it."""
    from dataclasses import replace

    from coresafe.errors import StaleVersion

    row = form._row
    first, *others = row.lines
    back = replace(first, good=first.good + 5, outstanding=first.outstanding - 5)
    now = replace(
        row, version=row.version + 1, lines=(back, *others), driver="Esi Quaye", outstanding=row.outstanding - 5
    )
    form.show_failure(StaleVersion("", current=now))


def amended_meanwhile(form: Any) -> None:
    """Two amend the same dispatch: another driver, another due date, a note."""
    from dataclasses import replace
    from datetime import timedelta

    from coresafe.errors import StaleVersion

    row = form.row
    form["due_at"].set_value(row.due_at + timedelta(days=2))
    form["driver"].set_value("Esi Quaye")
    now = replace(
        row,
        version=row.version + 1,
        driver="Kofi Mensah",
        due_at=row.due_at + timedelta(days=5),
        notes="He calls first.",
    )
    form.show_failure(StaleVersion("", current=now))


def several(camera: Looks, window: Any, page: Any, settled: Callable[[], bool]) -> None:
    """Several dispatches together: what they are, extending them, one that somebody else was at, a note."""
    from dataclasses import replace

    from PySide6.QtCore import QItemSelectionModel

    from coresafe.errors import Refused, SomeRefused

    view = page.table.view
    view.clearSelection()
    out = [at for at, row in page.table.model.known() if row.outstanding][:5]
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for at in out:
        view.selectionModel().select(view.model().index(at, 0), flags)
    rest(settled)
    camera.take("dispatches-several", window)
    page.start("dispatch.extend")
    form = page.form
    form["reason"].edit.setPlainText("The road is closed after the rain.")
    camera.take("extend-several", window)
    changed, closed = form.rows[1], form.rows[3]
    other = replace(changed, version=2, driver="Esi Quaye", vehicle="GR 4411-24")
    why = "it was changed by somebody else meanwhile"
    refused = [
        Refused(changed.id, changed.number, why, current=other, stale=True),
        Refused(closed.id, closed.number, "nothing of it is out any more", current=closed),
    ]
    form.show_failure(SomeRefused("", refused=refused))
    camera.take("extend-several-refused", window)
    form.left.emit()
    page.start("dispatch.note")
    camera.take("note-several", window)
    page.form.left.emit()
    view.clearSelection()


def exporting(camera: Looks, program: Program, window: Any, page: Any) -> None:
    """The view as a file: which rows, where to, how far it is, done, and what may be in the way."""
    import threading

    export = page.table.export
    page.table.view.selectRow(0)
    page.table.view.selectAll()
    rest(lambda: program.runner.idle and not page.table.view.selecting_all)
    export.begin()
    camera.take("export-selected", window)
    window.host.banners[0].dismiss()
    if isinstance(camera, Camera):  # a menu, and the system's own window: nobody goes round in those by Tab
        menu = page.table.view.menu_for(page.table.view.currentIndex())
        menu.ensurePolished()
        camera.take("export-menu", menu, menu.sizeHint().toTuple())
        menu.close()
        export.choose_file()
        camera.take("export-file", export.dialog, export.dialog.size().toTuple())
        export.dialog.reject()
    folder = Path(tempfile.mkdtemp(dir=os.environ["CORESAFE_HOME"]))
    fetch, gate = export._source, threading.Event()

    class Slow:
        def fetch(self, query: Any) -> Any:
            found = fetch.fetch(query)
            if query.cursor is None:
                gate.wait(_SECONDS)
            return found

    export._source = Slow()
    export.write(folder / "Dispatches.xlsx")
    rest(window._strip._cancel.isVisible)
    camera.take("export-progress", window)
    gate.set()
    rest(lambda: program.runner.idle and window.host.banners)
    export._source = fetch
    camera.take("export-done", window)
    export.write(folder / "no such folder" / "Dispatches.xlsx")
    rest(lambda: program.runner.idle)
    camera.take("export-failed", window)
    window.host.banners[0].dismiss()
    page.table.view.clearSelection()


def named_views(camera: Looks, program: Program, window: Any, page: Any) -> None:
    """Named views: the menu, saving one, a name that is there, renaming and deleting."""
    views = page.views
    for at, name in ((1, "Still out"), (2, "Overdue, the largest first"), (3, "Discrepancies of this quarter")):
        page.filter.setCurrentIndex(at)
        page.table.ask(filters=page.filter.currentData())
        views.save(name)
    rest(lambda: program.runner.idle)
    views._fill()
    if isinstance(camera, Camera):
        views._menu.ensurePolished()
        camera.take("views-menu", views._menu, views._menu.sizeHint().toTuple())
    views.ask_name()
    dialog = views.dialog
    camera.take("views-save", dialog, (dialog.width(), dialog.height()))
    dialog.name.edit.setText("Still out")
    camera.take("views-replace", dialog, (dialog.width(), dialog.height()))
    dialog.reject()
    views.manage()
    dialog = views.dialog
    dialog.names[0].edit.setText("Still out")
    dialog.names[0].edit.editingFinished.emit()
    camera.take("views-rename", dialog, (dialog.width(), dialog.height()))
    dialog._delete(dialog.names[1])
    camera.take("views-deleted", dialog, (dialog.width(), dialog.height()))
    dialog.reject()
    views.begin_again()
    rest(lambda: program.runner.idle and page.table.model.rowCount() > 0)


def returns(camera: Looks, program: Program, window: Any) -> None:
    """The field for scans and what is out; a return by scan; what cannot come back; what was taken back just now."""
    small = (1280, 720)

    def settled() -> bool:
        return program.runner.idle and page.table.model.rowCount() > 0

    def scan(words: str) -> None:
        page.open_number(words)
        rest(settled)

    window.go("go.returns")
    page: Any = window.pages["go.returns"]
    rest(settled)
    camera.take("returns", window)
    camera.take("returns-small", window, small)
    scan("D-2026-999999")
    camera.take("returns-unknown", window)
    scan(next(row.number for _at, row in window.pages["go.dispatches"].table.model.known() if not row.outstanding))
    camera.take("returns-back-already", window)
    scan(next(row.number for _at, row in page.table.model.known() if len(row.lines) > 1 and row.outstanding > 20))
    camera.take("returns-scanned", window)
    camera.take("returns-scanned-small", window, small)
    scan(page.form._row.number)
    camera.take("returns-twice", window, small)
    window.host.banners[0].dismiss()
    form = page.form
    first = form.lines.first()
    first.edit.setText(str(first.value() - 2))
    form.confirm.set_value(True)
    camera.take("returns-missing", window, small)
    form.save()
    rest(lambda: page.form is None and settled())
    camera.take("returns-saved", window)
    window.host.banners[0].dismiss()


def samples(camera: Looks, program: Program, window: Any) -> None:
    """The table, a batch under its QC meter, recording one and a range, correcting, many at once, an unknown scan."""
    from dataclasses import replace

    from coresafe.errors import FieldError, StaleVersion, ValidationFailed
    from coresafe.models.enums import SampleStatus
    from coresafe.services.samples import RecordedSample, SampleNote
    from coresafe.ui.forms import Choice
    from coresafe.ui.forms.many import Outcome

    def settled() -> bool:
        return program.runner.idle and page.table.model.rowCount() > 0

    window.go("go.samples")
    page: Any = window.pages["go.samples"]
    rest(settled)
    camera.take("samples-none-selected", window)
    page.table.view.selectRow(2)
    rest(settled)
    camera.take("samples", window)
    camera.take("samples-small", window, (1280, 720))
    row = next(row for _at, row in page.table.model.known() if row.sample_type == "assay")
    page.dispatch.choose(Choice(row.dispatch_id, row.dispatch_number))
    rest(settled)
    camera.take("samples-batch", window)
    camera.take("samples-batch-small", window, (1280, 720))
    page.new()
    rest(settled)
    camera.take("sample-form", window)
    form = page.form
    form.range.click()
    form.sample_id.set_value("THA-000700")
    form.count.set_value("20")
    form.from_depth.set_value("38")
    form.length.set_value("1.5")
    rest(settled)
    camera.take("sample-range", window)
    camera.take("sample-range-small", window, (1280, 720))
    told = "There is a sample THA-000703 already. Choose another id."
    deep = "To depth 68 m lies beyond the end of hole ARG26-004 at 60 m. Correct it, or have the hole's EOH depth corrected."
    wrong = [FieldError("samples[3].sample_id", told), FieldError("samples[19].to_depth", deep)]
    form.show_failure(ValidationFailed(wrong))
    camera.take("sample-range-refused", window)
    form.length.set_value("")
    form.from_depth.set_value("99")
    form.to_depth.set_value("98")
    form.last_id.set_value("XYZ-1")
    form.count.set_value("2000")
    form.save()
    camera.take("sample-range-errors", window)
    form.sample_type.set_value("blank")
    camera.take("sample-range-qc", window)
    form.left.emit()
    page.clear_filters()
    rest(settled)
    page.table.view.selectRow(10)
    rest(settled)
    page.start("sample.edit")
    rest(settled)
    form = page.form
    form["from_depth"].set_value("12,5")
    theirs = replace(form.row, version=form.row.version + 1, from_depth=12.0, status=SampleStatus.COMPLETED)
    camera.take("sample-edit", window)
    form.show_failure(StaleVersion("Changed by somebody else.", current=theirs))
    camera.take("sample-differs", window)
    over = "The interval overlaps THA-000480 (29 to 30 m), of the same type in this hole. Check both; the sample was recorded."
    row = form.row
    form.left.emit()
    fields = {name: getattr(row, name) for name in row.__slots__}
    noted = RecordedSample(**fields, warnings=(SampleNote(field="from_depth", message=over),))
    noted = replace(noted, version=page.detail.row.version)
    page.detail.remember((noted,))
    page.detail._draw()
    page._tell("20 samples are recorded: THA-000700 to THA-000719.", (noted, noted, noted, noted))
    rest(settled)
    camera.take("samples-overlap", window)
    window.host.banners[0].dismiss()
    page.table.view.selectAll()
    rest(settled)
    camera.take("samples-selected", window)
    page.start("sample.status")
    rows = page.form.rows
    said = "changed by somebody else meanwhile"
    page.form.finished(Outcome(rows[2:], tuple((row, said) for row in rows[:2]), ()))
    camera.take("samples-status", window)
    page.form.left.emit()
    page.search.setText("THA-999999")
    page._scanned()
    rest(lambda: program.runner.idle and window.host.banners)
    camera.take("samples-unknown", window)
    window.host.banners[0].dismiss()
    page.clear_filters()


def drillholes(camera: Looks, program: Program, window: Any) -> None:
    """Companies, projects and holes; what differs between two people; many holes at once."""
    from dataclasses import replace

    from coresafe.errors import StaleVersion
    from coresafe.ui.drillholes.status_form import Done

    def settled() -> bool:
        return program.runner.idle and page.table.model.rowCount() > 0

    window.go("go.drillholes")
    page: Any = window.pages["go.drillholes"]
    rest(settled)
    camera.take("drillholes-none-selected", window)
    outline = page.outline
    outline.view.expandAll()
    rest(settled)
    company = outline.model.known.companies[0]
    outline.go_to(company, tell=True)
    rest(lambda: settled() and not page._rest.isActive())
    camera.take("drillholes-company", window)
    outline.go_to(outline.model.known.projects[company.id][0], tell=True)
    rest(lambda: settled() and not page._rest.isActive())
    rest(settled)
    page.table.view.selectRow(1)
    rest(settled)
    camera.take("drillholes", window)
    page.start("register.edit")
    rest(settled)
    camera.take("hole", window)
    form = page.form
    for name, typed in (("eoh_depth", "16000"), ("dip", "-95"), ("azimuth", "north"), ("hole_id", "")):
        form[name].set_value(typed)
    form.save()
    camera.take("hole-errors", window)
    form.left.emit()
    page.start("register.edit")
    form = page.form
    form["eoh_depth"].set_value("412,5")
    theirs = replace(form.row, version=form.row.version + 1, eoh_depth=400.0, dip=-62.5, core_size="NQ")
    form.show_failure(StaleVersion("Changed by somebody else.", current=theirs))
    camera.take("hole-differs", window)
    form.left.emit()
    page.start("project.new")
    camera.take("project", window)
    page.form.left.emit()
    page.start("company.new")
    camera.take("company", window)
    page.form.left.emit()
    page.table.view.selectAll()
    rest(settled)
    camera.take("holes-selected", window)
    page.start("hole.status")
    page.form.reason.set_value("The programme is drilled.")
    rows = page.form.rows
    said = "changed by somebody else meanwhile"
    page.form.finished(Done(rows[2:], tuple((row, said) for row in rows[:2]), ()))
    camera.take("holes-status", window)
    page.form.left.emit()


def inventory(camera: Looks, program: Program, window: Any) -> None:
    """The stock, the movements under filters, one of them in full, what is behind a figure, changes, and trays found."""

    def settled() -> bool:
        return program.runner.idle

    window.go("go.inventory")
    page = window.pages["go.inventory"]
    rest(lambda: settled() and page.stock.rows and page.table.model.rowCount() > 0)
    known = page.table.model.known()
    page.table.view.selectRow(next(at for at, row in known if row.return_number))
    camera.take("inventory", window)
    camera.take("inventory-small", window, (1280, 720))
    page.stock.door("HQ", "available").setFocus()
    page.open_figure("HQ", "available")
    page.filters.period.setCurrentIndex(page.filters.period.findData("month"))
    page.filters.period.activated.emit(0)
    rest(settled)
    camera.take("inventory-filtered", window)
    page.filters.clear_button.click()
    rest(settled)
    page.open_figure("HQ", "out")
    rest(settled)
    camera.take("dispatches-out-of-a-size", window)
    window.go("go.inventory")
    page.start("stock.scrap")
    page.form.quantity.edit.setText("9999")
    camera.take("stock-form", window)
    page.form.left.emit()
    page.start("stock.found")
    rest(settled)
    camera.take("stock-found", window)
    page.form.left.emit()
    page.start("stock.recover")
    rest(settled)
    camera.take("stock-recover", window)
    page.form.left.emit()
    window.workspace.stop()
    rest(settled)
    window.workspace._set_online(False)
    camera.take("inventory-away", window)
    window.workspace._set_online(True)
    window.workspace.start()
    rest(settled)
    waiting(camera, page.table, window)
    rest(settled)


def waiting(camera: Looks, table: Any, window: Any) -> None:
    """A table whose rows do not come: loading for more than two seconds, stopped, and another filter on its way."""
    from PySide6.QtWidgets import QPushButton

    from coresafe.services.listing import Page, Query
    from coresafe.ui.tables import Source

    gate = threading.Event()
    source = table.model._source

    def late(query: Query) -> Page[Any]:
        gate.wait(_SECONDS)
        rows: Page[Any] = source.fetch(query)
        return rows

    table.model._source = Source(late, source.count)
    table.ask(filters={"kind": "opening"})
    rest(table._stop.isVisible)
    camera.take("table-another-filter", window)
    table._stop.click()
    camera.take("table-stopped", window)
    table._failed.findChildren(QPushButton)[0].click()
    rest(table._loading.cancel_button.isVisible)
    camera.take("table-loading", window)
    gate.set()
    table.model._source = source
    table.ask(filters={})


def dashboard(camera: Looks, program: Program, window: Any) -> None:
    """How things stand, on a small screen, with larger text, and while the server is away."""
    from coresafe.ui.theme import theme

    window.go("go.dashboard")
    rest(lambda: program.runner.idle)
    camera.take("dashboard", window)
    camera.take("dashboard-small", window, (1280, 720))
    theme().set_scale(1.3)
    camera.take("dashboard-larger-text", window, (1280, 720))
    theme().set_scale(1.0)
    window.workspace.aged.emit("as of 10:42:07")
    camera.take("dashboard-away", window)
    window.workspace.aged.emit("")


def accounts(camera: Looks, program: Program, window: Any) -> None:
    """The companies, the account of one with what is behind a figure, and the overdue list with its forms."""
    from datetime import UTC, datetime

    window.go("go.accounts")
    page = window.pages["go.accounts"]

    def settled() -> bool:
        return program.runner.idle and page.source.last is not None

    rest(settled)
    camera.take("accounts", window)
    page.period.choose(datetime.now(UTC).date().replace(month=1, day=1), None)
    rest(settled)
    page.table.select_id(max(page.source.last.items, key=lambda row: row.sums.closing).id)
    rest(settled)
    page.panel.open_figure("", "closing")
    rest(settled)
    camera.take("account-standing", window)
    page.panel.open_figure(page.panel.balance.rows[0].tray_size, "returned")
    rest(settled)
    camera.take("account-entries", window)
    page.period.box.setCurrentIndex(page.period.box.count() - 1)
    page.period._chosen()
    page.search.setText("no such company")
    page._ask()
    rest(settled)
    camera.take("accounts-nothing-found", window)
    page.search.clear()
    page.show_overdue()
    rest(lambda: program.runner.idle and page.overdue.shown is not None)
    camera.take("overdue", window)
    page.chase()
    camera.take("overdue-chase", window)
    page.form["called"].edit.setText("Kojo Mensah")
    page.form["note"].edit.setPlainText("Brings them on Friday, the rig is still at the northern fence.")
    page.form.save_button.click()
    rest(lambda: page.form is None and program.runner.idle)
    camera.take("overdue-chased", window)
    page.extend()
    camera.take("overdue-extend", window)
    page.form.left.emit()


def reconciliation(camera: Looks, program: Program, window: Any) -> None:
    """Both sides of the totals, each of the tables, and closing a month."""

    def settled() -> bool:
        return program.runner.idle

    window.go("go.reconciliation")
    page = window.pages["go.reconciliation"]
    rest(lambda: settled() and page.found is not None)
    camera.take("reconciliation", window)
    camera.take("reconciliation-small", window, (1280, 720))
    for at, table in enumerate(page.tables.all, start=1):
        page.tabs.setCurrentIndex(at)
        rest(settled)
        if table.model.rowCount():
            table.view.selectRow(0)
        camera.take(f"reconciliation-{table.objectName().removeprefix('reconciled_')}", window)
    page.tabs.setCurrentIndex(0)
    window.actions_["month.close"].trigger()
    rest(settled)
    camera.take("reconciliation-close", window)
    page.form.left.emit()
    page.period.choose(page.period.days[0], page.period.days[0])
    rest(settled)
    camera.take("reconciliation-days", window)
    page.period.box.setCurrentIndex(0)
    page.period.box.activated.emit(0)
    rest(settled)


def stocktake(camera: Looks, program: Program, window: Any) -> None:
    """Nothing is counted; counting together; what is missing, said and approved; what was found earlier."""
    from coresafe.models.enums import Door
    from coresafe.services.demo import PASSWORD
    from coresafe.services.signing_in import sign_in
    from coresafe.services.stocktaking import DeclareSize, EnterCount, declare_size, enter_count

    window.go("go.stocktake")
    page = window.pages["go.stocktake"]

    def settled() -> bool:
        return program.runner.idle and page._seen is not None

    def aside(work: Callable[[], Any]) -> None:
        program.runner.run(lambda _token: work(), owner=page, done=lambda _answer: None, changes=("stocktakes",))
        rest(settled)

    rest(settled)
    camera.take("stocktake-none", window)
    page.start("stocktake.open")
    camera.take("stocktake-open", window)
    page.form.save()
    rest(lambda: settled() and page.stocktake is not None)
    window.host.banners[0].dismiss()
    camera.take("stocktake-begun", window)
    number = page.stocktake.id
    database = window.workspace.context.database

    def others() -> None:
        who = sign_in(database, "technician", PASSWORD, door=Door.WINDOW, machine="yard-pc")
        for size, found in (("HQ", 214), ("NQ", 96)):
            for state, quantity in (("available", found), ("occupied", 12), ("damaged", 3)):
                enter_count(
                    who,
                    EnterCount(stocktake_id=number, tray_size=size, state=state, quantity=quantity, place="Yard"),
                )

    aside(others)
    desk = page.desk
    for place, size, quantity in (("Rack 1", "HQ", "420"), ("Rack 2", "HQ", "385"), ("Rack 2", "NQ", "511")):
        desk.place.edit.setText(place)
        desk.take_size(size)
        desk.quantity.edit.setText(quantity)
        desk.save()
        rest(lambda: settled() and not desk.dirty)
    aside(lambda: declare_size(window.workspace.context, DeclareSize(stocktake_id=number, tray_size="HQ")))
    desk.take_size("NQ")
    camera.take("stocktake", window)
    camera.take("stocktake-small", window, (1280, 720))
    desk.quantity.edit.setText("1.5")
    desk.save()
    camera.take("stocktake-errors", window)
    desk.leave()
    page.sizes.asked("NQ")
    rest(settled)
    window.host.banners[0].dismiss()
    unsaid = next(size for size, row in page.sizes.rows.items() if row.progress.uncounted)
    page.sizes.asked(unsaid)
    page.form.save()
    camera.take("stocktake-declare", window)
    page.form.left.emit()
    page.start("stocktake.cancel")
    camera.take("stocktake-cancel", window)
    page.form.left.emit()
    window.workspace.stop()
    rest(settled)
    window.workspace._set_online(False)
    camera.take("stocktake-away", window)
    window.workspace._set_online(True)
    window.workspace.start()
    rest(settled)
    page.start("stocktake.approve")
    rest(lambda: settled() and page.form is not None)
    form = page.form
    next(iter(form.reasons.values())).edit.setText("Two pallets went to the yard without a note.")
    form.save()
    camera.take("stocktake-variances", window)
    form.moved_door.button.setChecked(True)
    form.entries_door.button.setChecked(True)
    rest()
    bar = form._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    camera.take("stocktake-variances-doors", window)
    form.reason.edit.setText("Counted twice, found so.")
    form.save()
    rest(lambda: settled() and page.form is None and page.stocktake is None)
    camera.take("stocktake-approved", window)
    if window.host.banners:
        window.host.banners[0].dismiss()
    page.show_past()
    rest(lambda: settled() and page.past.table.model.rowCount() > 0)
    page.past.table.view.selectRow(0)
    rest(settled)
    camera.take("stocktake-past", window)
    page.show_counting()
    rest(settled)


def charts(camera: Looks, program: Program, window: Any) -> None:
    """The six charts: on a large screen, copied, of a company, of nothing, and while the server is away."""
    from PySide6.QtCore import Qt

    window.actions_["view.charts"].trigger()
    shown = window.charts

    def settled() -> bool:
        return program.runner.idle and shown.is_drawn

    rest(settled)
    camera.take("charts", shown)
    camera.take("charts-large", shown, (1920, 1080))
    shown.resize(*SIZE)
    shown.cards[0].plot.setFocus(Qt.FocusReason.TabFocusReason)
    if isinstance(camera, Camera):  # a menu: nobody goes round in it by Tab
        menu = shown.cards[0].menu
        menu.ensurePolished()
        camera.take("charts-menu", menu, menu.sizeHint().toTuple())
        menu.close()
    shown.cards[0].copy()
    camera.take("charts-said", shown)
    shown.host.banners[0].dismiss()
    company, period = shown.filters.company, shown.filters.period
    for box, at in ((company, 1), (period, period.findData("all"))):
        box.setCurrentIndex(at)
        box.activated.emit(at)
    rest(settled)
    camera.take("charts-company", shown)
    period.setCurrentIndex(period.findData("months"))
    period.activated.emit(period.currentIndex())
    shown.filters.last.setDate(shown.filters.first.date())
    shown.filters.first.setDate(shown.filters.first.date().addYears(-9))
    shown.filters.last.setDate(shown.filters.first.date())
    rest(settled)
    camera.take("charts-nothing", shown)
    for box, at in ((company, 0), (period, 0)):
        box.setCurrentIndex(at)
        box.activated.emit(at)
    rest(settled)
    window.workspace.aged.emit("as of 10:42:07")
    camera.take("charts-away", shown)
    window.workspace.aged.emit("")
    shown.close()


def anywhere(camera: Looks, program: Program, window: Any) -> None:
    """Go anywhere: at the beginning, found, nothing found, and without the database."""
    from coresafe.errors import DatabaseUnavailable

    window.go("go.dispatches")
    window.actions_["go.anywhere"].trigger()
    palette: Any = window.going.palette

    def found() -> bool:
        return program.runner.idle and not palette.waiting

    camera.take("anywhere", window)
    for name, words in (("number", "D-2026-00012"), ("words", "gold"), ("hole", "dr"), ("nothing", "no such thing")):
        palette.edit.setText(words)
        rest(found)
        camera.take(f"anywhere-{name}", window)
    camera.take("anywhere-small", window, (1280, 720))
    palette.edit.setText("dis")
    palette._pause.stop()
    palette._working(on=True)
    rest(palette.spinner.isVisible)
    camera.take("anywhere-waiting", window)
    palette._working(on=False)
    said = str(DatabaseUnavailable("The database cannot be reached."))
    palette._say(said, wrong=True)
    camera.take("anywhere-away", window)
    palette.leave()


def helping(camera: Looks, program: Program, window: Any) -> None:
    """The guide, the keyboard, and what this CoreSafe works with."""
    from coresafe.services.diagnosis import Finding
    from coresafe.ui.help import AboutDialog, KeyboardDialog

    window.actions_["help.guide"].trigger()
    guide: Any = window.help.guide
    size = (guide.width(), guide.height())
    for at in range(len(guide.pages)):
        guide.contents.setCurrentRow(at)
        camera.take(f"guide-{at + 1}", guide, size)
    guide.close()
    window.actions_["help.keyboard"].trigger()
    keyboard: Any = window.findChild(KeyboardDialog)
    size = (keyboard.width(), keyboard.height())
    camera.take("keyboard", keyboard, size)
    keyboard.search.setText("dispatch")
    camera.take("keyboard-found", keyboard, size)
    keyboard.search.setText("no such thing")
    camera.take("keyboard-nothing", keyboard, size)
    keyboard.accept()
    window.actions_["help.about"].trigger()
    about: Any = window.findChild(AboutDialog)
    size = (about.width(), about.height())
    rest(lambda: program.runner.idle)
    camera.take("about", about, size)
    about.check()
    rest(lambda: program.runner.idle)
    camera.take("about-checked", about, size)
    wrong = "This machine's clock and the server's are 7 minutes apart."
    todo = "Set both by the same time server. CoreSafe goes by the database's."
    gone = Finding(name="port", ok=False, text="Nothing answers at 10.0.0.7, port 3306.", todo="Check it.", stops=True)
    about._checked([Finding(name="clock", ok=False, text=wrong, todo=todo), gone])
    camera.take("about-wrong", about, size)
    about.accept()


def settings(camera: Looks, url: str) -> None:
    """What an administrator sees under Settings, with other programs let in, and what may go wrong with that."""
    import socket

    from coresafe.services.demo import PASSWORD
    from coresafe.ui.settings import Phase, SettingsDialog
    from tests.servers.ports import free_port

    program = begin(url)
    rest(program.start.sign_in.button.isEnabled)
    program.start.sign_in.sign_in.emit("admin", PASSWORD)
    rest(lambda: program.main is not None and program.access is not None)
    window: Any = program.main
    access: Any = program.access
    rest(lambda: program.runner.idle)
    window.actions_["app.settings"].trigger()
    dialog: Any = window.findChild(SettingsDialog)
    size = (dialog.width(), dialog.height())
    camera.take("settings-look", dialog, size)
    _sheds(camera, window, dialog, size)
    _all_sheds(camera, program, dialog, size)
    _thresholds(camera, program, dialog, size)
    programs = dialog.doors[-1]
    programs.setFocus()
    programs.click()
    camera.take("settings-programs-off", dialog, size)
    page = dialog.programs
    with socket.create_server(("127.0.0.1", 0)) as other:
        page.port.set_value(other.getsockname()[1])
        page.switch.click()
        camera.take("settings-programs-starting", dialog, size)
        rest(lambda: access.phase is Phase.FAILED)
        camera.take("settings-programs-port-taken", dialog, size)
    page.port.set_value("99999")
    page.port.check()
    camera.take("settings-programs-port-wrong", dialog, size)
    page.port.set_value(free_port())
    page.apply()
    rest(lambda: access.phase is Phase.ON)
    camera.take("settings-programs-on", dialog, size)
    camera.take("settings-programs-small", dialog, (dialog.minimumWidth(), dialog.minimumHeight()))
    dialog.close()
    camera.take("settings-api-on", window)
    window.actions_["app.settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    dialog.doors[-1].click()
    dialog.programs.switch.setFocus()
    access._companion._process.kill()
    rest(lambda: access.phase is Phase.FAILED)
    camera.take("settings-programs-failed", dialog, size)
    dialog.close()
    access.switch(False)
    end(program)


def _thresholds(camera: Looks, program: Program, dialog: Any, size: tuple[int, int]) -> None:
    from dataclasses import replace

    from coresafe.errors import StaleVersion

    form = dialog.form
    next(door for door in dialog.doors if door.accessibleName() == "Thresholds").click()
    rest(lambda: program.runner.idle and form.row is not None)
    camera.take("settings-thresholds", dialog, size)
    camera.take("settings-thresholds-small", dialog, (dialog.minimumWidth(), dialog.minimumHeight()))
    for name, typed in (("amber_days", "9"), ("due_days", "0"), ("idle_minutes", "soon")):
        form.fields[name].set_value(typed)
    form.save()
    camera.take("settings-thresholds-errors", dialog, size)
    form.begin()
    form.fields["due_days"].set_value("14")
    theirs = replace(form.row, version=form.row.version + 1, rules=replace(form.row.rules, due_days=10, red_days=9))
    form.show_failure(StaleVersion("Changed by somebody else.", current=theirs))
    camera.take("settings-thresholds-differs", dialog, size)
    form._compare([])
    form.row = replace(theirs, version=theirs.version - 1, rules=type(theirs.rules)())
    form.begin()
    form.save()
    rest(lambda: form.banner is not None and not form.saving)
    camera.take("settings-thresholds-saved", dialog, size)
    form.quiet()


def _all_sheds(camera: Looks, program: Program, dialog: Any, size: tuple[int, int]) -> None:
    section = dialog.sheds
    next(door for door in dialog.doors if door.accessibleName() == "All sheds").click()
    rest(lambda: program.runner.idle and section.list.count() > 0)
    camera.take("settings-sheds", dialog, size)
    section.add()
    section.form["name"].set_value("North shed")
    section.form["time_zone"].set_value("Mars/Olympus")
    section.form.save()
    camera.take("settings-sheds-errors", dialog, size)
    section.form.settle()
    section.form.left.emit()


def _sheds(camera: Looks, window: Any, dialog: Any, size: tuple[int, int]) -> None:
    from dataclasses import replace

    from coresafe.services.ruling import Installation

    house = window.workspace.house
    window.workspace._read_house = lambda: None  # the second shed is only painted
    next(door for door in dialog.doors if door.accessibleName() == "Shed").click()
    camera.take("settings-shed-one", dialog, size)
    known = Installation(rules=house.rules, sheds=house.sheds)
    north = replace(house.sheds[0], id=2, name="North shed", code="NORTH", time_zone="Australia/Perth")
    house.take(replace(known, sheds=(*house.sheds, north)))
    camera.take("settings-shed", dialog, size)
    house.stand_in("SOUTH")
    camera.take("settings-shed-misnamed", dialog, size)
    dialog.hide()
    house.stand_in("NORTH")
    window.pages["go.dispatches"].new()
    camera.take("dispatch-sheds", window)
    window.pages["go.dispatches"].form.left.emit()
    house.stand_in("")
    house.take(known)
    del window.workspace._read_house
    dialog.show()


def people(camera: Looks, url: str) -> None:
    """Users, one's own password, a temporary one, and the locked window."""
    from dataclasses import replace

    from coresafe.errors import StaleVersion
    from coresafe.services.demo import PASSWORD
    from coresafe.ui.admin import PasswordDialog
    from coresafe.ui.admin.users_dialog import UsersDialog

    _ask_for_account(url)
    program = begin(url)
    rest(program.start.sign_in.button.isEnabled)
    program.start.new_password.begin("technician")
    program.start._show(program.start.new_password)
    program.start.new_password.password.set_value("short")
    program.start.new_password.button.click()
    camera.take("new-password", program.start)
    program.start._keep_temporary()
    program.start.sign_in.sign_in.emit("admin", PASSWORD)
    rest(lambda: program.main is not None)
    window: Any = program.main
    rest(lambda: program.runner.idle and window.pages["go.dispatches"].table.model.rowCount() > 0)
    window.actions_["app.users"].trigger()
    dialog: Any = window.findChild(UsersDialog)

    def settled() -> bool:
        return program.runner.idle and dialog.table.model.rowCount() > 0

    def take(name: str) -> None:
        rest(settled)
        camera.take(name, dialog, (1240, 640))

    def select(username: str) -> None:
        rows = dialog.table.model.known()
        dialog.table.view.selectRow(next(at for at, row in rows if row.username == username))
        rest(settled)

    take("users-none-selected")
    select("technician")
    take("users")
    select("efua")
    take("users-waiting")
    camera.take("users-small", dialog, (960, 560))
    select("technician")
    dialog.edit_action.trigger()
    take("user")
    form = dialog.form
    form.email.set_value("mine@coreshed.example.com")
    theirs = replace(form.row, version=form.row.version + 1, email="theirs@coreshed.example.com", role="manager")
    form.show_failure(StaleVersion("Changed by somebody else.", current=theirs))
    take("user-differs")
    form.left.emit()
    select("admin")
    dialog.edit_action.trigger()
    dialog.form.role.set_value("operator")
    dialog.form.save()
    rest(lambda: not dialog.form.saving)
    take("user-last-administrator")
    dialog.form.left.emit()
    select("technician")
    dialog.off_action.trigger()
    take("user-off")
    dialog.add_action.trigger()
    dialog.form.username.set_value("kwame")
    dialog.form.full_name.set_value("Kwame Boateng")
    take("user-new")
    dialog.form.save()
    take("user-new-errors")
    dialog.form.email.set_value("kwame@coreshed.example.com")
    dialog.form.save()
    rest(lambda: dialog.form is None)
    take("user-handed-over")
    dialog._back()
    dialog.reject()
    window.actions_["app.password"].trigger()
    password: Any = window.findChild(PasswordDialog)
    rest(lambda: program.runner.idle)
    size = (password.width(), password.height())
    camera.take("password", password, size)
    for field, typed in ((password.form.current, "Wrong-One-1"), (password.form.new, "Kwame-Owns-77")):
        field.set_value(typed)
    password.form.again.set_value("Kwame-Owns-77")
    password.form.save()
    rest(lambda: not password.form.saving)
    camera.take("password-errors", password, size)
    password.form.settle()
    password.form.leave()
    window.go("go.dispatches")
    window.pages["go.dispatches"].new()
    rest(lambda: program.runner.idle)
    window.pages["go.dispatches"].form.driver.edit.setText("Kofi")
    window.locking.lock()
    camera.take("locked", window)
    window.locking.page.refused("That is not the password. Try again.")
    camera.take("locked-refused", window)
    window.locking.page.other.click()
    camera.take("locked-somebody-else", window)
    camera.take("locked-small", window, (1280, 720))
    end(program)


def _ask_for_account(url: str) -> None:
    from coresafe.models.enums import Door
    from coresafe.services import database as database_module
    from coresafe.services.database import Database
    from coresafe.services.users import Register, register

    database_module.allow_thread()
    database = Database(url)
    command = Register(
        username="efua", email="efua@coreshed.example.com", full_name="Efua Asante", password="Drill-Core-77"
    )
    register(database, command, door=Door.API, machine="tablet-2")
    database.close()
    database_module.forbid_thread()


def empty_pages(camera: Looks, folder: Path) -> None:
    """The very first day."""
    from coresafe.models.enums import Door
    from coresafe.services import database as database_module
    from coresafe.services import schema
    from coresafe.services.database import Database
    from coresafe.services.users import AddUser, add_first_admin

    url = f"sqlite:///{folder / 'empty.db'}"
    database_module.allow_thread()
    database = Database(url)
    schema.upgrade(database)
    command = AddUser(username="ama", email="ama@example.com", full_name="Ama Owusu", password="Drill-Core-77")
    add_first_admin(database, command, door=Door.WINDOW, machine="shed-pc")
    database.close()
    database_module.forbid_thread()
    program = begin(url)
    rest(program.start.sign_in.button.isEnabled)
    program.start.sign_in.sign_in.emit("ama", "Drill-Core-77")
    rest(lambda: program.main is not None)
    window: Any = program.main
    rest(lambda: program.runner.idle)
    camera.take("dispatches-empty", window)
    window.go("go.returns")
    rest(lambda: program.runner.idle)
    camera.take("returns-empty", window)
    window.go("go.samples")
    rest(lambda: program.runner.idle)
    camera.take("samples-empty", window)
    window.go("go.drillholes")
    rest(lambda: program.runner.idle)
    camera.take("drillholes-empty", window)
    window.go("go.inventory")
    rest(lambda: program.runner.idle)
    camera.take("inventory-empty", window)
    window.go("go.dashboard")
    rest(lambda: program.runner.idle)
    camera.take("dashboard-empty", window)
    end(program)


def tour(camera: Looks, home: Path) -> None:
    """Every window, one after the other; ``home`` is a folder of its own. It is the first to make windows here."""
    sample = home / "sample.db"
    play(sample)
    from coresafe.app import application
    from coresafe.services import database as database_module

    application()
    database_module.forbid_thread()
    start_pages(camera)
    main_pages(camera, f"sqlite:///{sample}")
    settings(camera, f"sqlite:///{sample}")
    people(camera, f"sqlite:///{sample}")
    empty_pages(camera, home)
    two_sheds(camera, f"sqlite:///{sample}")


def two_sheds(camera: Looks, url: str) -> None:
    """Where there are two sheds: what is sent, received as it really arrived, lost and voided; a return received elsewhere."""
    from dataclasses import replace

    from coresafe.errors import StaleVersion
    from coresafe.models.enums import Door
    from coresafe.services.demo import PASSWORD
    from coresafe.services.dispatching import WantedLine
    from coresafe.services.sheds import AddShed, add_shed
    from coresafe.services.signing_in import sign_in
    from coresafe.services.transferring import (
        ArrivedLine,
        ReceiveTransfer,
        SendTransfer,
        receive_transfer,
        send_transfer,
    )

    program = begin(url)
    page: Any = program.start.sign_in
    rest(page.button.isEnabled)
    page.username.set_value("supervisor")
    page.password.set_value(PASSWORD)
    page.button.click()
    rest(lambda: program.main is not None)
    window: Any = program.main
    window.resize(*SIZE)
    database = window.workspace.context.database

    def aside(work: Callable[[], Any], changes: tuple[str, ...] = ("transfers", "stock")) -> Any:
        answers: list[Any] = []
        program.runner.run(lambda _token: work(), owner=window, done=answers.append, changes=changes)
        rest(lambda: bool(answers))
        return answers[0]

    def open_north() -> Any:
        who = sign_in(database, "admin", PASSWORD, door=Door.WINDOW, machine="shed-pc")
        return add_shed(who, AddShed(name="North shed", code="NORTH", time_zone="Africa/Accra"))

    rest(lambda: window.workspace.house.known)
    north = aside(open_north, ("sheds",))
    rest(lambda: window.workspace.house.several)
    main = window.workspace.house.sheds[0]
    window.go("go.transfers")
    page = window.pages["go.transfers"]

    def settled() -> bool:
        return program.runner.idle and page.table.model.rowCount() >= 0

    rest(settled)
    camera.take("transfers-none", window)
    window.actions_["transfer.send"].trigger()
    form = page.form
    rest(lambda: settled() and bool(form.lines._sizes))
    form.lines.editors[0].quantity.edit.setText("60")
    form.lines.add().quantity.edit.setText("999999")
    form.driver.set_value("Kwame Boateng")
    form.vehicle.set_value("GT 4821-22")
    camera.take("transfer-send", window)
    form.save()
    rest(lambda: settled() and not form.saving)
    camera.take("transfer-send-errors", window)
    form.left.emit()

    def send(hq: int, nq: int, *, back: bool = False, driver: str = "Kwame Boateng") -> Any:
        ends = (north.id, main.id) if back else (main.id, north.id)
        lines = [WantedLine(tray_size=size, quantity=n) for size, n in (("HQ", hq), ("NQ", nq)) if n]
        command = SendTransfer(
            shed_id=ends[0],
            to_shed_id=ends[1],
            driver=driver,
            technician="Ama Serwaa",
            vehicle="GT 4821-22",
            lines=lines,
        )
        return aside(lambda: send_transfer(window.workspace.context, command))

    def receive(sent: Any, **parts: int) -> Any:
        lines = (ArrivedLine(tray_size="HQ", **parts),)
        command = ReceiveTransfer(transfer_id=sent.id, technician="Esi Quaye", lines=lines)
        return aside(lambda: receive_transfer(window.workspace.context, command))

    receive(send(40, 0), good=40)
    receive(send(25, 0, driver="Yaw Darko"), good=22, damaged=2, surplus=1)
    receive(send(10, 0), good=9, damaged=1)
    send(12, 0, back=True, driver="Kofi Mensah")
    waiting = send(30, 15)
    page.reload()
    rest(lambda: settled() and page.table.model.index_of(waiting.id) is not None)
    page.table.select_id(waiting.id)
    rest(lambda: settled() and page._current is not None and page._current.id == waiting.id)
    camera.take("transfers", window)
    camera.take("transfers-small", window, (1280, 720))
    window.actions_["transfer.receive"].trigger()
    form = page.form
    camera.take("transfer-receive", window)
    form["lines[0].good"].edit.setText("27")
    form["lines[0].damaged"].edit.setText("1")
    form.save()
    camera.take("transfer-receive-difference", window)
    row = form._row
    first, *others = row.lines
    some = replace(first, good=5, in_transit=first.in_transit - 5)
    now = replace(row, version=row.version + 1, lines=(some, *others), in_transit=row.in_transit - 5)
    form.show_failure(StaleVersion("", current=now))
    rest(settled)
    camera.take("transfer-receive-meanwhile", window)
    form.left.emit()
    window.actions_["transfer.lose"].trigger()
    page.form.save()
    camera.take("transfer-lose-errors", window)
    page.form.left.emit()
    window.actions_["transfer.void"].trigger()
    camera.take("transfer-void", window)
    page.form.left.emit()
    partly = next(row for _at, row in page.table.model.known() if row.discrepancy)
    page.table.select_id(partly.id)
    rest(lambda: settled() and page._current is not None and page._current.id == partly.id)
    rest(settled)
    camera.take("transfers-partly", window)
    window.actions_["transfer.void_entry"].trigger()
    camera.take("transfer-void-entry", window)
    page.form.left.emit()
    page.open_number("T-2020-000001")
    rest(lambda: settled() and bool(window.host.banners))
    camera.take("transfers-unknown", window)
    window.host.banners[0].dismiss()
    dispatches_page = window.pages["go.dispatches"]
    window.go("go.dispatches")
    rest(lambda: program.runner.idle and dispatches_page.table.model.rowCount() > 0)
    at = next(at for at, row in dispatches_page.table.model.known() if row.outstanding)
    dispatches_page.table.view.selectRow(at)
    rest(lambda: program.runner.idle)
    window.actions_["dispatch.return"].trigger()
    dispatches_page.form.shed.set_value(north.id)
    camera.take("return-elsewhere", window)
    dispatches_page.form.settle()
    dispatches_page.form.left.emit()
    window.go("go.transfers")
    window.workspace.stop()
    rest(settled)
    window.workspace._set_online(False)
    camera.take("transfers-away", window)
    end(program)


def end(program: Program) -> None:
    """Close it, as its last window does."""
    main, program.main = program.main, None
    if main is not None:
        main.close_for_good()
    program.start.close()
    program.close()
    program.start.deleteLater()
    program.deleteLater()
    rest()
    from coresafe.services import database as database_module

    database_module.forbid_thread()


def main(arguments: list[str]) -> int:
    """Take them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="where every picture goes")
    folder = parser.parse_args(arguments).all
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in [name for name in os.environ if name.startswith("CORESAFE_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="coresafe-pictures-") as home:
        os.environ["CORESAFE_HOME"] = home
        camera = Camera(folder)
        tour(camera, Path(home))
    for path in camera.taken:
        print(f"{path.stat().st_size // 1024:>5} KB  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
