"""What stands behind a figure: which page shows its rows, and under which filters. ``doors`` goes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Behind:
    """``page`` is the action that goes there; ``words`` is what the filters are called there.

    ``filters`` of dispatches are the service's own. Of the inventory: ``size``, ``state``, ``kind``, ``days`` (first and
    last), ``company`` (id and name), ``shed_id``. Of samples: ``sample_type``, ``status``, ``entered`` (two moments). Of
    accounts: ``company_id``.
    ``instead``: where to go for whom there is no such page.
    """

    page: str
    words: str = ""
    filters: Mapping[str, object] = field(default_factory=dict)
    instead: Behind | None = None


def given(**filters: object) -> dict[str, object]:
    """The filters that say something."""
    return {name: value for name, value in filters.items() if value is not None}
