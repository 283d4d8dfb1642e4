"""When it happened: a day and a time in the shed's time zone; stored and compared in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime, QTimeZone
from PySide6.QtWidgets import QDateEdit, QDateTimeEdit, QWidget

from coresafe.ui.forms.field import Field
from coresafe.ui.theme import theme
from coresafe.ui.widgets.buttons import button
from coresafe.ui.widgets.labels import label
from coresafe.ui.words import tr

_SHOWN = "yyyy-MM-dd  HH:mm"


class _Moment(Field):
    """A field with an edit of dates."""

    edit: QDateTimeEdit

    def _set_figures(self) -> None:
        self.edit.setFont(theme().figures())
        self.edit.lineEdit().setFont(theme().figures())  # it has a font of its own once the style was replaced


class DateTimeField(_Moment):
    """A moment. ``value()`` is an aware UTC datetime; what is shown is the clock on the shed's wall (``zone``).

    ``now`` gives the present moment (the server's, where it is known), for the button and for "not in the future".
    Minutes are shown. A moment it was filled with is kept to the microsecond, and in the right one of two hours where the
    clocks are put back, for as long as its minute stands there.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        zone: ZoneInfo,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        future: bool = False,
        required: bool = True,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self._zone, self._now, self._future = zone, now, future
        self._exact: datetime | None = None
        self.edit = QDateTimeEdit()
        self.edit.setTimeZone(QTimeZone.utc())  # a plain wall clock: the zone is ours to apply
        self.edit.setDisplayFormat(_SHOWN)
        self.edit.setCalendarPopup(True)
        self.edit.setLocale(QLocale.c())
        self.edit.setDateRange(QDate(1900, 1, 1), QDate(2200, 1, 1))
        self._set_figures()
        theme().changed.connect(self._set_figures)
        self._zone_label = label("", "muted")
        self._zone_label.setToolTip(str(zone))
        self.set_value(now())
        self.edit.dateTimeChanged.connect(self._touched)
        self._furnish(self.edit, self._zone_label, button(tr("Now"), lambda: self.set_value(self._now())))
        self._show_zone()

    def value(self) -> datetime:
        """The moment, in UTC."""
        wall = self._wall()
        if self._exact is not None and self._minute_of(self._exact) == wall:
            return self._exact.astimezone(UTC)
        return wall.replace(tzinfo=self._zone).astimezone(UTC)

    def typed(self) -> str:
        """The wall clock as it stands there."""
        return self.edit.dateTime().toString(_SHOWN)

    def set_value(self, value: datetime | None) -> None:
        """Show an aware moment; None is now."""
        self._exact = value or self._now()
        wall = self._minute_of(self._exact)
        shown = QDateTime(QDate(wall.year, wall.month, wall.day), QTime(wall.hour, wall.minute), QTimeZone.utc())
        self.edit.setDateTime(shown)
        self._show_zone()

    def words(self, value: datetime) -> str:
        """A moment as it would stand there, '2026-03-01 06:00'."""
        return f"{value.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def _minute_of(self, moment: datetime) -> datetime:
        """The wall clock at a moment, as the field shows it."""
        return moment.astimezone(self._zone).replace(second=0, microsecond=0, tzinfo=None, fold=0)

    def set_zone(self, zone: ZoneInfo) -> None:
        """By the clock of another shed. A time that was typed stays as it was typed, one that was not is that clock's now."""
        if zone == self._zone:
            return
        typed = self.dirty
        self._zone = zone
        self._zone_label.setToolTip(str(zone))
        if typed:
            self._touched()
        else:
            self.set_value(None)
            self.settle()
        self._describe()

    def _wall(self) -> datetime:
        day, clock = self.edit.date(), self.edit.time()
        return datetime.combine(date(day.year(), day.month(), day.day()), time(clock.hour(), clock.minute()))

    def _is_empty(self) -> bool:
        return False

    def _problem(self) -> str:
        wall = self._wall()
        if self._minute_of(self.value()) != wall:
            return tr("There is no such time on that day: the clocks were put forward over it.")
        if not self._future and self.value() > self._now():
            return tr("This lies in the future.")
        return ""

    def _touched(self) -> None:
        self._show_zone()
        super()._touched()

    def _show_zone(self) -> None:
        offset = self.value().astimezone(self._zone).strftime("%z")
        self._zone_label.setText(f"UTC{offset[:3]}:{offset[3:5]}")

    def _describe(self) -> None:
        super()._describe()
        said = self.control.accessibleDescription()
        self.control.setAccessibleDescription(f"{said} {tr('Time zone')} {self._zone}".strip())


class DateField(_Moment):
    """A day, for due dates and periods. ``value()`` is a date."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        start: date,
        required: bool = True,
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, title, required=required, note=note, parent=parent)
        self.edit = QDateEdit()
        self.edit.setDisplayFormat("yyyy-MM-dd")
        self.edit.setCalendarPopup(True)
        self.edit.setLocale(QLocale.c())
        self._set_figures()
        theme().changed.connect(self._set_figures)
        self.set_value(start)
        self.edit.dateChanged.connect(self._touched)
        self._furnish(self.edit)

    def value(self) -> date:
        """The day."""
        day = self.edit.date()
        return date(day.year(), day.month(), day.day())

    def set_value(self, value: date) -> None:
        """Show a day."""
        self.edit.setDate(QDate(value.year, value.month, value.day))

    def _is_empty(self) -> bool:
        return False
