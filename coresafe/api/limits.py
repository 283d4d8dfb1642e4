"""How often one address may ask for what costs a password's work and needs no token (429 RATE_LIMITED)."""

from __future__ import annotations

import threading
import time

from coresafe.errors import CoreSafeError

#: Addresses remembered at most; the ones that were quiet longest are forgotten first.
_MOST_ADDRESSES = 10_000


class RateLimited(CoreSafeError):
    """429: too much at once; ``retry_after`` seconds remain."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Limiter:
    """So many a minute for each address, and so many ``at_once`` before that counts (a token bucket)."""

    def __init__(self, *, per_minute: int, at_once: int) -> None:
        self._each_second = per_minute / 60
        self._at_once = float(at_once)
        self._left: dict[str, tuple[float, float]] = {}
        self._guard = threading.Lock()

    def take(self, address: str) -> None:
        """Count one. Raises RateLimited."""
        now = time.monotonic()
        with self._guard:
            left, since = self._left.pop(address, (self._at_once, now))
            left = min(self._at_once, left + (now - since) * self._each_second)
            wait = (1 - left) / self._each_second
            self._left[address] = (left - 1 if left >= 1 else left, now)
            while len(self._left) > _MOST_ADDRESSES:
                self._left.pop(next(iter(self._left)))
        if left < 1:
            seconds = max(1, round(wait + 0.5))
            raise RateLimited(f"Too many requests from here. Try again in {seconds} s.", retry_after=seconds)
