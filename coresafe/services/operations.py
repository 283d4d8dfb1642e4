"""Operation ids: every write happens once, however often it is sent (domain: What must always hold 6).

The claim is the first row a write inserts: a second try with the same id waits at the unique key until the first has
committed or gone, then gets the first one's answer, or does the work itself. The claim also is the permission check: it
inserts nothing unless the user is active, in the same session, and in a role that has the permission.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import typing
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Whole and at once: loaded late, pydantic's types stumble over the import hook of a PySide6 loaded meanwhile.
import pydantic.types  # noqa: F401
import sqlalchemy as sa
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from coresafe.errors import Bug, OperationIdReused, ValidationFailed
from coresafe.models import Operation, User
from coresafe.services import failures
from coresafe.services.context import Context
from coresafe.services.facts import session_stands, utc_now
from coresafe.services.permissions import Permission, roles_with
from coresafe.services.statements import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One operation as asked for: its id, who asks, for what, and a keyed digest of the content."""

    operation_id: str
    context: Context
    action: str
    digest: str
    permission: Permission
    stock: bool

    @classmethod
    def make(
        cls,
        context: Context,
        action: str,
        command: object,
        operation_id: uuid.UUID | str | None,
        *,
        permission: Permission,
        stock: bool,
    ) -> Claim:
        """Build the claim; raises ValidationFailed for an id that is no UUID."""
        if operation_id is None:
            operation_id = uuid.uuid4()
        try:
            stated = operation_id if isinstance(operation_id, uuid.UUID) else uuid.UUID(operation_id)
        except (ValueError, AttributeError, TypeError):
            raise ValidationFailed.of("operation_id", "The operation id must be a UUID.") from None
        return cls(
            operation_id=str(stated),
            context=context,
            action=action,
            digest=_digest(context.database.secret(), command),
            permission=permission,
            stock=stock,
        )


def _digest(secret: bytes, command: object) -> str:
    """Keyed, so that a password in a command cannot be guessed from the table."""
    try:
        content = to_json(command)
    except (PydanticSerializationError, UnicodeError, ValueError):
        # Broken characters: the body will refuse them; the digest only has to be the same each time.
        content = repr(command).encode("utf-8", "backslashreplace")
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


_USER = User.__table__
_OPERATION = Operation.__table__
_KEEP = Prepared(
    sa.update(_OPERATION).where(_OPERATION.c.id == sa.bindparam("p_id")).values(answer=sa.bindparam("p_answer"))
)
_OPERATION_COLUMNS = ["id", "user_id", "action", "digest", "is_stock", "created_at"]


#: Done for oneself, these end the session they are asked for in: a second try still gets the first one's answer.
_ENDS_SESSIONS = (Permission.OWN_ACCOUNT, Permission.USERS)


@functools.cache
def _claim_statement(permission: Permission, with_session: bool) -> Prepared:
    source = sa.select(
        sa.bindparam("p_id", type_=sa.String),
        _USER.c.id,
        sa.bindparam("p_action", type_=sa.String),
        sa.bindparam("p_digest", type_=sa.String),
        sa.bindparam("p_stock", type_=sa.Boolean),
        utc_now(),
    ).where(
        _USER.c.id == sa.bindparam("p_user"),
        _USER.c.is_active,
        _USER.c.epoch == sa.bindparam("p_epoch"),
        sa.or_(*(_USER.c.role == role for role in roles_with(permission))),
    )
    if permission is not Permission.OWN_ACCOUNT:
        source = source.where(~_USER.c.must_change_password)
    if with_session:
        source = source.where(session_stands(sa.bindparam("p_session", type_=sa.String), _USER.c.id))
    return Prepared(sa.insert(_OPERATION).from_select(_OPERATION_COLUMNS, source, include_defaults=False))


def claim(connection: Connection, wanted: Claim) -> bool:
    """Insert the claim; False where the id is taken. Raises Unauthenticated or Forbidden where the user may not."""
    from coresafe.services.work import check_guard

    actor = wanted.context.actor
    values = {
        "p_id": wanted.operation_id,
        "p_action": wanted.action,
        "p_digest": wanted.digest,
        "p_stock": wanted.stock,
        "p_user": actor.user_id,
        "p_epoch": actor.epoch,
        "p_session": actor.session_id,
    }
    try:
        inserted = _claim_statement(wanted.permission, actor.session_id is not None).run(connection, values).rowcount
    except DBAPIError as error:
        if failures.is_duplicate(error):
            return False
        raise
    if inserted == 1:
        return True
    columns = (_USER.c.role, _USER.c.epoch, _USER.c.must_change_password)
    present = [_USER.c.id == actor.user_id, _USER.c.is_active]
    if actor.session_id is not None:
        present.append(session_stands(sa.literal(actor.session_id), _USER.c.id))
    user = connection.execute(sa.select(*columns).where(*present)).first()
    if user and user.epoch != actor.epoch and wanted.permission in _ENDS_SESSIONS and _is_his(connection, wanted):
        return False
    must_change = bool(user.must_change_password) if user else False
    check_guard(
        wanted.context, wanted.permission, user.role if user else None, user.epoch if user else None, must_change
    )
    raise Bug("a claim was refused and nothing stands in its way")


def _is_his(connection: Connection, wanted: Claim) -> bool:
    """Whether this very operation was done already by the same user: it may be what ended his session."""
    same = (_OPERATION.c.id == wanted.operation_id, _OPERATION.c.user_id == wanted.context.actor.user_id)
    stored = connection.execute(sa.select(_OPERATION.c.digest).where(*same)).first()
    return stored is not None and hmac.compare_digest(stored.digest, wanted.digest)


def keep_answer(connection: Connection, wanted: Claim, body: Callable[..., Any], answer: Any) -> None:
    """Store the answer with the operation, in the same transaction."""
    stored = answer_type(body).dump_python(answer, mode="json")
    _KEEP.run(connection, {"p_id": wanted.operation_id, "p_answer": stored})


def first_answer(connection: Connection, wanted: Claim, body: Callable[..., Any]) -> Any:
    """What the first try was answered; raises OperationIdReused where it asked for something else."""
    columns = (_OPERATION.c.user_id, _OPERATION.c.action, _OPERATION.c.digest, _OPERATION.c.answer)
    stored = connection.execute(sa.select(*columns).where(_OPERATION.c.id == wanted.operation_id)).first()
    if stored is None:
        # The first try was rolled back between our look and its end: the caller judges anew.
        raise failures.TryAgain
    same = stored.action == wanted.action and hmac.compare_digest(stored.digest, wanted.digest)
    if stored.user_id != wanted.context.actor.user_id or not same:
        raise OperationIdReused(
            "This operation id was used before, for something else. Nothing was changed.",
            hint="Use a new id for a new operation.",
        )
    return answer_type(body).validate_python(stored.answer)


@functools.cache
def answer_type(body: Callable[..., Any]) -> TypeAdapter[Any]:
    """The answer's type, from the use case's own annotation."""
    return TypeAdapter(typing.get_type_hints(body)["return"])
