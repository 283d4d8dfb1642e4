"""The closed lists of words of the domain. Values are stored and travel over the API as they stand here."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a user may do; each role may do all that the one before may."""

    OPERATOR = "operator"
    MANAGER = "manager"
    ADMIN = "admin"


class Door(StrEnum):
    """Through which door a change came in."""

    WINDOW = "window"
    API = "api"
    IMPORT = "import"
    COMMAND_LINE = "command line"


class State(StrEnum):
    """An account of the ledger: the state of trays at a shed."""

    AVAILABLE = "available"
    OCCUPIED = "occupied"
    DAMAGED = "damaged"
    OUT = "out"
    IN_TRANSIT = "in_transit"
    LOST = "lost"
    SCRAPPED = "scrapped"
    EXTERNAL = "external"


#: The states that make up the base inventory: every tray owned.
OWNED_STATES = (State.AVAILABLE, State.OCCUPIED, State.DAMAGED, State.OUT, State.IN_TRANSIT)


class MovementKind(StrEnum):
    """Why trays moved from one account to another."""

    OPENING = "opening"
    PURCHASE = "purchase"
    DISPATCH = "dispatch"
    RETURN = "return"
    LOSS = "loss"
    RECOVERY = "recovery"
    FOUND = "found"
    FILL = "fill"
    RELEASE = "release"
    DAMAGE = "damage"
    REPAIR = "repair"
    SCRAP = "scrap"
    ADJUSTMENT = "adjustment"
    STOCKTAKE = "stocktake"
    TRANSFER = "transfer"
    VOID = "void"


class Contents(StrEnum):
    """What the trays of a dispatch line hold when they leave."""

    EMPTY = "empty"
    CORE = "core"


class DispatchStatus(StrEnum):
    """How far a dispatch has come back."""

    OUTSTANDING = "outstanding"
    PARTIALLY_RETURNED = "partially_returned"
    CLOSED = "closed"
    VOIDED = "voided"


class ProjectStatus(StrEnum):
    """State of a company's project; only active ones are offered."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    COMPLETED = "completed"


class DrillholeStatus(StrEnum):
    """State of a drillhole."""

    ACTIVE = "active"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class SampleType(StrEnum):
    """Type of a sample; the last three are quality control and have no interval."""

    CORE = "core"
    ASSAY = "assay"
    GEOCHEMICAL = "geochemical"
    MINERALOGY = "mineralogy"
    FIELD_DUPLICATE = "field_duplicate"
    STANDARD = "crm_standard"
    BLANK = "blank"


#: Samples that check the laboratory: they come from no interval of a hole.
QC_TYPES = (SampleType.FIELD_DUPLICATE, SampleType.STANDARD, SampleType.BLANK)


class SampleStatus(StrEnum):
    """How far a sample has come."""

    COLLECTED = "collected"
    PROCESSING = "processing"
    COMPLETED = "completed"


class CountKind(StrEnum):
    """What is counted of dispatches, as they stand now."""

    SENT = "sent"
    CLOSED = "closed"
    MATCHED = "matched"
    DISCREPANCY = "discrepancy"
    VOIDED = "voided"


class Disposition(StrEnum):
    """What became of a tray that was sent out."""

    GOOD = "good"
    OCCUPIED = "occupied"
    DAMAGED = "damaged"
    LOST = "lost"


class StocktakeStatus(StrEnum):
    """How far a stocktake has come."""

    OPEN = "open"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class TransferStatus(StrEnum):
    """How far a transfer has come; *arrived* once nothing of it is on its way any more."""

    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    VOIDED = "voided"


class TransferEntryKind(StrEnum):
    """What can happen to a transfer after it left."""

    RECEIPT = "receipt"
    LOSS = "loss"
