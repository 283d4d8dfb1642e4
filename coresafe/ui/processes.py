"""Work that computes for longer than 100 ms: in a child process started from the same program.

In a thread it would stall the window by the interpreter's lock for as long as it lasts. To be called from a task's work:

    runner.run(lambda token: in_child("coresafe.services.exporting.workbook:write", token, path=path), owner=page)

The child imports the function by its path and calls it with a token of its own as first argument, then the keyword
arguments; these and the result must pickle. Works when frozen, given ``multiprocessing.freeze_support()`` in the main.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import traceback
from multiprocessing.connection import Connection
from typing import Any, Protocol

from coresafe.errors import Bug, Cancelled, CoreSafeError, Trouble

_LOG = logging.getLogger("coresafe.ui.processes")
#: Seconds between two looks whether the person has cancelled.
_LOOK_EVERY = 0.1
#: Seconds a child may take to stop by itself before it is ended.
_GRACE = 2.0


class TaskToken(Protocol):
    """The half of ``tasks.Token`` that is needed here."""

    @property
    def cancelled(self) -> bool: ...

    def progress(self, n: int, of: int = 0, text: str = "") -> None: ...


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


def in_child(function: str, token: TaskToken, **arguments: Any) -> Any:
    """Run ``function`` ("package.module:name") in a child process and return what it returns.

    Raises what the function raised if it is one of ours, Cancelled when the person asked to stop, Trouble when the child
    was ended from outside (memory, a kill), and Bug for everything else; the child's trace is logged.
    """
    if token.cancelled:
        raise Cancelled
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    child = spawn.Process(target=_child, args=(theirs, function, arguments), name=f"coresafe {function}", daemon=True)
    child.start()
    theirs.close()
    try:
        return _listen(ours, token, function)
    finally:
        ours.close()
        child.join(_GRACE)
        if child.is_alive():
            child.terminate()
            child.join(_GRACE)
        if child.is_alive():
            child.kill()
            child.join()
        child.close()


def _listen(pipe: Connection, token: TaskToken, function: str) -> Any:
    asked = False
    while True:
        if token.cancelled and not asked:
            asked = True
            pipe.send("cancel")
            if not pipe.poll(_GRACE):
                raise Cancelled
        try:
            if not pipe.poll(_LOOK_EVERY):
                continue
            kind, said = pipe.recv()
        except (EOFError, OSError) as error:
            if asked:
                raise Cancelled from None
            raise Trouble("The work was ended from outside before it was done.", hint="Try again.") from error
        if kind == "progress":
            if not asked:
                token.progress(*said)
        elif kind == "result":
            return said
        else:
            raise _rebuilt(said, function)


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
