"""Programmatic access in the settings: the switch, the port, how it stands and where programs find it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QAccessible, QAccessibleEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from coresafe.ui.settings.access import DEFAULT_PORT, LEAST_PORT, MOST_PORT, Access, Phase
from coresafe.ui.settings.whole import WholeField
from coresafe.ui.theme import GRID, TARGET
from coresafe.ui.widgets import StatusChip, button, label
from coresafe.ui.words import tr

#: Milliseconds that the button says that it has copied.
_COPIED = 2000


class PortField(WholeField):
    """A port above those of the system's own services."""

    def __init__(self) -> None:
        note = tr(
            "From {least} to {most}. Usually {usual}; another only if another program has that one.",
            least=LEAST_PORT,
            most=MOST_PORT,
            usual=DEFAULT_PORT,
        )
        super().__init__("port", tr("Port"), least=LEAST_PORT, most=MOST_PORT, note=note)


class ProgramsSection(QWidget):
    """What an administrator sees of programmatic access; it takes effect at once."""

    def __init__(self, access: Access, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self._told = ""
        self.switch = QCheckBox(tr("Let other programs on this computer use CoreSafe"))
        self.switch.clicked.connect(self._switch)
        self.port = PortField()
        self.port.set_value(access.port)
        self.port.settle()
        self.port.edit.editingFinished.connect(self.apply)
        self.port.edit.returnPressed.connect(self._entered)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(tr("Programmatic access"), "title"))
        column.addSpacing(8)
        column.addWidget(
            label(
                tr(
                    "A script, a spreadsheet or a report of your own can work with CoreSafe over HTTP. Each program signs "
                    "in with a user's name and password and may do what that user may. Other computers cannot reach it."
                ),
                "muted",
                wrap=True,
            )
        )
        column.addSpacing(16)
        column.addWidget(self.switch)
        column.addSpacing(8)
        column.addWidget(self.port)
        column.addSpacing(16)
        column.addWidget(self._card())
        column.addSpacing(8)
        column.addWidget(label(self._when(), "small", wrap=True))
        column.addStretch(1)
        self.setFocusProxy(self.switch)
        access.changed.connect(self._show)
        self._show()

    def apply(self) -> None:
        """Use the port that was typed, if it is one."""
        if not self.port.check() and self.port.value() != self._access.port:
            self._use_port()

    # -- putting it together ---------------------------------------------------------------------------------------

    def _when(self) -> str:
        if not self._access.lasting:
            return tr("With sample data it stays on until the window is closed, and is not remembered.")
        return tr(
            "It starts and stops with CoreSafe's window, whoever signs in. Only administrators can switch it on or off."
        )

    def _card(self) -> QWidget:
        self.chip = StatusChip()
        self.words = label("", wrap=True)
        self.words.setMinimumHeight(TARGET)  # as high as the button that comes and goes beside it
        self.again = button(tr("Try again"), self._access.try_again, icon="refresh-cw")
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setAccessibleName(tr("Address"))
        self.copy_button = button(tr("Copy"), self._copy, icon="copy")
        self.copy_button.setAccessibleName(tr("Copy the address"))
        # As wide for both of its words.
        self.copy_button.setFixedWidth(self.copy_button.sizeHint().width() + 3 * GRID)
        self.docs = button(tr("Open its documentation"), self._open, icon="external-link", kind="quiet")
        self.unopened = label(
            tr("No browser could be opened. Copy the address and add /docs to it in yours."), "error", wrap=True
        )
        self.unopened.hide()
        self._copied = QTimer(self, interval=_COPIED, singleShot=True)
        self._copied.timeout.connect(lambda: self._say_copied(False))

        state = QHBoxLayout()
        state.setSpacing(GRID)
        state.addWidget(self.chip)
        state.addWidget(self.words, 1)
        state.addWidget(self.again)
        heading = label(tr("Address"), "label")
        heading.setBuddy(self.address)
        doors = QHBoxLayout()
        doors.setSpacing(GRID)
        doors.addWidget(self.copy_button)
        doors.addWidget(self.docs)
        doors.addStretch(1)
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(0)
        column.addLayout(state)
        column.addSpacing(2 * GRID)
        column.addWidget(heading)
        column.addSpacing(4)
        column.addWidget(self.address)
        column.addSpacing(GRID)
        column.addLayout(doors)
        column.addWidget(self.unopened)
        return card

    # -- what is done ----------------------------------------------------------------------------------------------

    def _switch(self, on: bool) -> None:
        if on and self.port.check() and self.port.error != self._told:
            self.switch.setChecked(False)
            self.port.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.apply()
        self._access.switch(on)

    def _entered(self) -> None:
        """Enter: also tries a port once more that was taken before."""
        if not self.port.problem():
            self._use_port()

    def _use_port(self) -> None:
        port = self.port.value()
        if port is not None:
            self._access.use_port(port)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())
        self._say_copied(True)
        self._copied.start()

    def _say_copied(self, done: bool) -> None:
        air = self.copy_button.text()[0]
        self.copy_button.setText(air + (tr("Copied") if done else tr("Copy")))

    def _open(self) -> None:
        self.unopened.setVisible(not QDesktopServices.openUrl(QUrl(f"{self._access.address}/docs")))

    # -- what is shown ---------------------------------------------------------------------------------------------

    def _show(self) -> None:
        access, phase = self._access, self._access.phase
        self.switch.setChecked(access.wanted)
        before = self.chip.accessibleName()
        self.chip.set_key(phase.value)
        if self.chip.accessibleName() != before:
            QAccessible.updateAccessibility(QAccessibleEvent(self.chip, QAccessible.Event.NameChanged))
        self.words.setText(self._words_of(phase))
        self.again.setVisible(phase is Phase.FAILED)
        self.address.setText(access.future_address)
        self.address.setCursorPosition(0)
        on = phase is Phase.ON
        for part in (self.address, self.copy_button, self.docs):
            part.setEnabled(on)
        if not on:
            self.unopened.hide()
        refused = access.failure if access.port_refused else ""
        if refused and self.port.value() == access.port:
            self.port.show_error(refused)
        elif self._told and self.port.error == self._told:
            self.port.clear_error()
        self._told = refused

    def _words_of(self, phase: Phase) -> str:
        said = {
            Phase.OFF: tr("No program can use CoreSafe this way."),
            Phase.STARTING: tr("A few seconds, then programs are answered."),
            Phase.ON: tr("Programs on this computer are answered."),
            Phase.ENDING: tr("What was asked for is finished first."),
        }
        if phase is Phase.FAILED:
            return tr("See what is wrong with the port.") if self._access.port_refused else self._access.failure
        return said[phase]
