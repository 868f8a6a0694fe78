"""Ends a worker that has stopped working, so that the supervisor starts a new one.

It is a thread: it sees an event loop that is blocked, too. It looks from outside at what the
worker does; the worker's own code cannot forget to tell it.
"""

import logging
import os
import threading
import time

EXIT_STALLED = 75
"""EX_TEMPFAIL of sysexits.h."""
LOOK_SECONDS = 1.0
log = logging.getLogger(__name__)


class Watchdog:
    """`beat()` once a second from the event loop; `progress()` after each step; `behind` while
    there is something to read. No step for `stalled_seconds` while behind ends the process, and
    so does a process that was itself stopped (SIGSTOP, suspend) for `lease_seconds`: others own
    its partitions by now, and what it still holds must not be written.
    """

    def __init__(self, part: str, stalled_seconds: float, lease_seconds: float) -> None:
        self._part = part
        self._stalled_seconds = stalled_seconds
        self._lease_seconds = lease_seconds
        self._beat_at = self._progress_at = time.monotonic()
        self.behind = False
        self._ended = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._look_on, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def beat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at > self._lease_seconds:
            self._end("was stopped for longer than its lease on the partitions")
        self._beat_at = now

    def progress(self) -> None:
        self._progress_at = time.monotonic()

    def _look_on(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            now = time.monotonic()
            if now - self._beat_at > self._stalled_seconds:
                self._end("event loop is blocked")
            if self.behind and now - self._progress_at > self._stalled_seconds:
                self._end("has records to read and makes no progress")

    def _end(self, why: str) -> None:
        log.critical("%s %s: exit %s, to be started anew", self._part, why, EXIT_STALLED)
        logging.shutdown()
        os._exit(EXIT_STALLED)
