"""Finding anything: the same on every database, at most six of a kind, the best first, in one round trip."""

from __future__ import annotations

from coresafe.services.finding import EACH, Found, Kind, find_anything
from coresafe.services.registry import (
    AddDrillhole,
    AddProject,
    ChangeCompany,
    add_drillhole,
    add_project,
    change_company,
    get_company,
)
from coresafe.services.samples import AddSample, add_sample
from tests.services.kinds import on_both_servers, on_every_database
from tests.services.test_statement_counts import Counter
from tests.worlds import World


def found(world: World, text: str, kind: Kind) -> list[Found]:
    return [one for one in find_anything(world.operator, text) if one.kind is kind]


def hole(world: World, name: str) -> int:
    return add_drillhole(world.manager, AddDrillhole(hole_id=name, project_id=world.project_id)).id


def sample(world: World, name: str) -> int:
    command = AddSample(sample_id=name, sample_type="assay", drillhole_id=world.hole_id, from_depth=1.0, to_depth=2.0)
    return add_sample(world.operator, command).id


@on_every_database
def test_a_dispatch_is_found_by_number_digits_company_hole_and_driver(world: World) -> None:
    sent = world.dispatch(hq=1, driver=f"Érik{world.shed_id} 100%")
    company = get_company(world.operator, world.company_id)
    ways = (sent.number, sent.number.lower(), f"d-{sent.number[2:-1]}", company.name, f"rik{world.shed_id} 100%")
    for text in ways:
        assert sent.id in [one.id for one in found(world, text, Kind.DISPATCH)], text
    digits = str(int(sent.number[-6:]))
    first = found(world, digits, Kind.DISPATCH)[0]
    assert (first.id, first.text, first.state) == (sent.id, sent.number, "outstanding")
    assert first.detail[0] == company.name
    assert first.detail[-1] == sent.driver
    assert not found(world, f"rik{world.shed_id} 100_", Kind.DISPATCH), "what is typed is no pattern"


@on_every_database
def test_holes_come_exact_first_and_six_at_most(world: World) -> None:
    stem = f"FND{world.shed_id}"
    names = [f"{stem}-{n}" for n in range(9)] + [f"A{stem}", stem]
    ids = {name: hole(world, name) for name in names}
    rows = found(world, f"  {stem.lower()} ", Kind.HOLE)
    assert len(rows) == EACH
    assert (rows[0].id, rows[0].text) == (ids[stem], stem)
    assert all(row.text.startswith(stem) for row in rows)
    assert [row.text for row in found(world, f"A{stem}", Kind.HOLE)] == [f"A{stem}"]
    assert len(rows[0].detail) == 2, "project and company"


@on_every_database
def test_companies_and_projects_say_where_they_belong_and_how_they_stand(world: World) -> None:
    company = get_company(world.operator, world.other_company_id)
    change_company(world.manager, ChangeCompany(company_id=company.id, version=company.version, is_active=False))
    row = next(one for one in found(world, company.name, Kind.COMPANY) if one.id == company.id)
    assert (row.text, row.detail, row.state) == (company.name, (), "inactive")
    own = get_company(world.operator, world.company_id)
    hit = [one for one in find_anything(world.operator, own.name) if one.kind is Kind.COMPANY]
    assert hit[0].state == "active"
    wanted = AddProject(code=f"FP{world.shed_id}", name=f"Found at {world.shed_id}", company_id=world.company_id)
    project = add_project(world.manager, wanted)
    for text in (project.code, project.name):
        assert project.id in [one.id for one in found(world, text, Kind.PROJECT)], text


@on_every_database
def test_a_sample_is_found_by_its_beginning_and_while_new_by_any_part(world: World) -> None:
    stem = f"S{world.shed_id}X"
    first, second = sample(world, f"{stem}000451"), sample(world, f"{stem}000452")
    assert [one.id for one in found(world, stem, Kind.SAMPLE)] == [first, second]
    assert [one.id for one in found(world, f"{world.shed_id}x000452", Kind.SAMPLE)] == [second]
    assert found(world, f"{stem}000452", Kind.SAMPLE)[0].state == "collected"


@on_every_database
def test_what_says_nothing_finds_nothing(world: World) -> None:
    for text in ("", "   ", "\0", "\ud800", "no such thing at all", "%%%", "_____________", "'; --", "x" * 5000):
        assert find_anything(world.operator, text) == (), repr(text)


def test_finding_costs_one_round_trip(world: World) -> None:
    from tests.servers import Proxy

    world.dispatch(hq=1, driver="Kofi Once")
    with Proxy(world.database.url.port or 0) as line:
        counter = Counter(world, line)
        try:
            cost, answer = counter.of(lambda: find_anything(counter.context, "kofi once"))
        finally:
            counter.database.close()
    assert answer
    assert cost == 1


@on_both_servers
def test_the_newest_dispatches_come_first(world: World) -> None:
    sent = [world.dispatch(hq=1, driver=f"Newest{world.shed_id}") for _ in range(EACH + 2)]
    rows = found(world, f"newest{world.shed_id}", Kind.DISPATCH)
    assert [row.id for row in rows] == [one.id for one in reversed(sent)][:EACH]
