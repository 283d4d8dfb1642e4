"""Work that computes for longer than 100 ms: in a child process started from the same program.

In a thread it would stall the window, or every other request of the API, by the interpreter's lock for as long as it
lasts. The child imports a function by its path and calls it with a token of its own as first argument, then the keyword
arguments; these and the result must pickle. They go through a pipe, so a password among them stands on no command line.
Works when frozen, given ``multiprocessing.freeze_support()`` in the main.

A ``Companion`` is a child that has no end of its own: it serves beside this program for as long as it is wanted.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import logging
import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Protocol

from coresafe.errors import Bug, Cancelled, CoreSafeError, Trouble

_LOG = logging.getLogger("coresafe.services.children")
#: Seconds between two looks whether the person has cancelled.
_LOOK_EVERY = 0.1
#: Seconds a child may take to stop by itself before it is ended.
_GRACE = 2.0
#: Seconds a companion may take to finish what others have asked of it: the API takes 15 where its database hangs.
COMPANION_GRACE = 20.0
#: How far a companion stands behind the program it serves beside, where both want the same processor.
_BEHIND = 5


class TaskToken(Protocol):
    """What tells the work how far it got, and whether to stop: the half of a window's token that is needed here."""

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        ...

    def progress(self, n: int, of: int = 0, text: str = "") -> None:
        """Say how far the work is."""
        ...


class ChildToken:
    """The token of the child: progress goes up the pipe, a cancel comes down it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._stop = False

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        if not self._stop and self._pipe.poll():
            self._stop = True
        return self._stop

    def check(self) -> None:
        """Raise Cancelled if the person asked to stop."""
        if self.cancelled:
            raise Cancelled

    def progress(self, n: int, of: int = 0, text: str = "") -> None:
        """Say how far the work is; raises Cancelled like ``check``."""
        self.check()
        self._pipe.send(("progress", (n, of, text)))


class Child:
    """A child process at work on ``function`` ("package.module:name"). Leaving its block ends it, done or not."""

    def __init__(self, function: str, **arguments: Any) -> None:
        self._function = function
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(
            target=_child, args=(theirs, function, arguments), name=f"coresafe {function}", daemon=True
        )
        self._done = False
        try:
            self._process.start()
        except BaseException:
            self._pipe.close()
            raise
        finally:
            theirs.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def said(self, seconds: float) -> tuple[str, Any] | None:
        """The next ("progress", (n, of, text)) or ("result", answer), or None where nothing was said for so long.

        Raises what the function raised if it is one of ours, Trouble when the child was ended from outside (memory, a
        kill), and Bug for everything else; the child's trace is logged.
        """
        try:
            if not self._pipe.poll(seconds):
                return None
            kind, said = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise Trouble("The work was ended from outside before it was done.", hint="Try again.") from error
        if kind == "progress":
            return kind, said
        self._done = True
        if kind == "result":
            return kind, said
        raise _rebuilt(said, self._function)

    def ask_to_stop(self) -> bool:
        """Cancel: the child's next ``check`` raises. False where it says nothing within the time it is given."""
        try:
            self._pipe.send("cancel")
        except OSError:
            return True  # it is done or gone, which ``said`` tells
        return self._pipe.poll(_GRACE)

    def end(self) -> None:
        """End the process: at once, unless it has said all it had to say."""
        self._pipe.close()
        if self._done:
            self._process.join(_GRACE)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(_GRACE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


class Companion:
    """A child process that serves for as long as it is wanted; ``function(pipe, **arguments)`` is its main.

    ``told(kind, value)`` hears every pair that it sends up the pipe and, as the last of all, ("ended", exit code or None);
    it is called on a thread of the companion's own, which starts the process, too: nobody waits for anything here. The
    main must return when the pipe says anything or closes. This program alone holds the other end, so the companion ends
    even when this program is killed.
    """

    def __init__(self, function: str, told: Callable[[str, Any], None], **arguments: Any) -> None:
        self._function, self._told = function, told
        spawn = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = spawn.Pipe()
        # No daemon: those may not have children, and a server gives long work away itself.
        self._process = spawn.Process(
            target=_companion, args=(self._theirs, function, arguments), name=f"coresafe {function}", daemon=False
        )
        self._lock = threading.Lock()
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._live, name="coresafe-companion", daemon=True)
        # Before multiprocessing's own exit, which would wait for ever for a process that nobody has told to end.
        atexit.register(self._at_exit)
        self._thread.start()

    def end(self, within: float = COMPANION_GRACE) -> None:
        """Ask it to end; it is made to after so many seconds. Returns at once. Asked again, the sooner counts."""
        deadline = time.monotonic() + within
        with self._lock:
            asked, self._deadline = self._deadline, min(self._deadline or deadline, deadline)
            if asked is None:
                with contextlib.suppress(OSError):  # it is gone already
                    self._pipe.send("end")

    def join(self, seconds: float) -> bool:
        """Wait until it has ended and ``told`` has heard so; False where it takes longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _live(self) -> None:
        try:
            self._process.start()
        except Exception:  # noqa: BLE001  # nobody above this thread could hear of it
            _LOG.exception("%s was not started", self._function)
        finally:
            self._theirs.close()
        try:
            self._listen()
        finally:
            self._told("ended", self._finish())

    def _listen(self) -> None:
        while self._deadline is None or time.monotonic() < self._deadline:
            try:
                # The end of the process wakes this at once; looking up now and then is for the deadline.
                said = self._pipe.recv() if self._pipe.poll(0.5) else None
            except (EOFError, OSError):
                return
            if said is not None:
                self._told(*said)

    def _finish(self) -> int | None:
        with self._lock:
            self._pipe.close()
        atexit.unregister(self._at_exit)
        if self._process.pid is None:
            return None
        self._process.join(_GRACE)
        for stop in (self._process.terminate, self._process.kill):
            if self._process.is_alive():
                _LOG.warning("%s does not end and is made to", self._function)
                stop()
                self._process.join(_GRACE)
        code = self._process.exitcode
        if code is not None:
            self._process.close()
        return code

    def _at_exit(self) -> None:
        self.end(_GRACE)
        self.join(4 * _GRACE)


def in_child(function: str, token: TaskToken, **arguments: Any) -> Any:
    """Run ``function`` ("package.module:name") in a child process and return what it returns.

    Raises what the function raised if it is one of ours, Cancelled when the person asked to stop, Trouble when the child
    was ended from outside (memory, a kill), and Bug for everything else; the child's trace is logged.
    """
    if token.cancelled:
        raise Cancelled
    with Child(function, **arguments) as child:
        asked = False
        while True:
            if token.cancelled and not asked:
                asked = True
                if not child.ask_to_stop():
                    raise Cancelled
            try:
                said = child.said(_LOOK_EVERY)
            except Trouble:
                if asked:
                    raise Cancelled from None
                raise
            if said is None:
                continue
            kind, value = said
            if kind == "result":
                return value
            if not asked:
                token.progress(*value)


def _child(pipe: Connection, path: str, arguments: dict[str, Any]) -> None:
    """The child's main: call the function and send what came of it."""
    try:
        module, _, name = path.partition(":")
        function = getattr(importlib.import_module(module), name)
        answer: tuple[str, Any] = ("result", function(ChildToken(pipe), **arguments))
    except CoreSafeError as error:
        answer = ("failure", (type(error), error.args, dict(error.__dict__), ""))
    except Exception as error:  # noqa: BLE001 - told to the parent, which logs it
        answer = ("failure", (None, (repr(error),), {}, traceback.format_exc()))
    try:
        pipe.send(answer)
    except (BrokenPipeError, OSError):
        pass  # the parent is gone
    except Exception as error:  # noqa: BLE001 - an answer that does not pickle
        pipe.send(("failure", (None, (repr(error),), {}, traceback.format_exc())))
    finally:
        pipe.close()


def _companion(pipe: Connection, path: str, arguments: dict[str, Any]) -> None:
    """The companion's main."""
    if hasattr(os, "nice"):
        os.nice(_BEHIND)
    module, _, name = path.partition(":")
    getattr(importlib.import_module(module), name)(pipe, **arguments)


def _rebuilt(
    said: tuple[type[CoreSafeError] | None, tuple[Any, ...], dict[str, Any], str], function: str
) -> CoreSafeError:
    kind, words, state, trace = said
    if kind is None:
        _LOG.error("%s failed in its process: %s\n%s", function, words[0], trace)
        return Bug(f"{function}: {words[0]}")
    # Not through __init__: its arguments differ from error to error, its state does not.
    error = kind.__new__(kind)
    error.args = words
    error.__dict__.update(state)
    return error
