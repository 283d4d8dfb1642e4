"""Which shed this computer stands in: kept in its own settings, whoever signs in."""

from __future__ import annotations

import logging

from PySide6.QtWidgets import QButtonGroup, QLabel, QRadioButton, QVBoxLayout, QWidget

from coresafe import config
from coresafe.services.sheds import ShedRow
from coresafe.ui.house import House
from coresafe.ui.widgets import label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr

_LOG = logging.getLogger("coresafe.ui")


class ShedSection(QWidget):
    """One of the sheds in use; in force at once. ``lasting``: it is remembered, which with sample data it is not."""

    def __init__(self, house: House, *, lasting: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._house, self._lasting = house, lasting
        #: What the environment says goes before what is chosen here.
        self.fixed = lasting and bool(config.from_environment("shed"))
        self.choices: dict[int, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self._offered: tuple[ShedRow, ...] = ()
        self.told = label("", "stale", wrap=True)
        self.told.setContentsMargins(0, 0, 0, 8)
        self.note = label("", "muted", wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(tr("Shed"), "title"))
        column.addSpacing(8)
        about = tr(
            "The shed this computer stands in, whoever signs in. Dispatches leave from it unless another one is chosen, the "
            "inventory begins with it, and times are shown by its clock."
        )
        column.addWidget(label(about, "muted", wrap=True))
        column.addSpacing(16)
        column.addWidget(self.told)
        column.addLayout(self._list)
        column.addSpacing(8)
        column.addWidget(self.note)
        column.addStretch(1)
        house.changed.connect(self._show)
        self._show()

    def _choose(self, shed: ShedRow) -> None:
        said = ""
        if self._lasting:
            try:
                config.remember(shed=shed.code)
            except (OSError, ValueError) as error:
                _LOG.info("the shed cannot be remembered: %s", error)
                said = tr(
                    "It could not be written into this computer's settings, so it holds until CoreSafe is closed."
                )
        self._house.stand_in(shed.code)
        if said:
            self._say(self.told, said)

    def _show(self) -> None:
        house = self._house
        if house.sheds != self._offered:
            self._offer(house.sheds)
        here = house.here
        if here is not None:
            self.choices[here.id].setChecked(True)
            self.setFocusProxy(self.choices[here.id])
        if house.misnamed:
            self._say(self.told, tr("There is no shed “{named}” in use. Choose another one.", named=house.named))
        else:
            self._say(self.told, "" if house.known else tr("The sheds are not known yet."))
        if self.fixed:
            self._say(self.note, tr("CORESAFE_SHED on this computer says which; it is changed there."))
        elif not self._lasting:
            self._say(self.note, tr("With sample data it is not remembered."))
        else:
            self._say(self.note, "" if house.several or not house.known else tr("There is only this one."))

    def _offer(self, sheds: tuple[ShedRow, ...]) -> None:
        for choice in self.choices.values():
            self._group.removeButton(choice)
            self._list.removeWidget(choice)
            choice.setParent(None)
            choice.deleteLater()
        self.choices = {}
        self._offered = sheds
        for shed in sheds:
            choice = QRadioButton(f"{shed.name}  ·  {shed.code}  ·  {shed.time_zone}".replace("&", "&&"))
            choice.setAccessibleName(
                tr("{shed}, code {code}, time zone {zone}", shed=shed.name, code=shed.code, zone=shed.time_zone)
            )
            choice.setEnabled(not self.fixed)
            choice.clicked.connect(lambda _checked=False, shed=shed: self._choose(shed))
            self._group.addButton(choice)
            self._list.addWidget(choice)
            self.choices[shed.id] = choice

    @staticmethod
    def _say(where: QLabel, words: str) -> None:
        where.setText(words)
        show_if(where, bool(words))
