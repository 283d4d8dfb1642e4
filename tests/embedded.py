"""An embedded database of a test's own, with people in it, for tests that need no server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from coresafe.models import User
from coresafe.models.enums import Door, Role
from coresafe.services import schema
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database


def make_database(folder: Path) -> Database:
    """A new embedded database at the newest schema."""
    database = Database(f"sqlite:///{folder / 'coresafe_test.db'}")
    schema.upgrade(database)
    return database


def sign_in_as(database: Database, role: Role, username: str = "") -> Context:
    """A new user of that role, signed in at the command line; the password check is not what is tested here."""
    name = username or role.value
    now = datetime.now(UTC)
    values = {
        "username": name,
        "username_key": name,
        "email": f"{name}@example.com",
        "email_key": f"{name}@example.com",
        "full_name": None,
        "role": role.value,
        "password_hash": "-",
        "is_active": True,
        "epoch": 0,
        "created_at": now,
        "updated_at": now,
    }
    known = {column.name for column in User.__table__.c}
    with database.connect() as connection:
        result = connection.execute(
            sa.insert(User.__table__).values({key: value for key, value in values.items() if key in known})
        )
        connection.commit()
    assert result.inserted_primary_key is not None
    actor = Actor(user_id=result.inserted_primary_key[0], username=name, full_name=None, role=role, epoch=0)
    return Context(database=database, actor=actor, door=Door.COMMAND_LINE, machine="test machine")
