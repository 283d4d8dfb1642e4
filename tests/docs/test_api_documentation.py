"""The page about the API: its examples run, and it names every endpoint and every error that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coresafe.api import errors
from coresafe.api.app import create_app
from coresafe.api.errors import ErrorCode, status_of
from coresafe.errors import CoreSafeError
from coresafe.models.enums import Role
from coresafe.services.database import Database
from coresafe.services.permissions import allows
from tests.api.desk import KEY, Serving
from tests.databases import Databases
from tests.worlds import make_people

PAGE = Path(__file__).parents[2] / "docs/api_documentation.md"
TEXT = PAGE.read_text(encoding="utf-8")
BASE = "http://127.0.0.1:8760/api/v1"


@pytest.fixture
def address(databases: Databases) -> Iterator[str]:
    """A server over a database of its own: the examples begin with nothing."""
    url = databases.new("mysql")
    people = make_people(Database(url))
    with Serving(create_app(people.database, KEY)) as serving:
        yield serving.address
    people.database.close()
    databases.drop(url)


def test_every_example_of_the_page_runs(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page: dict[str, Any] = {"__name__": "page"}
    examples = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(examples) > 12
    for example in examples:
        line = TEXT[: TEXT.index(example)].count("\n")
        exec(compile("\n" * line + example.replace(BASE, address), str(PAGE), "exec"), page)  # noqa: S102  # our own page
    number = page["dispatch"]["number"]
    assert capsys.readouterr().out.splitlines() == [
        "mary manager",
        "200",
        "True",
        f"{number} outstanding 25",
        "partially_returned 6",
        "closed False True",
        *["loss 1 out → lost", "return 2 out → occupied", "return 17 out → available"],
        *["dispatch 20 available → out", "purchase 100 external → available"],
        f"1 {{'number': '{number}', 'status': 'closed', 'outstanding': 0}}",
        "8 304",
        "409 STALE_VERSION 2",
        page["sent"]["number"],
        "3 collected []",
        "409 INSUFFICIENT_STOCK",
        "HQ asked: 5000 there: 94",
        "1 0.0",
        "[('HQ', 99, 0), ('NQ', 100, 0)]",
        "mary change {'contact_phone': '+233 30 200 0000'}",
        "mary add {'contact_email': None, 'contact_phone': None, 'is_active': True, 'name': 'Ashanti Gold'}",
        "204",
    ]
    assert (tmp_path / "outstanding.xlsx").read_bytes().startswith(b"PK")


def test_the_page_names_every_endpoint_and_no_other() -> None:
    paths = create_app(None, KEY).openapi()["paths"]  # type: ignore[arg-type]  # no request is served
    served = {f"{method.upper()} {path.removeprefix('/api/v1')}" for path in paths for method in paths[path]}
    table = TEXT.partition("## Every endpoint")[2]
    assert set(re.findall(r"`((?:GET|POST|PUT|DELETE) /[^`]*)`", table)) == served
    elsewhere = set(re.findall(r"`((?:GET|POST|PUT|DELETE) /[^`]*)`", TEXT))
    assert elsewhere == served


def test_the_page_says_who_may_do_what_as_the_use_cases_do() -> None:
    from coresafe.api.v1 import ROUTERS

    needed = {
        f"{method} {route.path}": getattr(route.endpoint, "permission", None)  # type: ignore[attr-defined]
        for router in ROUTERS
        for route in router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    rows = re.findall(r"^\| (`(?:GET|POST|PUT|DELETE) .*?) \| (.*?) \|", TEXT, flags=re.MULTILINE)
    assert len(rows) > 25
    for endpoints, who in rows:
        for endpoint in re.findall(r"`([^`]+)`", endpoints):
            permission = needed[endpoint]
            least = next((role for role in Role if permission is not None and allows(role, permission)), None)
            if permission is None:
                assert who == "anyone", endpoint
            elif endpoint != "POST /inventory/moves":  # operators may use it, for one kind of move
                assert who in (least, "signed in" if least is Role.OPERATOR else least), endpoint


def _statuses() -> dict[str, int]:
    """The status of every code, from the classes that carry them."""

    def below(kind: type[CoreSafeError]) -> Iterator[type[CoreSafeError]]:
        yield kind
        for each in kind.__subclasses__():
            yield from below(each)

    found = {kind.code: status_of(kind.__new__(kind)) for kind in below(CoreSafeError)}
    return found | {"METHOD_NOT_ALLOWED": 405}


def test_the_page_explains_every_error_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \| (.+?) \| (.+?) \|$", TEXT, flags=re.MULTILINE)
    assert [row[0] for row in rows] == sorted({row[0] for row in rows}, key=[row[0] for row in rows].index)
    assert {code: int(status) for code, status, *_ in rows} == {
        code.value: _statuses()[code.value] for code in ErrorCode
    }
    assert set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", TEXT)) - {"CORESAFE_SECRET_KEY", "CORESAFE_CORS_ORIGINS"} <= {
        code.value for code in ErrorCode
    }


def test_the_numbers_of_the_page_are_those_of_the_program() -> None:
    from coresafe.api import access, state
    from coresafe.services import listing, tokens

    fresh = state.State(database=None, key=b"")  # type: ignore[arg-type]  # only its limits are looked at
    assert (access.LARGEST_BODY, listing.MAX_LIMIT, listing.DEFAULT_LIMIT) == (1_000_000, 500, 50)
    assert (tokens.ACCESS_SECONDS, tokens.REFRESH_SECONDS) == (30 * 60, 7 * 24 * 60 * 60)
    assert state.EXPORTS_AT_ONCE == 4
    for limiter, minute, at_once in ((fresh.anonymous, 600, 200), (fresh.registering, 120, 60)):
        assert (round(limiter._each_second * 60), limiter._at_once) == (minute, at_once)
        assert f"{minute} a minute from one address, {at_once} at once" in TEXT
    assert errors.RETRY_SECONDS == 2
