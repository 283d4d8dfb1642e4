"""What fits the words typed, and how what was found in the database is told."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from coresafe.services.finding import Found, Kind
from coresafe.ui.widgets import Entry
from coresafe.ui.words import mark, tr

#: Group and icon of each kind.
_KINDS = {
    Kind.DISPATCH: (mark("Dispatches"), "truck"),
    Kind.TRANSFER: (mark("Transfers"), "arrow-left-right"),
    Kind.HOLE: (mark("Holes"), "drill"),
    Kind.COMPANY: (mark("Companies"), "building-2"),
    Kind.PROJECT: (mark("Projects"), "map"),
    Kind.SAMPLE: (mark("Samples"), "flask-conical"),
}
#: States worth a word; the usual ones are not.
_STATES = {
    "partially_returned": mark("partly returned"),
    "outstanding": mark("outstanding"),
    "closed": mark("closed"),
    "in_transit": mark("in transit"),
    "arrived": mark("arrived"),
    "voided": mark("voided"),
    "inactive": mark("inactive"),
    "completed": mark("completed"),
}


def matching(entries: Sequence[Entry], words: str) -> list[Entry]:
    """The entries of which every word typed begins a word, each group in its order; those that begin so come first."""
    wanted = _folded(words).split()
    if not wanted:
        return list(entries)
    kept = [entry for entry in entries if _fits(entry, wanted)]
    groups = list(dict.fromkeys(entry.group for entry in kept))
    return sorted(kept, key=lambda e: (groups.index(e.group), not _folded(e.text).startswith(wanted[0])))


def entry_of(found: Found) -> Entry:
    """What was found, as a line."""
    group, icon = _KINDS[found.kind]
    state = tr(_STATES[found.state]) if found.state in _STATES else ""
    detail = " · ".join((*found.detail, state) if state else found.detail)
    return Entry(found, tr(group), found.text, detail, icon)


def _fits(entry: Entry, wanted: Sequence[str]) -> bool:
    there = _folded(f"{entry.text} {entry.detail}").split()
    return all(any(word.startswith(part) for word in there) for part in wanted)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
