"""From a file to the register: what is planned, written, refused and undone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from coresafe.errors import Forbidden, InUse, OperationIdReused, ValidationFailed, WrongState
from coresafe.models import AuditEntry, Drillhole
from coresafe.models.enums import Role
from coresafe.services import registry
from coresafe.services.context import Context
from coresafe.services.importing import (
    UndoImport,
    import_rows,
    list_imports,
    plan_import,
    prepare,
    undo_import,
)
from coresafe.services.listing import Query
from tests.embedded import sign_in_as
from tests.services.importing.conftest import DATA, WriteFile
from tests.services.kinds import on_every_database
from tests.worlds import People


def holes(context: Context, **filters: object) -> dict[str, registry.DrillholeRow]:
    page = registry.list_drillholes(context, Query(filters=filters, limit=500))
    return {row.hole_id: row for row in page.items}


def entries(context: Context) -> list[sa.Row[tuple[object, ...]]]:
    with context.database.connect() as connection:
        return list(connection.execute(sa.select(AuditEntry.__table__).order_by(AuditEntry.id)))


def test_the_5277_holes_of_thalanga(manager: Context, real: Callable[[str], Path]) -> None:
    command = prepare(real("A1_thalanga_collar.csv"), "drillholes", project="tha")
    plan = plan_import(manager, command)
    assert (len(plan.to_add), plan.errors, plan.tails_cleaned) == (5277, (), 611)
    assert [problem.row for problem in plan.warnings] == [563, 4773]
    outcome = import_rows(manager, command)
    assert (outcome.added, outcome.skipped) == (5277, 0)
    with manager.database.connect() as connection:
        table = Drillhole.__table__
        counted = connection.execute(sa.select(table.c.core_size, sa.func.count()).group_by(table.c.core_size))
        sizes = {row[0]: row[1] for row in counted}
        deepest = connection.execute(sa.select(sa.func.count()).where(table.c.eoh_depth == 25.2)).scalar()
        odd = connection.execute(sa.select(table.c.hole_id).where(table.c.hole_id == "SW588H9990- 1")).scalar()
    assert sizes == {None: 5020, "NQ2": 242, "NQ": 9, "HQ": 6}
    assert deepest is not None and deepest >= 110
    assert odd == "SW588H9990- 1"
    made = entries(manager)[-1]
    assert (made.record_type, made.action, made.door, made.new["rows_added"]) == ("import", "add", "import", 5277)
    again = import_rows(manager, command)
    assert (again.import_id, again.added, again.unchanged) == (None, 0, 5277)


def test_spanish_collars_and_numeric_holes(manager: Context, real: Callable[[str], Path]) -> None:
    spanish = import_rows(manager, prepare(real("A4_mapcomp_collar.csv"), "drillholes", project="MAP"))
    assert spanish.added == 120
    first = holes(manager)["ODH-01"]
    assert (first.easting, first.northing, first.elevation, first.eoh_depth) == (
        189710.521, 8439045.693, 3805.32, 147.25,
    )  # fmt: skip
    numeric = import_rows(manager, prepare(real("A2_sarig_drillhole_samples.csv"), "drillholes", project="MAP"))
    assert numeric.added == 3424


def test_a_government_template(manager: Context, real: Callable[[str], Path]) -> None:
    path = real("A3_gsq_geochemxl_submission_001.xlsx")
    outcome = import_rows(manager, prepare(path, "drillholes", project="MAP"))
    assert (outcome.added, outcome.errors) == (2, ())
    assert "describe" in outcome.warnings[0].message
    first = holes(manager)["DD12345"]
    assert (first.core_size, first.dip, first.eoh_depth) == ('5.5"', -60, 200)
    assert str(first.drilled_on) == "2000-01-02"


def test_companies_then_their_projects_then_their_holes(manager: Context, write: WriteFile) -> None:
    companies = write("Name,E-mail,Phone\nAsh Gold,core@ash.example,+61 8 1\n Ash  Nickel ,,NA\n", "c.csv")
    projects = write(
        "Code;Name;Client;EPSG;Status\nASH;Ash One;ash GOLD;EPSG:28355;On Hold\nNIK;;Ash Nickel;;\n", "p.csv"
    )
    assert import_rows(manager, prepare(companies, "companies")).added == 2
    assert import_rows(manager, prepare(projects, "projects")).added == 2
    found = {row.code: row for row in registry.list_projects(manager, Query()).items}
    assert (found["ASH"].company_name, found["ASH"].crs, found["ASH"].status) == ("Ash Gold", 28355, "inactive")
    assert (found["NIK"].name, found["NIK"].status) == ("NIK", "active")
    collars = write("Project,Hole\nASH,A-1\nNIK,A-1\n", "h.csv")
    assert import_rows(manager, prepare(collars, "drillholes")).added == 2


def test_every_error_has_row_column_and_value_and_nothing_is_written(manager: Context, write: WriteFile) -> None:
    text = (
        "HOLE_ID,DEPTH,AZIMUTH,DIP,DATE\n"
        "A,12,10,-60,2020-01-01\n"
        ",12,10,-60,\n"
        "B,deep,10,-60,\n"
        "C,16000,10,-60,\n"
        "D,12,361,-60,\n"
        "E,12,10,-91,\n"
        "F,12,10,-60,31/31/2020\n"
        "a ,13,10,-60,\n"
    )
    command = prepare(write(text), "drillholes", project="THA")
    plan = plan_import(manager, command)
    assert [(problem.row, problem.column, problem.value) for problem in plan.errors] == [
        (3, "HOLE_ID", ""), (4, "DEPTH", "deep"), (5, "DEPTH", "16000"), (6, "AZIMUTH", "361"), (7, "DIP", "-91"),
        (8, "DATE", "31/31/2020"), (9, "HOLE_ID", "a"),
    ]  # fmt: skip
    with pytest.raises(ValidationFailed) as refused:
        import_rows(manager, command)
    assert refused.value.errors[0].field == "row 3, HOLE_ID"
    assert holes(manager) == {}
    outcome = import_rows(manager, replace(command, valid_only=True))
    assert (outcome.added, outcome.skipped) == (1, 7)
    assert list(holes(manager)) == ["A"]


def test_what_is_there_and_differs_needs_update(manager: Context, write: WriteFile) -> None:
    import_rows(manager, prepare(write("HOLE_ID,DEPTH,DIP\nA,12,-60\nB,13,-70\n"), "drillholes", project="THA"))
    changed = write("HOLE_ID,DEPTH,DIP\na,12.5,\nB,13,-70\nC,14,\n")
    plan = plan_import(manager, prepare(changed, "drillholes", project="THA"))
    assert "--update" in plan.errors[0].message
    outcome = import_rows(manager, prepare(changed, "drillholes", project="THA", update=True))
    assert (outcome.added, outcome.updated, outcome.unchanged) == (1, 1, 1)
    row = holes(manager)["A"]
    assert (row.eoh_depth, row.dip, row.version) == (12.5, -60, 2)
    change = next(e for e in entries(manager) if e.record_type == "drillhole" and e.action == "change")
    assert (change.old, change.new, change.door) == (
        {"eoh_depth": 12.0}, {"eoh_depth": 12.5, "import_id": outcome.import_id}, "import",
    )  # fmt: skip


def test_a_project_or_company_that_is_not_there_is_named(manager: Context, write: WriteFile) -> None:
    plan = plan_import(manager, prepare(write("HOLE_ID\nA\n"), "drillholes", project="NOPE"))
    assert "NOPE" in plan.errors[0].message
    plan = plan_import(manager, prepare(write("PROJECT,HOLE_ID\nNOPE,A\n,B\n"), "drillholes"))
    assert [(problem.row, problem.value) for problem in plan.errors] == [(2, "NOPE"), (3, "")]
    plan = plan_import(manager, prepare(write("CODE,COMPANY\nX,Nobody\n"), "projects"))
    assert plan.errors[0].value == "Nobody"
    with pytest.raises(ValidationFailed, match="--project"):
        prepare(write("HOLE_ID\nA\n"), "drillholes")


def test_the_same_operation_imports_once(manager: Context, write: WriteFile) -> None:
    command = prepare(write("HOLE_ID\nA\nB\n"), "drillholes", project="THA")
    operation = uuid.uuid4()
    first = import_rows(manager, command, operation)
    assert import_rows(manager, command, operation) == first
    with pytest.raises(OperationIdReused):
        import_rows(manager, replace(command, update=True), operation)


def test_an_operator_may_not_import(manager: Context, write: WriteFile) -> None:
    operator = sign_in_as(manager.database, Role.OPERATOR)
    command = prepare(write("HOLE_ID\nA\n"), "drillholes", project="THA")
    for attempt in (plan_import, import_rows):
        with pytest.raises(Forbidden):
            attempt(operator, command)


def test_an_import_is_undone_as_a_whole(manager: Context, write: WriteFile) -> None:
    kept = registry.list_projects(manager, Query(filters={"code": "THA"})).items[0]
    registry.add_drillhole(manager, registry.AddDrillhole(hole_id="OLD", project_id=kept.id))
    outcome = import_rows(manager, prepare(write("HOLE_ID\nA\nB\n"), "drillholes", project="THA"))
    assert outcome.import_id is not None
    with pytest.raises(ValidationFailed):
        undo_import(manager, UndoImport(import_id=outcome.import_id, reason=" "))
    undone = undo_import(manager, UndoImport(import_id=outcome.import_id, reason="wrong project"))
    assert undone.undone_at is not None
    assert list(holes(manager)) == ["OLD"]
    with pytest.raises(WrongState):
        undo_import(manager, UndoImport(import_id=outcome.import_id, reason="again"))
    assert list_imports(manager, Query()).items == (undone,)
    assert (entries(manager)[-1].action, entries(manager)[-1].reason) == ("undo", "wrong project")


def test_undoing_gives_changed_rows_their_old_values_back(manager: Context, write: WriteFile) -> None:
    first = write("HOLE_ID,DEPTH,DATE,SIZE\nA,12,2020-01-01,HQ\n")
    import_rows(manager, prepare(first, "drillholes", project="THA"))
    before = holes(manager)["A"]
    second = write("HOLE_ID,DEPTH,DATE,SIZE\nA,13.5,2021-01-01,NQ\nB,1,,\n")
    changed = prepare(second, "drillholes", project="THA", update=True)
    outcome = import_rows(manager, changed)
    assert outcome.import_id is not None
    undo_import(manager, UndoImport(import_id=outcome.import_id, reason="wrong file"))
    after = holes(manager)
    assert list(after) == ["A"]
    assert replace(after["A"], version=before.version, updated_at=before.updated_at) == before
    outcome = import_rows(manager, changed)
    assert outcome.import_id is not None
    row = holes(manager)["A"]
    registry.change_drillhole(manager, registry.ChangeDrillhole(drillhole_id=row.id, version=row.version, eoh_depth=14))
    with pytest.raises(WrongState):
        undo_import(manager, UndoImport(import_id=outcome.import_id, reason="wrong file"))
    assert set(holes(manager)) == {"A", "B"}


def test_an_import_that_is_used_stays_whole(manager: Context, write: WriteFile) -> None:
    outcome = import_rows(manager, prepare(write("Code,Company\nX,River Resources\nY,River Resources\n"), "projects"))
    assert outcome.import_id is not None
    project = registry.list_projects(manager, Query(filters={"code": "X"})).items[0]
    registry.add_drillhole(manager, registry.AddDrillhole(hole_id="A", project_id=project.id))
    with pytest.raises(InUse):
        undo_import(manager, UndoImport(import_id=outcome.import_id, reason="wrong"))
    assert registry.count_projects(manager, Query()) == 4


@on_every_database
def test_a_real_file_on_every_database(people: People) -> None:
    path = DATA / "A4_mapcomp_collar.csv"
    if not path.is_file():
        pytest.skip("the real files are not on this machine")
    mine = uuid.uuid4().hex[:8]
    company = registry.add_company(people.manager, registry.AddCompany(name=f"Company {mine}"))
    project = registry.AddProject(code=f"P{mine}", name="One", company_id=company.id)
    project_id = registry.add_project(people.manager, project).id
    command = prepare(path, "drillholes", project=f"P{mine}", update=True)
    outcome = import_rows(people.manager, command)
    assert outcome.added == 120
    assert import_rows(people.manager, command).unchanged == 120
    assert holes(people.operator, project_id=project_id)["ODH-01"].elevation == 3805.32
    assert outcome.import_id is not None
    undo_import(people.manager, UndoImport(import_id=outcome.import_id, reason="only a test"))
    assert holes(people.operator, project_id=project_id) == {}
