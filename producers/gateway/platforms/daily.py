"""Daily webhooks (docs.daily.co/reference/rest-api/webhooks; received by Monadical-SAS/reflector).

Their `session_id` is of one connection, new after a reload. Times are float seconds; `event_ts`
is when the webhook was sent, so a leave is at `joined_at + duration`. The secret is base64, and
the timestamp of the header goes into the signature as it stands.
"""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from producers.gateway.adapter import (
    JSON_TYPES,
    RETRIED_SECONDS,
    Answer,
    Answers,
    Kind,
    Names,
    Scene,
    Signed,
    filled,
    instant,
    read,
)
from producers.gateway.errors import InvalidField, UnknownEvent
from producers.gateway.seen import Opened, Seen, no_challenge
from producers.gateway.signatures import check_fresh, fitting
from streams.events import ParticipantJoined, SessionEvent

ANSWERS: Final = Answers(
    title="Daily",
    source="https://docs.daily.co/reference/rest-api/webhooks",
    set_up="Create a webhook for this URL with `hmac`; that base64 text is the secret. With "
    "`retryType` left at `circuit-breaker` Daily stops after three failures; choose "
    "`exponential`.",
    waiting_room=Answer("yes", "Knocking: `waiting-participant.joined` and `.left`."),
    leave_reasons=Answer("no", "A leave has no reason; `left_early` says so."),
    quality=Answer("no", "Not in webhooks; the browser agent measures it."),
    stable_identity=Answer(
        "partly", "`user_id` of the meeting token; without one it is new with each connection."
    ),
    phone_callers=Answer(
        "no", "`dialin.connected` tells of the call alone; its participant is one like others."
    ),
    reconciling=Answer("yes", "`GET /presence`, up to 15 s old."),
    recording=Answer("yes", "Recorders are no participants; `recording.*` is not needed."),
)
MEDIA_TYPES: Final = JSON_TYPES
PLAYED: Final[dict[Kind, str]] = {
    "started": "meeting.started",
    "joined": "participant.joined",
    "left": "participant.left",
    "ended": "meeting.ended",
}
NOT_NEEDED = ("recording.", "transcript.", "streaming.", "batch-processor.", "dialout.", "dialin.")


class Webhook(Struct):
    type: str = ""  # absent from {"test": "test"}
    payload: Raw = Raw(b"{}")
    test: str = ""


class Presence(Struct):
    room: str = ""
    room_name: str = ""
    user_id: str | None = None
    user_name: str | None = None
    session_id: str = ""
    joined_at: float = -1  # seconds
    duration: float = 0
    owner: bool = False


class Meeting(Struct):
    room: str = ""
    room_name: str = ""
    meeting_id: str = ""
    start_ts: float = -1
    end_ts: float = -1


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str = ""
) -> str:
    stamp = headers.get("x-webhook-timestamp", "")
    given = headers.get("x-webhook-signature", "")
    fit = fitting(secrets, lambda secret: _mac(secret, stamp, body), given)
    check_fresh(stamp, now, RETRIED_SECONDS)
    return fit


def sign(body: bytes, secret: str, now: int, url: str) -> Signed:
    mac = _mac(secret, str(now), body).decode()
    headers = {"X-Webhook-Timestamp": str(now), "X-Webhook-Signature": mac}
    return Signed(url, {"Content-Type": "application/json", **headers})


def play(scene: Scene) -> bytes:
    seconds = scene.ts / 1000
    about: dict[str, object] = {"room": scene.room}
    if scene.who:
        about |= {"user_id": scene.who, "session_id": scene.link, "joined_at": seconds}
        about |= {"owner": False, "duration": 0.0}
    else:
        about |= {"meeting_id": "rehearsal", "start_ts": seconds, "end_ts": seconds}
    told = {"version": "1.0.0", "type": PLAYED[scene.kind], "id": "x", "event_ts": seconds}
    return msgspec.json.encode(told | {"payload": about})


def _mac(secret: str, stamp: str, body: bytes) -> bytes:
    """Raises `ValueError` for a secret that is not base64."""
    signed = stamp.encode("utf-8", "replace") + b"." + body
    return base64.b64encode(hmac.digest(base64.b64decode(secret), signed, "sha256"))


def is_ping(body: bytes) -> bool:
    """`{"test": "test"}`, sent when the webhook is made, perhaps before its secret is known."""
    try:
        return bool(msgspec.json.decode(body) == {"test": "test"})
    except (ValueError, RecursionError):
        return False


challenge = no_challenge


def translate(body: bytes, names: Names) -> list[SessionEvent]:
    sent = read(body, Webhook)
    if sent.test == "test" or sent.type.startswith(NOT_NEEDED):
        return []
    made = TRANSLATED.get(sent.type)
    if made is None:
        raise UnknownEvent
    return made(sent.payload, names)


def _joined(payload: Raw, names: Names) -> list[SessionEvent]:
    return [join(read(payload, Presence), names)]


def join(seen: Presence, names: Names) -> ParticipantJoined:
    """Also of somebody whom the API lists as present."""
    return _seen(seen, names, "joined").joined(seen.user_name, moderates=seen.owner)


def _left(payload: Raw, names: Names) -> list[SessionEvent]:
    return [_seen(read(payload, Presence), names, "left", over=True).left()]


def _waiting(payload: Raw, names: Names) -> list[SessionEvent]:
    return [_seen(read(payload, Presence), names, "waiting").waiting("entered")]


def _waited(payload: Raw, names: Names) -> list[SessionEvent]:
    """Who is let in has a join instead, in some calls both."""
    return [_seen(read(payload, Presence), names, "waited", over=True).waiting("left")]


def _started(payload: Raw, names: Names) -> list[SessionEvent]:
    seen = read(payload, Meeting)
    return [_opened(seen, names, seen.start_ts, "started").started()]


def _ended(payload: Raw, names: Names) -> list[SessionEvent]:
    seen = read(payload, Meeting)
    return [_opened(seen, names, seen.end_ts, "ended").ended()]


def _seen(seen: Presence, names: Names, what: str, *, over: bool = False) -> Seen:
    """At the end of the time there where it is `over`, else at its beginning."""
    if seen.duration < 0:
        raise InvalidField
    link = names.connection(filled(seen.session_id))
    return Seen(
        names,
        _room(seen),
        instant((seen.joined_at + (seen.duration if over else 0)) * 1000),
        names.participant(seen.user_id, seen.session_id),
        link,
        f"{link}:{what}",
    )


def _opened(seen: Meeting, names: Names, seconds: float, what: str) -> Opened:
    told = f"{names.connection(filled(seen.meeting_id))}:{what}"
    return Opened(names, _room(seen), instant(seconds * 1000), told)


def _room(seen: Presence | Meeting) -> str:
    return filled(seen.room or seen.room_name)


TRANSLATED: Final[dict[str, Callable[[Raw, Names], list[SessionEvent]]]] = {
    "participant.joined": _joined,
    "participant.left": _left,
    "waiting-participant.joined": _waiting,
    "waiting-participant.left": _waited,
    "meeting.started": _started,
    "meeting.ended": _ended,
}
