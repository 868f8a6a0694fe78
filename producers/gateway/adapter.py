"""What a platform's adapter is: two functions over raw bytes, and what they may ask.

An adapter is a module in `platforms/`. It knows its platform's signature and its words; it knows
no Kafka, no clock and no directory.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

import msgspec

from producers.gateway.errors import InvalidField, NotJson
from streams.events import SessionEvent

T = TypeVar("T")

FRESH_SECONDS = 300
"""How far a signature's time may lie from ours, either way (Standard Webhooks: 5 min)."""
LATEST = 253_402_300_799_999
"""The year 9999, in ms."""
_DIGITS = re.compile(r"[0-9]{1,15}")


class Names(Protocol):
    """The directory, and what was written before, as one platform's adapter may ask them."""

    def participant(self, *identities: str | None) -> str:
        """The person with any of these identities, else `unmapped:` of the first non-empty one.

        Raises `InvalidField` when all are empty.
        """

    def connection(self, *words: str) -> str:
        """The pseudonym of a connection."""

    def session(
        self,
        room: str,
        ts: int,
        participant_id: str | None = None,
        connection_id: str | None = None,
    ) -> str:
        """The session that this connection joined, else the room's session at `ts`.

        Raises `UnknownRoom`.
        """

    def is_host(self, session_id: str, participant_id: str) -> bool: ...

    def joined_before(self, session_id: str, participant_id: str) -> bool:
        """Whether this person has joined this session, as far as the gateway remembers."""

    def open_before(self, session_id: str, ts: int) -> list[tuple[str, str]]:
        """(connection, participant) of what joined before `ts` and has not left."""


class Platform(Protocol):
    """A module is one. `secrets` are all active ones, so that they can be rotated."""

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int
    ) -> str:
        """The secret that fits. Raises `BadSignature`, `Stale`. `now` in ms."""

    def challenge(self, body: bytes, secret: str) -> dict[str, str] | None:
        """The answer that proves to the platform that we know the secret, when it asks."""

    def translate(self, body: bytes, names: Names) -> list[SessionEvent]:
        """The contract's events. Raises `Refused`, and nothing else, whatever the bytes."""


def read(raw: bytes | msgspec.Raw, wanted: type[T]) -> T:
    """Raises `NotJson`, `InvalidField`."""
    try:
        return msgspec.json.decode(raw, type=wanted)
    except msgspec.ValidationError:
        raise InvalidField from None
    except (ValueError, RecursionError):
        raise NotJson from None


def instant(ms: float) -> int:
    """Milliseconds since the epoch. Raises `InvalidField` outside of the years 1970 to 9999."""
    if not 0 <= ms <= LATEST:
        raise InvalidField
    return int(ms)


def whole(number: int | str) -> int:
    """An int64 of protojson: a string of digits, from some senders a number."""
    text = str(number) if isinstance(number, str) or abs(number) <= LATEST else ""
    if not _DIGITS.fullmatch(text):
        raise InvalidField
    return int(text)


def rfc3339(text: str) -> int:
    """Milliseconds since the epoch; without a zone it is UTC."""
    try:
        read_as = datetime.fromisoformat(text)
        aware = read_as if read_as.tzinfo else read_as.replace(tzinfo=UTC)
        return instant(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidField from None
