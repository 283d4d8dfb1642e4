"""The OpenAPI document held against a real server by Schemathesis: what it promises is done, what it excludes is refused.

Every operation is called with its examples, with the edges of every field, and with what Hypothesis makes up, as the
administrator, so that nothing is hidden behind 403. All of Schemathesis's checks are on. ``FUZZ_EXAMPLES=300`` before
pytest, and ``--timeout 3000`` after it, looks longer.
"""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, CheckContext, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.jsonschema import make_validator_for
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.generation.case import Case
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext
from schemathesis.openapi.checks import RejectedPositiveData

from coresafe.api.app import create_app
from coresafe.api.limits import Limiter
from coresafe.models.enums import Role
from coresafe.services import passwords
from coresafe.services.database import Database
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.sessions import start_session
from tests.api.desk import KEY, Serving
from tests.databases import Databases
from tests.worlds import PASSWORD, World, a_user, make_people, make_world

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
LONG = "FUZZ_EXAMPLES" in os.environ
SEEDS = 40 if LONG else 4
#: One number in so many stays what was made up; the others refer to something that is there.
_AS_IT_IS = 4
_MOST_ID = 2**63 - 1

#: What the document cannot say of a well-formed request, each with what it is: the interface answers these with 400 (or
#: 409, which Schemathesis accepts by itself).
_SEMANTIC = {
    r"^There is no such |^There is no tray size ": "a reference to nothing",
    r"is inactive|is completed|is abandoned|is not in use": "a reference to something that is not in use",
    r"belongs to another company|does not belong to project|^D-\d+-\d+ left from ": "references that do not fit together",
    r"lies in the future|must lie between \d+ and 2200|is not a date and time that can be used": "when things happen",
    r"lies before the dispatch|^The period ends before": "what must come after what",
    r"^This happened more than": "what happened long ago takes a reason",
    r"must be less than to depth|lies beyond the end of hole|has no interval|depth is missing": "the rules of intervals",
    r"^No .* trays were on|^Nothing comes back in this return": "what a dispatch did not send",
    r"stands in two lines|is named twice|stands twice in": "two of the same",
    r"^The version (of .* )?is missing": "it may be in the body or in If-Match; of a tray size that is there it is needed",
    r"^The version in the body and the one in If-Match differ": "two versions",
    r"^Only a recovery|^Name the dispatch on which|goes (to|from): ": "what a kind of move takes",
    r"of a dispatch never changes": "what of a dispatch stays",
    r"^The password |^Everybody tries that|^That is (not )?your ": "the rules of passwords",
    r"is not an e-mail address": "which addresses there can be is said in RFC 5321, not in a pattern",
    r"is not a time zone": "the list of IANA",
    r"^This page cannot be found again": "a cursor is what an answer said",
    r"^There is no field ": "what `fields` may name",
    r"characters long; at most": "composing (NFC) made a text longer",
    r"cannot be used as a name": "a name that nothing is left of in its key",
}


class Target:
    """The server under test, its world, and the current numbers of its rows."""

    def __init__(self, database: Database) -> None:
        self.people = make_people(database)
        self.world: World = make_world(self.people)
        for size in ("HQ", "NQ"):
            set_base(
                self.people.manager,
                SetBase(tray_size=size, base_quantity=500_000, reason="first count", shed_id=self.world.shed_id),
            )
        #: Whose role, password and sessions the run may change: never the administrator's that it works as.
        self.victim = a_user(self.people.admin, Role.OPERATOR, "victim")
        app = create_app(database, KEY)
        # How often one address may sign in is tried elsewhere; here it would hide what is behind it.
        app.state.coresafe.anonymous = Limiter(per_minute=10**9, at_once=10**9)
        app.state.coresafe.registering = Limiter(per_minute=10**9, at_once=10**9)
        self.serving = Serving(app).start()
        self.caller = self.serving.caller(self.token())
        self._dispatch = 0
        self._numbers = itertools.count(1)

    def token(self) -> str:
        """A token of the administrator, of a session of its own."""
        return start_session(self.people.admin, KEY).access_token

    def close(self) -> None:
        self.caller.close()
        self.serving.stop()
        self.people.database.close()

    # -- what requests refer to -------------------------------------------------------------------------------------

    def open_dispatch(self) -> int:
        """A dispatch with trays out."""
        lines = self.world.read(self._dispatch).lines if self._dispatch else ()
        if not lines or min(line.outstanding for line in lines) < 5:
            self._dispatch = self.world.dispatch(hq=40, nq=40).id
        return self._dispatch

    def a_return(self) -> int:
        row = self.world.give_back(self.open_dispatch(), hq=1)
        return row.returns[-1].id

    def a_resolution(self) -> int:
        row = self.world.lose(self.world.read(self.open_dispatch()), hq=1)
        return row.resolutions[-1].id

    def refer(self, case: Case, *, places: bool = True) -> None:
        """Let three of four references refer to something that is there, and versions be the current ones.

        Only what is well formed is exchanged: what was made to be refused stays what it is. ``places``: in paths and
        queries too, not only in bodies.
        """
        known: dict[str, Callable[[], int]] = {
            "company_id": lambda: self.world.company_id,
            "project_id": lambda: self.world.project_id,
            "drillhole_id": lambda: self.world.hole_id,
            "shed_id": lambda: self.world.shed_id,
            "user_id": lambda: self.victim.actor.user_id,
            "dispatch_id": self.open_dispatch,
            "return_id": self.a_return,
            "resolution_id": self.a_resolution,
        }
        # Rows that may be changed and deleted are not those that dispatches need.
        changed = {
            "company_id": lambda: self.world.other_company_id,
            "project_id": lambda: self.world.other_project_id,
            "drillhole_id": lambda: self.world.other_hole_id,
            "shed_id": lambda: 1,
        }
        for place, referred in ((case.path_parameters, known | changed), (case.query, known)):
            if places and isinstance(place, dict):
                for name, value in place.items():
                    if name in referred and _is_id(value):
                        place[name] = referred[name]()
        _uncover(case)
        if not isinstance(case.body, (dict, list)):
            return
        for body in case.body if isinstance(case.body, list) else [case.body]:
            if isinstance(body, dict):
                self._refer_body(case, body, known)

    def _refer_body(self, case: Case, body: dict[str, Any], known: dict[str, Callable[[], int]]) -> None:
        for name, value in body.items():
            if name in known and not isinstance(value, str) and _is_id(value):
                body[name] = known[name]()
        sizes = itertools.cycle(("HQ", "NQ"))
        lines = body.get("lines")
        for line in [body, *(lines if isinstance(lines, list) else [])]:
            if isinstance(line, dict) and _is_code(line.get("tray_size")):
                line["tray_size"] = next(sizes)
        if (
            not isinstance(body.get("version"), str)
            and _is_id(body.get("version"))
            and case.method == "PUT"
            and "{" in case.path
        ):
            row = self.caller.get(case.formatted_path.removeprefix("/api/v1"))
            if row.status_code == 200:
                body["version"] = row.json()["version"]


def _uncover(case: Case) -> None:
    """Leave out what is refused with every other field: made-up cursors and names of fields, a second version."""
    query, headers = case.query, case.headers
    if isinstance(query, dict) and len(query) > 1:
        for name in ("cursor", "fields"):
            if isinstance(query.get(name), str) and len(query[name]) <= 2000:
                del query[name]
    stated = isinstance(case.body, dict) and _is_id(case.body.get("version"))
    if stated and headers and re.fullmatch('"?[0-9]{1,10}"?', str(headers.get("If-Match", ""))):
        del headers["If-Match"]
    key = case.operation.definition.raw["operationId"]
    if key == "change_password" and isinstance(case.body, dict):
        current = case.body.get("current_password")
        if isinstance(current, str) and 0 < len(current) <= 200 and len(current) % _AS_IT_IS:
            case.body["current_password"] = PASSWORD


def _is_id(value: object) -> bool:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and 1 <= value <= _MOST_ID
        and value % _AS_IT_IS != 0
    )


def _is_code(value: object) -> bool:
    about = schema.raw_schema["components"]["schemas"]["DispatchLine"]["properties"]["tray_size"]
    return (
        isinstance(value, str)
        and 0 < len(value) <= about["maxLength"]
        and re.search(about["pattern"], value) is not None
    )


@pytest.fixture(scope="module")
def target(databases: Databases) -> Iterator[Target]:
    """A server over a database of its own: fuzzing leaves nothing as it was."""
    with pytest.MonkeyPatch.context() as patch:
        # What a password costs is tried elsewhere; here hundreds are sent.
        patch.setattr(passwords, "ROUNDS", 4)
        patch.setattr(passwords, "NOBODY", passwords.hash_password("nobody's"))
        made = Target(Database(databases.new("mysql")))
        yield made
        made.close()


# -- the document -----------------------------------------------------------------------------------------------------


def _load() -> Any:
    config = SchemathesisConfig()
    config.projects.default.generation.update(max_examples=EXAMPLES)
    return schemathesis.openapi.from_dict(create_app(None, KEY).openapi(), config=config)  # type: ignore[arg-type]


schema = _load()
load_all_checks()


def _problems(response: Response) -> list[str]:
    try:
        found = response.json()
    except ValueError:
        return []
    return [error["message"] for error in found.get("errors", [])] if isinstance(found, dict) else []


@schema.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether a failure is one."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        told = _problems(response)
        return not told or any(not any(re.search(words, each) for words in _SEMANTIC) for each in told)
    if isinstance(failure, AcceptedNegativeData):
        return not _fits_once_trimmed(case) and not _only_lacked_authorization(case, response)
    return True


def _fits_once_trimmed(case: Case) -> bool:
    """Whether what was made wrong is right as it is kept: trimmed and composed (interfaces: Conventions)."""

    def kept(value: Any) -> Any:
        if isinstance(value, str):
            return unicodedata.normalize("NFC", value).strip()
        if isinstance(value, dict):
            return {name: kept(each) for name, each in value.items()}
        return [kept(each) for each in value] if isinstance(value, list) else value

    body = case.operation.get_body_for_media_type(case.media_type)
    if body is None or kept(case.body) == case.body:
        return False
    return bool(make_validator_for(body.optimized_schema).is_valid(kept(case.body)))


def _only_lacked_authorization(case: Case, response: Response) -> bool:
    """Whether nothing is wrong with what was sent: `Authorization` is added to all, and an empty list is no parameter."""
    mutations = getattr(case.meta.phase.data, "mutations", ()) if case.meta else ()
    sent = set(parse_qs(urlparse(response.request.url or "").query, keep_blank_values=True))
    declared = {parameter.name for parameter in case.operation.query}
    return bool(mutations) and all(
        (each.parameter_location is ParameterLocation.HEADER and each.parameter == "Authorization")
        or (each.parameter_location is ParameterLocation.QUERY and each.parameter is None and sent <= declared)
        for each in mutations
    )


def _whole_page(ctx: CheckContext, response: Response, case: Case) -> None:
    """A list that was not asked for some of its fields answers whole rows: the document allows both."""
    query = case.query if isinstance(case.query, dict) else {}
    if response.status_code != 200 or case.method != "GET" or "fields" in query:
        return
    answered = case.operation.definition.raw["responses"]["200"].get("content", {}).get("application/json", {})
    choices = answered.get("schema", {}).get("anyOf")
    if choices:
        whole = make_validator_for({**choices[0], "components": schema.raw_schema["components"]})
        problems = list(whole.iter_errors(response.json()))
        assert not problems, problems[0].message


def test_every_check_is_on() -> None:
    """All that Schemathesis has, but for a response time, which says more about the machine than about the program."""
    checks = [check.__name__ for check in CHECKS.get_all()]
    assert {"negative_data_rejection", "positive_data_acceptance", "ignored_auth", "use_after_free"} <= set(checks)
    assert {"ensure_resource_availability", "unsupported_method", "response_headers_conformance"} <= set(checks)
    off = [name for name in checks if not schema.config.checks.get_by_name(name=name).enabled]
    assert off == []


_OWN_SESSION = {
    "logout": "it ends the session that asks",
    "change_password": "it ends every session of whoever asks",
}


def _token_for(case: Case, target: Target, shared: str) -> str:
    """The run's token, or one of a session that may be ended."""
    key = case.operation.definition.raw["operationId"]
    if key == "change_password":
        return start_session(a_user(target.people.admin), KEY).access_token
    return target.token() if key in _OWN_SESSION else shared


@pytest.fixture(scope="module")
def token(target: Target) -> str:
    return target.token()


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_server_does_what_the_document_says(case: Case, target: Target, token: str) -> None:
    target.refer(case)
    headers = {"Authorization": f"Bearer {_token_for(case, target, token)}"}
    case.call_and_validate(
        base_url=f"http://127.0.0.1:{target.serving.port}", headers=headers, additional_checks=[_whole_page]
    )


def test_what_follows_from_an_answer_is_answered_too(target: Target, token: str) -> None:
    """Chains of requests, each made of what the ones before it answered, as Schemathesis reads them from the document.

    A run of chains ends where the server answers otherwise than the first time, because another row is there by then: so
    there are several, each from a seed of its own.
    """

    def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
        target.refer(case, places=False)  # where a request goes follows from the answers before it

    problems: list[str] = []
    done: Counter[str] = Counter()
    schemathesis.hook(before_call)
    try:
        for seed in range(1, 1 + SEEDS):
            found, did = _follow(from_schema(_chained(target, token, seed)).execute())
            problems += found
            done += did
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(before_call)
    assert problems == []
    assert len(done) > 8


def _chained(target: Target, token: str, seed: int) -> Any:
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": f"http://127.0.0.1:{target.serving.port}",
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"max-examples": 30},
            "phases": {name: {"enabled": False} for name in ("examples", "coverage", "fuzzing")},
        }
    )
    chained: Any = schemathesis.openapi.from_dict(schema.raw_schema, config=config)
    for key in _OWN_SESSION:  # they end the session of the chain; they are called above, with sessions of their own
        chained = chained.exclude(operation_id=key)
    chained.hook(filter_failure)
    return chained


def _follow(events: Iterable[Any]) -> tuple[list[str], Counter[str]]:
    """What a run of Schemathesis's found, and which operations did something how often."""
    told: list[str] = []
    done: Counter[str] = Counter()
    for event in events:
        if isinstance(event, ScenarioFinished):
            for checks in event.recorder.checks.values():
                told += [str(each.failure_info.failure) for each in checks if each.failure_info is not None]
            for case_id, interaction in event.recorder.interactions.items():
                if interaction.response is not None and interaction.response.status_code < 300:
                    done[event.recorder.cases[case_id].value.operation.label] += 1
        elif isinstance(event, (NonFatalError, FatalError)):
            told.append(str(event))
    return told, done
