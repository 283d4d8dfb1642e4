"""Users, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import PageOf, PageOfSome
from coresafe.api.bodies import NewUser, UserChange, sent
from coresafe.api.fields import PathId
from coresafe.api.queries import UserQuery
from coresafe.api.routes import ADDS, CHANGES, READS, READS_ONE, IfMatch, Key, make_router, version_from
from coresafe.services.users import AddUser, ChangeUser, UserRow, add_user, change_user, get_user, list_users

router = make_router("/users", "Users")


@router.get("", response_model=PageOf[UserRow] | PageOfSome, responses=READS, operation_id="list_users")
@needs(list_users.permission)
def all_users(who: Who, query: Annotated[UserQuery, Query()]) -> Response:
    """A page of users, by name."""
    return answers.page(list_users(who, query.query()), UserRow, query.fields)


@router.post("", status_code=201, response_model=UserRow, responses=ADDS, operation_id="add_user")
@needs(add_user.permission)
def new_user(who: Who, body: NewUser, key: Key = None) -> Response:
    """Add a user."""
    return answers.row(add_user(who, AddUser(**sent(body)), key), 201, location="/api/v1/users")


@router.get("/{user_id}", response_model=UserRow, responses=READS_ONE, operation_id="get_user")
@needs(get_user.permission)
def one_user(who: Who, user_id: PathId) -> Response:
    """One user."""
    return answers.row(get_user(who, user_id))


@router.put("/{user_id}", response_model=UserRow, responses=CHANGES, operation_id="change_user")
@needs(change_user.permission)
def changed_user(
    request: Request, who: Who, user_id: PathId, body: UserChange, key: Key = None, _if_match: IfMatch = None
) -> Response:
    """Change a user: the fields that are sent. The last active administrator stays one."""
    values = sent(body) | {"version": version_from(request, body.version)}
    return answers.row(change_user(who, ChangeUser(user_id=user_id, **values), key))
