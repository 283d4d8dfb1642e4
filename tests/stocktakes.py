"""A stocktake as tests tell one: opened by the manager, counted by the operator, in few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coresafe.services.context import Context
from coresafe.services.stocktaking import (
    ApproveStocktake,
    DeclareSize,
    EnterCount,
    OpenStocktake,
    SizeProgress,
    StocktakeDetail,
    StocktakeRow,
    Variances,
    approve_stocktake,
    declare_size,
    enter_count,
    open_stocktake,
    variances,
)
from tests.worlds import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """An open stocktake of a world's shed."""

    world: World
    row: StocktakeRow

    @property
    def id(self) -> int:
        """Its id."""
        return self.row.id

    def enter(
        self, quantity: Any, size: Any = "HQ", state: Any = "available", place: Any = None, who: Context | None = None
    ) -> Any:
        """Enter a number, as the operator unless somebody else counts."""
        command = EnterCount(stocktake_id=self.id, tray_size=size, state=state, quantity=quantity, place=place)
        return enter_count(who or self.world.operator, command)

    def declare(self, size: str = "HQ", *none: str, who: Context | None = None) -> SizeProgress:
        """Declare a size counted; ``none``: states of which there is none."""
        return declare_size(
            who or self.world.operator, DeclareSize(stocktake_id=self.id, tray_size=size, none=list(none))
        )

    def found(self, size: str = "HQ", *, available: int = 0, occupied: int = 0, damaged: int = 0) -> SizeProgress:
        """Count a size in every state and declare it."""
        for state, quantity in (("available", available), ("occupied", occupied), ("damaged", damaged)):
            self.enter(quantity, size, state)
        return self.declare(size)

    def look(self) -> Variances:
        """What the manager sees."""
        return variances(self.world.manager, self.id)

    def varies(self, size: str = "HQ") -> dict[str, int]:
        """The variances of a size that are not 0, by state."""
        return {row.state.value: row.variance for row in self.look().rows if row.tray_size == size and row.variance}

    def approve(
        self, reason: str | None = "miscounted before", who: Context | None = None, **more: Any
    ) -> StocktakeDetail:
        """Approve it, as the manager unless somebody else does."""
        return approve_stocktake(
            who or self.world.manager, ApproveStocktake(stocktake_id=self.id, reason=reason, **more)
        )


def begin(world: World) -> Count:
    """Open a stocktake of the world's shed."""
    return Count(world=world, row=open_stocktake(world.manager, OpenStocktake(shed_id=world.shed_id)))
