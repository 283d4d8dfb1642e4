"""Passwords: the rules they must meet, and bcrypt at 12 rounds. A quarter of a second each: never on the window's thread."""

from __future__ import annotations

import base64
import hashlib
import secrets

import bcrypt

from coresafe.services.rules import Checks

#: The seed's rule for bcrypt.
ROUNDS = 12
SHORTEST = 10
LONGEST = 200

#: Passwords everybody tries first, as they are after casefolding, digits at the end taken off.
_COMMON = frozenset(
    {"password", "passwort", "qwertyuiop", "letmein", "coresafe", "welcome", "administrator", "drillcore", "abcdefghij"}
)


def check_password(checks: Checks, field: str, password: object, *, username: str = "") -> str:
    """The rules: 10 to 200 characters, letters and something else, not the user's name, not one everybody tries."""
    if not isinstance(password, str) or not password:
        checks.fail(field, "Password is missing. Enter one.")
        return ""
    if any(0xD800 <= ord(c) <= 0xDFFF for c in password) or "\0" in password:
        checks.fail(field, "The password holds a character that cannot be used.")
        return ""
    if not SHORTEST <= len(password) <= LONGEST:
        checks.fail(field, f"The password must have {SHORTEST} to {LONGEST} characters.")
        return ""
    folded = password.casefold()
    has_letter = any(c.isalpha() for c in password)
    if not has_letter or password.isalpha() or len(set(folded)) < 5:  # five different characters
        checks.fail(field, "The password needs letters, a digit or a sign, and five different characters.")
    elif username and (username.casefold() in folded):
        checks.fail(field, "The password must not hold the user name.")
    elif folded.rstrip("0123456789!.?-_#*$") in _COMMON:
        checks.fail(field, "Everybody tries that password first. Choose another.")
    return password


def _material(password: str) -> bytes:
    """What is hashed: bcrypt reads 72 bytes at most: a digest of the whole password, in characters it accepts."""
    return base64.b64encode(hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest())


def hash_password(password: str) -> str:
    """The hash to store."""
    return bcrypt.hashpw(_material(password), bcrypt.gensalt(ROUNDS)).decode()


#: Compared with where there is no such user, so that the answer takes as long.
NOBODY = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZSPoB2kmXrPZVPLGUQ0sX5pA8V.K8G"


def matches(password: str, stored: str) -> bool:
    """Whether the password is the one the hash was made from."""
    return bcrypt.checkpw(_material(password), stored.encode())


#: Signs that are not mistaken for one another when they are read out or written on a slip of paper.
_PLAIN_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_PLAIN_DIGITS = "23456789"


def temporary(username: str = "") -> str:
    """A password to hand over, such as ``kfnq-27wt-m4ha``: 59 random bits, and it meets the rules."""
    between = "." if username.strip() == "-" else "-"  # the user's name must not be in it
    while True:
        signs = "".join(secrets.choice(_PLAIN_LETTERS + _PLAIN_DIGITS) for _ in range(12))
        made = between.join((signs[:4], signs[4:8], signs[8:]))
        checks = Checks()
        check_password(checks, "password", made, username=username)
        if not checks.errors and any(sign in _PLAIN_DIGITS for sign in signs):
            return made
