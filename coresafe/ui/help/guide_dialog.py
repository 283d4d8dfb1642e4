"""The guide: contents at the left, one page at the right. It stays open beside the work."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextTable,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser, QVBoxLayout, QWidget

from coresafe.ui.help.guide import fitting, read_guide
from coresafe.ui.theme import GRID, TARGET, theme
from coresafe.ui.widgets import button, line
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import tr

_CONTENTS = 33 * GRID


class GuideDialog(ReadingOrder, QDialog):
    """One for each window. ``begin`` shows it at the page that fits; it does not keep the window from being used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Guide"))
        self.pages = read_guide()
        self.contents = QListWidget()
        self.contents.setProperty("kind", "contents")
        self.contents.setAccessibleName(tr("Contents"))
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contents.addItems([page.title for page in self.pages])
        self._fit()
        self.text = QTextBrowser()
        self.text.setProperty("kind", "plain")
        self.text.setAccessibleName(tr("The page of the guide"))
        self.text.setOpenLinks(False)
        self.close_button = button(tr("Close"), self.reject)
        self.close_button.setToolTip(tr("Close the guide (Esc)"))
        rail = QWidget()
        rail.setProperty("kind", "navigation")
        rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        rail.setFixedWidth(_CONTENTS)
        inside = QVBoxLayout(rail)
        inside.setContentsMargins(GRID, 12, GRID, 12)
        inside.addWidget(self.contents)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GRID, 12, 2 * GRID, 12)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.text, 1)
        right.addWidget(line())
        right.addLayout(foot)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(rail)
        across.addLayout(right, 1)
        self.setMinimumSize(80 * GRID, 50 * GRID)
        self.resize(104 * GRID, 76 * GRID)
        self.contents.currentRowChanged.connect(self._show)
        theme().changed.connect(self._look_changed)

    def begin(self, shown: str) -> None:
        """Show the page that fits the window's page ``shown`` (the action that goes there)."""
        self.contents.setCurrentRow(fitting(self.pages, shown))
        self.show()
        self.activateWindow()
        self.contents.setFocus()

    def _show(self, at: int) -> None:
        if not 0 <= at < len(self.pages):
            return
        self.text.setMarkdown(self.pages[at].text)
        _lay_out(self.text.document())
        self.text.moveCursor(QTextCursor.MoveOperation.Start)

    def _look_changed(self) -> None:
        self._fit()
        self._show(self.contents.currentRow())

    def _fit(self) -> None:
        """Rows that can be clicked, at every size of the letters."""
        height = max(TARGET, round(TARGET * theme().scale))
        for at in range(self.contents.count()):
            self.contents.item(at).setSizeHint(QSize(0, height))


def _lay_out(document: QTextDocument) -> None:
    """Air between lines and paragraphs, the program's own weights, quiet tables."""
    look = theme()
    document.setDefaultFont(look.font(1.08))
    document.setDocumentMargin(3 * GRID)
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        airy = QTextBlockFormat()
        airy.setLineHeight(130, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        in_table = cursor.currentTable() is not None
        listed = block.textList() is not None and block.next().textList() is not None
        airy.setTopMargin(0)
        airy.setBottomMargin(0 if in_table else GRID // 2 if listed else 12)
        cursor.mergeBlockFormat(airy)
        title = block.blockFormat().headingLevel() > 0
        bold = [part for part in _fragments(block) if part.charFormat().fontWeight() > QFont.Weight.DemiBold.value]
        for part in bold:
            cursor.setPosition(part.position())
            cursor.setPosition(part.position() + part.length(), QTextCursor.MoveMode.KeepAnchor)
            weight = QTextCharFormat()
            weight.setFont(look.font(1.54 if title else 1.08, QFont.Weight.DemiBold))
            cursor.mergeCharFormat(weight)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            ruled = frame.format().toTableFormat()
            ruled.setBorderCollapse(True)
            ruled.setBorder(1)
            ruled.setBorderBrush(QColor(look.tokens.border))
            ruled.setCellPadding(6)
            ruled.setBottomMargin(2 * GRID)
            frame.setFormat(ruled)


def _fragments(block: QTextBlock) -> list[QTextFragment]:
    parts = block.begin()
    found = []
    while not parts.atEnd():
        found.append(parts.fragment())
        parts += 1
    return found
