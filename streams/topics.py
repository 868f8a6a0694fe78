"""Every topic: its name, key, clean-up and retention. The contract in words: `docs/contract.md`."""

from typing import Literal

from msgspec import Struct

DAY_MS = 86_400_000
SEGMENT_BYTES = 16 * 2**20
"""A compacted topic's segments: small, since the open one is never compacted."""


class Topic(Struct, frozen=True):
    """`name` carries no prefix; `partitioned` topics have the installation's N partitions."""

    name: str
    key: str
    cleanup: Literal["delete", "compact", "compact,delete"]
    what: str
    retention_ms: int | None = None
    partitioned: bool = True
    stamped_by_broker: bool = False
    """Records carry the broker's time, which the clock compares with its own."""

    def configs(self) -> dict[str, str]:
        """Broker settings for this topic."""
        made: dict[str, str] = {"cleanup.policy": self.cleanup}
        if self.retention_ms is not None:
            made["retention.ms"] = str(self.retention_ms)
        if self.cleanup == "compact":
            made["segment.bytes"] = str(SEGMENT_BYTES)
        if self.stamped_by_broker:
            made["message.timestamp.type"] = "LogAppendTime"
        return made


CONNECTION_QUALITY = Topic(
    "connection-quality",
    "none; the producer picks the partition by the session's key hash",
    "delete",
    "batches of raw connection samples; the one high-rate topic",
    DAY_MS,
)
SESSION_EVENTS = Topic(
    "session-events",
    "session_id",
    "delete",
    "the one story of every session: schedule, presence, media, reports, clock ticks",
    30 * DAY_MS,
    stamped_by_broker=True,
)
PARTICIPANT_EVENTS = Topic(
    "participant-events",
    "participant_id",
    "delete",
    "one outcome per participant and session, what is expected, and what staff did",
    400 * DAY_MS,
)
SIGNALS = Topic(
    "signals",
    "alert_id",
    "delete",
    "what the detectors found: raised, updated, cleared",
    30 * DAY_MS,
)
SESSION_BOARD = Topic(
    "session-board",
    "session_id",
    "compact,delete",
    "each open session's people and their state, for the screens",
    2 * DAY_MS,
)
ALERT_FEED = Topic(
    "alert-feed",
    "alert_id",
    "compact",
    "each alert's current state, as people and detectors change it",
)
DEAD_LETTERS = Topic(
    "dead-letters",
    "as the source",
    "delete",
    "every record that could not be read: origin and reason in headers, bytes encrypted",
    30 * DAY_MS,
    partitioned=False,
)

TOPICS = (
    CONNECTION_QUALITY,
    SESSION_EVENTS,
    PARTICIPANT_EVENTS,
    SIGNALS,
    SESSION_BOARD,
    ALERT_FEED,
    DEAD_LETTERS,
)

SESSION_ROOMS = Topic(
    "session-monitor-session-rooms-changelog",
    "session_id, or ~partition/n",
    "compact",
    "the session monitor's own state, read again by the worker that takes a partition over",
)
PARTICIPANT_WEEKS = Topic(
    "participant-monitor-participant-weeks-changelog",
    "participant_id, or ~partition/n",
    "compact",
    "the participant monitor's own state, read again by the worker that takes a partition over",
)
INTERNAL = (SESSION_ROOMS, PARTICIPANT_WEEKS)
"""Topics that only one part writes and reads: made and checked with the others, no contract."""
