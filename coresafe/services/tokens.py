"""Tokens of the HTTP API: signed statements of who signed in, good for a while (JWT, RFC 7519).

What a token says is believed only as far as the database agrees: each use case checks the user, his epoch and the
session again (``facts.guard_columns``).
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coresafe import paths
from coresafe.config import PREFIX, Settings
from coresafe.errors import TokenExpired, Unauthenticated, ValidationFailed
from coresafe.models.enums import Role
from coresafe.services.context import Actor

#: The seed's lives of the tokens.
ACCESS_SECONDS = 30 * 60
REFRESH_SECONDS = 7 * 24 * 60 * 60
#: Fixed: a token is never asked how it wants to be checked.
ALGORITHM = "HS256"
ISSUER = "coresafe"
#: A key shorter than the digest it makes can be guessed (RFC 7518, 3.2).
LEAST_KEY_BYTES = 32
_LEAST_DIFFERENT = 8
KEY_FILE = "api-secret.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a refresh token says: whose, of which session, and its own id in that session."""

    user_id: int
    session_id: str
    refresh_id: str
    epoch: int


def signing_key(settings: Settings) -> bytes:
    """The key tokens are signed with: from the settings, or one made at the first start and kept for its owner alone.

    Raises ValidationFailed where it is weak, or where others can read the file.
    """
    if settings.secret_key is not None:
        key = settings.secret_key.get_secret_value().encode()
        _require_strong(key)
        return key
    path = paths.data_folder() / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise ValidationFailed.of("secret_key", f"The file {path} with the key of the API: {why}.") from error


def _require_strong(key: bytes) -> None:
    length = len(key)
    repeats = any(key == (key[:period] * length)[:length] for period in range(1, length // 2 + 1))
    if length >= LEAST_KEY_BYTES and len(set(key)) >= _LEAST_DIFFERENT and not repeats:
        return
    raise ValidationFailed.of(
        "secret_key",
        f"{PREFIX}SECRET_KEY is too weak: it takes at least {LEAST_KEY_BYTES} random bytes. "
        "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
    )


def _make(path: Path) -> None:
    """A new key, in place at once and whole, whoever else starts at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        os.link(unfinished, path)
    except FileExistsError:
        pass  # somebody else was first: his is the key
    finally:
        unfinished.unlink()


def _read(path: Path) -> bytes:
    if sys.platform != "win32" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValidationFailed.of(
            "secret_key",
            f"Others can read {path}, the key of the API. Delete it, and a new one is made; all sign in again.",
        )
    key = path.read_bytes().strip()
    _require_strong(key)
    return key


def access_token(key: bytes, actor: Actor) -> str:
    """A token that says who the actor is, for half an hour."""
    import jwt

    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "typ": "access",
        "sub": str(actor.user_id),
        "sid": actor.session_id,
        "name": actor.username,
        "full_name": actor.full_name,
        "role": actor.role.value,
        "epoch": actor.epoch,
        "iat": now,
        "exp": now + ACCESS_SECONDS,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def refresh_token(key: bytes, actor: Actor, refresh_id: str) -> str:
    """A token that another pair is given for, once."""
    import jwt

    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "typ": "refresh",
        "sub": str(actor.user_id),
        "sid": actor.session_id,
        "jti": refresh_id,
        "epoch": actor.epoch,
        "iat": now,
        "exp": now + REFRESH_SECONDS,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def read_access(key: bytes, token: str) -> Actor:
    """Who an access token speaks of. Raises TokenExpired, or Unauthenticated for one that is not ours to believe."""
    claims = _claims(key, token, "access", "name", "role", "epoch")
    try:
        return Actor(
            user_id=int(claims["sub"]),
            username=str(claims["name"]),
            full_name=claims.get("full_name"),
            role=Role(claims["role"]),
            epoch=int(claims["epoch"]),
            session_id=str(claims["sid"]),
        )
    except (ValueError, TypeError):
        raise _not_ours() from None


def read_refresh(key: bytes, token: str) -> Refresh:
    """What a refresh token says. Raises as ``read_access`` does."""
    claims = _claims(key, token, "refresh", "jti", "epoch")
    try:
        return Refresh(
            user_id=int(claims["sub"]),
            session_id=str(claims["sid"]),
            refresh_id=str(claims["jti"]),
            epoch=int(claims["epoch"]),
        )
    except (ValueError, TypeError):
        raise _not_ours() from None


def _claims(key: bytes, token: str, kind: str, *needed: str) -> dict[str, Any]:
    import jwt

    required = ["iss", "typ", "sub", "sid", "iat", "exp", *needed]
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[ALGORITHM], issuer=ISSUER, options={"require": required}
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired("The token has run out. Refresh it, or sign in again.") from None
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise _not_ours() from None
    if claims["typ"] != kind:
        raise _not_ours()
    return claims


def _not_ours() -> Unauthenticated:
    return Unauthenticated("The token is not valid. Sign in again.")
