"""What could not be read: kept encrypted, with its origin and its reason, and limited.

A dead letter's identity is its topic, partition and offset: a redelivery after a crash writes
it again under the same key. The bytes are encrypted with the installation's key, since a
refused webhook holds names.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from streams.kafka import KafkaSettings
from streams.metrics import DEAD_LETTERS as COUNTED
from streams.topics import DEAD_LETTERS


class TooManyDeadLetters(RuntimeError):
    """More than the limit in a minute: stop, so that a person looks, instead of draining."""


class Sends(Protocol):
    async def send_and_wait(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        *,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> object: ...


class DeadLetters:
    """`seal` encrypts; `limit` letters in 60 s raise `TooManyDeadLetters` (None: never)."""

    def __init__(
        self,
        part: str,
        producer: Sends,
        settings: KafkaSettings,
        seal: Callable[[bytes], bytes],
        limit: int | None = None,
    ) -> None:
        self._part = part
        self._producer = producer
        self._topic = settings.topic(DEAD_LETTERS)
        self._seal = seal
        self._limit = limit
        self._recent: deque[float] = deque()

    async def put(
        self,
        origin: str,
        raw: bytes | None,
        reason: str,
        key: bytes = b"",
        *,
        floods: bool = True,
    ) -> None:
        """`origin` is `topic/partition/offset` or `gateway/<source>`; `reason` is a code. One
        that does not count as a part of a flood says so."""
        await self._producer.send_and_wait(
            self._topic,
            value=self._seal(raw or b""),
            key=key or origin.encode(),
            headers=[("origin", origin.encode()), ("reason", reason.encode())],
        )
        COUNTED.labels(part=self._part, reason=reason).inc()
        if not floods:
            return
        now = time.monotonic()
        self._recent.append(now)
        while self._recent and self._recent[0] < now - 60:
            self._recent.popleft()
        if self._limit is not None and len(self._recent) >= self._limit:
            raise TooManyDeadLetters(f"{self._part}: {self._limit} dead letters in 60 s")
