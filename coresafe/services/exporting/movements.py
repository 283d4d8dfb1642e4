"""The ledger, one row for each movement."""

from __future__ import annotations

from coresafe.models import Company, Dispatch, Movement, Return, Shed, TraySize, User
from coresafe.services.exporting.declaring import Report, count, moment, text, word

M = Movement.__table__
_SHED, _TO_SHED = Shed.__table__, Shed.__table__.alias("to_shed")

MOVEMENTS = Report(
    name="movements",
    title="Movements",
    columns=(
        moment("at", M.c.at),
        moment("entered_at", M.c.entered_at),
        word("kind", M.c.kind),
        word("of_kind", M.c.of_kind),
        text("tray_size", TraySize.name, 10),
        count("quantity", M.c.quantity),
        word("from_account", M.c.from_state),
        word("to_account", M.c.to_state),
        text("shed", _SHED.c.name),
        text("to_shed", _TO_SHED.c.name),
        text("company", Company.name, 28),
        word("dispatch", Dispatch.number),
        word("return", Return.number),
        text("user", User.username, 14),
        text("reason", M.c.reason, 40),
    ),
    tables=(
        M.join(TraySize.__table__, TraySize.id == M.c.tray_size_id)
        .join(_SHED, _SHED.c.id == M.c.shed_id)
        .join(_TO_SHED, _TO_SHED.c.id == M.c.to_shed_id)
        .join(User.__table__, User.id == M.c.user_id)
        .outerjoin(Company.__table__, Company.id == M.c.company_id)
        .outerjoin(Dispatch.__table__, Dispatch.id == M.c.dispatch_id)
        .outerjoin(Return.__table__, Return.id == M.c.return_id)
    ),
    listed=M,
    order=(M.c.at, M.c.id),
    index="ix_movements_at",
    company_index="ix_movements_company_id",
    at=M.c.at,
    shed=lambda shed: (M.c.shed_id == shed) | (M.c.to_shed_id == shed),
    company=lambda company: M.c.company_id == company,
)
