"""Loading parts of the program when they are first needed, on whichever thread that is: one after the other.

Two threads that load packages which need each other may each hold what the other waits for. Python then gives up on one of
them in the middle (``_DeadlockError``), and what it was loading is broken for as long as the program runs.
"""

from __future__ import annotations

import threading

#: Held while something is imported that was not imported at the start.
LOADING = threading.RLock()
