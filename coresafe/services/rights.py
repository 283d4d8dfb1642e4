"""What a database user may do, as the server tells it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: What every day needs, and what `coresafe db upgrade` needs besides.
DAILY = ("SELECT", "INSERT", "UPDATE", "DELETE")
UPGRADE = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES")
_ALL = {"ALL", "ALL PRIVILEGES"}
#: GRANT rights ON `database`.`table` TO somebody; a name's own back quote is written twice.
_LINE = re.compile(r"(GRANT|REVOKE) (.+?) ON (\*|`(?:[^`]|``)+`)\.(\*|`(?:[^`]|``)+`) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rights:
    """``granted`` on the whole of one database."""

    granted: frozenset[str]

    @classmethod
    def of(cls, cursor: Any, database: str) -> Rights:
        """The signed-in user's, with those of his roles that are switched on."""
        cursor.execute("SHOW GRANTS")
        lines = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute("SHOW TABLES")
        return cls.read(lines, database, [str(row[0]) for row in cursor.fetchall()])

    @classmethod
    def read(cls, lines: Sequence[str], database: str, tables: Sequence[str]) -> Rights:
        """From SHOW GRANTS. What is granted on every single table counts as granted on all of them."""
        whole: set[str] = set()
        by_table: dict[str, set[str]] = {table: set() for table in tables}
        for line in lines:
            match = _LINE.match(line)
            if match is None or not _covers(match[3], database):
                continue
            # Rights on single columns are not enough for anything.
            rights = {word.strip().upper() for word in re.sub(r"\b[A-Z ]+\([^)]*\)", "", match[2]).split(",")} - {""}
            rights = set(DAILY + UPGRADE) if rights & _ALL else rights
            if match[1].upper() == "REVOKE":  # MySQL's partial revokes: all databases but this one
                whole -= rights
            elif match[4] == "*":
                whole |= rights
            elif (table := _plain(match[4])) in by_table:
                by_table[table] |= rights
        everywhere = set.intersection(*by_table.values()) if by_table else set()
        return cls(frozenset(whole | everywhere))

    def missing(self, wanted: Sequence[str]) -> list[str]:
        """Which of these the user does not have, in their order."""
        return [right for right in wanted if right not in self.granted]


def _covers(written: str, database: str) -> bool:
    """Whether a grant's database, which may be a pattern with % and _, is this one."""
    if written == "*":
        return True
    pattern = ""
    for sign in re.findall(r"\\.|.", _plain(written), re.DOTALL):
        pattern += {"%": ".*", "_": "."}.get(sign, re.escape(sign.removeprefix("\\")))
    return re.fullmatch(pattern, database, re.DOTALL | re.IGNORECASE) is not None


def _plain(quoted: str) -> str:
    return quoted[1:-1].replace("``", "`")
