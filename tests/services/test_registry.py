"""Companies, projects, drillholes, sheds and tray sizes: what is kept, what is refused, and what the audit says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from coresafe.errors import Duplicate, Forbidden, InUse, NotFound, StaleVersion, ValidationFailed
from coresafe.models import AuditEntry, Balance
from coresafe.models.enums import Role, State
from coresafe.services import registry, sheds
from coresafe.services.context import Context
from coresafe.services.listing import Query
from coresafe.services.registry import (
    AddCompany,
    AddDrillhole,
    AddProject,
    ChangeCompany,
    ChangeDrillhole,
    ChangeProject,
    RemoveCompany,
    RemoveDrillhole,
    RemoveProject,
)
from tests.embedded import make_database, sign_in_as
from tests.services.kinds import on_every_database
from tests.worlds import People


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Context]:
    database = make_database(tmp_path)
    yield sign_in_as(database, Role.ADMIN)
    database.close()


@pytest.fixture
def manager(admin: Context) -> Context:
    return sign_in_as(admin.database, Role.MANAGER)


def entries(context: Context) -> list[sa.Row[tuple[object, ...]]]:
    with context.database.connect() as connection:
        return list(connection.execute(sa.select(AuditEntry.__table__).order_by(AuditEntry.id)))


def a_project(context: Context, code: str = "THA") -> registry.ProjectRow:
    company = registry.add_company(context, AddCompany(name=f"Company of {code}"))
    return registry.add_project(context, AddProject(code=code, name="Thalanga", company_id=company.id, crs=28355))


def test_company_is_added_read_and_found_by_any_part_of_its_name(manager: Context) -> None:
    row = registry.add_company(manager, AddCompany(name="  Ashburton  Gold ", contact_email="Core@Example.COM"))
    assert row.name == "Ashburton  Gold"
    assert row.contact_email == "Core@example.com"
    assert (row.version, row.is_active) == (1, True)
    assert registry.get_company(manager, row.id) == row
    assert registry.list_companies(manager, Query(q="BURTON g", limit=20)).items == (row,)
    assert registry.list_companies(manager, Query(q="nickel")).items == ()
    assert registry.count_companies(manager, Query(filters={"is_active": True})) == 1


def test_names_are_unique_without_case_and_blanks(manager: Context) -> None:
    registry.add_company(manager, AddCompany(name="Ashburton Gold"))
    with pytest.raises(Duplicate) as refused:
        registry.add_company(manager, AddCompany(name=" ashburton   GOLD"))
    assert refused.value.field == "name"


def test_every_wrong_field_is_named(manager: Context) -> None:
    project = a_project(manager)
    with pytest.raises(ValidationFailed) as refused:
        registry.add_drillhole(
            manager,
            AddDrillhole(
                hole_id=" ", project_id=project.id + 7, eoh_depth=0, azimuth=360, dip=-90.5, easting=float("inf")
            ),
        )
    fields = {error.field for error in refused.value.errors}
    assert fields == {"hole_id", "project_id", "eoh_depth", "azimuth", "dip", "easting"}
    with pytest.raises(ValidationFailed) as refused:
        registry.add_project(manager, AddProject(code="X" * 21, name="", company_id=0, crs=1023, status="open"))
    assert {error.field for error in refused.value.errors} == {"code", "name", "company_id", "crs", "status"}


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 100_000])
def test_text_that_cannot_be_kept_is_refused(manager: Context, name: str) -> None:
    with pytest.raises(ValidationFailed):
        registry.add_company(manager, AddCompany(name=name))


@pytest.mark.parametrize("name", ["⛏ Core & Söhne", "شركة التعدين", '=HYPERLINK("x")'])
def test_unusual_names_are_kept_as_they_are(manager: Context, name: str) -> None:
    assert registry.add_company(manager, AddCompany(name=name)).name == name


def test_core_size_takes_the_spelling_of_the_tray_sizes(manager: Context) -> None:
    project = a_project(manager)
    added = registry.add_drillhole(manager, AddDrillhole(hole_id="TH1", project_id=project.id, core_size=" nq2 "))
    assert added.core_size == "NQ2"
    other = registry.add_drillhole(manager, AddDrillhole(hole_id="TH2", project_id=project.id, core_size='5.5"'))
    assert other.core_size == '5.5"'
    assert (added.project_code, added.company_id) == ("THA", project.company_id)
    assert added.company_name == "Company of THA"


def test_change_touches_only_what_was_sent_and_says_what_changed(manager: Context) -> None:
    project = a_project(manager)
    hole = registry.add_drillhole(
        manager, AddDrillhole(hole_id="TH1", project_id=project.id, dip=-60, azimuth=359.9999)
    )
    assert hole.azimuth == 0
    changed = registry.change_drillhole(
        manager, ChangeDrillhole(drillhole_id=hole.id, version=1, eoh_depth=81.8000001, drilled_on=date(2021, 7, 1))
    )
    assert (changed.version, changed.eoh_depth, changed.dip) == (2, 81.8, -60)
    entry = entries(manager)[-1]
    assert (entry.action, entry.record_type, entry.record_id) == ("change", "drillhole", str(hole.id))
    assert entry.old == {"eoh_depth": None, "drilled_on": None}
    assert entry.new == {"eoh_depth": 81.8, "drilled_on": "2021-07-01"}


def test_why_a_hole_was_changed_stands_in_the_trail(manager: Context) -> None:
    hole = registry.add_drillhole(manager, AddDrillhole(hole_id="TH1", project_id=a_project(manager).id))
    command = ChangeDrillhole(drillhole_id=hole.id, version=1, status="abandoned", reason=" lost the bit ")
    registry.change_drillhole(manager, command)
    entry = entries(manager)[-1]
    assert (entry.new, entry.reason) == ({"status": "abandoned"}, "lost the bit")
    with pytest.raises(ValidationFailed) as refused:
        registry.change_drillhole(manager, ChangeDrillhole(drillhole_id=hole.id, version=2, reason="w" * 100_000))
    assert [error.field for error in refused.value.errors] == ["reason"]


@pytest.mark.parametrize(
    ("depth", "capacity", "expected"),
    [(300, 4, (75, 8)), (300.1, 4, (76, 8)), (0.5, 5, (1, 1)), (40.00000001, 4, (10, 1)), (1000, 3, (334, 34))],
)
def test_trays_for_a_planned_hole_are_those_it_fills_and_a_tenth_to_spare(
    depth: float, capacity: float, expected: tuple[int, int]
) -> None:
    assert registry.trays_needed(depth, capacity) == expected


def test_stale_change_is_refused_with_the_row_as_it_is(manager: Context) -> None:
    company = registry.add_company(manager, AddCompany(name="One"))
    current = registry.change_company(manager, ChangeCompany(company_id=company.id, version=1, name="Two"))
    with pytest.raises(StaleVersion) as refused:
        registry.change_company(manager, ChangeCompany(company_id=company.id, version=1, name="Three"))
    assert refused.value.current == current
    assert registry.get_company(manager, company.id).name == "Two"


def test_changing_nothing_raises_no_version(manager: Context) -> None:
    company = registry.add_company(manager, AddCompany(name="One"))
    before = len(entries(manager))
    assert registry.change_company(manager, ChangeCompany(company_id=company.id, version=1, name="One")).version == 1
    assert len(entries(manager)) == before


def test_operators_look_and_managers_write_and_admins_remove(admin: Context, manager: Context) -> None:
    operator = sign_in_as(admin.database, Role.OPERATOR)
    company = registry.add_company(manager, AddCompany(name="One"))
    assert registry.get_company(operator, company.id) == company
    with pytest.raises(Forbidden):
        registry.add_company(operator, AddCompany(name="Two"))
    with pytest.raises(Forbidden):
        registry.remove_company(manager, RemoveCompany(company_id=company.id))
    registry.remove_company(admin, RemoveCompany(company_id=company.id))
    with pytest.raises(NotFound):
        registry.get_company(admin, company.id)
    assert entries(admin)[-1].old["name"] == "One"


def test_what_is_referred_to_stays(admin: Context) -> None:
    project = a_project(admin)
    hole = registry.add_drillhole(admin, AddDrillhole(hole_id="TH1", project_id=project.id))
    with pytest.raises(InUse) as refused:
        registry.remove_company(admin, RemoveCompany(company_id=project.company_id))
    assert "inactive" in refused.value.hint
    with pytest.raises(InUse):
        registry.remove_project(admin, RemoveProject(project_id=project.id))
    registry.remove_drillhole(admin, RemoveDrillhole(drillhole_id=hole.id, version=1))
    registry.remove_project(admin, RemoveProject(project_id=project.id))
    registry.remove_company(admin, RemoveCompany(company_id=project.company_id))


def test_project_moves_only_to_an_active_company(manager: Context) -> None:
    project = a_project(manager)
    asleep = registry.add_company(manager, AddCompany(name="Asleep", is_active=False))
    with pytest.raises(ValidationFailed):
        registry.change_project(manager, ChangeProject(project_id=project.id, version=1, company_id=asleep.id))
    awake = registry.add_company(manager, AddCompany(name="Awake"))
    moved = registry.change_project(manager, ChangeProject(project_id=project.id, version=1, company_id=awake.id))
    assert (moved.company_name, moved.version) == ("Awake", 2)


def test_hole_ids_are_unique_in_their_project_only(manager: Context) -> None:
    first, second = a_project(manager, "A"), a_project(manager, "B")
    registry.add_drillhole(manager, AddDrillhole(hole_id="th-1", project_id=first.id))
    registry.add_drillhole(manager, AddDrillhole(hole_id="TH-1", project_id=second.id))
    with pytest.raises(Duplicate) as refused:
        registry.add_drillhole(manager, AddDrillhole(hole_id="TH-1 ", project_id=first.id))
    assert refused.value.field == "hole_id"


def test_pages_of_holes_follow_each_other(manager: Context) -> None:
    project = a_project(manager)
    for number in range(7):
        registry.add_drillhole(manager, AddDrillhole(hole_id=f"TH{number}", project_id=project.id))
    query = Query(filters={"project_id": project.id}, limit=3, total=True)
    page = registry.list_drillholes(manager, query)
    assert [row.hole_id for row in page.items] == ["TH0", "TH1", "TH2"]
    assert page.total == 7
    following = registry.list_drillholes(manager, Query(limit=3, cursor=page.next_cursor))
    assert [row.hole_id for row in following.items] == ["TH3", "TH4", "TH5"]
    deepest = registry.list_drillholes(manager, Query(sort="-eoh_depth", filters={"company_id": project.company_id}))
    assert len(deepest.items) == 7
    with pytest.raises(ValidationFailed):
        registry.list_drillholes(manager, Query(filters={"colour": "red"}))


def balances(context: Context) -> dict[tuple[int, int], int]:
    counted: dict[tuple[int, int], int] = {}
    with context.database.connect() as connection:
        for row in connection.execute(sa.select(Balance.__table__)):
            counted[row.shed_id, row.tray_size_id] = counted.get((row.shed_id, row.tray_size_id), 0) + 1
    return counted


def test_a_new_shed_and_a_size_switched_on_get_their_accounts(admin: Context) -> None:
    shed = sheds.add_shed(admin, sheds.AddShed(name="North", code="N", time_zone="Australia/Perth"))
    sizes = {row.name: row for row in sheds.list_tray_sizes(admin)}
    every = len(State)
    assert balances(admin)[shed.id, sizes["HQ"].id] == every
    assert (shed.id, sizes["PQ"].id) not in balances(admin)
    sheds.change_tray_size(admin, sheds.ChangeTraySize(tray_size_id=sizes["PQ"].id, version=1, is_active=True))
    assert balances(admin)[shed.id, sizes["PQ"].id] == balances(admin)[1, sizes["PQ"].id] == every
    added = sheds.add_tray_size(admin, sheds.AddTraySize(name="NTW", core_mm=56.0, rows=5, capacity_m=5))
    assert balances(admin)[1, added.id] == every
    assert added.position == len(sizes) + 1
    assert [row.name for row in sheds.list_sheds(admin)] == ["Main shed", "North"]


def test_sheds_refuse_what_cannot_be(admin: Context, manager: Context) -> None:
    with pytest.raises(ValidationFailed):
        sheds.add_shed(admin, sheds.AddShed(name="North", code="N", time_zone="Mars/Olympus"))
    with pytest.raises(Duplicate) as refused:
        sheds.add_shed(admin, sheds.AddShed(name="Other", code="main", time_zone="UTC"))
    assert refused.value.field == "code"
    with pytest.raises(Forbidden):
        sheds.add_shed(manager, sheds.AddShed(name="North", code="N"))
    with pytest.raises(InUse):
        sheds.change_shed(admin, sheds.ChangeShed(shed_id=1, version=1, is_active=False))
    with pytest.raises(StaleVersion):
        sheds.change_shed(admin, sheds.ChangeShed(shed_id=1, version=9, name="Hall"))


@on_every_database
def test_every_database_refuses_alike(people: People) -> None:
    mine = uuid.uuid4().hex[:8]
    company = registry.add_company(people.manager, AddCompany(name=f"Company {mine}"))
    project = registry.add_project(people.manager, AddProject(code=f"P{mine}", name="One", company_id=company.id))
    hole = registry.add_drillhole(people.manager, AddDrillhole(hole_id="É-1", project_id=project.id, core_size="hq"))
    assert (hole.core_size, hole.project_code) == ("HQ", f"P{mine}")
    with pytest.raises(Duplicate) as taken:
        registry.add_drillhole(people.manager, AddDrillhole(hole_id="é-1", project_id=project.id))
    assert taken.value.field == "hole_id"
    with pytest.raises(Duplicate) as coded:
        registry.add_project(people.manager, AddProject(code=f"p{mine}", name="Two", company_id=company.id))
    assert coded.value.field == "code"
    changed = registry.change_drillhole(
        people.manager, ChangeDrillhole(drillhole_id=hole.id, version=1, eoh_depth=12.3456, dip=-60.12345)
    )
    assert (changed.eoh_depth, changed.dip, changed.version) == (12.346, -60.123, 2)
    assert registry.get_drillhole(people.operator, hole.id) == changed
    with pytest.raises(StaleVersion):
        registry.change_drillhole(people.manager, ChangeDrillhole(drillhole_id=hole.id, version=1, dip=-10))
    with pytest.raises(InUse):
        registry.remove_project(people.admin, RemoveProject(project_id=project.id))
    page = registry.list_drillholes(people.operator, Query(q="é-", filters={"project_id": project.id}, total=True))
    assert (page.items, page.total) == ((changed,), 1)
    shed = sheds.add_shed(people.admin, sheds.AddShed(name=f"Shed {mine}", code=mine, time_zone="UTC"))
    with pytest.raises(Duplicate) as shed_taken:
        sheds.add_shed(people.admin, sheds.AddShed(name=f"Other {mine}", code=mine, time_zone="UTC"))
    assert shed_taken.value.field == "code"
    sheds.change_shed(people.admin, sheds.ChangeShed(shed_id=shed.id, version=1, is_active=False))


def test_rows_are_dated_in_utc(manager: Context) -> None:
    row = registry.add_company(manager, AddCompany(name="One"))
    assert row.created_at.tzinfo is UTC
    assert abs((datetime.now(UTC) - row.created_at).total_seconds()) < 60
