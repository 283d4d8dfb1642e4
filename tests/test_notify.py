"""``coresafe notify`` as a timer runs it: real processes, a real mail server, exit codes, one clear line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from coresafe.services import registry
from coresafe.services.database import Database
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.inventory import SetBase, set_base
from tests.mail import Post, serving
from tests.test_cli import Shell, empty, shell
from tests.worlds import make_people

__all__ = ["empty", "shell"]


@pytest.fixture
def post() -> Iterator[Post]:
    with serving(Post()) as served:
        yield served


@pytest.fixture
def late(empty: Shell, post: Post) -> Shell:
    """A database with one dispatch that is overdue, and the settings of a mail server."""
    empty.good("db", "upgrade")
    database = Database(f"sqlite:///{empty.home / 'data' / 'coresafe.db'}")
    try:
        who = make_people(database).manager
        company = registry.add_company(who, registry.AddCompany(name="Ashanti Gold"))
        project = registry.add_project(who, registry.AddProject(code="ARG", name="Ridge", company_id=company.id))
        set_base(who, SetBase(tray_size="HQ", base_quantity=20, reason="first count"))
        dispatch_trays(
            who,
            DispatchTrays(
                company_id=company.id,
                project_id=project.id,
                driver="Kofi",
                technician="Ama",
                dispatched_at=datetime.now(UTC) - timedelta(days=20),
                reason="found the slip",
                lines=[WantedLine(tray_size="HQ", quantity=4)],
            ),
        )
    finally:
        database.close()
    empty.environment |= {
        "CORESAFE_SMTP_HOST": "127.0.0.1",
        "CORESAFE_SMTP_PORT": str(post.port),
        "CORESAFE_SMTP_TLS": "none",
        "CORESAFE_SMTP_FROM": "coresafe@mine.example",
        "CORESAFE_SMTP_TO": "shed@mine.example",
    }
    return empty


def test_it_is_sent_once_a_day_printed_without_sending_and_sent_again_when_told(late: Shell, post: Post) -> None:
    printed = late.good("notify", "--dry-run")
    assert "Ashanti Gold: 4 HQ on 1 dispatch" in printed
    assert json.loads(late.good("notify", "--dry-run", "--json"))["overdue"]["dispatches"] == 1
    assert post.messages == []
    assert "was sent to shed@mine.example: 1 overdue dispatch." in late.good("notify")
    assert "was sent already, so nothing was sent" in late.good("notify")
    assert len(post.messages) == 1
    assert "was sent to shed@mine.example" in late.good("notify", "--again")
    assert len(post.messages) == 2
    assert "Everything fits." in late.good("db", "check")


def test_what_is_wrong_is_one_line_and_the_next_run_sends_it(late: Shell, post: Post) -> None:
    assert "Set CORESAFE_SMTP_TO." in late.bad("notify", CORESAFE_SMTP_TO="")
    assert "takes addresses such as" in late.bad("notify", CORESAFE_SMTP_TO="nobody")
    assert "must be one of starttls, tls, none" in late.bad("notify", CORESAFE_SMTP_TLS="maybe")
    assert "CORESAFE_SMTP_PORT" in late.bad("notify", CORESAFE_SMTP_PORT="99999")
    assert "cannot be reached" in late.bad("notify", CORESAFE_SMTP_PORT="1")
    post.refuse = {"boss@mine.example"}
    said = late.bad("notify", CORESAFE_SMTP_TO="shed@mine.example,boss@mine.example")
    assert "takes nothing for boss@mine.example; the others got it." in said
    assert len(post.messages) == 1
    assert late.run("notify", "--no-such-option").returncode == 2


def test_nothing_overdue_is_nothing_sent(empty: Shell, post: Post) -> None:
    assert "There is no database yet." in empty.bad("notify")
    empty.good("db", "upgrade")
    assert "The digest is not set up." in empty.bad("notify")
    assert empty.good("notify", "--dry-run") == "Nothing is overdue.\n"
