"""What a platform's adapter is: a few functions over raw bytes, and what they may ask.

An adapter is a module in `platforms/`. It knows its platform's signature and its words; it knows
no Kafka, no clock and no directory. `ANSWERS` says what the platform tells and what it does not:
`docs/platforms.md` is made from it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from producers.gateway.errors import InvalidField, NotJson
from streams.events import Role, Sample, SessionEvent

T = TypeVar("T")

Told: TypeAlias = SessionEvent | Sample
"""What a delivery becomes: samples go to `connection-quality`, all else to `session-events`."""

FRESH_SECONDS = 300
"""How far a signature's time may lie from ours, either way (Standard Webhooks: 5 min)."""
RETRIED_SECONDS = 3_600
"""The same where a retry keeps the time of the first try; a double has no effect."""
LATEST = 253_402_300_799_999
"""The year 9999, in ms."""
JSON_TYPES = frozenset({"application/json", "application/webhook+json"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded"})
_DIGITS = re.compile(r"[0-9]{1,15}")


class Answer(Struct, frozen=True):
    """Whether a platform tells of something, and what there is to know about it."""

    told: Literal["yes", "partly", "no"]
    why: str


class Answers(Struct, frozen=True, kw_only=True):
    """The list that each adapter answers; the fields' docstrings are the document's headings."""

    title: str
    source: str
    """Where the platform's shapes were read."""
    set_up: str
    """What to do at the platform, and what the secret is."""
    waiting_room: Answer
    leave_reasons: Answer
    quality: Answer
    stable_identity: Answer
    phone_callers: Answer
    reconciling: Answer
    """Whether the gateway asks its API for what webhooks lost."""
    recording: Answer
    """Whether recorders are told apart from people."""


class Signed(Struct, frozen=True):
    """A request as the platform would send it: where to, and the headers that prove it."""

    url: str
    headers: dict[str, str]


Kind: TypeAlias = Literal["started", "joined", "left", "ended"]


class Scene(Struct, frozen=True):
    """Something that happens in a room, for a rehearsal or a test. `who` and `link` (the
    platform's id of the connection) are empty where it is about the room alone."""

    kind: Kind
    room: str
    ts: int
    who: str = ""
    link: str = ""


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

    def role(
        self, session_id: str, participant_id: str, shown: str | None, moderates: bool = False
    ) -> Role:
        """`bot` where the shown name is one of the configured note-takers'; `host` for the
        session's host and for a moderator who is none of its patients. The shown name is only
        looked at, never kept."""

    def joined_before(self, session_id: str, participant_id: str) -> bool:
        """Whether this person has joined this session, as far as the gateway remembers."""

    def open_before(self, session_id: str, ts: int) -> list[tuple[str, str]]:
        """(connection, participant) of what joined before `ts` and has not left."""

    def joined_as(self, connection_id: str) -> tuple[str, str] | None:
        """(session, participant) of a connection that has joined and not left."""

    def learn_room(self, occupancy: str, room: str) -> None:
        """The room that an occupancy's own id stands for."""

    def room_of(self, occupancy: str) -> str | None:
        """The room of an occupancy, once learnt."""


class Platform(Protocol):
    """A module is one. `secrets` are all active ones, so that they can be rotated."""

    @property
    def ANSWERS(self) -> Answers: ...

    @property
    def MEDIA_TYPES(self) -> frozenset[str]: ...

    def verify(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str
    ) -> str:
        """The secret that fits. Raises `BadSignature`, `Stale`. `now` in ms; `url` as the
        platform calls it, query and all."""

    def sign(self, body: bytes, secret: str, now: int, url: str) -> Signed:
        """How the platform would sign: what `verify` takes. Raises `ValueError` for a secret
        that cannot be one."""

    def play(self, scene: Scene) -> bytes:
        """The body in which the platform would tell of it."""

    def is_ping(self, body: bytes) -> bool:
        """A delivery that only asks whether anybody is there, before a secret is agreed on."""

    def challenge(self, body: bytes, secret: str) -> dict[str, str] | None:
        """The answer that proves to the platform that we know the secret, when it asks."""

    def translate(self, body: bytes, names: Names) -> Sequence[Told]:
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
    return round(ms)


def whole(number: int | str) -> int:
    """An int64 of protojson: a string of digits, from some senders a number."""
    text = str(number) if isinstance(number, str) or abs(number) <= LATEST else ""
    if not _DIGITS.fullmatch(text):
        raise InvalidField
    return int(text)


def filled(text: str | None) -> str:
    """Raises `InvalidField` for what is missing, empty or longer than any id is."""
    if not text or len(text) > 512:
        raise InvalidField
    return text


def iso(ms: int) -> str:
    """`2026-11-23T12:18:30.250Z`"""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def rfc3339(text: str) -> int:
    """Milliseconds since the epoch; without a zone it is UTC."""
    try:
        read_as = datetime.fromisoformat(text)
        aware = read_as if read_as.tzinfo else read_as.replace(tzinfo=UTC)
        return instant(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidField from None
