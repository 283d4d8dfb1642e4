"""The one boundary: a use case is a flat function, decorated with ``@reads`` or ``@writes``.

The decorator checks who asks and what he may, opens and ends the transaction, claims the operation id, writes the audit
entries, translates the driver's errors, and tries again after a deadlock, a lock time-out or a lost connection: always
with a fresh transaction under the same operation id. A body may therefore run more than once and must do nothing but
talk to the database through its ``tx``.
"""

from __future__ import annotations

import functools
import random
import time
import uuid
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError

from coresafe.errors import Bug, DatabaseUnavailable, Trouble, UserError, ValidationFailed
from coresafe.services import failures, ledger, operations
from coresafe.services.context import Context
from coresafe.services.database import ANSWER_SECONDS
from coresafe.services.permissions import Permission
from coresafe.services.work import Reading, Writing

P = ParamSpec("P")
C = TypeVar("C")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
C_contra = TypeVar("C_contra", contravariant=True)

#: Bounds of trying again: so many times, and not beyond so many seconds.
ATTEMPTS = 12
PATIENCE_SECONDS = 20.0
#: A page that cannot be read says so soon, and is read again by whoever shows it.
READ_PATIENCE_SECONDS = 3.0


class WriteUseCase(Protocol[C_contra, R_co]):
    """A decorated write: ``use_case(context, command, operation_id=None)``; ``permission`` is what it needs."""

    permission: Permission

    def __call__(self, context: Context, command: C_contra, operation_id: uuid.UUID | str | None = None) -> R_co:
        """Run it."""
        ...


class ReadUseCase(Protocol[P, R_co]):
    """A decorated read: called with the context and what the body takes after ``tx``."""

    permission: Permission

    def __call__(self, context: Context, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run it."""
        ...


def reads(
    permission: Permission, *, snapshot: bool = False
) -> Callable[[Callable[Concatenate[Reading, P], R]], ReadUseCase[P, R]]:
    """Make a read use case. ``snapshot``: all its statements see one moment (proofs, reports, exports)."""

    def decorate(body: Callable[Concatenate[Reading, P], R]) -> ReadUseCase[P, R]:
        @functools.wraps(body)
        def use_case(context: Context, *args: P.args, **kwargs: P.kwargs) -> R:
            def attempt() -> R:
                database = context.database
                connected = database.snapshot() if snapshot else database.connect(within=ANSWER_SECONDS)
                with connected as connection:
                    tx = Reading(context, connection, permission)
                    try:
                        answer = body(tx, *args, **kwargs)
                    except UserError:
                        tx.require_checked()  # who may not ask is told so before what is wrong with the question
                        raise
                    tx.require_checked()
                    return answer

            return persist(attempt, patience=READ_PATIENCE_SECONDS)

        use_case.permission = permission  # type: ignore[attr-defined]
        return use_case  # type: ignore[return-value]

    return decorate


def writes(permission: Permission, *, stock: bool = False) -> Callable[[Callable[[Writing, C], R]], WriteUseCase[C, R]]:
    """Make a write use case. ``stock``: its operation id is kept for ever (domain: Operation ids)."""

    def decorate(body: Callable[[Writing, C], R]) -> WriteUseCase[C, R]:
        action = body.__name__

        @functools.wraps(body)
        def use_case(context: Context, command: C, operation_id: uuid.UUID | str | None = None) -> R:
            def make_claim() -> operations.Claim:  # the first one of a program reads the installation's key
                return operations.Claim.make(context, action, command, operation_id, permission=permission, stock=stock)

            try:
                claim = persist(make_claim, patience=context.patience)
            except ValidationFailed:
                require_allowed(context, permission)  # who may not ask is told that first
                raise

            def attempt() -> R:
                try:
                    return _write_once(context, permission, claim, body, command)
                except ledger.LookClosely:
                    return _write_once(context, permission, claim, body, command, careful=True)

            return persist(attempt, patience=context.patience)

        use_case.permission = permission  # type: ignore[attr-defined]
        return use_case  # type: ignore[return-value]

    return decorate


def require_allowed(context: Context, permission: Permission) -> None:
    """Refuse a user who may not, before it is told what is wrong with what he asked.

    Raises Unauthenticated, Forbidden, DatabaseUnavailable.
    """
    persist(lambda: _require_allowed(context, permission), patience=READ_PATIENCE_SECONDS)


def _require_allowed(context: Context, permission: Permission) -> None:
    with context.database.connect(within=ANSWER_SECONDS) as connection:
        Reading(context, connection, permission).require_checked()


def _write_once(
    context: Context,
    permission: Permission,
    claim: operations.Claim,
    body: Callable[[Writing, C], R],
    command: C,
    *,
    careful: bool = False,
) -> R:
    """One attempt, committed or rolled back whole."""
    with context.database.connect() as connection:
        context.database.begin_write(connection)
        committing = False
        try:
            if not operations.claim(connection, claim):
                connection.rollback()
                first: R = operations.first_answer(connection, claim, body)
                return first
            tx = Writing(context, connection, permission, claim.operation_id, careful=careful)
            answer = body(tx, command)
            tx.write_audit()
            operations.keep_answer(connection, claim, body, answer)
            committing = True
            connection.commit()
        except BaseException as error:
            _roll_back(connection, error)
            if committing and failures.is_lost(error):
                raise _InDoubt from error
            raise
    context.database.after_commit()
    return answer


class _InDoubt(Exception):  # a signal between two functions of this file
    """The commit was sent and its answer never came; its cause is the driver's error."""


def _roll_back(connection: Any, error: BaseException) -> None:
    """Undo; a connection that is lost, or leads to a server that takes no writes, is thrown away with its pool."""
    if failures.is_lost(error) or not isinstance(error, Exception):
        connection.invalidate()
        return
    try:
        connection.rollback()
    except DBAPIError:
        connection.invalidate()


def persist(attempt: Callable[[], R], *, patience: float | None = None) -> R:
    """Run ``attempt`` until it succeeds, is refused, or the bound is reached; errors come out translated."""
    in_doubt = False
    give_up_at = time.monotonic() + (PATIENCE_SECONDS if patience is None else patience)
    for tries in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except UserError:
            raise
        except Exception as raised:
            error: Exception = raised
            if isinstance(error, _InDoubt):
                in_doubt = True
                error = error.__cause__  # type: ignore[assignment]
            lost = failures.is_lost(error)
            again = lost or failures.is_contention(error)
            pause = _pause(tries, lost)
            if not again or tries == ATTEMPTS or time.monotonic() + pause > give_up_at:
                told = failures.translated(error, in_doubt=in_doubt)
                if told is None:
                    raise
                raise told from error
            time.sleep(pause)
    raise Bug("the bound of attempts was passed")  # pragma: no cover  # the loop always returns or raises


def _pause(tries: int, lost: bool) -> float:
    """Seconds before the next attempt: soon after a deadlock, patient while a server is away; never in step."""
    base: float = min(2.0, 0.1 * 2.0 ** (tries - 1)) if lost else min(0.25, 0.01 * 2.0 ** (tries - 1))
    return base * random.uniform(0.5, 1.0)  # noqa: S311  # spreading clients, not a secret


__all__ = ["DatabaseUnavailable", "Trouble", "WriteUseCase", "reads", "writes"]
