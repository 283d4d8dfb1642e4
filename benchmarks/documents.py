"""The piece of work that is measured: a dispatch, and everything of it coming back."""

from __future__ import annotations

import uuid

from benchmarks.bench import SIZES
from benchmarks.recorded import Work, recording
from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, WantedLine, dispatch_trays
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from tests.worlds import World

#: Numbers that appear nowhere else, so that they are recognised among the parameters.
_DISPATCH_ID, _RETURN_ID, _DISPATCH_NUMBER, _RETURN_NUMBER = 7_100_001, 7_200_001, 730_001, 740_001


def wanted(shed_id: int, company_id: int, project_id: int, sizes: int = 2) -> DispatchTrays:
    """A dispatch of so many sizes, with the details people enter."""
    return DispatchTrays(
        company_id=company_id,
        project_id=project_id,
        shed_id=shed_id,
        driver="Kofi Adjei",
        technician="Ama Boateng",
        vehicle="GR 4521-22",
        destination="Intertek Tarkwa",
        notes="Half core, to be cut again",
        lines=[WantedLine(tray_size=size, quantity=5 + n) for n, size in enumerate(SIZES[:sizes])],
    )


def returned(dispatch: DispatchRow) -> TakeReturn:
    """All of it back: most good, one with core, one damaged of each size."""
    lines = [
        ReturnedLine(tray_size=line.tray_size, good=line.quantity - 2, occupied=1, damaged=1) for line in dispatch.lines
    ]
    return TakeReturn(
        dispatch_id=dispatch.id,
        driver="Kofi Adjei",
        technician="Yaw Owusu",
        condition_notes="Two handles broken",
        lines=lines,
        version=dispatch.version,
    )


def play(context: Context, command: DispatchTrays) -> None:
    """Through the services, with operation ids as the windows send them."""
    dispatch = dispatch_trays(context, command, uuid.uuid4())
    take_return(context, returned(dispatch), uuid.uuid4())


def record(database: Database, world: World, sizes: int = 2) -> Work:
    """The statements of one ``play``, ready to be sent by bare PyMySQL."""
    command = wanted(world.shed_id, world.company_id, world.project_id, sizes)
    play(world.operator, command)
    with database.connect() as connection:
        connection.exec_driver_sql(f"ALTER TABLE dispatches AUTO_INCREMENT = {_DISPATCH_ID}")
        connection.exec_driver_sql(f"ALTER TABLE returns AUTO_INCREMENT = {_RETURN_ID}")
        for letter, number in (("D", _DISPATCH_NUMBER), ("R", _RETURN_NUMBER)):
            connection.exec_driver_sql("UPDATE counters SET value = %s WHERE kind = %s", (number - 1, letter))
    first, second = uuid.uuid4(), uuid.uuid4()
    with recording(database) as steps:
        dispatch = dispatch_trays(world.operator, command, first)
        answer = take_return(world.operator, returned(dispatch), second)
    ids = {
        dispatch.id: str(dispatch.id),
        answer.returns[0].id: str(answer.returns[0].id),
        _DISPATCH_NUMBER: dispatch.number,
        _RETURN_NUMBER: answer.returns[0].number,
    }
    assert set(ids) == {_DISPATCH_ID, _RETURN_ID, _DISPATCH_NUMBER, _RETURN_NUMBER}, ids
    work = Work(steps=steps, operations=[str(first), str(second)], ids=ids)
    work.prepare()
    return work
