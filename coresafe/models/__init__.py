"""The tables, one file per entity."""

from coresafe.models.audit import AuditEntry, AuditSeal
from coresafe.models.base import Base
from coresafe.models.company import Company
from coresafe.models.dispatch import Dispatch, DispatchLine
from coresafe.models.dispatch_return import Return, ReturnLine
from coresafe.models.drillhole import Drillhole
from coresafe.models.import_run import ImportRun
from coresafe.models.ledger import Balance, Counter, MonthlyTotal, Movement
from coresafe.models.operation import Operation
from coresafe.models.period import Period
from coresafe.models.project import Project
from coresafe.models.resolution import Resolution, ResolutionLine
from coresafe.models.setting import Setting
from coresafe.models.shed import Shed, TraySize
from coresafe.models.user import SignInThrottle, User

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "Balance",
    "Base",
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
    "Setting",
    "Shed",
    "SignInThrottle",
    "TraySize",
    "User",
]
