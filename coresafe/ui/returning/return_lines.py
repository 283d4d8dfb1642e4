"""The lines of a return: what is out, split into what came back how, with what is missing as a live sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.returning import ReturnedLine
from coresafe.ui.forms import Form, QuantityField
from coresafe.ui.widgets import figures, label
from coresafe.ui.widgets.labels import set_kind
from coresafe.ui.words import mark, number, tr

PARTS = ("good", "occupied", "damaged", "surplus")
#: The parts of what is out; surplus comes on top.
_OF_OUT = ("good", "occupied", "damaged")


@dataclass(frozen=True, slots=True)
class LineWords:
    """What trays are called that are not there yet: at the head of their column, and where more are typed than there are."""

    head: str
    only: str


OUT = LineWords(mark("Out"), mark("Only {count} out."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One size of a return as typed: trays out, and how many of them are missing from it (below zero: too many)."""

    tray_size: str
    out: int
    good: int
    occupied: int
    damaged: int
    surplus: int

    @property
    def missing(self) -> int:
        """Out, and not in this return."""
        return self.out - self.good - self.occupied - self.damaged


def difference(sums: Sequence[Sum], company: str, *, final: bool) -> str:
    """What does not come back good, in a sentence; "" when everything does."""
    missing = [f"{number(s.missing)} {s.tray_size}" for s in sums if s.missing > 0]
    parts = []
    if missing:
        parts.append(tr("{trays} missing: they stay on {company}'s account", trays=joined(missing), company=company))
    damaged = [f"{number(s.damaged)} {s.tray_size}" for s in sums if s.damaged]
    if damaged:
        parts.append(tr("{trays} damaged", trays=joined(damaged)))
    surplus = [f"{number(s.surplus)} {s.tray_size}" for s in sums if s.surplus]
    if surplus:
        parts.append(tr("{trays} more than were sent: they are posted as found", trays=joined(surplus)))
    if final and missing:
        parts.append(tr("no more is expected, so the rest is a discrepancy to resolve"))
    return "; ".join(parts) + "." if parts else ""


def joined(parts: Sequence[str]) -> str:
    """'2 HQ, 1 NQ and 4 BQ'."""
    return tr("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1]) if len(parts) > 1 else parts[0]


class ReturnLines(QWidget):
    """A line for each size still out, split into good, occupied, damaged and surplus, with what is missing beside it.

    Signals: ``changed()``.
    """

    changed = Signal()

    def __init__(self, form: Form, words: LineWords = OUT) -> None:
        super().__init__()
        self._form, self._words = form, words
        self._holding: Mapping[str, int] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(8)
        self._out: dict[str, int] = {}
        self._fields: dict[tuple[str, str], QuantityField] = {}
        self._outs: dict[str, QLabel] = {}
        self._missing: dict[str, QLabel] = {}
        self._edited_last: dict[str, str] = {}

    def begin(self, out: dict[str, int], holding: Mapping[str, int] | None = None) -> None:
        """Everything that is still out, by size, pre-filled as good; as occupied those of it that left ``holding`` core."""
        self._holding = holding or {}
        self._lay_out(out)

    def _lay_out(self, out: dict[str, int]) -> None:
        self._clear()
        self._out = dict(out)
        heads = (
            tr("Size"),
            tr(self._words.head),
            tr("Good"),
            tr("Occupied"),
            tr("Damaged"),
            tr("Surplus"),
            tr("Missing"),
        )
        right = Qt.AlignmentFlag.AlignRight
        for at, head in enumerate(heads):
            self._grid.addWidget(label(head, "small"), 0, at, right if at else Qt.AlignmentFlag.AlignLeft)
            self._grid.setColumnStretch(at, 1 if head in heads[2:6] else 0)
        for down, size in enumerate(self._out, start=1):
            self._add(down, size)
        self._show_missing()

    def sums(self) -> list[Sum]:
        """Every size as typed; what is no number counts as nothing."""
        return [
            Sum(tray_size=size, out=out, **{part: self._fields[size, part].value() or 0 for part in PARTS})
            for size, out in self._out.items()
        ]

    def lines(self) -> tuple[ReturnedLine, ...]:
        """What is typed, as the service takes it."""
        return tuple(
            ReturnedLine(tray_size=s.tray_size, good=s.good, occupied=s.occupied, damaged=s.damaged, surplus=s.surplus)
            for s in self.sums()
        )

    def take_out(self, out: dict[str, int]) -> None:
        """What is out is another number by now; what was typed stays.

        A size that is out only now gets a line, with nothing in it: whoever counted did not count it. The line of one that is
        on the dispatch no longer goes, unless something was typed there.
        """
        gone = [size for size in self._out if size not in out]
        kept = {size: 0 for size in gone if any(self._fields[size, part].dirty for part in PARTS)}
        sizes = {**out, **kept}
        if list(sizes) != list(self._out):
            self._rebuild(sizes)
        for size, count in sizes.items():
            self._out[size] = count
            self._outs[size].setText(number(count))
        self._show_missing()

    def _rebuild(self, sizes: dict[str, int]) -> None:
        """Other lines, as the services count them by their place; what stood in those that stay is put back."""
        typed = {key: field.typed() for key, field in self._fields.items()}
        there = next((key for key, field in self._fields.items() if field.edit.hasFocus()), None)
        last = {size: part for size, part in self._edited_last.items() if size in sizes}
        before = dict(self._out)
        self._lay_out({size: before.get(size, 0) for size in sizes})  # as they began, so that what was typed is known
        for key, field in self._fields.items():
            if key in typed:
                field.set_value(typed[key])
        self._edited_last = last
        if there is not None:  # the keyboard stays where it was
            at = self._fields.get(there) or self.first()
            if at is not None:
                at.setFocus(Qt.FocusReason.OtherFocusReason)

    def name_of(self, size: str) -> str:
        """The field where too many of a size are told: the one that was typed into last."""
        part = self._edited_last.get(size, "good")
        return self._fields[size, part].name if (size, part) in self._fields else ""

    def reduce_surplus(self, size: str, by: int) -> None:
        """Some of the surplus turned out to be something else."""
        field = self._fields[size, "surplus"]
        field.set_value(max(0, (field.value() or 0) - by))

    def first(self) -> QuantityField | None:
        """The first number of which something is out."""
        out = (field for (size, _part), field in self._fields.items() if self._out[size])
        return next(out, None) or next(iter(self._fields.values()), None)

    def _add(self, down: int, size: str) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        words = {"good": tr("good"), "occupied": tr("occupied"), "damaged": tr("damaged"), "surplus": tr("surplus")}
        self._grid.addWidget(label(size, "strong"), down, 0)
        self._outs[size] = figures(number(self._out[size]))
        self._grid.addWidget(self._outs[size], down, 1, right)
        for at, part in enumerate(PARTS, start=2):
            name = f"lines[{down - 1}].{part}"
            field = QuantityField(name, tr("{size} {part}", size=size, part=words[part]), required=True, least=0)
            field.hide_head()
            field.edit.setMinimumWidth(56)
            field.edit.setProperty("gloves", True)
            field.set_value(self._prefilled(size, part))
            field.changed.connect(partial(self._edited, size, part))
            self._fields[size, part] = field
            self._form.register(field)
            self._grid.addWidget(field, down, at)
        missing = figures("", "strong")
        missing.setMinimumWidth(64)
        missing.setWordWrap(True)
        self._missing[size] = missing
        self._grid.addWidget(missing, down, 6, right)

    def _prefilled(self, size: str, part: str) -> int:
        holding = min(self._out[size], self._holding.get(size, 0))
        return {"good": self._out[size] - holding, "occupied": holding}.get(part, 0)

    def _edited(self, size: str, part: str) -> None:
        if part in _OF_OUT:
            self._edited_last[size] = part
        self._show_missing()
        self.changed.emit()

    def _show_missing(self) -> None:
        if len(self._missing) < len(self._out):
            return
        for s in self.sums():
            shown = self._missing[s.tray_size]
            shown.setText(number(s.missing) if s.missing >= 0 else tr("{count} too many", count=number(-s.missing)))
            shown.setAccessibleName(tr("{size} missing: {count}", size=s.tray_size, count=shown.text()))
            set_kind(shown, "strong" if s.missing == 0 else "error")
            self._limit(s)

    def _limit(self, s: Sum) -> None:
        """More than is out turns the number red that was typed last, as it is typed."""
        last = self._edited_last.get(s.tray_size, "good")
        for part in _OF_OUT:
            field = self._fields[s.tray_size, part]
            if part == last:
                words = tr(self._words.only, count=number(s.out))  # the column is narrow, its row says the size
                field.set_limit(max(0, s.missing + getattr(s, part)), words)
            else:
                field.set_limit(None)

    def _clear(self) -> None:
        for field in self._fields.values():
            self._form.forget(field)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._fields.clear()
        self._outs.clear()
        self._missing.clear()
        self._edited_last.clear()
        self._out.clear()


def outstanding_by_size(row: DispatchRow) -> dict[str, int]:
    """Trays still out, by size, in the order of the lines."""
    out: dict[str, int] = {}
    for line in row.lines:
        out[line.tray_size] = out.get(line.tray_size, 0) + line.outstanding
    return out
