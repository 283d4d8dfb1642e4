"""What is not kept for ever, and who may say that a database is upgraded."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from coresafe.errors import Forbidden, Unauthenticated
from coresafe.models import Operation
from coresafe.services import registry
from coresafe.services.housekeeping import OPERATIONS_KEPT, tidy
from coresafe.services.signing_in import require_admin
from tests.worlds import PASSWORD, World

_T = Operation.__table__


def _age(world: World, days: timedelta) -> None:
    """Make every operation of this database older."""
    database = world.people.database
    with database.writing() as connection:
        for row in connection.execute(sa.select(_T.c.id, _T.c.created_at)).all():
            connection.execute(sa.update(_T).where(_T.c.id == row.id).values(created_at=row.created_at - days))


@pytest.mark.parametrize("flavour", ["sqlite"])
def test_operation_ids_of_stock_are_kept_and_others_go_after_their_time(world: World) -> None:
    database = world.people.database
    registry.add_company(world.manager, registry.AddCompany(name="Soon forgotten"))
    world.dispatch(hq=1)
    assert tidy(database) == 0
    _age(world, OPERATIONS_KEPT + timedelta(days=1))
    assert tidy(database) > 0
    while tidy(database):  # some at a time: others tried things in this database, too
        pass
    with database.connect() as connection:
        left = connection.execute(sa.select(_T.c.is_stock)).scalars().all()
    assert left and all(left)


def test_only_an_active_administrator_upgrades(world: World) -> None:
    database = world.people.database
    require_admin(database, "BOSS", PASSWORD)
    with pytest.raises(Forbidden):
        require_admin(database, "mary", PASSWORD)
    for name, password in (("boss", "Wrong-Pass-1"), ("nobody", PASSWORD)):
        with pytest.raises(Unauthenticated):
            require_admin(database, name, password)
