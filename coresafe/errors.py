"""Every error CoreSafe raises on purpose, drawn as a tree.

CoreSafeError
├── UserError                  a person can put it right: calm words, never a traceback
│   ├── ValidationFailed       400 VALIDATION_ERROR        (errors: field and message)
│   ├── Unauthenticated        401 UNAUTHENTICATED
│   │   └── TokenExpired       401 TOKEN_EXPIRED
│   ├── AccountLocked          429 ACCOUNT_LOCKED
│   ├── Forbidden              403 FORBIDDEN
│   ├── NotFound               404 NOT_FOUND
│   └── Conflict               409, what is there does not allow it
│       ├── Duplicate          DUPLICATE
│       ├── InUse              IN_USE
│       ├── StaleVersion       STALE_VERSION               (current: the row as it is now)
│       ├── InsufficientStock  INSUFFICIENT_STOCK          (shortages)
│       ├── AlreadyReturned    ALREADY_RETURNED
│       ├── OverReturn         OVER_RETURN
│       ├── PeriodClosed       PERIOD_CLOSED
│       ├── WrongState         WRONG_STATE
│       │   └── SomeRefused    WRONG_STATE                 (refused: each record and why; nothing was changed)
│       └── OperationIdReused  IDEMPOTENCY_KEY_REUSED
├── Trouble                    the world's fault: trying again may help
│   ├── DatabaseUnavailable    503 DATABASE_UNAVAILABLE    (in_doubt: the commit may have happened)
│   ├── Busy                   503 DATABASE_UNAVAILABLE    (somebody holds what is needed for too long)
│   └── SchemaMismatch         503 DATABASE_UNAVAILABLE    (too old or too new; nothing was touched)
├── Cancelled                  asked for by the person: silent
└── Bug                        our fault: logged with its trace, shown once
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field. ``field`` is a path such as ``lines[0].quantity``."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """A size of which less is there than was asked for. Quantities in trays; ``state`` is the account drawn from."""

    tray_size: str
    requested: int
    available: int
    state: str = "available"


class CoreSafeError(Exception):
    """Base of all. ``message`` is a sentence a person can act on, ``code`` the error code of the HTTP API."""

    code = "INTERNAL_ERROR"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def details(self) -> dict[str, Any]:
        """What a program needs to recover, ready for JSON; empty where nothing helps."""
        return {}


class UserError(CoreSafeError):
    """Something a person can put right. Nothing was changed."""

    code = "VALIDATION_ERROR"


class ValidationFailed(UserError):
    """What was entered is malformed or impossible; ``errors`` names every field."""

    def __init__(self, errors: Sequence[FieldError], message: str = "") -> None:
        self.errors = tuple(errors)
        super().__init__(message or " ".join(dict.fromkeys(error.message for error in self.errors)))

    @classmethod
    def of(cls, field: str, message: str) -> ValidationFailed:
        """The error of a single field."""
        return cls([FieldError(field, message)])

    @property
    def details(self) -> dict[str, Any]:
        return {"errors": [{"field": error.field, "message": error.message} for error in self.errors]}


class Unauthenticated(UserError):
    """Nobody is signed in, or the one who was may no longer be."""

    code = "UNAUTHENTICATED"


class TokenExpired(Unauthenticated):
    """The access token was good and has run out."""

    code = "TOKEN_EXPIRED"


class AccountLocked(UserError):
    """Too many wrong passwords; ``retry_after`` seconds remain."""

    code = "ACCOUNT_LOCKED"

    def __init__(self, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Forbidden(UserError):
    """The role does not allow it."""

    code = "FORBIDDEN"


class NotFound(UserError):
    """There is no such record."""

    code = "NOT_FOUND"


class Conflict(UserError):
    """The request is well formed; the state of things does not allow it."""

    code = "WRONG_STATE"


class Duplicate(Conflict):
    """Another record has this name; ``field`` says which."""

    code = "DUPLICATE"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field

    @property
    def details(self) -> dict[str, Any]:
        return {"errors": [{"field": self.field, "message": self.message}]} if self.field else {}


class InUse(Conflict):
    """Other records refer to it, so it cannot be deleted."""

    code = "IN_USE"


class StaleVersion(Conflict):
    """Somebody changed the row since it was read; ``current`` is the row as it stands now."""

    code = "STALE_VERSION"

    def __init__(self, message: str, *, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class InsufficientStock(Conflict):
    """More was asked for than is there; ``shortages`` names each size."""

    code = "INSUFFICIENT_STOCK"

    def __init__(self, message: str, *, shortages: Sequence[Shortage] = ()) -> None:
        super().__init__(message)
        self.shortages = tuple(shortages)

    @property
    def details(self) -> dict[str, Any]:
        return {
            "shortages": [
                {"tray_size": s.tray_size, "requested": s.requested, "available": s.available} for s in self.shortages
            ]
        }


class AlreadyReturned(Conflict):
    """Everything on this dispatch has been accounted for already."""

    code = "ALREADY_RETURNED"


class OverReturn(Conflict):
    """More trays than are still out, and nobody said that the surplus is real."""

    code = "OVER_RETURN"

    def __init__(self, message: str, *, shortages: Sequence[Shortage] = ()) -> None:
        super().__init__(message)
        self.shortages = tuple(shortages)

    @property
    def details(self) -> dict[str, Any]:
        return {
            "lines": [
                {"tray_size": s.tray_size, "entered": s.requested, "outstanding": s.available} for s in self.shortages
            ]
        }


class PeriodClosed(Conflict):
    """The month is closed for this shed."""

    code = "PERIOD_CLOSED"


class WrongState(Conflict):
    """The record is in a state in which this cannot be done."""

    code = "WRONG_STATE"


@dataclass(frozen=True, slots=True)
class Refused:
    """One of several records that cannot be changed: its id, what a person calls it, and why, as the end of a sentence.

    ``current`` is the row as it stands now, where it was only changed by somebody else (``stale``) or stands in another
    state; None where there is none.
    """

    record_id: int
    name: str
    why: str
    current: Any = None
    stale: bool = False


class SomeRefused(WrongState):
    """Some of several records cannot be changed, so none was; ``refused`` names each and says why."""

    def __init__(self, message: str, *, refused: Sequence[Refused] = ()) -> None:
        super().__init__(message)
        self.refused = tuple(refused)

    @property
    def details(self) -> dict[str, Any]:
        return {"refused": [{"id": one.record_id, "name": one.name, "why": one.why} for one in self.refused]}


class OperationIdReused(Conflict):
    """The operation id was used before, for something else."""

    code = "IDEMPOTENCY_KEY_REUSED"


class Trouble(CoreSafeError):
    """The world's fault. Trying again may help; nothing typed is lost."""

    code = "DATABASE_UNAVAILABLE"


class DatabaseUnavailable(Trouble):
    """The database cannot be reached. ``in_doubt``: the commit was sent and its answer never came."""

    def __init__(self, message: str, *, in_doubt: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.in_doubt = in_doubt


class Busy(Trouble):
    """Another operation held what this one needs for longer than we wait."""


class SchemaMismatch(Trouble):
    """The database's schema is missing (``empty``), too old or ``too_new`` for this program; nothing was touched."""

    def __init__(self, message: str, *, too_new: bool = False, empty: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.too_new = too_new
        self.empty = empty


class Cancelled(CoreSafeError):
    """The person asked to stop."""

    def __init__(self, message: str = "Cancelled. Nothing was changed.") -> None:
        super().__init__(message)


class Bug(CoreSafeError):
    """A rule of our own house was broken; always a defect of the program."""
