"""The settings: sections at the left, one of them at the right. What is changed is in force at once."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from coresafe.services.permissions import Permission
from coresafe.ui.forms import Form
from coresafe.ui.settings.access import Access
from coresafe.ui.settings.look import LookSection
from coresafe.ui.settings.programs import ProgramsSection
from coresafe.ui.settings.shed import ShedSection
from coresafe.ui.settings.sheds import ShedsSection
from coresafe.ui.settings.thresholds import ThresholdsForm
from coresafe.ui.state import Memory
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import Scaled, button, line
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

_RAIL = 28 * GRID


class SettingsDialog(ReadingOrder, QDialog):
    """Opened with ``open()``, closed with Esc.

    The sheds and the thresholds are for whoever may change them. ``access``: only for whoever may switch programmatic access.
    """

    def __init__(
        self,
        workspace: Workspace,
        memory: Memory,
        access: Access | None,
        *,
        lasting: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        self.setMinimumSize(656, 400)
        self.resize(800, 672)
        self.doors: list[QToolButton] = []
        self._group = QButtonGroup(self)
        self._stack = QStackedWidget()
        self._rail = QVBoxLayout()
        self._rail.setContentsMargins(GRID, 12, GRID, 12)
        self._rail.setSpacing(4)
        self.look = LookSection(memory)
        self._add(tr("Look"), "sun", self.look)
        self.shed = ShedSection(workspace.house, lasting=lasting)
        self._add(tr("Shed"), "warehouse", self.shed)
        self.thresholds: ThresholdsForm | None = None
        self.sheds: ShedsSection | None = None
        if workspace.may(Permission.SETTINGS):
            self.sheds = ShedsSection(workspace)
            self._add(tr("All sheds"), "boxes", self.sheds, scrolls=False)
            self.thresholds = ThresholdsForm(workspace)
            self.thresholds.left.connect(self._left)
            self._add(tr("Thresholds"), "alarm-clock", self.thresholds, scrolls=False)
        self.programs: ProgramsSection | None = None
        if access is not None:
            self.programs = ProgramsSection(access)
            self._add(tr("Programmatic access"), "plug", self.programs)
        self._rail.addStretch(1)
        self._assemble()
        self.go(0)
        self.doors[0].setFocus()

    @property
    def form(self) -> Form | None:
        """The form in which something typed would be lost; else that of the thresholds, if there is one."""
        shed = self.sheds.form if self.sheds is not None else None
        return shed if shed is not None and (shed.dirty or shed.saving) else self.thresholds

    def go(self, at: int) -> None:
        """Show a section."""
        self.doors[at].setChecked(True)
        self._stack.setCurrentIndex(at)

    def done(self, result: int) -> None:
        """Close; a port that was just typed counts, thresholds or a shed that are not saved are asked about."""
        form = self.form
        if form is not None and (form.dirty or form.saving):
            section = self.sheds if form is not self.thresholds and self.sheds is not None else form
            self.go(self._stack.indexOf(section))
            form.leave()
            return
        self._close(result)

    def _left(self) -> None:
        """The thresholds were left on purpose."""
        self._close(QDialog.DialogCode.Rejected)

    def _close(self, result: int) -> None:
        if self.programs is not None:
            self.programs.apply()
        super().done(result)

    def _add(self, name: str, icon: str, section: QWidget, *, scrolls: bool = True) -> None:
        """A section with its door. ``scrolls``: as a whole, where it does not see to that itself."""
        at = len(self.doors)
        door = QToolButton()
        door.setProperty("kind", "page")
        door.setCheckable(True)
        door.setText(f"  {name}")  # air between icon and word
        door.setAccessibleName(name)
        door.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        door.setIconSize(QSize(16, 16))
        Scaled(door, door.setFixedWidth, _RAIL - 2 * GRID)
        door.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme().dress(door, icon)
        # Toggled, not clicked: the arrows go from one to the next, too.
        door.toggled.connect(lambda on: self.go(at) if on else None)
        self._group.addButton(door)
        self.doors.append(door)
        self._rail.addWidget(door)
        if not scrolls:
            self._stack.addWidget(section)
            return
        inner = QWidget()
        inner.setProperty("kind", "plain")
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        inside.addWidget(section)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        self._stack.addWidget(scroll)

    def _assemble(self) -> None:
        rail = QWidget()
        rail.setProperty("kind", "navigation")
        rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        Scaled(rail, rail.setFixedWidth, _RAIL)
        rail.setLayout(self._rail)
        self.close_button = button(tr("Close"), self.accept)
        self.close_button.setToolTip(tr("Close the settings (Esc)"))
        foot = QHBoxLayout()
        foot.setContentsMargins(3 * GRID, 12, 3 * GRID, 12)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addWidget(line())
        right.addLayout(foot)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(rail)
        across.addLayout(right, 1)
