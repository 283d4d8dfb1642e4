"""What a range will record, before it is saved: how many, the first and the last of them, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from coresafe.services.samples import AddSample
from coresafe.ui.samples.words import depth
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import figures, label, line
from coresafe.ui.words import number, tr, trn

#: Rows shown from the top, before the last one; and refused ones at most.
_FIRST, _REFUSED = 2, 5


class Preview(QFrame):
    """A small table. ``tell`` marks the rows that the service refused."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("What will be recorded"))
        self._samples: tuple[AddSample, ...] = ()
        self._wrong: dict[int, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        self._body = QWidget()
        self._column.addWidget(self._body)
        self._draw()

    @property
    def wrong(self) -> Mapping[int, str]:
        """What was refused, by the place of the sample, from 0."""
        return self._wrong

    def show_samples(self, samples: Sequence[AddSample]) -> None:
        """What is typed now; nothing of it has been refused."""
        wanted = tuple(samples)
        if wanted != self._samples or self._wrong:
            self._samples, self._wrong = wanted, {}
            self._draw()

    def tell(self, wrong: Mapping[int, str]) -> None:
        """These rows were refused, each with its reason."""
        self._wrong = dict(wrong)
        self._draw()

    def words(self) -> list[str]:
        """Everything it says, in the order of reading."""
        return [part.text() for part in self._body.findChildren(QLabel) if part.text()]

    # -- drawing --------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        count = len(self._samples)
        if count:
            grid.addWidget(label(self._head(count), "strong"), 0, 0, 1, 4)
            self._heads(grid)
            self._rows(grid)
        else:
            told = tr("Enter the first id and how many: here you see what will be recorded.")
            grid.addWidget(label(told, "muted", wrap=True), 0, 0, 1, 4)
        self._column.removeWidget(self._body)
        self._body.hide()
        self._body.deleteLater()
        self._column.addWidget(body)
        self._body = body
        self.updateGeometry()

    def _head(self, count: int) -> str:
        if self._wrong:
            return tr("{wrong} of {count} refused", wrong=number(len(self._wrong)), count=number(count))
        return trn("One sample will be recorded", "{count} samples will be recorded", count)

    def _heads(self, grid: QGridLayout) -> None:
        right = Qt.AlignmentFlag.AlignRight
        grid.addWidget(label(tr("No."), "small"), 1, 0, right)
        grid.addWidget(label(tr("Sample id"), "small"), 1, 1)
        if self._samples[0].from_depth is not None:
            grid.addWidget(label(tr("From (m)"), "small"), 1, 2, right)
            grid.addWidget(label(tr("To (m)"), "small"), 1, 3, right)
        grid.addWidget(line(), 2, 0, 1, 4)

    def _rows(self, grid: QGridLayout) -> None:
        down, before = 3, -1
        for at in self._shown():
            if at != before + 1:
                grid.addWidget(label("…", "muted"), down, 1)
                down += 1
            self._row(grid, down, at)
            down += 1
            if at in self._wrong:
                grid.addWidget(_wrong(self._wrong[at]), down, 1, 1, 3)
                down += 1
            before = at
        more = len(self._wrong) - _REFUSED
        if more > 0:
            told = trn("One more was refused.", "{count} more were refused.", more)
            grid.addWidget(label(told, "error", wrap=True), down, 1, 1, 3)

    def _shown(self) -> list[int]:
        count = len(self._samples)
        if self._wrong:
            return sorted(at for at in self._wrong if 0 <= at < count)[:_REFUSED]
        if count <= _FIRST + 2:
            return list(range(count))
        return [*range(_FIRST), count - 1]

    def _row(self, grid: QGridLayout, down: int, at: int) -> None:
        sample = self._samples[at]
        name = label(sample.sample_id, "strong" if at in self._wrong else "")
        name.setMinimumWidth(10 * GRID)
        grid.addWidget(figures(number(at + 1), "muted"), down, 0)
        grid.addWidget(name, down, 1)
        told = [tr("Sample {number}: {id}", number=number(at + 1), id=sample.sample_id)]
        if sample.from_depth is not None:
            for side, value in ((2, sample.from_depth), (3, sample.to_depth)):
                grid.addWidget(figures(depth(value)), down, side)
            told.append(tr("{start} to {end}", start=depth(sample.from_depth), end=depth(sample.to_depth, unit="m")))
        if at in self._wrong:
            told.append(self._wrong[at])
        name.setAccessibleName(", ".join(told))


def _wrong(told: str) -> QWidget:
    """What is wrong with a row, with its sign."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 4)
    grid.setHorizontalSpacing(4)
    grid.setColumnStretch(1, 1)
    picture = QLabel()
    picture.setFixedSize(14, 14)
    theme().dress(picture, "circle-alert", "danger", 14)
    grid.addWidget(picture, 0, 0, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(label(told, "error", wrap=True), 0, 1)
    return made
