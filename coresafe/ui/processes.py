"""Work of a window that computes for longer than 100 ms: in a child process (see ``services.children``).

To be called from a task's work:

    runner.run(lambda token: in_child("coresafe.services.exporting.workbook:build", token, ...), owner=page)
"""

from __future__ import annotations

from coresafe.services.children import ChildToken, TaskToken, in_child

__all__ = ["ChildToken", "TaskToken", "in_child"]
