"""Jitsi as a service, JaaS (developer.8x8.com/jaas/docs/webhooks-payload).

Deliveries come in any order, and more than once with the same `idempotencyKey`. The signature's
parts are cut at their first `=` only: base64 ends in more of them. Whether its time is in seconds
or milliseconds is not documented: both are understood, and it is signed as it stands.
"""

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from producers.gateway.adapter import (
    FRESH_SECONDS,
    JSON_TYPES,
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
from producers.gateway.seen import Opened, Seen, no_challenge, no_ping
from producers.gateway.signatures import check_fresh, fitting
from streams.events import LeaveReason, SessionEvent

ANSWERS: Final = Answers(
    title="Jitsi (JaaS)",
    source="https://developer.8x8.com/jaas/docs/webhooks-payload",
    set_up="Add a webhook in the JaaS console for this URL; its signing secret is the secret. A "
    "Jitsi server of one's own sends no such webhooks.",
    waiting_room=Answer("yes", "The lobby: `PARTICIPANT_JOINED_LOBBY` and `_LEFT_LOBBY`."),
    leave_reasons=Answer("yes", "left, kicked, unrecoverable_error; switch_room is no leave."),
    quality=Answer("no", "Not in webhooks; the browser agent measures it."),
    stable_identity=Answer(
        "partly", "`id` and `email` of the token (JWT); a guest has neither, only a connection."
    ),
    phone_callers=Answer("partly", "A caller joins as a person, with no mark of the telephone."),
    reconciling=Answer("no", "There is no API for who is in a room now."),
    recording=Answer("yes", "Recorders are hidden participants; `RECORDING_*` is not needed."),
)
MEDIA_TYPES: Final = JSON_TYPES
LEFT_BECAUSE: Final[dict[str, LeaveReason]] = {
    "left": "left",
    "kicked": "removed",
    "unrecoverable_error": "connection_lost",
}
"""All others, `switch_room` (into a breakout room and back) among them: `unknown`."""
PLAYED: Final[dict[Kind, str]] = {
    "started": "ROOM_CREATED",
    "joined": "PARTICIPANT_JOINED",
    "left": "PARTICIPANT_LEFT",
    "ended": "ROOM_DESTROYED",
}
NEEDED = ("PARTICIPANT_", "ROOM_")


class Data(Struct, frozen=True, rename="camel"):
    moderator: bool | str | None = None
    name: str | None = None
    email: str | None = None
    id: str | None = None
    participant_jid: str | None = None
    participant_id: str | None = None
    disconnect_reason: str | None = None
    is_breakout: bool | str | None = None


class Webhook(Struct, rename="camel"):
    idempotency_key: str
    event_type: str
    timestamp: int  # ms
    fqn: str  # AppID/room
    session_id: str = ""
    data: Data = Data()


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str = ""
) -> str:
    parts = dict(part.strip().partition("=")[::2] for part in _header(headers).split(","))
    stamp = parts.get("t", "")
    fit = fitting(secrets, lambda secret: _mac(secret, stamp, body), parts.get("v1", ""))
    check_fresh(stamp, now, FRESH_SECONDS)
    return fit


def sign(body: bytes, secret: str, now: int, url: str) -> Signed:
    value = f"t={now},v1={_mac(secret, str(now), body).decode()}"
    return Signed(url, {"Content-Type": "application/json", "X-Jaas-Signature": value})


def play(scene: Scene) -> bytes:
    who = {"id": scene.who, "participantId": scene.link} if scene.who else {}
    why = {"disconnectReason": "left"} if scene.kind == "left" else {}
    told = {
        "idempotencyKey": f"{scene.kind}-{scene.link}-{scene.ts}",
        "eventType": PLAYED[scene.kind],
        "sessionId": "rehearsal",
        "timestamp": scene.ts,
        "fqn": f"rehearsal/{scene.room}",
        "data": who | why,
    }
    return msgspec.json.encode(told)


def _header(headers: Mapping[str, str]) -> str:
    return headers.get("x-jaas-signature", "")


def _mac(secret: str, stamp: str, body: bytes) -> bytes:
    signed = stamp.encode("utf-8", "replace") + b"." + body
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256"))


is_ping, challenge = no_ping, no_challenge


def translate(body: bytes, names: Names) -> list[SessionEvent]:
    sent = read(body, Webhook)
    if not 0 < len(sent.idempotency_key) <= 128:
        raise InvalidField
    made = TRANSLATED.get(sent.event_type)
    if made is not None:
        return made(sent, names)
    if sent.event_type.startswith(NEEDED):
        raise UnknownEvent
    return []  # recordings, transcripts, chats, settings, usage


def _joined(sent: Webhook, names: Names) -> list[SessionEvent]:
    moderates = sent.data.moderator in (True, "true")
    return [_seen(sent, names).joined(sent.data.name, moderates=moderates)]


def _left(sent: Webhook, names: Names) -> list[SessionEvent]:
    reason = LEFT_BECAUSE.get(sent.data.disconnect_reason or "", "unknown")
    return [_seen(sent, names).left(reason)]


def _entered(sent: Webhook, names: Names) -> list[SessionEvent]:
    return [_seen(sent, names).waiting("entered")]


def _waited(sent: Webhook, names: Names) -> list[SessionEvent]:
    return [_seen(sent, names).waiting("left")]


def _started(sent: Webhook, names: Names) -> list[SessionEvent]:
    return [] if _in_breakout(sent) else [_opened(sent, names).started()]


def _ended(sent: Webhook, names: Names) -> list[SessionEvent]:
    return [] if _in_breakout(sent) else [_opened(sent, names).ended()]


def _seen(sent: Webhook, names: Names) -> Seen:
    """The connection is the endpoint, new with each join; in some versions only its address (JID)
    is told."""
    who = sent.data
    return Seen(
        names,
        _room(sent),
        instant(sent.timestamp),
        names.participant(who.id, who.email, who.participant_id, who.participant_jid),
        names.connection(sent.session_id, filled(who.participant_id or who.participant_jid)),
        f"jitsi:{sent.idempotency_key}",
    )


def _opened(sent: Webhook, names: Names) -> Opened:
    return Opened(names, _room(sent), instant(sent.timestamp), f"jitsi:{sent.idempotency_key}")


def _room(sent: Webhook) -> str:
    return filled(sent.fqn.rpartition("/")[2])


def _in_breakout(sent: Webhook) -> bool:
    """A breakout room comes and goes; the session goes on."""
    return sent.data.is_breakout in (True, "true")


TRANSLATED: Final[dict[str, Callable[[Webhook, Names], list[SessionEvent]]]] = {
    "ROOM_CREATED": _started,
    "ROOM_DESTROYED": _ended,
    "PARTICIPANT_JOINED": _joined,
    "PARTICIPANT_LEFT": _left,
    "PARTICIPANT_JOINED_LOBBY": _entered,
    "PARTICIPANT_LEFT_LOBBY": _waited,
}
