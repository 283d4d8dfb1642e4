"""The OpenAPI document: what FastAPI sees of the routes, made as precise as what is checked and answered."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from coresafe.api import examples, glossary
from coresafe.api.fields import MOST_ID
from coresafe.api.v1 import auth

JSON = "application/json"
_ABOUT = (
    "Where every drill-core tray is, and who owes it.\n\n"
    "Sign in at `POST /auth/login` and send the access token as `Authorization: Bearer …`. Lists are paged by key: send "
    "`next_cursor` as `cursor`. A change needs the `version` of its row, in the body or as `If-Match`. A write may carry "
    "an `Idempotency-Key`: sent again, it is done once. Every error has the shape of `Problem`. Every answer carries an "
    "`X-Request-ID`, which the log names too; a method that an address does not take is answered 405 with `Allow`."
)

_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "The version of the row, as `If-Match` takes it; of a short list, what `If-None-Match` takes.",
        "schema": {"type": "string", "pattern": '^"[^"]+"$', "example": '"3"'},
    },
    "Location": {
        "description": "Where the new row can be read.",
        "schema": {"type": "string", "pattern": "^/api/v1/[a-z]+/[0-9]+$", "example": "/api/v1/companies/1"},
    },
    "Retry-After": {
        "description": "Seconds after which to ask again.",
        "schema": {"type": "integer", "minimum": 1, "example": 2},
    },
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string", "const": "Bearer"}},
    "Content-Disposition": {
        "description": "Name of the file.",
        "schema": {"type": "string", "pattern": "^attachment; filename=", "example": 'attachment; filename="x.csv"'},
    },
}
_OF_STATUS = {"304": "ETag", "401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
#: Operations whose new row can be read at an address of its own.
_LOCATED = {"add_company", "add_project", "add_drillhole", "add_dispatch", "add_user"}
#: Short lists with a validator.
_VALIDATED = {"list_sheds", "list_tray_sizes"}
_SUCCESSES = {"200": "Done.", "201": "Made, or entered.", "204": "Done; there is nothing to say."}
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def document(app: FastAPI) -> dict[str, Any]:
    """The document of an application."""
    tags = [{"name": name, "description": text} for name, text in glossary.TAGS.items()]
    made = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes, tags=tags)
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's, which are never answered
        schemas.pop(name, None)
    schemas |= auth.schemas()
    made = _renamed(made)
    _mend(made)
    for name, schema in made["components"]["schemas"].items():
        _describe(name, schema)
    for path in made["paths"].values():
        for operation in path.values():
            _complete(operation, made["components"]["schemas"])
    return made


def _renamed(made: dict[str, Any]) -> dict[str, Any]:
    """`PageOf_CompanyRow_` is `PageOfCompanyRow` to those whose languages have no generics."""
    from pydantic_core import from_json, to_json

    generic = [name for name in made["components"]["schemas"] if name.endswith("_")]
    text = to_json(made).decode()
    for name in generic:
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{_plain(name)}"')
    again: dict[str, Any] = from_json(text)
    again["components"]["schemas"] = {_plain(name): value for name, value in again["components"]["schemas"].items()}
    return again


def _plain(name: str) -> str:
    return name.replace("_", "") if name.endswith("_") else name


def _mend(value: Any, name: str = "") -> None:
    """Throughout: bounds as exact as they are checked, no titles that repeat names, no default that may not be sent."""
    if isinstance(value, list):
        for each in value:
            _mend(each)
        return
    if not isinstance(value, dict):
        return
    if name not in ("properties", "info", "example", "schemas"):
        if isinstance(value.get("title"), str):
            del value["title"]
        for bound in _BOUNDS:
            if isinstance(value.get(bound), float) and value[bound].is_integer():
                value[bound] = min(int(value[bound]), MOST_ID)
        if "default" in value and value["default"] is None:
            del value["default"]
    for key, each in value.items():
        _mend(each, key)


def _describe(name: str, schema: dict[str, Any]) -> None:
    if name.startswith("PageOf") and name != "PageOfSome":
        schema["description"] = "One page of a list."
    elif name.startswith("Items"):
        schema["description"] = "All of a short list."
    schema["description"] = schema.get("description", "").replace("``", "`")
    for field, about in schema.get("properties", {}).items():
        words = glossary.WORDS.get(f"{name}.{field}") or about.get("description") or glossary.WORDS.get(field)
        if words:
            about["description"] = words


def _complete(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    key = operation["operationId"]
    operation["summary"] = re.split(r"[.:;](?:\s|$)", operation["description"], maxsplit=1)[0]
    for parameter in operation.get("parameters", []):
        _state(parameter)
    if "requestBody" in operation and key in examples.SENT:
        sent = {name: {"value": value} for name, value in examples.SENT[key].items()}
        operation["requestBody"]["content"][JSON]["examples"] = sent
    responses = operation["responses"]
    responses.pop("422", None)  # FastAPI's, which is never answered
    for status, response in responses.items():
        if response["description"] == "Successful Response":
            response["description"] = _SUCCESSES[status]
        named = [_OF_STATUS[status]] if status in _OF_STATUS else _of_success(key, status, response, schemas)
        if named:
            always = "anyOf" not in response.get("content", {}).get(JSON, {}).get("schema", {})  # a list has no version
            response["headers"] = {name: {"required": always, **_HEADERS[name]} for name in named}
        _show(status, response, schemas)
    operation["responses"] = dict(sorted(responses.items()))


def _state(parameter: dict[str, Any]) -> None:
    """A parameter is there or not; null is nothing that could be sent."""
    schema = parameter["schema"]
    choices = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    elif choices:
        schema["anyOf"] = choices
    known = {"path": glossary.PLACES, "query": glossary.FILTERS}.get(parameter["in"], {})
    words = parameter.get("description") or known.get(parameter["name"], "")
    parameter["description"] = schema["description"] = words  # readers look at the one, generators at the other
    if parameter["in"] == "path":
        parameter["example"] = 1


def _of_success(key: str, status: str, response: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """The headers of an answer that is no error."""
    if status not in ("200", "201"):
        return []
    if key == "export_report":
        return ["Content-Disposition"]
    named = ["Location"] if key in _LOCATED else []
    if key in _VALIDATED or {"id", "version"} <= set(_schema_of(response, schemas).get("properties", {})):
        named.append("ETag")
    return named


def _schema_of(response: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas.get(_name_of(response), {})
    return found


def _name_of(response: dict[str, Any]) -> str:
    """The first schema that an answer can have."""
    schema = response.get("content", {}).get(JSON, {}).get("schema", {})
    first = schema.get("anyOf", [schema])[0]
    return str(first.get("$ref", "")).rpartition("/")[2]


def _show(status: str, response: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give an answer its examples."""
    name = _name_of(response)
    if name == "Problem":
        shown = examples.PROBLEMS[int(status)]
        response["content"][JSON]["examples"] = {code: {"value": value} for code, value in shown.items()}
        return
    item = schemas.get(name, {}).get("properties", {}).get("items", {}).get("items", {}).get("$ref", "")
    of = item.rpartition("/")[2]
    if name in examples.ANSWERED:
        response["content"][JSON]["example"] = examples.ANSWERED[name]
    elif of in examples.ANSWERED:
        page = {"next_cursor": None} if name.startswith("PageOf") else {}
        response["content"][JSON]["example"] = {"items": [examples.ANSWERED[of]], **page}
