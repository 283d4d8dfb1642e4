"""The QC meter: how many samples there are to each standard, blank and field duplicate of a dispatch."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from coresafe.services.qc import RULE_OF_THUMB, QcMeter
from coresafe.ui.theme import GRID, status, theme
from coresafe.ui.widgets import AgeLine, StatusChip, figures, grey, label
from coresafe.ui.words import mark, number, tr, trn

#: Figure and ratio of the service's row, and the words.
KINDS = (
    ("standards", "samples_per_standard", mark("CRM standards")),
    ("blanks", "samples_per_blank", mark("Blanks")),
    ("field_duplicates", "samples_per_field_duplicate", mark("Field duplicates")),
)


def judged(samples: int, count: int, each: float | None) -> str:
    """The state that a kind of check is in; "" where there is nothing to check."""
    if not count:
        return "qc_none" if samples else ""
    return "qc_enough" if each is None or each <= RULE_OF_THUMB else "qc_few"


class Gauge(QWidget):
    """A bar that is full at one check for every 20 samples. The word stands beside it: colour says nothing alone."""

    def __init__(self) -> None:
        super().__init__()
        self._part, self._tone, self._pale = 0.0, "neutral", False
        self.setFixedHeight(GRID)
        theme().changed.connect(self.update)

    def show_part(self, part: float, tone: str) -> None:
        """So much of it, in this tone."""
        self._part, self._tone = min(1.0, max(0.0, part)), tone
        self.update()

    def set_pale(self, pale: bool) -> None:
        """Without its colour, for what is not of now."""
        self._pale = pale
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(16 * GRID, GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The ground, and over it what there is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(self.rect())
        painter.setBrush(QColor(theme().colour("line")))
        painter.drawRoundedRect(area, 4, 4)
        if self._part:
            painter.setBrush(QColor(theme().colour("border" if self._pale else self._tone)))
            painter.drawRoundedRect(QRectF(area.left(), 0, max(8.0, area.width() * self._part), area.height()), 4, 4)
        painter.end()


class _Kind(QWidget):
    """One kind of check."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.count, self.chip, self.gauge = figures("", "strong"), StatusChip(), Gauge()
        self.each = label("", "small")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.addWidget(label(title), 0, 0)
        grid.addWidget(self.count, 0, 1)
        grid.addWidget(self.gauge, 1, 0, 1, 2)
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self.chip)
        below.addWidget(self.each)
        below.addStretch(1)
        grid.addLayout(below, 2, 0, 1, 2)

    def show_figures(self, samples: int, count: int, each: float | None) -> None:
        state = judged(samples, count, each)
        self.count.setText(number(count))
        self.chip.set_key(state)
        self.each.setText(tr("one in {each}", each=f"{each:g}") if each else "")
        self.gauge.show_part(count * RULE_OF_THUMB / samples if samples else 0.0, status(state).tone if state else "")
        word = status(state).text if state else tr("nothing to check")
        self.setAccessibleName(tr("{kind}: {count}, {word}", kind=self.title, count=number(count), word=word))


class MeterView(QFrame):
    """The meter of one dispatch."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("QC meter"))
        self._title, self._samples = label("", "section"), label("", "muted")
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._title)
        head.addWidget(self._samples)
        head.addStretch(1)
        self.kinds = {name: _Kind(tr(words)) for name, _each, words in KINDS}
        kinds = QHBoxLayout()
        kinds.setSpacing(3 * GRID)
        for kind in self.kinds.values():
            kinds.addWidget(kind, 1)
        self._warnings = QVBoxLayout()
        self._warnings.setSpacing(4)
        self.warnings: list[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        self._as_of, self._age = "", AgeLine()
        column.addWidget(self._age)
        column.addLayout(head)
        column.addLayout(kinds)
        column.addLayout(self._warnings)

    def wait(self, dispatch: str) -> None:
        """The figures of a dispatch are being read."""
        self._title.setText(tr("QC of {dispatch}", dispatch=dispatch))
        self._samples.setText(tr("Loading…"))
        for name, _each, _words in KINDS:
            self.kinds[name].show_figures(0, 0, None)
            self.kinds[name].count.setText("…")
        self._warn(())

    def show_meter(self, meter: QcMeter) -> None:
        """The figures, and a warning for each kind of check of which there is none."""
        self._title.setText(tr("QC of {dispatch}", dispatch=meter.dispatch_number))
        self._samples.setText(
            trn("One sample to check", "{count} samples to check", meter.samples)
            if meter.samples
            else tr("No sample to check yet")
        )
        for name, each, _words in KINDS:
            self.kinds[name].show_figures(meter.samples, getattr(meter, name), getattr(meter, each))
        self._warn([note.message for note in meter.warnings])

    def set_as_of(self, as_of: str) -> None:
        """The figures cannot be read again: they are greyed and dated, until "" says that they are up to date."""
        self._as_of = as_of
        self._age.say(as_of)
        grey(self, bool(as_of))

    def fail(self) -> None:
        """They could not be read."""
        self._samples.setText(tr("Could not be read. It is tried again by itself."))

    def _warn(self, messages: Sequence[str]) -> None:
        self.warnings = list(messages)
        while (item := self._warnings.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for message in messages:
            self._warnings.addWidget(_warning(message))
        grey(self, bool(self._as_of))


def _warning(message: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    picture = QLabel()
    picture.setFixedSize(16, 16)
    theme().dress(picture, "triangle-alert", "caution", 16)
    row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(message, wrap=True), 1)
    return made
