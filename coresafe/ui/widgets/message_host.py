"""Where a window shows what the messages port says: at the top of the page, never over it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from coresafe.ui.messages import Level, Message, Messages
from coresafe.ui.theme import GRID
from coresafe.ui.widgets.banner import Banner

#: Messages shown at once; the oldest passing one makes room.
_SHOWN = 3


class MessageHost(QWidget):
    """Shows the messages of one window. ``main``: also those whose owner has no window of its own."""

    def __init__(self, messages: Messages, *, main: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self.banners: list[Banner] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        messages.posted.connect(self.show_message)
        messages.withdrawn.connect(self.withdraw)
        self.hide()

    def show_message(self, message: Message) -> None:
        """Show it if it is for this window."""
        if not self._is_ours(message.owner):
            return
        if message.key:
            self.withdraw(message.key)
        for banner in [b for b in self.banners if b.message.text == message.text and not b.message.choices]:
            banner.dismiss()
        while len(self.banners) >= _SHOWN:
            passing = [b for b in self.banners if not b.message.lasting]
            (passing or self.banners)[0].dismiss()
        banner = Banner(message, self)
        banner.closed.connect(lambda: self._gone(banner))
        self.banners.append(banner)
        self._column.addWidget(banner)
        self.show()
        banner.show()
        if message.level is Level.QUESTION:
            banner.take_focus()

    def withdraw(self, key: str) -> None:
        """What was said under this key no longer holds."""
        for banner in [b for b in self.banners if b.message.key == key]:
            banner.dismiss()

    def _is_ours(self, owner: QObject | None) -> bool:
        widget: QObject | None = owner if owner is not None and isValid(owner) else None
        while widget is not None and not isinstance(widget, QWidget):
            widget = widget.parent()
        if isinstance(widget, QWidget) and widget.window() is not self.window():
            # A window without a host of its own speaks through the main one.
            return self._main and widget.window().findChild(MessageHost) is None
        return self._main or isinstance(widget, QWidget)

    def _gone(self, banner: Banner) -> None:
        if banner in self.banners:
            self.banners.remove(banner)
            self._column.removeWidget(banner)
            banner.deleteLater()
        self.setVisible(bool(self.banners))
