"""The ledger as a plain Python model: what the domain says, in numbers, without a database.

One shed, a few sizes. Trays of a size lie in states; a dispatch holds lines by (size, contents). Each operation either
changes the model or raises ``Refused`` with the name of the error that the services must raise.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from dataclasses import dataclass, field


class Refused(Exception):  # the model's answer, not an error of it
    """The operation is not allowed; ``name`` is the error's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


Key = tuple[str, str]  # size, contents


@dataclass
class Line:
    """One line of a dispatch, as the services show it."""

    quantity: int
    good: int = 0
    occupied: int = 0
    damaged: int = 0
    lost: int = 0
    recovered: int = 0
    surplus: int = 0
    outstanding: int = 0


@dataclass
class Entry:
    """A return or a loss: parts by line, or what was lost by line."""

    parts: dict[Key, Counter[str]]
    final: bool = False
    voided: bool = False


@dataclass
class ModelDispatch:
    """A dispatch with what stands on it, voided entries kept."""

    lines: dict[Key, Line]
    returns: list[Entry] = field(default_factory=list)
    losses: list[Entry] = field(default_factory=list)
    voided: bool = False
    #: Lines keep the place they were given first, also one that was taken out and put in again.
    places: list[Key] = field(default_factory=list)

    def put(self, lines: dict[Key, int]) -> None:
        """These are the lines now, nothing of them returned."""
        self.places += [key for key in lines if key not in self.places]
        self.lines = {key: Line(lines[key], outstanding=lines[key]) for key in self.places if key in lines}

    @property
    def outstanding(self) -> int:
        return sum(line.outstanding for line in self.lines.values())

    @property
    def final(self) -> bool:
        return any(entry.final for entry in self.returns if not entry.voided)

    @property
    def status(self) -> str:
        if self.voided:
            return "voided"
        if not self.outstanding:
            return "closed"
        untouched = all(line.outstanding == line.quantity for line in self.lines.values())
        return "outstanding" if untouched else "partially_returned"

    @property
    def spoiled(self) -> int:
        return sum(line.damaged + line.lost + line.surplus for line in self.lines.values())

    @property
    def discrepancy(self) -> bool:
        return not self.voided and (self.spoiled > 0 or (self.final and self.outstanding > 0))

    @property
    def matched(self) -> bool:
        return self.status == "closed" and not self.spoiled

    def out(self, size: str) -> int:
        return sum(line.outstanding for (name, _), line in self.lines.items() if name == size)

    def stands(self) -> bool:
        return any(not entry.voided for entry in (*self.returns, *self.losses))


class Model:
    """All of it."""

    def __init__(self) -> None:
        self.stock: dict[str, Counter[str]] = defaultdict(Counter)
        self.dispatches: list[ModelDispatch] = []

    def base(self, size: str) -> int:
        return sum(self.stock[size][state] for state in ("available", "occupied", "damaged", "out"))

    def _post(self, changes: dict[tuple[str, str], int]) -> None:
        """All of it, or none where a state would go below zero."""
        if any(self.stock[size][state] + n < 0 for (size, state), n in changes.items()):
            raise Refused("InsufficientStock")
        for (size, state), n in changes.items():
            self.stock[size][state] += n

    def set_base(self, size: str, wanted: int) -> None:
        self._post({(size, "available"): wanted - self.base(size)})

    def move(self, kind: str, size: str, n: int, source: str, target: str) -> None:
        changes: dict[tuple[str, str], int] = defaultdict(int)
        if kind not in ("purchase", "found"):
            changes[size, source] -= n
        changes[size, target] += n
        self._post(changes)

    def _leave(self, lines: dict[Key, int], sign: int = 1) -> dict[tuple[str, str], int]:
        changes: dict[tuple[str, str], int] = defaultdict(int)
        for (size, contents), n in lines.items():
            changes[size, "available" if contents == "empty" else "occupied"] -= sign * n
            changes[size, "out"] += sign * n
        return changes

    def dispatch(self, lines: dict[Key, int]) -> None:
        self._post(self._leave(lines))
        sent = ModelDispatch({})
        sent.put(lines)
        self.dispatches.append(sent)

    def amend(self, d: ModelDispatch, lines: dict[Key, int]) -> None:
        if d.status not in ("outstanding", "partially_returned") or d.stands():
            raise Refused("WrongState")
        difference = {
            key: lines.get(key, 0) - (d.lines[key].quantity if key in d.lines else 0) for key in {*lines, *d.lines}
        }
        self._post(self._leave(difference))
        d.put(lines)

    def void_dispatch(self, d: ModelDispatch) -> None:
        if d.voided or d.stands():
            raise Refused("WrongState")
        self._post(self._leave({key: line.quantity for key, line in d.lines.items()}, -1))
        d.voided = True
        for line in d.lines.values():
            line.outstanding = 0

    def give_back(self, d: ModelDispatch, entered: dict[str, Counter[str]], *, final: bool) -> None:
        coming = {size: sum(n for name, n in parts.items() if name != "surplus") for size, parts in entered.items()}
        if not final and not any(sum(parts.values()) for parts in entered.values()):
            raise Refused("ValidationFailed")
        if d.voided:
            raise Refused("WrongState")
        surplus = sum(parts["surplus"] for parts in entered.values())
        if not d.outstanding and (any(coming.values()) or not surplus):
            raise Refused("AlreadyReturned")
        if any(n > d.out(size) for size, n in coming.items()):
            raise Refused("OverReturn")
        parts_by_line: dict[Key, Counter[str]] = defaultdict(Counter)
        for size, parts in entered.items():
            room = {key: line.outstanding for key, line in d.lines.items() if key[0] == size}
            for name, first in (("occupied", "core"), ("good", "empty"), ("damaged", "empty")):
                left = parts[name]
                for key in sorted(room, key=lambda key, first=first: key[1] != first):  # type: ignore[misc]
                    taken = min(left, room[key])
                    parts_by_line[key][name] += taken
                    room[key] -= taken
                    left -= taken
            if parts["surplus"]:
                parts_by_line[next(iter(room))]["surplus"] += parts["surplus"]
        self._post(self._returned(parts_by_line, 1))
        d.returns.append(Entry(dict(parts_by_line), final=final))
        self._apply(d, parts_by_line, 1)

    @staticmethod
    def _returned(parts: dict[Key, Counter[str]], sign: int) -> dict[tuple[str, str], int]:
        changes: dict[tuple[str, str], int] = defaultdict(int)
        for (size, _), amounts in parts.items():
            for name, state in (("good", "available"), ("occupied", "occupied"), ("damaged", "damaged")):
                changes[size, state] += sign * amounts[name]
                changes[size, "out"] -= sign * amounts[name]
            changes[size, "available"] += sign * amounts["surplus"]
        return changes

    @staticmethod
    def _apply(d: ModelDispatch, parts: dict[Key, Counter[str]], sign: int) -> None:
        for key, amounts in parts.items():
            line = d.lines[key]
            for name in ("good", "occupied", "damaged", "surplus"):
                setattr(line, name, getattr(line, name) + sign * amounts[name])
            line.outstanding -= sign * (amounts["good"] + amounts["occupied"] + amounts["damaged"])

    def void_return(self, d: ModelDispatch, index: int) -> None:
        entry = d.returns[index]
        if entry.voided:
            raise Refused("WrongState")
        self._post(self._returned(entry.parts, -1))
        entry.voided = True
        self._apply(d, entry.parts, -1)

    def lose(self, d: ModelDispatch, wanted: dict[str, int]) -> None:
        if d.voided:
            raise Refused("WrongState")
        if not d.outstanding:
            raise Refused("AlreadyReturned")
        if any(n > d.out(size) for size, n in wanted.items()):
            raise Refused("OverReturn")
        parts: dict[Key, Counter[str]] = {}
        for size, n in wanted.items():
            left = n
            for key, line in d.lines.items():
                if key[0] == size:
                    share = min(left, line.outstanding)
                    left -= share
                    if share:
                        parts[key] = Counter(lost=share)
                        line.lost += share
                        line.outstanding -= share
            self._post({(size, "out"): -n, (size, "lost"): n})
        d.losses.append(Entry(parts))

    def void_loss(self, d: ModelDispatch, index: int) -> None:
        entry = d.losses[index]
        if entry.voided or any(d.lines[k].lost - n["lost"] < d.lines[k].recovered for k, n in entry.parts.items()):
            raise Refused("WrongState")
        changes: dict[tuple[str, str], int] = defaultdict(int)
        for key, amounts in entry.parts.items():
            d.lines[key].lost -= amounts["lost"]
            d.lines[key].outstanding += amounts["lost"]
            changes[key[0], "out"] += amounts["lost"]
            changes[key[0], "lost"] -= amounts["lost"]
        self._post(changes)
        entry.voided = True

    def recover(self, d: ModelDispatch, size: str, n: int, target: str) -> None:
        after = copy.deepcopy(d.lines)
        left = n
        for key, line in after.items():
            if key[0] == size:
                share = min(left, line.lost - line.recovered)
                line.recovered += share
                left -= share
        if left:
            raise Refused("WrongState")
        self._post({(size, "lost"): -n, (size, target): n})
        d.lines = after
