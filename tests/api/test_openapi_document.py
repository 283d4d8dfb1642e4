"""The OpenAPI document as its readers take it: programs that are made from it, and people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from schemathesis.core.jsonschema import make_validator_for
from schemathesis.openapi import from_dict

from coresafe.api import PREFIX, examples, glossary
from coresafe.api.app import create_app
from coresafe.api.errors import ErrorCode
from coresafe.api.v1 import ROUTERS
from tests.api.desk import KEY, Desk, told

DOCUMENT: dict[str, Any] = create_app(None, KEY).openapi()  # type: ignore[arg-type]  # no request is served
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
#: Anybody may ask these.
_OPEN = {"login", "register", "refresh_tokens", "live", "ready"}
_TIME = re.compile(r"(_at|timestamp|as_of|locked_until)$")
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


def valid(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value by a schema of the document."""
    whole = make_validator_for({**schema, "components": DOCUMENT["components"]})
    return [error.message for error in whole.iter_errors(value)]


def test_the_server_answers_with_it_as_openapi_3_1(desk: Desk) -> None:
    assert told(desk.nobody.get("/openapi.json")) == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")
    from_dict(DOCUMENT).validate()


def test_every_schema_is_one() -> None:
    for name in SCHEMAS:
        make_validator_for({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


def test_every_route_is_in_it_and_has_an_id_of_its_own() -> None:
    served = {
        f"{method} {PREFIX}{route.path}"  # type: ignore[attr-defined]
        for router in ROUTERS
        for route in router.routes
        for method in route.methods  # type: ignore[attr-defined]
    }
    assert set(OPERATIONS) == served
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", each) for each in ids)


@each_operation
def test_an_operation_says_what_it_does_and_takes(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert [glossary.TAGS[tag] for tag in operation["tags"]]
    for parameter in operation.get("parameters", []):
        assert parameter["description"].endswith("."), parameter["name"]
        assert "null" not in str(parameter["schema"]), f"{parameter['name']}: null cannot be sent"
    for status, response in operation["responses"].items():
        assert response["description"], status


@each_operation
def test_an_operation_names_its_answers_and_their_errors(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    successes = {status for status in responses if status < "300"}
    assert len(successes) == 1
    assert "422" not in responses
    content = responses[successes.pop()].get("content", {})
    assert all(media["schema"] for media in content.values())
    assert content or operation["operationId"] in {"logout", "delete_company", "delete_project"}
    for status, response in responses.items():
        if status >= "400":
            assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    expected = {"500", "503"}
    if operation["operationId"] not in _OPEN:
        assert operation["security"] == [{"Token": []}]
        expected.add("401")
    if "requestBody" in operation:
        expected |= {"400", "413"}
    assert expected <= set(responses)


@each_operation
def test_headers_that_programs_need_are_promised(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        headers = response.get("headers", {})
        assert ("WWW-Authenticate" in headers) is (status == "401")
        assert ("Retry-After" in headers) is (status in ("429", "503"))
        if status == "304":
            assert "ETag" in headers
    if "version" in str(operation.get("requestBody", "")) and operation["responses"].get("200"):
        assert operation["operationId"] == "set_tray_sizes" or "ETag" in operation["responses"]["200"]["headers"]


@each_operation
def test_a_body_is_shown_by_an_example_that_it_allows(operation: dict[str, Any]) -> None:
    if "requestBody" not in operation:
        return
    media = operation["requestBody"]["content"]["application/json"]
    for name, example in media["examples"].items():
        assert valid(media["schema"], example["value"]) == [], name


@each_operation
def test_an_answer_is_shown_by_an_example_that_it_allows(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        media = response.get("content", {}).get("application/json", {})
        shown = [example["value"] for example in media.get("examples", {}).values()]
        for value in [*shown, *([media["example"]] if "example" in media else [])]:
            assert valid(media["schema"], value) == [], status


def test_examples_are_of_operations_and_schemas_that_there_are() -> None:
    assert set(examples.SENT) <= {operation["operationId"] for operation in OPERATIONS.values()}
    assert set(examples.ANSWERED) <= set(SCHEMAS)
    shown = {code for problems in examples.PROBLEMS.values() for code in problems}
    assert shown <= set(ErrorCode)


def _properties() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, schema in SCHEMAS.items():
        for field, about in schema.get("properties", {}).items():
            yield name, field, about


def test_every_schema_and_every_field_of_it_is_described() -> None:
    assert [name for name, schema in SCHEMAS.items() if not schema.get("description")] == []
    assert [f"{name}.{field}" for name, field, about in _properties() if not about.get("description")] == []


def test_what_the_glossary_says_is_said_somewhere() -> None:
    fields = {field for _, field, _ in _properties()}
    exact = {f"{name}.{field}" for name, field, _ in _properties()}
    assert [word for word in glossary.WORDS if word not in fields | exact] == []
    sent = {
        parameter["name"]: parameter["in"]
        for operation in OPERATIONS.values()
        for parameter in operation.get("parameters", [])
    }
    assert [name for name in glossary.FILTERS if name not in sent] == []
    assert [name for name in glossary.PLACES if name not in sent] == []
    assert list(glossary.TAGS) == [tag["name"] for tag in DOCUMENT["tags"]]
    assert set(glossary.TAGS) == {tag for operation in OPERATIONS.values() for tag in operation["tags"]}


def test_bodies_take_no_field_that_is_not_declared() -> None:
    """But for a sign-in as a form, which may hold what OAuth 2 sends besides."""
    bodies = {
        reference
        for operation in OPERATIONS.values()
        for reference in re.findall(r"schemas/(\w+)", str(operation.get("requestBody", "")))
    }
    assert [name for name in bodies if SCHEMAS[name].get("additionalProperties") is not False] == ["LoginForm"]


def test_times_are_times_and_numbers_have_bounds_where_they_are_sent() -> None:
    wrong = []
    for name, field, about in _properties():
        branches = about.get("anyOf", [about])
        if _TIME.search(field) and not any(each.get("format") == "date-time" for each in branches):
            wrong.append(f"{name}.{field} is no time")
        if SCHEMAS[name].get("additionalProperties") is False:  # a body
            for each in branches:
                number = each.get("type") in ("integer", "number")
                if number and not {"maximum", "exclusiveMaximum"} & set(each):
                    wrong.append(f"{name}.{field} has no bound")
                if each.get("type") == "string" and not {"maxLength", "format", "enum", "const"} & set(each):
                    wrong.append(f"{name}.{field} has no length")
    assert wrong == []


def test_every_code_of_an_error_is_one_of_the_document() -> None:
    assert SCHEMAS["ErrorCode"]["enum"] == [code.value for code in ErrorCode]


def test_swagger_ui_asks_nobody_else(desk: Desk) -> None:
    """A mine may have no internet."""
    page = desk.nobody.get("/docs")
    assert page.status_code == 200
    files = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""", page.text)
    assert len(files) >= 4
    for file in files:
        assert file.startswith(f"{PREFIX}/"), file
        assert told_status(desk.nobody.get(file.removeprefix(PREFIX))) == 200
    assert not re.search(r"https?://", page.text)
    style = desk.nobody.get("/docs/files/swagger-ui.css").text
    assert not re.search(r"url\(\s*[\"']?https?:|@import", style)


def told_status(answer: httpx.Response) -> int:
    """The status of an answer with something in it."""
    assert answer.content
    return answer.status_code
