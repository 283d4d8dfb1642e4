"""Importing companies, projects and drillholes from files: prepared, planned, written in one go, undone as a whole."""

from coresafe.services.importing.fields import FIELDS, RecordType
from coresafe.services.importing.parsing import ImportCommand, Problem, prepare
from coresafe.services.importing.planning import Plan, PlannedChange, PlannedRow
from coresafe.services.importing.running import (
    ImportOutcome,
    ImportRow,
    UndoImport,
    import_rows,
    list_imports,
    plan_import,
    undo_import,
)

__all__ = [
    "FIELDS",
    "ImportCommand",
    "ImportOutcome",
    "ImportRow",
    "Plan",
    "PlannedChange",
    "PlannedRow",
    "Problem",
    "RecordType",
    "UndoImport",
    "import_rows",
    "list_imports",
    "plan_import",
    "prepare",
    "undo_import",
]
