"""Exporting: files for spreadsheets, written from one moment of the database in flat memory."""

from coresafe.services.exporting.dispatches import DispatchFilter, ExportOutcome, export_dispatches

__all__ = ["DispatchFilter", "ExportOutcome", "export_dispatches"]
