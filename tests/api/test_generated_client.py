"""A client that a stranger generates from the OpenAPI document, and the day of a shed through it."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.desk import Desk, Office
from tests.worlds import PASSWORD

#: As the generated package is imported.
PACKAGE = "coresafe_generated_client"
#: Formatting is all that is left out: its tools are asked for by name and may not be there.
_CONFIG = {"post_hooks": [], "package_name_override": PACKAGE, "project_name_override": "coresafe-generated-client"}
_FILES = ("--path", "openapi.json", "--config", "config.json", "--output-path", "made")


class Generated:
    """The generated package: ``models``, and each operation's module by its tag."""

    def __init__(self) -> None:
        self.package = importlib.import_module(PACKAGE)
        self.models = importlib.import_module(f"{PACKAGE}.models")

    def call(self, where: str, client: Any, **options: Any) -> Any:
        """What an operation answers, parsed."""
        return importlib.import_module(f"{PACKAGE}.api.{where}").sync(client=client, **options)


@pytest.fixture(scope="module")
def generated(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generated]:
    """The client of the document that the running server answers with."""
    folder = tmp_path_factory.mktemp("client")
    document = office.client("none").get("/openapi.json")
    (folder / "openapi.json").write_bytes(document.content)
    (folder / "config.json").write_text(json.dumps(_CONFIG), encoding="utf-8")
    made = subprocess.run(
        [str(Path(sys.executable).with_name("openapi-python-client")), "generate", "--fail-on-warning", *_FILES],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    told = made.stdout + made.stderr
    assert made.returncode == 0, told
    assert [line for line in told.splitlines() if line and not line.startswith("Generating ")] == []
    sys.path.insert(0, str(folder / "made"))
    try:
        yield Generated()
    finally:
        sys.path.remove(str(folder / "made"))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest) -> Office:
    """The shared server, for the whole module."""
    office: Office = request.getfixturevalue("offices").of("mysql")
    return office


@pytest.fixture
def client(generated: Generated, desk: Desk) -> Iterator[Any]:
    """The generated client, signed in as the operator through itself."""
    root = desk.address.removesuffix("/api/v1")
    with generated.package.Client(base_url=root, timeout=60.0) as nobody:
        body = generated.models.Login(username="otto", password=PASSWORD)
        pair = generated.call("signing_in.login", nobody, body=body)
    assert isinstance(pair, generated.models.TokenPair)
    with generated.package.AuthenticatedClient(base_url=root, token=pair.access_token, timeout=60.0) as made:
        yield made


def test_a_shift_through_the_generated_client(generated: Generated, client: Any, desk: Desk) -> None:
    models, call, world = generated.models, generated.call, desk.world
    assert call("signing_in.me", client).username == "otto"
    page = call("companies.list_companies", client, id=world.company_id, total=True)
    assert isinstance(page, models.PageOfCompanyRow)
    assert (page.total, page.next_cursor, [row.id for row in page.items]) == (1, None, [world.company_id])
    projects = call("projects.list_projects", client, company_id=world.company_id)
    assert [row.id for row in projects.items] == [world.project_id]

    sent = call(
        "dispatches.add_dispatch",
        client,
        idempotency_key=str(uuid.uuid4()),
        body=models.NewDispatch(
            project_id=projects.items[0].id,
            company_id=page.items[0].id,
            shed_id=world.shed_id,
            driver="Kofi",
            technician="Ama",
            lines=[models.DispatchLine(tray_size="HQ", quantity=10), models.DispatchLine(tray_size="NQ", quantity=4)],
        ),
    )
    assert (sent.status, sent.outstanding) == (models.DispatchStatus.OUTSTANDING, 14)

    def give_back(**line: Any) -> Any:
        body = models.NewReturn(driver="Yaw", technician="Esi", lines=[models.ReturnLine(**line)])
        return call("dispatches.return_dispatch", client, dispatch_id=sent.id, body=body)

    part = give_back(tray_size="HQ", good=9, occupied=1)
    assert (part.status, part.outstanding) == (models.DispatchStatus.PARTIALLY_RETURNED, 4)
    assert give_back(tray_size="NQ", good=4).status == models.DispatchStatus.CLOSED

    read = call("dispatches.get_dispatch", client, dispatch_id=sent.id)
    assert (read.status, read.matched, read.number) == (models.DispatchStatus.CLOSED, True, sent.number)
    assert [[line.good for line in each.lines] for each in read.returns] == [[9], [4]]
    stock = call("inventory.get_inventory", client, shed_id=world.shed_id)
    assert {row.tray_size: (row.available, row.occupied) for row in stock.items if row.base} == {
        "HQ": (49, 1),
        "NQ": (50, 0),
    }


def test_errors_reach_a_generated_client_with_what_is_needed_to_recover(
    generated: Generated, client: Any, desk: Desk
) -> None:
    models, call, world = generated.models, generated.call, desk.world

    def dispatch(**changes: Any) -> Any:
        body = {
            "project_id": world.project_id,
            "company_id": world.company_id,
            "shed_id": world.shed_id,
            "driver": "Kofi",
            "technician": "Ama",
            "lines": [models.DispatchLine(tray_size="HQ", quantity=51)],
        }
        return call("dispatches.add_dispatch", client, body=models.NewDispatch(**body | changes))

    short = dispatch()
    assert isinstance(short, models.Problem)
    assert short.error_code == models.ErrorCode.INSUFFICIENT_STOCK
    assert [(each.tray_size, each.requested, each.available) for each in short.shortages] == [("HQ", 51, 50)]
    wrong = dispatch(driver="   ")
    assert wrong.error_code == models.ErrorCode.VALIDATION_ERROR
    assert [each.field for each in wrong.errors] == ["driver"]
    hidden = call("users.list_users", client)
    assert hidden.error_code == models.ErrorCode.FORBIDDEN
    absent = call("dispatches.get_dispatch", client, dispatch_id=2**62)
    assert absent.error_code == models.ErrorCode.NOT_FOUND

    boss = generated.package.AuthenticatedClient(
        base_url=desk.address.removesuffix("/api/v1"), token=desk.sign_in("boss")["access_token"], timeout=60.0
    )
    with boss:
        change = models.CompanyChange(version=1, contact_phone="1")
        first = call("companies.change_company", boss, company_id=world.company_id, body=change)
        stale = call("companies.change_company", boss, company_id=world.company_id, body=change)
    assert (first.version, first.contact_phone) == (2, "1")
    assert stale.error_code == models.ErrorCode.STALE_VERSION
    assert stale.current["version"] == 2


def test_samples_and_files_through_the_generated_client(generated: Generated, client: Any, desk: Desk) -> None:
    models, call = generated.models, generated.call
    mark = uuid.uuid4().hex[:8]

    def sample(number: int) -> Any:
        return models.NewSample(
            sample_id=f"{mark}-{number}",
            sample_type=models.SampleType.ASSAY,
            drillhole_id=desk.world.hole_id,
            from_depth=float(number),
            to_depth=number + 1.0,
        )

    one = call("samples.add_samples", client, body=sample(1))
    assert (one.sample_id, one.warnings) == (f"{mark}-1", [])
    many = call("samples.add_samples", client, body=[sample(2), sample(3)])
    assert [row.sample_id for row in many.items] == [f"{mark}-2", f"{mark}-3"]
    some = call("samples.list_samples", client, fields="id,sample_id", drillhole_id=desk.world.hole_id, limit=2)
    assert isinstance(some, models.PageOfSome)
    assert [row.additional_properties["sample_id"] for row in some.items] == [f"{mark}-3", f"{mark}-2"]
    file = call("reports.export_report", client, report=models.ExportReportReport.SAMPLES)
    assert f"{mark}-1" in file
