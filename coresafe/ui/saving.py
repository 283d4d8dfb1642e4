"""Save, in the menu and by its key from anywhere on a page, not only from within the form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from coresafe.ui.actions import BY_ID, Actions, native
from coresafe.ui.forms import Form
from coresafe.ui.words import tr

_ACTION = "form.save"


class Saving(QObject):
    """Saves the form that is open on the page that is shown; offered while one is. ``page``: that page."""

    def __init__(self, actions: Actions, page: Callable[[], QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._action = actions.on(_ACTION, self._save)
        declared = BY_ID[_ACTION]
        self._action.setText(f"{tr(declared.text)}\t{native(declared.shortcut)}")
        self._action.setEnabled(False)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _form(self) -> Form | None:
        form = getattr(self._page(), "form", None)
        return form if isinstance(form, Form) else None

    def _save(self) -> None:
        form = self._form()
        if form is not None:
            form.save_action.trigger()

    def _follow(self, _before: QWidget | None, there: QWidget | None) -> None:
        """A form has the key itself: two that listen for one key would both be deaf."""
        if there is None:  # nobody types; the window may be on its way out
            return
        self._action.setEnabled(self._form() is not None)
        widget: QWidget | None = there
        while widget is not None and not isinstance(widget, Form):
            widget = widget.parentWidget()
        own = Qt.ShortcutContext.WidgetShortcut if widget is not None else Qt.ShortcutContext.WindowShortcut
        if self._action.shortcutContext() != own:
            self._action.setShortcutContext(own)
