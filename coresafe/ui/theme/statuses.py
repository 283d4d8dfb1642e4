"""Every state a thing can be in, with its icon, its word and its tone: never colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from coresafe.ui.words import mark, tr


@dataclass(frozen=True, slots=True)
class Status:
    """``key`` as the services name it; ``tone`` is one of ``tokens.TONES``."""

    key: str
    word: str
    icon: str
    tone: str

    @property
    def text(self) -> str:
        """The word in the person's language."""
        return tr(self.word)


_TABLE = (
    # what became of trays
    Status("good", mark("Good"), "circle-check", "positive"),
    Status("occupied", mark("Occupied"), "layers", "storage"),
    Status("damaged", mark("Damaged"), "hammer", "caution"),
    Status("lost", mark("Lost"), "circle-x", "danger"),
    Status("missing", mark("Missing"), "search-x", "danger"),
    Status("surplus", mark("Surplus"), "circle-plus", "info"),
    Status("recovered", mark("Recovered"), "undo-2", "positive"),
    # accounts of the ledger
    Status("available", mark("Available"), "package-open", "positive"),
    Status("out", mark("Out"), "truck", "info"),
    Status("in_transit", mark("In transit"), "arrow-left-right", "info"),
    Status("arrived", mark("Arrived"), "package-check", "positive"),
    Status("scrapped", mark("Scrapped"), "recycle", "neutral"),
    Status("external", mark("Supplier"), "external-link", "neutral"),
    # dispatches
    Status("outstanding", mark("Outstanding"), "truck", "info"),
    Status("partially_returned", mark("Partly returned"), "package-minus", "caution"),
    Status("closed", mark("Closed"), "circle-check", "neutral"),
    Status("matched", mark("Matched"), "circle-check-big", "positive"),
    Status("voided", mark("Voided"), "ban", "neutral"),
    Status("discrepancy", mark("Discrepancy"), "triangle-alert", "danger"),
    Status("overdue", mark("Overdue"), "alarm-clock", "danger"),
    Status("due_soon", mark("Due soon"), "clock", "caution"),
    Status("on_time", mark("On time"), "clock", "positive"),
    # what trays hold
    Status("empty", mark("Empty"), "package-open", "neutral"),
    Status("core", mark("Core"), "layers", "storage"),
    # stocktakes
    Status("count_open", mark("Being counted"), "clipboard-list", "info"),
    Status("count_approved", mark("Approved"), "clipboard-check", "positive"),
    Status("count_cancelled", mark("Cancelled"), "ban", "neutral"),
    # records
    Status("active", mark("Active"), "circle-dot", "positive"),
    Status("inactive", mark("Inactive"), "circle-slash", "neutral"),
    Status("completed", mark("Completed"), "circle-check", "neutral"),
    Status("abandoned", mark("Abandoned"), "ban", "neutral"),
    Status("locked", mark("Locked"), "lock", "danger"),
    Status("switched_off", mark("Switched off"), "user-x", "neutral"),
    Status("waiting", mark("Waiting for approval"), "hourglass", "caution"),
    Status("collected", mark("Collected"), "flask-conical", "info"),
    Status("processing", mark("Processing"), "hourglass", "caution"),
    Status("overlaps", mark("Overlaps"), "triangle-alert", "caution"),
    Status("qc_enough", mark("Enough"), "circle-check", "positive"),
    Status("qc_few", mark("Few"), "triangle-alert", "caution"),
    Status("qc_none", mark("None"), "circle-x", "danger"),
    # what runs beside the windows
    Status("off", mark("Off"), "circle-slash", "neutral"),
    Status("starting", mark("Starting"), "hourglass", "info"),
    Status("on", mark("On"), "circle-check", "positive"),
    Status("ending", mark("Stopping"), "hourglass", "neutral"),
    Status("failed", mark("Not running"), "triangle-alert", "danger"),
)

STATUSES: dict[str, Status] = {status.key: status for status in _TABLE}


def status(key: str) -> Status:
    """The status of this key; an unknown one is shown by its own name rather than not at all."""
    found = STATUSES.get(key)
    return found or Status(key, key.replace("_", " ").capitalize(), "circle", "neutral")
