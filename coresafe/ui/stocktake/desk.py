"""Where numbers are entered: state and place are chosen once, then size, number, Enter, and the next.

Nobody waits for the line: a number that was entered stands in the list at once and is saved behind the typing, one after
the other. What is refused comes back with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from coresafe.errors import Trouble, UserError
from coresafe.models.enums import State
from coresafe.services.stocktaking import COUNTED_STATES, Counting, CountRow, EnterCount, enter_count
from coresafe.ui.forms import Choice as Offer
from coresafe.ui.forms import ChoiceField, Field, HistoryField, QuantityField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.messages import Choice, Level
from coresafe.ui.stocktake.words import place_words, state_word
from coresafe.ui.theme import status, theme
from coresafe.ui.widgets import label
from coresafe.ui.widgets.gloves import wear_gloves
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace


class StateField(Field):
    """One of the states that are counted, as large buttons side by side; the arrows go from one to the next."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(name, title, required=True, parent=parent)
        self.buttons: dict[State, QPushButton] = {}
        self._group = QButtonGroup(self)
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(4)
        for state in COUNTED_STATES:
            made = QPushButton(f" {state_word(state)}")  # air between icon and word
            made.setCheckable(True)
            made.setProperty("kind", "choice")
            made.setAutoDefault(False)
            made.setAccessibleName(tr("{state}: trays in this state are counted", state=state_word(state)))
            theme().dress(made, status(state.value).icon)
            self._group.addButton(made)
            self.buttons[state] = made
            across.addWidget(made, 1)
        self.buttons[COUNTED_STATES[0]].setChecked(True)
        self._furnish(row)
        row.setFocusProxy(self.buttons[COUNTED_STATES[0]])
        self._group.buttonToggled.connect(lambda _button, on: self._chosen() if on else None)

    def value(self) -> State:
        """The state that is counted now."""
        return next(state for state, made in self.buttons.items() if made.isChecked())

    def set_value(self, value: Any) -> None:
        self.buttons[State(value)].setChecked(True)

    def _chosen(self) -> None:
        self.control.setFocusProxy(self.buttons[self.value()])
        self._touched()

    def _is_empty(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Sent:
    """A number that was entered and is not saved yet; under its operation it is saved once, however often it is tried."""

    command: EnterCount
    operation: UUID


class CountForm(OperationForm):
    """Enters one number after the other. Signals: ``sent_changed()`` other numbers are being saved than before."""

    changes = ("stocktakes",)
    sent_changed = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Count"), save=tr("Enter the count"), parent=parent)
        self._seen: Counting | None = None
        #: Numbers that are not saved yet, oldest first; the first is on its way, or waits for the database.
        self.sent: list[Sent] = []
        self._stuck = False
        self.leave_button.hide()
        self.left.connect(self.next)
        workspace.online.connect(self._online)
        self.state = StateField("state", tr("What is counted"))
        self.place = HistoryField("place", tr("Place"), self._places, workspace.runner, longest=120)
        self.place.edit.setPlaceholderText(tr("Rack or bay, if there are several"))
        self.tray = ChoiceField(
            "tray_size",
            tr("Size"),
            self._sizes,
            workspace.runner,
            required=True,
            placeholder=tr("Scan or type"),
        )
        self.quantity = QuantityField("quantity", tr("Trays found"), required=True, least=0)
        self.add(self.state)
        self.add(self.place)
        self.add(self.tray, self.quantity)
        self.hint = label(
            tr("Enter goes on to the number, and then to the next size. 0 says that there are none."),
            "muted",
            wrap=True,
        )
        self.add_widget(self.hint)
        for standing in (self.state, self.place):
            # They stand for what comes next: nothing is lost with them.
            standing.changed.connect(standing.settle)
        for said in (self.state, self.place, self.tray):
            said.changed.connect(self._say_replaced)
        wear_gloves(self)
        self.settle()

    # -- what the page does with it ---------------------------------------------------------------------------------

    def show_counting(self, seen: Counting) -> None:
        """How far the stocktake is."""
        if self._seen is None or self._seen.stocktake.id != seen.stocktake.id:
            self.place.set_value(None)
            self.clear()
        self._seen = seen
        self._say_replaced()

    def take_size(self, size: str) -> None:
        """A size was scanned or picked beside: the number comes next."""
        self.tray.choose(self._choice(size))
        self.quantity.setFocus(Qt.FocusReason.OtherFocusReason)
        self.quantity.edit.selectAll()

    def change(self, row: CountRow) -> None:
        """Enter a number anew."""
        self.quiet()
        self.state.set_value(row.state)
        self.place.set_value(row.place)
        self.tray.choose(self._choice(row.tray_size))
        self.quantity.set_value(row.quantity)
        self.quantity.setFocus(Qt.FocusReason.OtherFocusReason)
        self.quantity.edit.selectAll()

    def clear(self) -> None:
        """Ready for the next number."""
        self.tray.set_value(None)
        self.quantity.set_value(None)
        self.settle()
        self._say_replaced()

    def next(self) -> None:
        """A number was entered: the keyboard waits for the next size."""
        self.clear()
        self.tray.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """The window or another shed is wanted: asks where a number would be lost, and waits for what is being saved."""
        if self.sent:
            said = trn("{count} number is still being saved.", "{count} numbers are still being saved.", len(self.sent))
            self.say(Level.INFO, said, tr("Wait a moment, then try again."))
            return
        super().leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes away what stands there; state and place stay."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers() and self.banner is None:
            self.next()
            return
        super().keyPressEvent(event)

    @property
    def dirty(self) -> bool:
        """Whether a number would be lost: one that stands there, or one that is not saved yet."""
        return bool(self.sent) or super().dirty

    @property
    def saving(self) -> bool:
        """Numbers are being saved."""
        return bool(self.sent)

    # -- saving -----------------------------------------------------------------------------------------------------

    def use_case(self) -> Callable[..., Any]:
        return enter_count

    def command(self) -> EnterCount:
        """What is typed, as the service takes it."""
        before = self.before
        return EnterCount(
            stocktake_id=self._seen.stocktake.id if self._seen is not None else 0,
            tray_size=self.tray.value() or "",
            state=self.state.value(),
            quantity=self.quantity.value() or 0,
            place=self.place.value(),
            version=before.version if before is not None else None,
        )

    def save(self) -> None:
        """Take the number and go on to the next: it is saved meanwhile."""
        if not self._stuck:
            self.quiet()
        if not self.check():
            return
        command = self.command()
        key = _place_of(command)
        if any(_place_of(one.command) == key for one in self.sent):  # one's own number before it is not saved yet
            command = replace(command, version=None)
        self.sent.append(Sent(command, uuid4()))
        self.next()
        self.sent_changed.emit()
        if len(self.sent) == 1:
            self._send()

    def _send(self) -> None:
        self._stuck = False
        first = self.sent[0]
        self._workspace.write(
            enter_count,
            first.command,
            owner=self,
            done=self._came,
            failed=partial(self._went_wrong, first),
            changes=self.changes,
            operation_id=first.operation,
            title=self.title,
        )

    def _came(self, row: CountRow) -> None:
        self.sent.pop(0)
        self.saved.emit(row)
        self._go_through()

    def _go_through(self) -> None:
        self.sent_changed.emit()
        if self.sent:
            self._send()

    def _went_wrong(self, first: Sent, error: BaseException) -> bool:
        """The database is away: it waits, and is saved once under its operation. It was refused: it comes back."""
        if isinstance(error, Trouble):
            self._stuck = True
            waiting = trn("{count} number waits to be saved.", "{count} numbers wait to be saved.", len(self.sent))
            self.say(Level.WARNING, waiting, error.message, [Choice(tr("Try again"), self._again, primary=True)])
            return True
        self.sent.pop(0)
        if isinstance(error, UserError):
            what = tr("{count} {size} was not entered.", count=first.command.quantity, size=first.command.tray_size)
            back = Choice(tr("Enter it again"), partial(self._take_back_in, first.command), primary=True)
            self.say(Level.ERROR, what, error.message, [back])
        self._go_through()
        return isinstance(error, UserError)

    def _again(self) -> None:
        if self._stuck and self.sent:
            self.quiet()
            self._send()

    def _online(self, online: bool) -> None:
        if online:
            self._again()

    def _take_back_in(self, command: EnterCount) -> None:
        """What was refused stands in the fields again."""
        self.quiet()
        self.state.set_value(command.state)
        self.place.set_value(command.place)
        self.take_size(command.tray_size)
        self.quantity.set_value(command.quantity)
        self.quantity.edit.selectAll()

    def check_together(self) -> str:
        """A declared size takes no more numbers."""
        declared = self._declared()
        if declared:
            return tr("{size} is declared counted. Count on first, beside the size.", size=declared)
        return ""

    def _go_on(self) -> None:
        if not self.tray.empty and not self.quantity.empty:
            self.save()
        else:
            super()._go_on()

    # -- what is known ----------------------------------------------------------------------------------------------

    @property
    def before(self) -> CountRow | None:
        """One's own entry that the next number would replace."""
        if self._seen is None or self.tray.value() is None:
            return None
        wanted = (self.tray.value(), self.state.value(), _key(self.place.value()))
        return next((row for row in self._seen.mine if (row.tray_size, row.state, _key(row.place)) == wanted), None)

    def _declared(self) -> str:
        sizes = self._seen.sizes if self._seen is not None else ()
        found = next((one for one in sizes if one.tray_size == self.tray.value()), None)
        return found.tray_size if found is not None and found.declared_at is not None else ""

    def _say_replaced(self) -> None:
        before = self.before
        if before is None:
            self.quantity.set_note("")
            return
        words = tr(
            "Replaces your {count} at this place ({place}).",
            count=number(before.quantity or 0),
            place=place_words(before.place),
        )
        self.quantity.set_note(words)

    def _places(self, words: str) -> Sequence[str]:
        places = self._seen.places if self._seen is not None else ()
        return [place for place in places if _key(words) in _key(place)]

    def _choice(self, size: str) -> Offer:
        return Offer(size, size)

    def _sizes(self, words: str) -> Sequence[Offer]:
        sizes = self._seen.sizes if self._seen is not None else ()
        wanted = _key(words)
        found = [self._choice(one.tray_size) for one in sizes if _key(one.tray_size).startswith(wanted)]
        # "NQ" is NQ, and not the first of several that begin so.
        return sorted(found, key=lambda choice: _key(choice.text) != wanted)

    def say_scanned(self, words: str) -> None:
        """Something was scanned that is no size."""
        shown = words if len(words) <= 40 else words[:39] + "…"
        hint = tr("Scan it again, or type the size. Nothing was changed.")
        self.say(Level.ERROR, tr("“{words}” is no tray size.", words=shown), hint)

    def size_of(self, words: str) -> str | None:
        """The size that was scanned, if it is one."""
        sizes = self._seen.sizes if self._seen is not None else ()
        return next((one.tray_size for one in sizes if _key(one.tray_size) == _key(words)), None)


def _place_of(command: EnterCount) -> tuple[str, str, str]:
    """What a later number would replace."""
    return command.tray_size, str(command.state), _key(command.place)


def _key(words: str | None) -> str:
    return " ".join((words or "").split()).casefold()
