"""Every use case and every role: the table of the domain, enforced in the services."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from typing import Any

import pytest

import coresafe.services
from coresafe.errors import CoreSafeError, Forbidden, Unauthenticated
from coresafe.models.enums import Role
from coresafe.services.context import Context
from coresafe.services.dispatching import VoidDispatch, void_dispatch
from coresafe.services.inventory import MoveStock, StockQuery, move_stock
from coresafe.services.listing import Query
from coresafe.services.permissions import Permission, allows
from coresafe.services.signing_in import ChangePassword, change_password, sign_in, with_epoch
from coresafe.services.users import AddUser, add_user
from tests.worlds import PASSWORD, World, balances, row_counts

O, M, A = Role.OPERATOR, Role.MANAGER, Role.ADMIN  # as in the domain's table
#: The domain's table: permission → roles. Written out, so that a change of the code's table shows here.
TABLE = {
    Permission.OWN_ACCOUNT: {O, M, A},
    Permission.LOOK: {O, M, A},
    Permission.DISPATCH: {O, M, A},
    Permission.RETURN: {O, M, A},
    Permission.TRANSFER: {O, M, A},
    Permission.AMEND: {O, M, A},
    Permission.RELEASE: {O, M, A},
    Permission.RECORD_SAMPLES: {O, M, A},
    Permission.COUNT: {O, M, A},
    Permission.REGISTER: {M, A},
    Permission.RESOLVE: {M, A},
    Permission.VOID: {M, A},
    Permission.EXTEND: {M, A},
    Permission.CHASE: {M, A},
    Permission.BACK_DATE: {M, A},
    Permission.STOCK: {M, A},
    Permission.APPROVE: {M, A},
    Permission.CLOSE_MONTH: {M, A},
    Permission.SEE_AUDIT: {M, A},
    Permission.DELETE: {A},
    Permission.USERS: {A},
    Permission.SETTINGS: {A},
    Permission.REOPEN_MONTH: {A},
}
#: What each use case needs. A new one has to be entered here before the suite is green.
NEEDS = {
    "dispatch_trays": Permission.DISPATCH,
    "amend_dispatch": Permission.AMEND,
    "extend_dispatch": Permission.EXTEND,
    "extend_dispatches": Permission.EXTEND,
    "note_dispatches": Permission.AMEND,
    "void_dispatch": Permission.VOID,
    "add_chase": Permission.CHASE,
    "list_chases": Permission.LOOK,
    "list_accounts": Permission.LOOK,
    "company_account": Permission.LOOK,
    "list_contributions": Permission.LOOK,
    "count_contributions": Permission.LOOK,
    "company_statement": Permission.LOOK,
    "list_overdue": Permission.LOOK,
    "list_dispatches": Permission.LOOK,
    "list_outstanding": Permission.LOOK,
    "count_dispatches": Permission.LOOK,
    "get_dispatch": Permission.LOOK,
    "find_dispatch": Permission.LOOK,
    "known_people": Permission.LOOK,
    "at_hand": Permission.LOOK,
    "find_anything": Permission.LOOK,
    "take_return": Permission.RETURN,
    "void_return": Permission.VOID,
    "resolve_lost": Permission.RESOLVE,
    "void_resolution": Permission.VOID,
    "send_transfer": Permission.TRANSFER,
    "receive_transfer": Permission.TRANSFER,
    "lose_transfer": Permission.RESOLVE,
    "void_transfer": Permission.VOID,
    "void_transfer_entry": Permission.VOID,
    "list_transfers": Permission.LOOK,
    "count_transfers": Permission.LOOK,
    "get_transfer": Permission.LOOK,
    "find_transfer": Permission.LOOK,
    "transfer_history": Permission.LOOK,
    "stock": Permission.LOOK,
    "set_base": Permission.STOCK,
    "move_stock": Permission.RELEASE,
    "close_month": Permission.CLOSE_MONTH,
    "reopen_month": Permission.REOPEN_MONTH,
    "hindrances": Permission.LOOK,
    "list_months": Permission.LOOK,
    "open_stocktake": Permission.APPROVE,
    "enter_count": Permission.COUNT,
    "clear_count": Permission.COUNT,
    "declare_size": Permission.COUNT,
    "recount_size": Permission.COUNT,
    "approve_stocktake": Permission.APPROVE,
    "cancel_stocktake": Permission.APPROVE,
    "counting": Permission.COUNT,
    "variances": Permission.APPROVE,
    "get_stocktake": Permission.LOOK,
    "list_stocktakes": Permission.LOOK,
    "count_stocktakes": Permission.LOOK,
    "list_movements": Permission.LOOK,
    "count_movements": Permission.LOOK,
    "add_sample": Permission.RECORD_SAMPLES,
    "add_samples": Permission.RECORD_SAMPLES,
    "change_sample": Permission.RECORD_SAMPLES,
    "get_sample": Permission.LOOK,
    "list_samples": Permission.LOOK,
    "count_samples": Permission.LOOK,
    "qc_meter": Permission.LOOK,
    "add_company": Permission.REGISTER,
    "change_company": Permission.REGISTER,
    "remove_company": Permission.DELETE,
    "get_company": Permission.LOOK,
    "list_companies": Permission.LOOK,
    "count_companies": Permission.LOOK,
    "add_project": Permission.REGISTER,
    "change_project": Permission.REGISTER,
    "remove_project": Permission.DELETE,
    "get_project": Permission.LOOK,
    "list_projects": Permission.LOOK,
    "count_projects": Permission.LOOK,
    "add_drillhole": Permission.REGISTER,
    "change_drillhole": Permission.REGISTER,
    "remove_drillhole": Permission.DELETE,
    "get_drillhole": Permission.LOOK,
    "list_drillholes": Permission.LOOK,
    "count_drillholes": Permission.LOOK,
    "add_shed": Permission.SETTINGS,
    "change_shed": Permission.SETTINGS,
    "list_sheds": Permission.LOOK,
    "add_tray_size": Permission.SETTINGS,
    "change_tray_size": Permission.SETTINGS,
    "list_tray_sizes": Permission.LOOK,
    "recoverable": Permission.LOOK,
    "find_lost": Permission.LOOK,
    "stock_by_shed": Permission.LOOK,
    "plan_import": Permission.REGISTER,
    "import_rows": Permission.REGISTER,
    "undo_import": Permission.REGISTER,
    "list_imports": Permission.LOOK,
    "add_user": Permission.USERS,
    "change_user": Permission.USERS,
    "list_users": Permission.USERS,
    "get_user": Permission.USERS,
    "myself": Permission.OWN_ACCOUNT,
    "end_session": Permission.OWN_ACCOUNT,
    "list_audit": Permission.SEE_AUDIT,
    "read_installation": Permission.LOOK,
    "get_rules": Permission.LOOK,
    "change_rules": Permission.SETTINGS,
    "dispatch_history": Permission.LOOK,
    "known_sheds": Permission.LOOK,
    "known_tray_sizes": Permission.LOOK,
    "set_tray_sizes": Permission.SETTINGS,
    "dashboard": Permission.LOOK,
    "overview": Permission.LOOK,
    "charts": Permission.LOOK,
    "reconcile": Permission.LOOK,
    "analytics": Permission.LOOK,
    "change_password": Permission.OWN_ACCOUNT,
}


def use_cases() -> dict[str, Any]:
    """Every decorated function below ``coresafe.services``."""
    found = {}
    for module in pkgutil.walk_packages(coresafe.services.__path__, "coresafe.services."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if callable(value) and isinstance(getattr(value, "permission", None), Permission):
                found[name] = value
    return found


def test_the_table_of_the_domain() -> None:
    assert set(TABLE) == set(Permission)
    for permission, roles in TABLE.items():
        assert {role for role in Role if allows(role, permission)} == roles, permission


def test_every_use_case_needs_what_it_should() -> None:
    assert {name: use_case.permission for name, use_case in use_cases().items() if not name.startswith("_")} == NEEDS


#: Reads whose question is a command of their own, tried where they are tested.
OWN_QUESTION = {"plan_import"}


@pytest.mark.parametrize("role", Role)
def test_every_use_case_is_closed_to_roles_without_its_permission(proved: World, role: Role) -> None:
    """What a role may not do is refused before what is wrong with the command or the question is looked at."""
    world, ctx = proved, proved.people.by_role[role]
    rows, before = row_counts(world.database), balances(world.database)
    for name, use_case in use_cases().items():
        if role in TABLE[use_case.permission] or name in OWN_QUESTION:
            continue
        for question in (Query(), Query(sort="nonsense")):
            with pytest.raises(Forbidden) as refused:
                use_case(ctx, question)
            assert "Your role may not" in refused.value.message, name
    assert row_counts(world.database) == rows
    assert balances(world.database) == before


def test_releasing_is_for_everybody_the_other_moves_for_managers(proved: World) -> None:
    world = proved
    world.move("fill", 5)
    release = MoveStock(kind="release", tray_size="HQ", quantity=1, reason="logged", shed_id=world.shed_id)
    move_stock(world.operator, release)
    kinds: tuple[Any, ...] = ("purchase", "found", "fill", "damage", "repair", "scrap", "recovery", None, "nonsense")
    for kind in kinds:
        with pytest.raises(Forbidden):
            move_stock(world.operator, replace(release, kind=kind))
    assert world.stock().occupied == 4


def test_a_temporary_password_opens_nothing_but_its_own_change(world: World) -> None:
    name = f"temp{world.shed_id}"
    command = AddUser(username=name, email=f"{name}@example.com", password=PASSWORD, temporary=True)
    add_user(world.admin, command)
    ctx = sign_in(world.database, name, PASSWORD, door=world.operator.door, machine="m")
    assert ctx.actor.must_change_password
    for call in (lambda: world.dispatch(who=ctx, hq=1), lambda: use_cases()["stock"](ctx, StockQuery())):
        with pytest.raises(Forbidden) as refused:
            call()
        assert "temporary" in refused.value.message
    epoch = change_password(ctx, ChangePassword(current_password=PASSWORD, new_password="Own-Choice-12"))
    with pytest.raises(Unauthenticated):
        world.dispatch(who=ctx, hq=1)
    assert world.dispatch(who=with_epoch(ctx, epoch), hq=1).entered_by == name


def test_a_forged_role_in_the_context_does_not_help(proved: World) -> None:
    ctx: Context = replace(proved.operator, actor=replace(proved.operator.actor, role=Role.ADMIN))
    with pytest.raises(CoreSafeError) as refused:
        use_cases()["list_users"](ctx, Query())
    assert isinstance(refused.value, Forbidden)
    sent = proved.dispatch(hq=1)
    with pytest.raises(Forbidden):
        void_dispatch(ctx, VoidDispatch(dispatch_id=sent.id, reason="x"))
