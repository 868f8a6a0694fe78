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
from producers.gateway.signatures import check_fresh, fitting
from streams.events import (
    ParticipantJoined,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

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
    phone_callers=Answer("no", "A caller is a person with a `user_name`, not told from others."),
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


def challenge(body: bytes, secret: str) -> dict[str, str] | None:
    """Daily asks for none."""
    return None


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
    ts, person = instant(round(seen.joined_at * 1000)), _person(seen, names)
    session = names.session(_room(seen), ts, person)
    connection = names.connection(filled(seen.session_id))
    return ParticipantJoined(
        id=f"{connection}:joined",
        session_id=session,
        ts=ts,
        participant_id=person,
        role=names.role(session, person, seen.user_name, moderates=seen.owner),
        connection_id=connection,
    )


def _left(payload: Raw, names: Names) -> list[SessionEvent]:
    seen = read(payload, Presence)
    person, connection = _person(seen, names), names.connection(filled(seen.session_id))
    ts = instant(round((seen.joined_at + seen.duration) * 1000))
    return [
        ParticipantLeft(
            id=f"{connection}:left",
            session_id=names.session(_room(seen), ts, person, connection),
            ts=ts,
            participant_id=person,
            connection_id=connection,
            reason="unknown",
        )
    ]


def _waiting(payload: Raw, names: Names) -> list[SessionEvent]:
    seen = read(payload, Presence)
    ts, person = instant(round(seen.joined_at * 1000)), _person(seen, names)
    return [
        ParticipantWaiting(
            id=f"{names.connection(filled(seen.session_id))}:waiting",
            session_id=names.session(_room(seen), ts, person),
            ts=ts,
            participant_id=person,
            state="entered",
        )
    ]


def _waited(payload: Raw, names: Names) -> list[SessionEvent]:
    """Also sent for who is let in: their join follows."""
    seen = read(payload, Presence)
    person = _person(seen, names)
    ts = instant(round((seen.joined_at + seen.duration) * 1000))
    return [
        ParticipantWaiting(
            id=f"{names.connection(filled(seen.session_id))}:waited",
            session_id=names.session(_room(seen), ts, person),
            ts=ts,
            participant_id=person,
            state="left",
        )
    ]


def _started(payload: Raw, names: Names) -> list[SessionEvent]:
    seen = read(payload, Meeting)
    ts = instant(round(seen.start_ts * 1000))
    made = f"{names.connection(filled(seen.meeting_id))}:started"
    return [SessionStarted(id=made, session_id=names.session(_room(seen), ts), ts=ts)]


def _ended(payload: Raw, names: Names) -> list[SessionEvent]:
    seen = read(payload, Meeting)
    ts = instant(round(seen.end_ts * 1000))
    made = f"{names.connection(filled(seen.meeting_id))}:ended"
    return [SessionEnded(id=made, session_id=names.session(_room(seen), ts), ts=ts)]


def _room(seen: Presence | Meeting) -> str:
    return filled(seen.room or seen.room_name)


def _person(seen: Presence, names: Names) -> str:
    if seen.duration < 0:
        raise InvalidField
    return names.participant(seen.user_id, seen.session_id)


TRANSLATED: Final[dict[str, Callable[[Raw, Names], list[SessionEvent]]]] = {
    "participant.joined": _joined,
    "participant.left": _left,
    "waiting-participant.joined": _waiting,
    "waiting-participant.left": _waited,
    "meeting.started": _started,
    "meeting.ended": _ended,
}
