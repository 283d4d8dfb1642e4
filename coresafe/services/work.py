"""What the body of a use case is given: statements inside its transaction, the clock, the rules, the audit buffer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult, Row
from sqlalchemy.sql.dml import UpdateBase

from coresafe.errors import Bug, Forbidden, Unauthenticated, UserError
from coresafe.models import AuditEntry
from coresafe.models.enums import Role
from coresafe.services import auditing, facts
from coresafe.services.context import Context
from coresafe.services.permissions import Permission, allows
from coresafe.services.settings import Rules
from coresafe.services.statements import Prepared, insert_rows


class _Work:
    """What reading and writing share."""

    def __init__(self, context: Context, connection: Connection, permission: Permission) -> None:
        self.context = context
        self.actor = context.actor
        self.permission = permission
        self.flavour = context.database.flavour
        self._connection = connection
        self._now: datetime | None = None
        self._rules: Rules | None = None

    @property
    def now(self) -> datetime:
        """The database's clock at the first statement that carried it."""
        if self._now is None:
            self._take(self._connection.execute(sa.select(*facts.clock_columns())).one())
        if self._now is None:
            raise Bug("the database told no time")
        return self._now

    @property
    def rules(self) -> Rules:
        """The installation's rules, as of the same statement."""
        if self._rules is None:
            self._take(self._connection.execute(sa.select(*facts.clock_columns())).one())
        if self._rules is None:
            raise Bug("the database told no rules")
        return self._rules

    def _take(self, row: Row[Any]) -> None:
        self._now = row.fact_now
        self._rules = Rules.from_json(row.fact_rules)


class Reading(_Work):
    """A read. The first statement also carries the guard: that the user may still be here, and in which role."""

    def __init__(self, context: Context, connection: Connection, permission: Permission) -> None:
        super().__init__(context, connection, permission)
        self._checked = False

    def all(self, statement: sa.Select[Any], params: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a SELECT."""
        if self._checked:
            return self._connection.execute(statement, params or {}).all()
        columns, values = self._guard()
        rows = self._connection.execute(statement.add_columns(*columns), {**(params or {}), **values}).all()
        if rows:
            self._check(rows[0])
        else:
            self.require_checked()
        return rows

    def first(self, statement: sa.Select[Any], params: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, or None."""
        rows = self.all(statement, params)
        return rows[0] if rows else None

    def stream(self, statement: sa.Select[Any], batch: int = 2000) -> CursorResult[Any]:
        """Rows as they come, for what does not fit into memory; only inside a snapshot."""
        self.require_checked()
        options = {"stream_results": True, "yield_per": batch}
        return self._connection.execute(statement, execution_options=options)

    def require_checked(self) -> None:
        """Ask for the guard alone, where no statement carried it."""
        if not self._checked:
            columns, values = self._guard()
            self._check(self._connection.execute(sa.select(*columns), values).one())

    def _guard(self) -> tuple[tuple[sa.Label[Any], ...], dict[str, Any]]:
        """The columns that ride on the first statement, and their values."""
        actor = self.actor
        columns = facts.clock_columns() + facts.guard_columns(with_session=actor.session_id is not None)
        return columns, facts.guard_values(actor.user_id, actor.session_id)

    def _check(self, row: Row[Any]) -> None:
        self._take(row)
        self._checked = True
        check_guard(self.context, self.permission, row.fact_role, row.fact_epoch, bool(row.fact_must_change))


class Writing(_Work):
    """A write, inside its transaction, after its operation id was claimed and its permission checked."""

    def __init__(
        self, context: Context, connection: Connection, permission: Permission, operation_id: str, *, careful: bool
    ) -> None:
        super().__init__(context, connection, permission)
        self.operation_id = operation_id
        self.careful = careful
        self._entries: list[auditing.Entry] = []
        self._written: set[str] = set()
        self._unposted = 0

    def all(self, statement: sa.Select[Any], params: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a SELECT; facts that ride on it (``facts.clock_columns``) are taken."""
        rows = self._connection.execute(statement, params or {}).all()
        if rows and self._now is None and hasattr(rows[0], "fact_now"):
            self._take(rows[0])
        return rows

    def first(self, statement: sa.Select[Any], params: Mapping[str, Any] | None = None) -> Row[Any] | None:
        """The first row, or None."""
        rows = self.all(statement, params)
        return rows[0] if rows else None

    def change(self, statement: UpdateBase, params: Any = None, *, table: str = "") -> CursorResult[Any]:
        """An INSERT, UPDATE or DELETE; the table it writes must be covered by an audit entry before the commit."""
        self._written.add(table or statement.table.name)  # type: ignore[union-attr]
        if params is None:
            return self._connection.execute(statement)
        return self._connection.execute(statement, params)

    def change_prepared(self, statement: Prepared, values: Mapping[str, Any], *, table: str) -> CursorResult[Any]:
        """A write that was prepared once."""
        self._written.add(table)
        return statement.run(self._connection, values)

    def change_by_text(self, statement: str, params: tuple[Any, ...], *, table: str) -> CursorResult[Any]:
        """A write in SQL text, where a measured query needs it; ``params`` in the driver's order."""
        self._written.add(table)
        return self._connection.exec_driver_sql(statement, params)

    def insert(self, model: Any, values: Mapping[str, Any]) -> int:
        """Insert one row and return its id."""
        self._written.add(model.__tablename__)
        return int(insert_rows(self._connection, model.__table__, [values]).lastrowid or 0)

    def insert_all(self, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows with one multi-row statement."""
        if rows:
            self._written.add(model.__tablename__)
            insert_rows(self._connection, model.__table__, rows)

    def forget_throttle(self, model: Any, username_key: str) -> None:
        """Forget wrong passwords: bookkeeping, covered by the entry of what was done to the user."""
        self._connection.execute(sa.delete(model.__table__).where(model.username_key == username_key))

    def audit(
        self,
        action: str,
        record_type: str,
        record_id: int | str,
        *,
        old: Mapping[str, Any] | None = None,
        new: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> None:
        """Say what this write changes; ``old`` and ``new`` hold the fields concerned."""
        auditing.check_kind(record_type, action)
        self._entries.append(
            auditing.Entry(
                action=action,
                record_type=record_type,
                record_id=str(record_id),
                old=auditing.plain(old),
                new=auditing.plain(new),
                reason=reason,
            )
        )

    def require(self, permission: Permission, message: str = "") -> None:
        """Refuse unless the user's role has one more permission than the use case itself needs."""
        if not allows(self.actor.role, permission):
            raise Forbidden(message or not_allowed(permission))

    def posting_opened(self) -> None:
        """Balances were changed; the movements that explain them must follow."""
        self._unposted += 1

    def posting_recorded(self) -> None:
        """The movements were written."""
        self._unposted -= 1

    def write_audit(self) -> None:
        """Write the buffered entries; a change that no entry covers, or a balance no movement explains, is a bug."""
        if self._unposted:
            raise Bug("A balance was changed and no movement says why.")
        auditing.require_covered(self._written, self._entries)
        rows = [auditing.row_of(entry, self.context, self.operation_id, self.now) for entry in self._entries]
        if rows:
            insert_rows(self._connection, AuditEntry.__table__, rows)


def check_guard(
    context: Context, permission: Permission, role: str | None, epoch: int | None, must_change: bool
) -> None:
    """Refuse a user who was switched off, signed out everywhere, lost the right, or must first change his password."""
    if role is None:
        if context.actor.session_id is not None:
            raise Unauthenticated("This session has ended, or the account has been switched off. Sign in again.")
        raise Unauthenticated("Your account has been switched off. Ask an administrator.")
    if epoch != context.actor.epoch:
        raise Unauthenticated("You have been signed out. Sign in again.")
    if must_change and permission is not Permission.OWN_ACCOUNT:
        raise Forbidden("Your password is temporary. Choose a new one first.")
    if not allows(Role(role), permission):
        raise Forbidden(not_allowed(permission))


def not_allowed(permission: Permission) -> str:
    """The sentence for a role that lacks a permission."""
    who = "a manager" if allows(Role.MANAGER, permission) else "an administrator"
    return f"Your role may not {permission.value}. Ask {who}."


__all__ = ["Reading", "UserError", "Writing", "check_guard", "not_allowed"]
