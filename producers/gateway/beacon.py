"""What a browser sends by itself: `{token, sent_at, skew?, samples?, events?}`.

`sendBeacon` can set no header, so the token travels in the body. It names the session, the person
and the page's origin; the body names none of them. `skew` (ms) is how far the device's clock is
behind ours, where the page has measured it: only then can a wrong clock be told from a beacon that
an outage held up.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta, Raw, Struct

from privacy.sealing import MasterKey
from producers.gateway.adapter import LATEST, instant, read
from producers.gateway.errors import BadToken, InvalidField
from streams.events import (
    HOUR,
    DeviceChecked,
    EngagementObserved,
    MediaChanged,
    Millis,
    ParticipantJoinFailed,
    ParticipantJoinStarted,
    ParticipantReported,
    Sample,
    SessionEvent,
)

LIFE = 12 * HOUR
Skew = Annotated[int, Meta(ge=-LATEST, le=LATEST)] | None
SKEW_SECONDS = 2
"""A device's clock that is further off than this is corrected (old devices' clocks are wrong)."""

FromBrowser = (
    ParticipantJoinStarted
    | ParticipantJoinFailed
    | DeviceChecked
    | MediaChanged
    | EngagementObserved
    | ParticipantReported
)


class Bearer(Struct, frozen=True, array_like=True):
    """Whom a token speaks for, until when (ms)."""

    session_id: str
    participant_id: str
    origin: str
    expires_at: int


class Tokens:
    """Issues and checks the tokens of one installation."""

    def __init__(self, key: MasterKey) -> None:
        self._key = key.derive("beacon/v1")

    def issue(self, session_id: str, participant_id: str, origin: str, now: int) -> str:
        """Good for 12 h; `origin` as in the browser's header, `https://care.example.org`."""
        claims = msgspec.json.encode(Bearer(session_id, participant_id, origin, now + LIFE))
        return f"{_base64(claims)}.{self._signature(_base64(claims))}"

    def check(self, token: str, now: int) -> Bearer:
        """Raises `BadToken`."""
        claims, _, signature = token.partition(".")
        given = signature.encode("utf-8", "replace")
        if not hmac.compare_digest(self._signature(claims).encode(), given):
            raise BadToken
        bearer = msgspec.json.decode(
            base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)), type=Bearer
        )
        if not now < bearer.expires_at <= now + LIFE:
            raise BadToken
        return bearer

    def _signature(self, claims: str) -> str:
        return _base64(hmac.digest(self._key, claims.encode("utf-8", "replace"), "sha256"))


class Sealed(Struct):
    """A beacon of which only the token has been looked at."""

    token: str
    sent_at: Raw = Raw(b"null")
    skew: Raw = Raw(b"null")
    samples: Raw = Raw(b"[]")
    events: Raw = Raw(b"[]")


class Beacon(Struct):
    """Times are the device's own."""

    sent_at: int
    skew: int | None
    samples: list[dict[str, Any]]
    events: list[dict[str, Any]]


def opened(sealed: Sealed) -> Beacon:
    """Raises `NotJson`, `InvalidField`."""
    return Beacon(
        read(sealed.sent_at, Millis),
        read(sealed.skew, cast("type[int | None]", Skew)),
        read(sealed.samples, list[dict[str, Any]]),
        read(sealed.events, list[dict[str, Any]]),
    )


def samples_of(beacon: Beacon, bearer: Bearer, shift: int) -> list[Sample]:
    """Those that are as they should be."""
    made = (_made(given, bearer, shift, Sample) for given in beacon.samples)
    return [one for one in made if one is not None]


def events_of(beacon: Beacon, bearer: Bearer, shift: int) -> Sequence[SessionEvent]:
    """Those that are as they should be. Their ids are made the person's own, so that nobody can
    use up another's."""
    events: list[SessionEvent] = []
    for given in beacon.events:
        event = _made(given, bearer, shift, FromBrowser)
        if event is None:
            continue
        own = hashlib.sha256(f"{bearer.participant_id}\x00{event.id}".encode()).hexdigest()
        events.append(msgspec.structs.replace(event, id=f"beacon:{own[:32]}"))
    return events


def _made(given: dict[str, Any], bearer: Bearer, shift: int, wanted: Any) -> Any:
    """None where it is not as it should be."""
    ts = given.get("ts")
    if type(ts) is not int:
        return None
    named = {"session_id": bearer.session_id, "participant_id": bearer.participant_id}
    try:
        return msgspec.convert({**given, **named, "ts": instant(ts + shift)}, wanted)
    except (msgspec.ValidationError, ValueError, InvalidField):
        return None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
