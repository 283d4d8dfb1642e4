"""The entries of the Help menu."""

from __future__ import annotations

from collections.abc import Callable, Container

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from coresafe.ui.actions import BY_ID, DISPATCH, DRILLHOLES, SAMPLES, STOCK, TRANSFERS, Actions, keyboard_list
from coresafe.ui.help.about_dialog import AboutDialog
from coresafe.ui.help.guide_dialog import GuideDialog
from coresafe.ui.help.keyboard_dialog import KeyboardDialog
from coresafe.ui.workspace import Workspace

#: Which page brings the actions of a menu; until it is made they are not connected.
_BROUGHT_BY = {
    DISPATCH: "go.dispatches",
    SAMPLES: "go.samples",
    DRILLHOLES: "go.drillholes",
    STOCK: "go.inventory",
    TRANSFERS: "go.transfers",
}
#: Works by its key in every form, and nowhere else.
_IN_FORMS = "form.save"


class Help(QObject):
    """``shown`` names the page that is shown by the action that goes there; ``made`` are those that were made."""

    def __init__(
        self,
        workspace: Workspace,
        actions: Actions,
        window: QWidget,
        shown: Callable[[], str],
        made: Container[str],
    ) -> None:
        super().__init__(window)
        self._workspace, self._actions, self._window, self._made = workspace, actions, window, made
        self._guide: GuideDialog | None = None
        actions.on("help.guide", lambda: self.guide.begin(shown()))
        actions.on("help.keyboard", self._keyboard)
        actions.on("help.about", lambda: AboutDialog(workspace, window).open())

    @property
    def guide(self) -> GuideDialog:
        """The guide; made when it is first asked for."""
        if self._guide is None:
            self._guide = GuideDialog(self._window)
        return self._guide

    def works(self, name: str) -> bool:
        """Whether an action does something, now or once its page was made."""
        if name == _IN_FORMS:
            return True
        if not self._actions.may(name) or self._actions.withheld(name):
            return False
        page = _BROUGHT_BY.get(BY_ID[name].menu)
        return self._actions[name].isVisible() or (page is not None and page not in self._made)

    def _keyboard(self) -> None:
        KeyboardDialog(keyboard_list(self.works), self._window).open()
