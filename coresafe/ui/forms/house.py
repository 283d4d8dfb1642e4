"""Fields that go by what the installation says: which shed, and from when on an entry is late."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from coresafe.ui.forms.choices import SelectField
from coresafe.ui.forms.texts import TextField
from coresafe.ui.house import House, zone_of
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr, trn


class ShedField(SelectField):
    """One of the sheds in use, at the beginning the one this computer stands in; hidden where there is only one.

    ``value()`` is the shed's id, None while the sheds are not known yet: the service then takes the first.
    """

    def __init__(self, name: str, title: str, house: House, parent: QWidget | None = None) -> None:
        self._house = house
        self._first: int | None = None
        super().__init__(name, title, [], parent=parent)
        self.begin()
        house.changed.connect(self._follow)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the shed that is chosen."""
        return zone_of(self._house.shed(self.value()) or self._house.here)

    def begin(self, shed_id: int | None = None) -> None:
        """Choose a shed, without that the one this computer stands in; that is the beginning."""
        self._first = shed_id
        self.set_options([(shed.id, shed.name) for shed in self._house.sheds])
        wanted = self._house.shed(shed_id) or self._house.here
        if wanted is not None:
            self.set_value(wanted.id)
        self.settle()
        show_if(self, self._house.several)

    def _follow(self) -> None:
        """The sheds are others, or their names or clocks are, or this computer stands in another; a choice made stays."""
        if self.dirty and self._house.shed(self.value()) is not None:
            chosen = self.value()
            self.set_options([(shed.id, shed.name) for shed in self._house.sheds])
            self.set_value(chosen)
            show_if(self, self._house.several)
        else:
            self.begin(self._first)
        self.changed.emit()

    def _is_empty(self) -> bool:
        return False  # what is not known yet is the service's first


class OtherShedField(SelectField):
    """A shed in use that is another one than ``sender`` says; where there are only two it is chosen already."""

    def __init__(self, name: str, title: str, house: House, sender: ShedField, parent: QWidget | None = None) -> None:
        self._house, self._sender = house, sender
        super().__init__(name, title, [], parent=parent)
        sender.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        """The sender is another one, or the sheds are: what was chosen stays, if it still can."""
        chosen, touched = self.value(), self.dirty
        offered = [(shed.id, shed.name) for shed in self._house.sheds if shed.id != self._sender.value()]
        self.set_options(offered)
        ids = [shed_id for shed_id, _name in offered]
        only = ids[0] if len(ids) == 1 else None
        self.set_value(chosen if chosen in ids else only)
        if not touched:
            self.settle()


class LateReasonField(TextField):
    """The reason of an entry; it has to be given where the entry is late, and the rule says what that is."""

    def __init__(self, house: House, parent: QWidget | None = None) -> None:
        super().__init__("reason", tr("Reason"), longest=2000, parent=parent)
        self._house = house
        house.changed.connect(self._say)
        self._say()

    def _say(self) -> None:
        days = self._house.rules.back_date_days
        self.set_note(
            trn(
                "Only where it happened more than {count} day ago.",
                "Only where it happened more than {count} days ago.",
                days,
            )
        )
