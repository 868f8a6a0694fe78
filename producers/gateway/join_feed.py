"""Whether anybody has seen what a person reported, and whether anybody is on duty: `alert-feed`.

What is not known is not claimed: while the feed cannot be read, or the alert service has not said
for long how many are on duty, nobody is on duty here.
"""

import asyncio
import logging
import time
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from msgspec import Struct

from streams import codec
from streams.events import HOUR, AlertChanged, DutyChanged
from streams.kafka import KafkaSettings, consumer
from streams.metrics import EVENTS_READ
from streams.now import Clock
from streams.topics import ALERT_FEED

RULES: Final = {
    "crisis_reported": "crisis",
    "help_requested": "help",
    "tech_requested": "technical",
}
"""The reports that somebody is told of at once, by the rule that tells."""
KEPT: Final = 24 * HOUR
FRESH_SECONDS: Final = 20.0
DUTY_SECONDS: Final = 90.0
"""The alert service says every 30 s how many are on duty; of one that stopped nothing is known."""
RETRY_SECONDS: Final = 2.0

log = logging.getLogger(__name__)


class Told(Struct, frozen=True):
    """A report of this person that became an alert. `report` is the event's id; `at` in ms, as
    reported."""

    report: str
    kind: str
    at: int
    seen: bool


class JoinFeed:
    """Follows the feed from its beginning; a compacted topic holds each alert's last state."""

    def __init__(self, kafka: KafkaSettings, clock: Clock) -> None:
        self._kafka = kafka
        self._clock = clock
        self._duty: dict[str, tuple[int, float]] = {}
        self._told: dict[str, dict[str, Told]] = {}
        self._read_at = float("-inf")

    def on_duty(self, program_id: str) -> bool:
        """Whether somebody of this program's team is on duty, as far as is known now."""
        fresh = time.monotonic() - self._read_at < FRESH_SECONDS
        people, said_at = self._duty.get(program_id, (0, 0.0))
        return fresh and people > 0 and time.time() - said_at < DUTY_SECONDS

    def told(self, participant_id: str) -> list[Told]:
        """Of the last day, whichever session it was said in: the link may be at the next one."""
        return list(self._told.get(participant_id, {}).values())

    async def run(self) -> None:
        """Until cancelled; where the broker is away it is tried again."""
        while True:
            try:
                await self._follow()
            except KafkaError as error:
                log.warning("alert feed not read: %s", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        reader = consumer(self._kafka)
        await reader.start()
        try:
            topic = self._kafka.topic(ALERT_FEED)
            parts = [TopicPartition(topic, n) for n in range(self._kafka.partitions)]
            reader.assign(parts)
            await reader.seek_to_beginning(*parts)
            while True:
                # Also asks whether the broker is there: of one that is away, `getmany` says
                # the same as of a feed on which nothing happens.
                ends = await reader.end_offsets(parts)
                for records in (await reader.getmany(timeout_ms=1_000)).values():
                    for record in records:
                        self._hear(record.value, record.timestamp / 1000)
                if all([await reader.position(part) >= ends[part] for part in parts]):
                    self._read_at = time.monotonic()
        finally:
            await reader.stop()

    def _hear(self, value: bytes | None, written_at: float) -> None:
        if not value:
            return
        try:
            said = codec.feed.decode(value)
        except codec.Unreadable:
            return
        EVENTS_READ.labels(part="gateway", topic=ALERT_FEED.name).inc()
        if isinstance(said, DutyChanged):
            self._duty[said.program_id] = said.people, written_at
        elif isinstance(said, AlertChanged) and said.signal.rule in RULES:
            self._keep(said)

    def _keep(self, alert: AlertChanged) -> None:
        signal = alert.signal
        report = signal.evidence.get("report")
        if not signal.participant_id or not isinstance(report, str):
            return
        self._forget()
        theirs = self._told.setdefault(signal.participant_id, {})
        # one that ended by itself has been seen by nobody
        seen = alert.state == "acknowledged" or (alert.state == "resolved" and bool(alert.acts))
        theirs[signal.alert_id] = Told(report, RULES[signal.rule], signal.raised_at, seen)

    def _forget(self) -> None:
        oldest = self._clock.now() - KEPT
        for key, theirs in list(self._told.items()):
            if all(one.at < oldest for one in theirs.values()):
                del self._told[key]
