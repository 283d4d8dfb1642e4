"""The theme in force: follows the system's light or dark at once, unless one is forced."""

from __future__ import annotations

import string
from enum import StrEnum
from typing import Any, cast

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QFontDatabase, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from coresafe import paths
from coresafe.ui.theme import icons
from coresafe.ui.theme.palette import palette
from coresafe.ui.theme.tokens import DARK, ICON, LARGE, LIGHT, RADIUS, TARGET, TARGET_GLOVES, Tokens, as_dict

_NAME = "coresafe-theme"
#: Ships with the program, so that figures stand in columns and a page looks alike on every system.
_FAMILY = "Inter"
_FONTS = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")
#: Base size in pixels at 100 %: 13 px Inter is as wide as the systems' own 9 pt.
_PIXELS = 13


class Scheme(StrEnum):
    """Which scheme the person wants."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """The look of the whole program; there is one, found with ``theme()``.

    Signals: ``changed()`` after palette, style sheet and icons were replaced.
    """

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName(_NAME)
        self._app = app
        self._scheme = Scheme.SYSTEM
        self._scale = 1.0
        self._bound = icons.Bound()
        self._family = ""
        self.tokens: Tokens = LIGHT
        self._applied: tuple[Tokens, float] | None = None
        app.setStyle("Fusion")
        self._load_fonts()
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    # -- scheme and size ------------------------------------------------------------------------------------------

    @property
    def scheme(self) -> Scheme:
        """What the person chose."""
        return self._scheme

    @property
    def dark(self) -> bool:
        """Whether the dark tokens are in force."""
        return self.tokens is DARK

    @property
    def scale(self) -> float:
        """The person's font size, 1.0 is the normal one."""
        return self._scale

    def choose(self, scheme: Scheme | str) -> None:
        """Force light or dark, or follow the system."""
        self._scheme = Scheme(scheme)
        forced = {Scheme.LIGHT: Qt.ColorScheme.Light, Scheme.DARK: Qt.ColorScheme.Dark}
        # Tells the platform too, for title bars and native dialogs.
        self._app.styleHints().setColorScheme(forced.get(self._scheme, Qt.ColorScheme.Unknown))
        self._apply()

    def set_scale(self, scale: float) -> None:
        """Make all text larger or smaller: 0.8 to 2.0."""
        self._scale = min(2.0, max(0.8, scale))
        self._apply()

    # -- fonts ----------------------------------------------------------------------------------------------------

    def font(self, size: float = 1.0, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The program's font, ``size`` times the base size."""
        made = QFont(self._family) if self._family else QFont()
        made.setPixelSize(round(_PIXELS * self._scale * size))
        made.setWeight(weight)
        return made

    def figures(self, size: float = 1.0, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The same with figures of one width, for numbers that stand in a column."""
        made = self.font(size, weight)
        # By its name "tnum": every figure as wide as every other.
        made.setFeature(QFont.Tag("tnum"), 1)
        return made

    # -- icons ----------------------------------------------------------------------------------------------------

    def colour(self, token: str) -> str:
        """The colour of a token by its name, as ``#rrggbb``."""
        return cast(str, getattr(self.tokens, token))

    def icon(self, name: str, token: str = "muted", selected: str = "", side: int = ICON) -> QIcon:
        """An icon in a token's colour, as of now; ``dress`` keeps it right when the theme changes."""
        chosen = self.colour(selected) if selected else ""
        # The sharpest of the screens: a window may be moved to it.
        ratio = self._app.devicePixelRatio()
        return icons.icon(name, self.colour(token), self.colour("disabled"), chosen, side, ratio)

    def pixmap(self, name: str, token: str = "muted", side: int = ICON, ratio: float = 1.0) -> QPixmap:
        """An icon's picture, as of now."""
        return icons.pixmap(name, self.colour(token), side, ratio)

    def dress(
        self,
        thing: QAbstractButton | QAction | QLabel,
        name: str,
        token: str = "muted",
        side: int = ICON,
        selected: str = "",
    ) -> None:
        """Give a button, an action or a label its icon, and again whenever the theme changes."""

        def give(target: QObject) -> None:
            if isinstance(target, QLabel):
                target.setPixmap(self.pixmap(name, token, side, target.devicePixelRatioF()))
            elif isinstance(target, QAbstractButton):
                target.setIcon(self.icon(name, token, selected))
                # Wider than the picture where words follow: Qt sets them too close to it.
                target.setIconSize(QSize(side + (6 if target.text() else 0), side))
            elif isinstance(target, QAction):
                target.setIcon(self.icon(name, token, selected))

        self._bound.add(thing, give)

    # -- making it so ---------------------------------------------------------------------------------------------

    def _load_fonts(self) -> None:
        folder = paths.resources() / "fonts"
        for file in _FONTS:
            if QFontDatabase.addApplicationFont(str(folder / file)) >= 0:
                self._family = _FAMILY

    def _system_changed(self, _scheme: Any) -> None:
        if self._scheme is Scheme.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        wanted = self._scheme
        if wanted is Scheme.SYSTEM:
            system = self._app.styleHints().colorScheme()
            wanted = Scheme.DARK if system == Qt.ColorScheme.Dark else Scheme.LIGHT
        tokens = DARK if wanted is Scheme.DARK else LIGHT
        if self._applied == (tokens, self._scale):
            return  # a style sheet given anew makes every widget of the program think again
        self._applied = (tokens, self._scale)
        self.tokens = tokens
        self._app.setFont(self.font())
        self._app.setPalette(palette(self.tokens))
        self._app.setStyleSheet(_style_sheet(self.tokens, self._scale))
        self._bound.give_all()
        self.changed.emit()


def theme() -> Theme:
    """The theme of the running application; made at the first call. Needs a QApplication."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("the theme needs a QApplication")  # noqa: TRY004 - it is a matter of order, not of types
    return app.findChild(Theme, _NAME) or Theme(app)


def _style_sheet(tokens: Tokens, scale: float) -> str:
    sheet = (paths.resources() / "style" / "coresafe.qss").read_text(encoding="utf-8")
    names = as_dict(tokens)
    sizes = {
        name: f"{round(_PIXELS * scale * times)}px"
        for name, times in (("small", 0.92), ("title", 1.54), ("section", 1.15), ("large", LARGE))
    }
    # A control is as high as a target, its border counted; the ring of focus is a pixel wider.
    inside = max(TARGET, round(TARGET * (0.5 + scale / 2))) - 2
    sizes |= {"control": f"{inside}px", "control_ringed": f"{inside - 2}px"}
    gloved = max(TARGET_GLOVES, round(TARGET_GLOVES * (0.5 + scale / 2))) - 2
    sizes |= {"gloved": f"{gloved}px", "gloved_ringed": f"{gloved - 2}px", "target_gloves": f"{TARGET_GLOVES}px"}
    folder = (paths.resources() / "style").as_posix()
    scheme = "dark" if tokens is DARK else "light"
    return string.Template(sheet).substitute(
        names, **sizes, target=f"{TARGET}px", radius=f"{RADIUS}px", folder=folder, scheme=scheme
    )
