"""The reconciliation as a file for clients and auditors."""

from coresafe.services.exporting.reconciliation.files import FORMATS, make_reconciliation, write_reconciliation

__all__ = ["FORMATS", "make_reconciliation", "write_reconciliation"]
