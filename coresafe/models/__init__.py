"""The tables, one file per entity.

They are loaded with the first table that anybody asks for, all of them together (they name one another): the sign-in
window needs only the words in ``enums`` and is not kept waiting for SQLAlchemy's mapping.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coresafe.models.api_session import ApiSession
    from coresafe.models.audit import AuditEntry, AuditSeal
    from coresafe.models.base import Base
    from coresafe.models.chase import Chase
    from coresafe.models.company import Company
    from coresafe.models.counter import Counter
    from coresafe.models.dispatch import Dispatch, DispatchLine
    from coresafe.models.dispatch_return import Return, ReturnLine
    from coresafe.models.drillhole import Drillhole
    from coresafe.models.import_run import ImportRun
    from coresafe.models.ledger import Balance, MonthlyTotal, Movement
    from coresafe.models.operation import Operation
    from coresafe.models.period import Period
    from coresafe.models.project import Project
    from coresafe.models.resolution import Resolution, ResolutionLine
    from coresafe.models.sample import Sample
    from coresafe.models.setting import Setting
    from coresafe.models.shed import Shed, TraySize
    from coresafe.models.stocktake import Stocktake, StocktakeCount, StocktakeLine, StocktakeSize
    from coresafe.models.transfer import Transfer, TransferEntry, TransferEntryLine, TransferLine
    from coresafe.models.user import SignInThrottle, User

__all__ = [
    "ApiSession",
    "AuditEntry",
    "AuditSeal",
    "Balance",
    "Base",
    "Chase",
    "Company",
    "Counter",
    "Dispatch",
    "DispatchLine",
    "Drillhole",
    "ImportRun",
    "MonthlyTotal",
    "Movement",
    "Operation",
    "Period",
    "Project",
    "Resolution",
    "ResolutionLine",
    "Return",
    "ReturnLine",
    "Sample",
    "Setting",
    "Shed",
    "SignInThrottle",
    "Stocktake",
    "StocktakeCount",
    "StocktakeLine",
    "StocktakeSize",
    "Transfer",
    "TransferEntry",
    "TransferEntryLine",
    "TransferLine",
    "TraySize",
    "User",
]

_FILES = (
    "api_session",
    "audit",
    "base",
    "chase",
    "company",
    "counter",
    "dispatch",
    "dispatch_return",
    "drillhole",
    "import_run",
    "ledger",
    "operation",
    "period",
    "project",
    "resolution",
    "sample",
    "setting",
    "shed",
    "stocktake",
    "transfer",
    "user",
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for file in _FILES:
        module = import_module(f"{__name__}.{file}")
        globals().update({table: getattr(module, table) for table in __all__ if hasattr(module, table)})
    return globals()[name]
