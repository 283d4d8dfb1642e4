"""Samples: the table, the detail of one, recording one or a whole range, and how a batch is checked by QC samples."""

from coresafe.ui.samples.page import SamplesPage

__all__ = ["SamplesPage"]
