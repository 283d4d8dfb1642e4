"""A screen reader's hands and ears: the accessibility tree of a program, over D-Bus (AT-SPI), and nothing besides.

A ``Bus`` is a session of D-Bus of its own, with the registry that programs announce themselves to. ``Tree`` finds things
by role and name, as a screen reader lists them, and does with them what it can: actions, text, selection, focus.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

_A11Y = "org.a11y.atspi"
_ROOT = "/org/a11y/atspi/accessible/root"
#: Bits of the states that are asked about (AT-SPI's enumeration of states).
_STATES = {"checked": 4, "enabled": 8, "focused": 12, "selected": 23, "sensitive": 24, "showing": 25, "editable": 7}
PATIENCE = 60.0
#: What is asked by row and column, not walked through.
_WHOLE = {"table", "tree table", "tree", "list", "combo box"}
R = TypeVar("R")


class Bus:
    """A session bus of its own; ``environment`` lets a program find it and be heard on it."""

    def __init__(self) -> None:
        command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
        self._daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        self.environment = {
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_ACCESSIBILITY": "1",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_what: object) -> None:
        self._daemon.terminate()
        self._daemon.wait(10)
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()

    def accessible(self) -> DBusConnection:
        """A connection to the bus on which programs show their trees."""
        with open_dbus_connection(self.address) as session:
            asked = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            (address,) = unwrap_msg(session.send_and_get_reply(new_method_call(asked, "GetAddress"), timeout=PATIENCE))
        return open_dbus_connection(address)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the tree."""

    tree: Tree
    owner: str
    path: str

    def ask(self, interface: str, method: str, signature: str = "", *values: Any) -> tuple[Any, ...]:
        """Call a method of it."""
        address = DBusAddress(self.path, bus_name=self.owner, interface=f"{_A11Y}.{interface}")
        sent = new_method_call(address, method, signature or None, values)
        answer: tuple[Any, ...] = unwrap_msg(self.tree.connection.send_and_get_reply(sent, timeout=PATIENCE))
        return answer

    def get(self, interface: str, name: str) -> Any:
        """A property of it."""
        address = DBusAddress(self.path, bus_name=self.owner, interface="org.freedesktop.DBus.Properties")
        sent = new_method_call(address, "Get", "ss", (f"{_A11Y}.{interface}", name))
        ((_kind, value),) = unwrap_msg(self.tree.connection.send_and_get_reply(sent, timeout=PATIENCE))
        return value

    @property
    def name(self) -> str:
        return str(self.get("Accessible", "Name"))

    @property
    def description(self) -> str:
        return str(self.get("Accessible", "Description"))

    @property
    def role(self) -> str:
        return str(self.ask("Accessible", "GetRoleName")[0])

    @property
    def children(self) -> list[Thing]:
        return [Thing(self.tree, owner, path) for owner, path in self.ask("Accessible", "GetChildren")[0]]

    def states(self) -> set[str]:
        """Which of the states that matter here it is in."""
        low, high = self.ask("Accessible", "GetState")[0]
        bits = low | high << 32
        return {name for name, bit in _STATES.items() if bits >> bit & 1}

    def actions(self) -> list[str]:
        """What can be done with it."""
        return [name for name, _description, _keys in self.ask("Action", "GetActions")[0]]

    def do(self, action: str = "Press") -> None:
        """Do it."""
        at = [name.lower() for name in self.actions()].index(action.lower())
        assert self.ask("Action", "DoAction", "i", at)[0]

    def write(self, text: str) -> None:
        """Fill in a field."""
        assert self.ask("EditableText", "SetTextContents", "s", text)[0]

    def read(self) -> str:
        """What stands in it."""
        return str(self.ask("Text", "GetText", "ii", 0, -1)[0])


class Tree:
    """The tree of the one program on the bus."""

    def __init__(self, bus: Bus) -> None:
        self.connection = bus.accessible()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_what: object) -> None:
        self.connection.close()

    def things(self) -> Iterator[tuple[str, Thing]]:
        """Everything that is shown, with its name, as it is read; of tables only themselves."""

        def walk(thing: Thing) -> Iterator[tuple[str, Thing]]:
            if "showing" not in thing.states():
                return
            yield thing.name, thing
            if thing.role in _WHOLE:
                return
            for child in thing.children:
                yield from walk(child)

        for program in Thing(self, f"{_A11Y}.Registry", _ROOT).children:
            for window in program.children:
                yield from walk(window)

    def find(self, role: str, name: str, *, usable: bool = True) -> Thing:
        """Wait until a thing of this role is shown and called so; ``usable``: and can be used."""

        def there() -> Thing | None:
            for called, thing in self.things():
                if called == name and thing.role == role and (not usable or "sensitive" in thing.states()):
                    return thing
            return None

        found = self.until(there, f"{role} {name!r}")
        assert found is not None
        return found

    def hear(self, words: str) -> str:
        """Wait until something that is shown is called by these words among others."""
        return self.until(lambda: next((name for name, _thing in self.things() if words in name), ""), repr(words))

    def until(self, true: Callable[[], R], what: str) -> R:
        """Wait until it is so. What is gone while it is asked about is looked for again."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if found := true():
                    return found
            except DBusErrorResponse:
                pass
            time.sleep(0.05)  # there is no event for "something is called so now"
        shown = [f"{thing.role} {name!r}" for name, thing in self.things() if name]
        raise AssertionError(f"There never was {what}. There is: {shown}")

    def cells(self, table: Thing, row: int) -> list[str]:
        """The cells of a row, as they are read."""
        count = int(table.get("Table", "NColumns"))
        found = [table.ask("Table", "GetAccessibleAt", "ii", row, column)[0] for column in range(count)]
        return [Thing(self, owner, path).name for owner, path in found]
