"""Who may do what: the table of the domain, enforced at the one boundary (``transaction``)."""

from __future__ import annotations

from enum import StrEnum

from coresafe.models.enums import Role


class Permission(StrEnum):
    """What a use case needs; each names the group of actions in the domain's table."""

    OWN_ACCOUNT = "change your own password"
    LOOK = "look at this"
    DISPATCH = "dispatch trays"
    RETURN = "take trays back"
    TRANSFER = "send trays to another shed, or receive them"
    AMEND = "amend a dispatch"
    RELEASE = "release trays"
    RECORD_SAMPLES = "record samples"
    COUNT = "count trays"
    REGISTER = "change companies, projects and drillholes"
    RESOLVE = "declare trays lost"
    VOID = "void an entry"
    EXTEND = "extend a due date"
    CHASE = "note whom you called about trays that are out"
    BACK_DATE = "enter something that old"
    STOCK = "change the stock"
    APPROVE = "approve a stocktake"
    CLOSE_MONTH = "close a month"
    SEE_AUDIT = "see the audit trail"
    DELETE = "delete records"
    USERS = "manage users"
    SETTINGS = "change settings"
    REOPEN_MONTH = "re-open a month"


_OPERATOR = frozenset(
    {
        Permission.OWN_ACCOUNT,
        Permission.LOOK,
        Permission.DISPATCH,
        Permission.RETURN,
        Permission.TRANSFER,
        Permission.AMEND,
        Permission.RELEASE,
        Permission.RECORD_SAMPLES,
        Permission.COUNT,
    }
)
_MANAGER = _OPERATOR | {
    Permission.REGISTER,
    Permission.RESOLVE,
    Permission.VOID,
    Permission.EXTEND,
    Permission.CHASE,
    Permission.BACK_DATE,
    Permission.STOCK,
    Permission.APPROVE,
    Permission.CLOSE_MONTH,
    Permission.SEE_AUDIT,
}

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: _OPERATOR,
    Role.MANAGER: frozenset(_MANAGER),
    Role.ADMIN: frozenset(Permission),
}


def allows(role: Role, permission: Permission) -> bool:
    """Whether ``role`` may do what ``permission`` names."""
    return permission in GRANTED[role]


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles that have ``permission``, as stored."""
    return tuple(role.value for role in Role if permission in GRANTED[role])
