"""Names that forms complete from earlier dispatches; asked for on the task runner's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coresafe.services.at_hand import known_people
from coresafe.ui.workspace import Workspace

#: Names shown at most: whoever is not among them types one letter more.
_SHOWN = 20


def people(workspace: Workspace, kind: str) -> Callable[[str], Sequence[str]]:
    """Drivers, technicians or destinations of earlier dispatches: those at hand, or else as the database finds them."""

    def find(text: str) -> Sequence[str]:
        names = workspace.hand.names(kind)
        if names is None:
            return known_people(workspace.context, kind, text)
        wanted = text.strip().casefold()
        return [name for name in names if wanted in name.casefold()][:_SHOWN]

    return find
