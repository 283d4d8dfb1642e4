"""The day's digest: what it says, once a day, and what a mail server may have against it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from coresafe.config import Settings
from coresafe.errors import Trouble, UserError
from coresafe.models import Setting
from coresafe.services import digest
from coresafe.services.audit_trail import list_audit
from coresafe.services.chasing import AddChase, add_chase
from coresafe.services.digest import Mail, mailing
from coresafe.services.digest.message import counted, html_of, text_of
from coresafe.services.listing import Query
from coresafe.services.registry import ChangeCompany, change_company, get_company
from tests.mail import PASSWORD, USER, Post, make_certificate, serving
from tests.services.kinds import on_every_database
from tests.worlds import World


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return make_certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def post() -> Iterator[Post]:
    with serving(Post()) as served:
        yield served


@pytest.fixture(autouse=True)
def nothing_told(people: Any) -> None:
    """The database is shared: no test finds the day of another."""
    table = Setting.__table__
    with people.database.writing() as connection:
        connection.execute(sa.delete(table).where(table.c.name == "digest"))


@pytest.fixture
def late(world: World) -> World:
    """Two dispatches of one company are overdue, with words that would run in a browser."""
    slip: dict[str, Any] = {"who": world.manager, "reason": "found the slip"}
    at = datetime.now(UTC) - timedelta(days=20)
    row = world.dispatch(hq=4, nq=1, dispatched_at=at, driver="<b>Yaw & Söhne</b>", **slip)
    world.dispatch(hq=2, dispatched_at=at + timedelta(days=5), **slip)
    add_chase(world.manager, AddChase(dispatch_id=row.id, called="Kojo", note="Friday,\nperhaps."))
    company = get_company(world.manager, world.company_id)
    change_company(
        world.manager,
        ChangeCompany(company_id=company.id, version=company.version, contact_phone="+233 30 1"),
    )
    return world


def mail(post: Post, **changes: Any) -> Mail:
    given: dict[str, Any] = {
        "host": "127.0.0.1", "port": post.port, "sender": "coresafe@mine.example",
        "to": ("shed@mine.example", "boss@mine.example"), "tls": post.tls,
    }  # fmt: skip
    return Mail(**{**given, **changes})


def trouble(call: Callable[[], object]) -> str:
    with pytest.raises(Trouble) as found:
        call()
    assert found.value.message.endswith("Nothing was sent.")
    return found.value.message


@on_every_database
def test_one_mail_a_day_says_what_is_overdue_by_company_in_text_and_html(late: World, post: Post) -> None:
    notice = digest.notify(late.database, mail(post))
    assert notice.sent_to == ("shed@mine.example", "boss@mine.example")
    assert post.recipients == [["shed@mine.example", "boss@mine.example"]]
    message = post.messages[0]
    assert message["Subject"].strip() == f"Trays overdue on {notice.day}: {counted(notice.overdue)}"
    assert message["Auto-Submitted"] == "auto-generated" and message["Message-ID"]
    plain, rich = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and rich is not None
    text, html = plain.get_content(), rich.get_content()
    company = get_company(late.manager, late.company_id).name
    assert f"{company}: 6 HQ, 1 NQ on 2 dispatches" in text
    assert "+233 30 1" in text
    assert "4 HQ, 1 NQ" in text and "overdue for 13 days; last call:" in text and "Kojo: Friday, perhaps." in text
    assert "driver <b>Yaw & Söhne</b>" in text
    assert "&lt;b&gt;Yaw &amp; Söhne&lt;/b&gt;" in html and "<b>Yaw" not in html
    again = digest.notify(late.database, mail(post))
    assert again.already and len(post.messages) == 1
    digest.notify(late.database, mail(post), again=True)
    assert len(post.messages) == 2
    entries = list_audit(late.manager, Query(filters={"record_type": "setting", "record_id": "digest"})).items
    assert (entries[0].new or {})["state"] == "sent"
    assert (entries[0].door.value, entries[0].user) == ("command line", None)


@on_every_database
def test_what_could_not_be_sent_is_sent_by_the_next_run(late: World, post: Post) -> None:
    post.refuse_message = "554 looks like spam"
    assert "554 looks like spam" in trouble(lambda: digest.notify(late.database, mail(post)))
    post.refuse_message = ""
    assert digest.notify(late.database, mail(post)).sent_to
    assert len(post.messages) == 1


def test_two_runs_at_once_send_one_mail(late: World, post: Post) -> None:
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        try:
            outcomes.append(digest.notify(late.database, mail(post)).already)
        except UserError as error:
            outcomes.append(error.message)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(post.messages) == 1
    assert min(map(str, outcomes)) == "False"


def test_where_several_sheds_are_concerned_each_dispatch_says_its_own(late: World) -> None:
    overdue = digest.look(late.database).overdue
    company = next(each for each in overdue.companies if each.company_id == late.company_id)
    mine = replace(overdue, companies=(company,))
    assert ", from " not in text_of(mine, day="2026-11-25", where="here")
    elsewhere = replace(company, rows=(replace(company.rows[0], shed="North <shed>"), *company.rows[1:]))
    both = replace(overdue, companies=(elsewhere,))
    assert ", from North <shed>" in text_of(both, day="2026-11-25", where="here")
    assert "North &lt;shed&gt;" in html_of(both, day="2026-11-25", where="here")


def test_looking_sends_nothing_and_takes_no_day(late: World, post: Post) -> None:
    assert digest.look(late.database).overdue.dispatches >= 2
    assert post.messages == []
    assert not digest.notify(late.database, mail(post)).already


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_the_line_is_secret_and_the_certificate_is_looked_at(
    late: World, certificate: tuple[Path, ssl.SSLContext], tls: str
) -> None:
    ca, context = certificate
    with serving(Post(tls=tls, login=True, context=context)) as post:
        signed_in: dict[str, Any] = {"user": USER, "password": PASSWORD, "ca": ca}
        digest.notify(late.database, mail(post, **signed_in))
        assert post.secret == [True]
        said = trouble(lambda: digest.notify(late.database, mail(post, **signed_in | {"ca": None}), again=True))
        assert "cannot be trusted" in said
        wrong = mail(post, **signed_in | {"password": "guess"})
        assert "does not take the user coresafe" in trouble(lambda: digest.notify(late.database, wrong, again=True))
        unsigned = mail(post, ca=ca)
        assert "sign in first" in trouble(lambda: digest.notify(late.database, unsigned, again=True))
    assert len(post.messages) == 1


def test_a_server_that_offers_no_secret_line_gets_nothing(late: World, post: Post) -> None:
    said = trouble(lambda: digest.notify(late.database, mail(post, tls="starttls")))
    assert "does not offer what is needed" in said
    assert "No secret line" in trouble(lambda: digest.notify(late.database, mail(post, tls="tls")))
    assert post.messages == []


def test_addresses_that_are_not_taken_are_named_and_the_others_get_it(late: World, post: Post) -> None:
    post.refuse = {"boss@mine.example"}
    notice = digest.notify(late.database, mail(post))
    assert (notice.sent_to, notice.refused) == (("shed@mine.example",), ("boss@mine.example",))
    post.refuse.add("shed@mine.example")
    said = trouble(lambda: digest.notify(late.database, mail(post), again=True))
    assert "takes nothing for boss@mine.example, shed@mine.example" in said


def test_a_server_that_is_away_or_silent_is_told(late: World, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "PATIENCE", 1.0)
    post.mute = True
    assert "cannot be reached" in trouble(lambda: digest.notify(late.database, mail(post)))
    assert "cannot be reached" in trouble(lambda: digest.notify(late.database, mail(post, host="nowhere.invalid")))
    with serving(Post()) as gone:
        pass
    assert "connection refused" in trouble(lambda: digest.notify(late.database, mail(gone)))


def test_it_is_off_until_it_is_set_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    def refusal(**settings: Any) -> str:
        with pytest.raises(UserError) as found:
            digest.mail_of(Settings(**settings))
        return found.value.message

    assert refusal() == "The digest is not set up. Set CORESAFE_SMTP_HOST, CORESAFE_SMTP_FROM and CORESAFE_SMTP_TO."
    most: dict[str, Any] = {
        "smtp_host": "mail.mine.example",
        "smtp_from": "a@b.example",
        "smtp_to": "c@d.example, e@f.example",
    }
    assert refusal(**most | {"smtp_to": ""}) == "The digest is not set up. Set CORESAFE_SMTP_TO."
    assert refusal(**most, smtp_user="u") == "The digest is not set up. Set CORESAFE_SMTP_PASSWORD."
    assert "for everybody to read" in refusal(**most, smtp_user="u", smtp_password="p", smtp_tls="none")
    found = digest.mail_of(Settings(**most, smtp_user="u", smtp_password="p"))
    assert (found.port, found.tls, found.to) == (587, "starttls", ("c@d.example", "e@f.example"))
    assert "'p'" not in repr(found)
    assert digest.mail_of(Settings(**most, smtp_tls="TLS")).port == 465
    blank: dict[str, Any] = {
        "smtp_port": "",
        "smtp_tls": "",
        "smtp_password": "",
    }  # as a container passes on what is not set
    assert digest.mail_of(Settings(**most, **blank)).port == 587
    assert digest.mail_of(Settings(**most, smtp_tls="none", smtp_port=2525)).port == 2525


def test_the_password_of_the_keyring_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    asked: list[tuple[str, str]] = []

    def kept(account: str, service: str) -> str:
        asked.append((account, service))
        return "from the ring"

    monkeypatch.setattr(mailing, "keyring_password", kept)
    given: dict[str, Any] = {"smtp_host": "m.example", "smtp_from": "a@b.example", "smtp_to": "c@d.example"}
    settings = Settings(**given, smtp_user="u")
    assert digest.mail_of(settings).password == "from the ring"
    assert asked == [("u@m.example", "CoreSafe mail")]
