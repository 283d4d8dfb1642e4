"""The messages port tells three kinds of failure apart."""

from __future__ import annotations

import logging

import pytest

from coresafe.errors import Busy, Cancelled, DatabaseUnavailable, NotFound, ValidationFailed
from coresafe.ui.messages import Level, Message, Messages


@pytest.fixture
def said(qapp: object) -> tuple[Messages, list[Message]]:
    messages = Messages()
    posted: list[Message] = []
    messages.posted.connect(posted.append)
    return messages, posted


def blunder() -> BaseException:
    try:
        raise KeyError("nothing")
    except KeyError as error:
        return error


def test_a_persons_failure_is_said_in_its_own_words(said) -> None:
    messages, posted = said
    messages.report(NotFound("There is no dispatch D-2026-000123."), "Open dispatch")
    assert posted[0].text == "There is no dispatch D-2026-000123."
    assert posted[0].level is Level.ERROR
    assert posted[0].choices == ()
    assert "NOT_FOUND" in posted[0].details


def test_the_worlds_failure_offers_to_try_again(said) -> None:
    messages, posted = said
    tried: list[int] = []
    messages.report(Busy("Somebody else holds the stock."), again=lambda: tried.append(1))
    (choice,) = posted[0].choices
    assert choice.text == "Try again"
    choice.do()
    assert tried == [1]


def test_trouble_of_many_pages_shares_one_place_but_a_save_in_doubt_has_its_own(said) -> None:
    messages, posted = said
    messages.report(DatabaseUnavailable("The server does not answer."))
    messages.report(DatabaseUnavailable("The server does not answer."))
    messages.report(DatabaseUnavailable("The connection was cut.", in_doubt=True), again=lambda: None)
    assert [message.key for message in posted] == ["trouble", "trouble", "doubt"]
    assert "not be done twice" in posted[2].hint


def test_cancelled_is_silent(said) -> None:
    messages, posted = said
    assert messages.report(Cancelled()) is None
    assert posted == []


@pytest.mark.expects_log("unexpected error [0-9a-f]{8}: Open dispatch")
def test_a_mistake_of_ours_is_logged_each_time_and_shown_once_without_a_trace(said, caplog) -> None:
    messages, posted = said
    with caplog.at_level(logging.ERROR, logger="coresafe.ui"):
        messages.report(blunder(), "Open dispatch")
        messages.report(blunder(), "Open dispatch")
    assert len(caplog.records) == 2
    assert all(record.exc_info for record in caplog.records)
    assert len(posted) == 1
    assert "Traceback" not in posted[0].copied
    assert "You can go on working" in posted[0].text
    reference = posted[0].details.splitlines()[0].rsplit(" ", 1)[1]
    assert reference in caplog.records[0].getMessage()


def test_the_copy_holds_everything(said) -> None:
    messages, posted = said
    messages.report(ValidationFailed.of("quantity", "Too many trays."))
    assert "Too many trays." in posted[0].copied
    assert "VALIDATION_ERROR" in posted[0].copied


def test_a_question_calls_only_on_yes(said) -> None:
    messages, posted = said
    answers: list[str] = []
    messages.ask("Void this dispatch?", yes="Void it", do=lambda: answers.append("void"))
    yes, no = posted[0].choices
    no.do()
    assert answers == []
    yes.do()
    assert answers == ["void"]
