"""Names that forms complete from earlier dispatches; asked for on the task runner's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coresafe.services.context import Context
from coresafe.services.dispatching import known_people


def people(context: Context, kind: str) -> Callable[[str], Sequence[str]]:
    """Drivers, technicians or destinations of earlier dispatches."""
    return lambda text: known_people(context, kind, text)
