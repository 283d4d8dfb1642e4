"""The real program ``coresafe serve`` as a child, and callers of it, for tests and measurements."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.servers.ports import free_port
from tests.worlds import PASSWORD

ROOT = Path(__file__).parents[1]
#: A key as an administrator would set it.
KEY = "mJ3vQ8xR2tN6wY9zB4cF7gH1kL5pS0dA-test-only"
START_SECONDS = 60.0
#: The requests under way may take their time; nothing else may.
STOP_SECONDS = 30.0


class Served:
    """One ``coresafe serve`` on this machine, in a home of its own; ended by SIGTERM, with exit code 0.

    ``url`` is its database, "" for the embedded one of its home. Leaving the block without an error asserts that it ended
    well; after ``kill9`` there is nothing to assert.
    """

    def __init__(
        self,
        url: str,
        home: Path,
        *,
        port: int | None = None,
        options: Sequence[str] = (),
        command: Sequence[str] = ("-m", "coresafe", "serve"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port or free_port()
        self.home = home
        self.line = ""
        self._command = [sys.executable, *command, "--port", str(self.port), *options]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CORESAFE_")}
        self._environment = kept | {
            "CORESAFE_HOME": str(home),
            "CORESAFE_SECRET_KEY": KEY,
            "PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)]),
            **({"CORESAFE_DATABASE_URL": url} if url else {}),
            **(environment or {}),
        }
        self._process: subprocess.Popen[str] | None = None
        self._killed = False

    @property
    def address(self) -> str:
        """``http://127.0.0.1:port/api/v1``."""
        return f"http://127.0.0.1:{self.port}/api/v1"

    @property
    def words(self) -> str:
        """What it wrote to standard error: its log."""
        return (self.home / "serve.err").read_text("utf-8")

    @property
    def process(self) -> subprocess.Popen[str]:
        """The child; only once it was started."""
        if self._process is None:
            raise RuntimeError("It was not started.")
        return self._process

    def launch(self) -> Self:
        """Start it; it does not listen yet. It dies with the thread that called this."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "serve.err").open("ab") as errors:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self._command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=self.home,
                env=self._environment,
                process_group=0,
            )
        return self

    def start(self) -> Self:
        """Start it and wait for the line that says where it serves. Raises AssertionError where none comes."""
        self._killed = False
        self.launch()
        assert self.process.stdout is not None
        with _bounded(START_SECONDS, self.process.kill):
            self.line = self.process.stdout.readline().strip()
        assert "serves" in self.line, f"{self.line!r}, exit code {self.process.poll()}:\n{self.words[-3000:]}"
        return self

    def terminate(self) -> None:
        """Tell it to end (SIGTERM) and go on."""
        self.process.terminate()

    def wait(self) -> int:
        """Its exit code. Raises AssertionError where it does not end."""
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"It does not end.\n{self.words[-3000:]}") from None

    def stop(self) -> None:
        """End it in order. Raises AssertionError where it does not, or not well."""
        self.terminate()
        code = self.wait()
        assert code == 0, f"exit code {code}\n{self.words[-3000:]}"

    def kill9(self) -> None:
        """End it as a power cut would, from the process's point of view."""
        self._killed = True
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)

    def client(self, username: str = "", **options: Any) -> Caller:
        """A program that calls it, signed in where a user is named."""
        caller = Caller(self.address, **options)
        if username:
            caller.sign_in(username)
        return caller

    def close(self) -> None:
        """Throw the child away, however it stands."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self._killed and self.process.poll() is None:
                self.stop()
        finally:
            self.close()


@contextlib.contextmanager
def _bounded(seconds: float, otherwise: Callable[[], None]) -> Any:
    """Do something else where a block takes longer."""
    timer = threading.Timer(seconds, otherwise)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


class Caller:
    """One program that calls the API over a connection of its own; ``token`` may be shared."""

    def __init__(self, address: str, *, token: str = "", timeout: float = 60.0) -> None:
        self.token = token
        self._http = httpx.Client(base_url=address, timeout=timeout, trust_env=False)

    def sign_in(self, username: str) -> httpx.Response:
        """Get a token with the password that everybody has in a world of tests."""
        answer = self._http.post("/auth/login", json={"username": username, "password": PASSWORD})
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    def ask(self, method: str, path: str, body: Any = None, *, key: uuid.UUID | str | None = None) -> httpx.Response:
        """One request, whatever its answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key is not None:
            headers["Idempotency-Key"] = str(key)
        return self._http.request(method, path, json=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        """A GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any, *, key: uuid.UUID | str | None = None) -> httpx.Response:
        """A POST."""
        return self.ask("POST", path, body, key=key)

    def persist(
        self, path: str, body: Any, *, key: uuid.UUID | str | None = None, until: float = 120.0
    ) -> tuple[httpx.Response, int]:
        """A POST that is sent again under its key while the database or the program is away; and how often it was."""
        key = key or uuid.uuid4()
        give_up = time.monotonic() + until
        again = 0
        while True:
            try:
                answer = self.post(path, body, key=key)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code != 503:
                return answer, again
            if time.monotonic() > give_up:
                raise AssertionError(f"{path} is not answered: {answer.text if answer else 'no connection'}")
            again += 1
            time.sleep(0.1)  # as programs do: Retry-After says seconds, and a test has none to spare

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def wanted(world: Any, *, hq: int = 0, nq: int = 0) -> dict[str, Any]:
    """The body of a dispatch from a world's shed."""
    return {
        "company_id": world.company_id,
        "project_id": world.project_id,
        "shed_id": world.shed_id,
        "driver": "Kofi",
        "technician": "Ama",
        "lines": [{"tray_size": size, "quantity": n} for size, n in (("HQ", hq), ("NQ", nq)) if n],
    }


def returned(*, hq: int = 0, nq: int = 0) -> dict[str, Any]:
    """The body of a return of so many good trays."""
    lines = [{"tray_size": size, "good": n} for size, n in (("HQ", hq), ("NQ", nq)) if n]
    return {"driver": "Yaw", "technician": "Esi", "lines": lines}
