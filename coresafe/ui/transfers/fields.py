"""A transfer field by field, in words: for its history, and for what somebody changed while a form was open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from coresafe.models.enums import Contents, TransferEntryKind
from coresafe.services.transferring import TransferEntryRow, TransferLineRow, TransferRow
from coresafe.ui.returning.fields import Change
from coresafe.ui.theme.statuses import status
from coresafe.ui.words import mark, number, tr

#: The numbers of a size, in the order of telling.
PARTS: Mapping[str, str] = {
    "quantity": mark("{size} sent"),
    "good": mark("{size} good"),
    "occupied": mark("{size} occupied"),
    "damaged": mark("{size} damaged"),
    "lost": mark("{size} lost"),
    "surplus": mark("{size} surplus"),
    "in_transit": mark("{size} on the way"),
}
#: What arrived how, or did not, as an entry is told.
CONDITIONS: Mapping[str, str] = {
    "good": mark("good"),
    "occupied": mark("occupied"),
    "damaged": mark("damaged"),
    "lost": mark("lost"),
    "surplus": mark("surplus"),
}


def size_words(line: TransferLineRow) -> str:
    """'HQ', or 'HQ core' where the trays held core when they left."""
    return f"{line.tray_size} {tr('core')}" if line.contents is Contents.CORE else line.tray_size


def trays_sent(row: TransferRow) -> str:
    """'40 HQ, 10 NQ core'."""
    return ", ".join(f"{number(line.quantity)} {size_words(line)}" for line in row.lines)


def on_the_way(row: TransferRow) -> dict[str, int]:
    """Trays that have not arrived, by size, in the order of the lines."""
    found: dict[str, int] = {}
    for line in row.lines:
        found[line.tray_size] = found.get(line.tray_size, 0) + line.in_transit
    return found


def holding_core(row: TransferRow) -> dict[str, int]:
    """Those of them that held core when they left."""
    found: dict[str, int] = {}
    for line in row.lines:
        if line.contents is Contents.CORE:
            found[line.tray_size] = found.get(line.tray_size, 0) + line.in_transit
    return found


def in_words(trays: Mapping[str, int]) -> str:
    """'3 HQ, 1 NQ' of trays by size, those of none left out."""
    return ", ".join(f"{number(count)} {size}" for size, count in trays.items() if count)


def entered(lines: Iterable[Mapping[str, Any]]) -> str:
    """'4 HQ good, 1 HQ damaged'."""
    parts = [
        f"{number(line[name])} {line['tray_size']} {tr(word)}"
        for line in lines
        for name, word in CONDITIONS.items()
        if line.get(name)
    ]
    return ", ".join(parts) or tr("nothing")


def entry_words(entry: TransferEntryRow) -> str:
    """The same of an entry."""
    return entered(asdict(line) for line in entry.lines)


def entry_title(entry: TransferEntryRow) -> str:
    """What kind of entry it is."""
    return tr("Received") if entry.kind is TransferEntryKind.RECEIPT else tr("Declared lost")


def numbers(old: Iterable[Any], new: Iterable[Any], parts: Sequence[str] = tuple(PARTS)) -> list[Change]:
    """What differs of the sizes; ``old`` and ``new`` are lines of a transfer, or as the audit trail keeps them."""
    before, after = _by_size(old), _by_size(new)
    return [
        Change(tr(PARTS[part], size=size), number(was), number(now))
        for size in {**before, **after}
        for part in parts
        if (was := before.get(size, {}).get(part, 0)) != (now := after.get(size, {}).get(part, 0))
    ]


def _by_size(lines: Iterable[Any]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    for line in lines:
        told = asdict(line) if isinstance(line, TransferLineRow) else line
        size = sums.setdefault(str(told["tray_size"]), {})
        for part in PARTS:
            size[part] = size.get(part, 0) + (told.get(part) or 0)
    return sums


def what_changed(old: TransferRow, new: TransferRow) -> list[Change]:
    """What somebody changed since ``old`` was read: its state, its sizes, and the entries that came or were voided."""
    found = []
    if old.status is not new.status:
        found.append(Change(tr("State"), status(old.status.value).text, status(new.status.value).text))
    found += numbers(old.lines, new.lines)
    known = {entry.id: entry for entry in old.entries}
    for entry in new.entries:
        if entry.id not in known:
            found.append(
                Change(entry_title(entry), "", tr("{what}, by {user}", what=entry_words(entry), user=entry.entered_by))
            )
        before = known.get(entry.id)
        if entry.voided_at is not None and (before is None or before.voided_at is None):
            found.append(Change(entry_title(entry), entry_words(entry), tr("voided: {why}", why=entry.void_reason)))
    if new.void_reason and not old.void_reason:
        found.append(Change(tr("Voided"), "", new.void_reason))
    return found
