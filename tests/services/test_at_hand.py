"""What forms have at hand: the stock, and names to complete from, in one round trip."""

from __future__ import annotations

import pytest

from benchmarks.recorded import recording
from coresafe.errors import ValidationFailed
from coresafe.services import at_hand as module
from coresafe.services.at_hand import at_hand, known_people
from coresafe.services.inventory import StockQuery, stock
from tests.worlds import World


def test_people_are_completed_from_earlier_dispatches(world: World) -> None:
    world.dispatch(hq=1, driver="Zebulon Quaye")
    assert known_people(world.operator, "driver", "zebu") == ("Zebulon Quaye",)
    assert known_people(world.operator, "driver", "100%_") == ()


def test_stock_and_names_come_in_one_round_trip(world: World) -> None:
    world.dispatch(hq=2, driver="Zebulon Quaye", destination="Rig 7")
    with recording(world.database) as steps:
        found = at_hand(world.operator, StockQuery(shed_id=world.shed_id))
    assert len(steps) == 1
    assert found.stock == stock(world.operator, StockQuery(shed_id=world.shed_id))
    assert "Zebulon Quaye" in found.names["driver"] and "Rig 7" in found.names["destination"]
    assert list(found.names["technician"]) == sorted(set(found.names["technician"]))
    assert at_hand(world.operator, StockQuery()).stock == stock(world.operator, StockQuery())


def test_a_kind_with_too_many_names_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for driver in ("Zebulon Quaye", "Yaw Boateng"):
        world.dispatch(hq=1, driver=driver, destination="Rig 7")
    monkeypatch.setattr(module, "MANY_NAMES", 1)
    module._statement.cache_clear()
    found = at_hand(world.operator, StockQuery(shed_id=world.shed_id))
    module._statement.cache_clear()
    assert "driver" not in found.names


def test_a_shed_that_can_be_none_is_refused_at_its_field(world: World) -> None:
    with pytest.raises(ValidationFailed) as refused:
        at_hand(world.operator, StockQuery(shed_id="1"))  # type: ignore[arg-type]
    assert "shed_id" in {error.field for error in refused.value.errors}
