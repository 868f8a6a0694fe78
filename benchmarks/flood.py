"""Many requests at once: as fast as they are answered, or at a rate, answered or not."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from benchmarks.table import percentile
from producers.simulator.platforms import Request

Post = Callable[[Request], Awaitable[int]]
"""Sends one and returns the status of its answer; 0 where none came."""


class Answer(Struct, frozen=True):
    """`number` is the request's place; `seconds` is from when it was due to its answer."""

    number: int
    status: int
    seconds: float

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


class Flood(Struct, frozen=True):
    """All answers; `seconds` is from the first request to the last answer."""

    answers: list[Answer]
    seconds: float

    @property
    def taken(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.taken]

    @property
    def rate(self) -> float:
        """Requests taken a second."""
        return len(self.taken) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The percentile of what was taken; 0 where nothing was."""
        return percentile([one.seconds for one in self.taken] or [0.0], share) * 1000

    def answered(self, *statuses: int) -> int:
        return sum(answer.status in statuses for answer in self.answers)


async def as_answered(
    post: Post, requests: Sequence[Request], senders: int, seconds: float
) -> Flood:
    """Each sender sends its next request when the one before is answered, for `seconds` at most."""
    began = time.perf_counter()
    waiting = iter(enumerate(requests))
    answers: list[Answer] = []

    async def send() -> None:
        while time.perf_counter() - began < seconds:
            if (found := next(waiting, None)) is None:
                return
            answers.append(await _answer(post, *found, time.perf_counter()))

    await asyncio.gather(*(send() for _ in range(senders)))
    return Flood(answers, time.perf_counter() - began)


async def at_rate(post: Post, requests: Sequence[Request], rate: float) -> Flood:
    """So many a second, whatever the answers: what waits, here too, counts as waiting."""
    began = time.perf_counter()
    sent: list[asyncio.Task[Answer]] = []
    for number, request in enumerate(requests):
        due = began + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        sent.append(asyncio.create_task(_answer(post, number, request, due)))
    return Flood(await asyncio.gather(*sent), time.perf_counter() - began)


async def _answer(post: Post, number: int, request: Request, due: float) -> Answer:
    status = await post(request)
    return Answer(number, status, time.perf_counter() - due)
