"""Exporting: files for spreadsheets, written from one moment of the database in flat memory."""

from coresafe.services.exporting.reports import FORMATS, REPORTS, ReportFilter
from coresafe.services.exporting.streaming import stream_csv, stream_xlsx
from coresafe.services.exporting.writing import ExportOutcome, write_report

__all__ = ["FORMATS", "REPORTS", "ExportOutcome", "ReportFilter", "stream_csv", "stream_xlsx", "write_report"]
