"""A list in groups: an icon, words, more about them, and keys at the right; a heading above each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from coresafe.ui.theme import GRID, ICON, TARGET, theme
from coresafe.ui.words import tr

_Index = QModelIndex | QPersistentModelIndex
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``id`` tells it from every other of the list; ``detail`` is greyed; ``keys`` as the system writes them."""

    id: Any
    group: str
    text: str
    detail: str = ""
    icon: str = ""
    keys: str = ""


class _Model(QAbstractListModel):
    """Headings (words alone) and entries."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[str | Entry] = []

    def put(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self.rows = []
        group = ""
        for entry in entries:
            if entry.group != group:
                group = entry.group
                self.rows.append(group)
            self.rows.append(entry)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], Entry):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if isinstance(row, str):
            return row if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.group, row.text, row.detail, row.keys) if part)
        return None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(20 * GRID, max(TARGET, round(TARGET * theme().scale)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry: Entry | None = index.data(Qt.ItemDataRole.UserRole)
        area = option.rect
        tokens = theme().tokens
        painter.save()
        if entry is None:
            painter.setFont(theme().font(0.92, QFont.Weight.DemiBold))
            painter.setPen(QColor(tokens.muted))
            place = area.adjusted(2 * GRID, GRID, -2 * GRID, 0)
            painter.drawText(place, _LEFT, str(index.data()))
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            if chosen:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.selected))
                painter.drawRoundedRect(area.adjusted(GRID, 0, -GRID, 0), 4, 4)
            self._entry(painter, area.adjusted(2 * GRID, 0, -2 * GRID, 0), entry)
        painter.restore()

    def _entry(self, painter: QPainter, inner: QRect, entry: Entry) -> None:
        tokens, font = theme().tokens, theme().font()
        metrics = QFontMetrics(font)
        left, right = inner.left(), inner.right()
        if entry.icon:
            picture = theme().pixmap(entry.icon, "muted", ICON, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPoint(left, inner.center().y() - ICON // 2 + 1), picture)
            left += ICON + 12
        if entry.keys:
            right = self._keys(painter, inner, entry.keys) - 2 * GRID
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        room = max(0, right - left)
        said = metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(left, inner.top(), room, inner.height()), _LEFT, said)
        left += metrics.horizontalAdvance(said) + 12
        if entry.detail and right - left > 4 * GRID:
            painter.setPen(QColor(tokens.muted))
            room = right - left
            said = metrics.elidedText(entry.detail, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(left, inner.top(), room, inner.height()), _LEFT, said)

    def _keys(self, painter: QPainter, inner: QRect, keys: str) -> int:
        """Draw the keys as a cap at the right; returns where it begins."""
        tokens, font = theme().tokens, theme().font(0.92)
        painter.setFont(font)
        width = QFontMetrics(font).horizontalAdvance(keys) + 2 * GRID
        height = QFontMetrics(font).height() + 6
        cap = QRect(inner.right() - width, inner.center().y() - height // 2 + 1, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(tokens.border))
        painter.setBrush(QColor(tokens.sunken))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(QColor(tokens.text))
        painter.drawText(cap, _CENTRE, keys)
        return cap.left()


class GroupedList(QListView):
    """The list. Headings are passed over; ``activated`` is Enter, a click, or what the system takes for it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "grouped")
        self.setAccessibleName(name or tr("List"))
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        theme().changed.connect(self.doItemsLayout)

    @property
    def entries(self) -> list[Entry]:
        """What is listed, without the headings."""
        return [row for row in self._model.rows if isinstance(row, Entry)]

    @property
    def chosen(self) -> Entry | None:
        """The entry the keyboard is on."""
        index = self.currentIndex()
        found: Entry | None = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        return found

    def put(self, entries: Sequence[Entry], *, keep: bool = False) -> None:
        """List these. The first is chosen; ``keep``: the one that was, where it is still there, and the scroll."""
        before, at = self.chosen, self.verticalScrollBar().value()
        self._model.put(entries)
        wanted = next((e for e in entries if keep and before is not None and e.id == before.id), None)
        if not self.choose(wanted or (entries[0] if entries else None)):
            return
        if wanted is not None:
            self.verticalScrollBar().setValue(at)
            self.scrollTo(self.currentIndex())
        else:
            self.scrollToTop()

    def choose(self, entry: Entry | None) -> bool:
        """Put the keyboard on an entry."""
        for at, row in enumerate(self._model.rows):
            if isinstance(row, Entry) and entry is not None and row.id == entry.id:
                self.setCurrentIndex(self._model.index(at, 0))
                return True
        return False

    def step(self, by: int) -> None:
        """Go on by so many entries; from the last one down to the first, and back."""
        entries, chosen = self.entries, self.chosen
        if not entries:
            return
        at = entries.index(chosen) if chosen in entries else -1
        last = len(entries) - 1
        to = (at + by) % len(entries) if abs(by) == 1 else min(last, max(0, at + by))
        self.choose(entries[to])
        if to == 0:
            self.scrollToTop()  # with its heading

    @property
    def page(self) -> int:
        """How many entries are in sight."""
        return max(1, self.viewport().height() // TARGET - 1)
