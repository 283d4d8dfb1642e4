"""Many at once: threads of one program, or programs of their own, let go at the same instant."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coresafe.models.enums import Door
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database

#: Longer than anything here takes; a test that waits so long has failed.
LONG = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one of them."""

    answer: Any = None
    error: Exception | None = None


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Outcome]:
    """Run every call in a thread of its own, all let go together; their outcomes in order."""
    gate = threading.Barrier(len(calls))
    outcomes: list[Outcome] = [Outcome()] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        gate.wait(LONG)
        try:
            outcomes[index] = Outcome(answer=call())
        except Exception as error:  # noqa: BLE001 - told to the test, which judges it
            outcomes[index] = Outcome(error=error)

    threads = [threading.Thread(target=run, args=(i, call), name=f"crowd {i}") for i, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive(), "one of them hangs"
    return outcomes


def tally(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How many were done and how many were refused, by the name of the refusal."""
    return Counter(type(outcome.error).__name__ if outcome.error else "done" for outcome in outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What a program of its own needs to act as a person: where the database is, and who he is."""

    url: str
    actor: Actor
    machine: str

    @classmethod
    def of(cls, context: Context, machine: str = "second-pc") -> Seat:
        """The seat of a signed-in person."""
        url = context.database.url.render_as_string(hide_password=False)
        return cls(url=url, actor=context.actor, machine=machine)

    def take(self) -> Context:
        """Open the database anew, as the other program does."""
        return Context(database=Database(self.url), actor=self.actor, door=Door.WINDOW, machine=self.machine)


def _program(work: Callable[..., Any], seat: Seat, gate: Any, answers: Any, args: tuple[Any, ...]) -> None:
    context = seat.take()
    try:
        gate.wait(LONG)
        answers.send(work(context, *args))
    finally:
        context.database.close()
        answers.close()


class Program:
    """One program of its own, running ``work(context, *args)``; ``answer`` waits for what it returns."""

    def __init__(self, work: Callable[..., Any], seat: Seat, gate: Any, args: tuple[Any, ...]) -> None:
        self._gate = gate  # the barrier lives as long as a program may still come to it
        self._receiving, sending = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_program, args=(work, seat, gate, sending, args), daemon=True)
        self._process.start()
        sending.close()

    def answer(self) -> Any:
        """What it returned. Raises AssertionError where it died or hangs."""
        assert self._receiving.poll(LONG), "a program hangs"
        try:
            answer = self._receiving.recv()
        except EOFError:
            self._process.join(LONG)
            raise AssertionError(f"a program died with {self._process.exitcode}") from None
        self._process.join(LONG)
        assert self._process.exitcode == 0
        return answer


_SPAWN = multiprocessing.get_context("spawn")


def programs(work: Callable[..., Any], seats: Sequence[Seat], args: Sequence[tuple[Any, ...]]) -> list[Program]:
    """Start a program for each seat; they begin together once all are ready. ``work`` is a function of a module."""
    gate = _SPAWN.Barrier(len(seats))
    return [Program(work, seat, gate, arg) for seat, arg in zip(seats, args, strict=True)]
