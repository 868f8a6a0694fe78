"""Happenings as the requests in which a platform, a page or a member of staff tells of them.

LiveKit's shapes as server 1.13.5 sends them, Zoom's as its documentation and public receivers
have them; signatures over the very bytes that are sent, made when they are sent.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from producers.simulator.scene import Room
from producers.simulator.timeline import Connection, Happening, guest
from streams.events import (
    LeaveReason,
    Millis,
    ParticipantJoined,
    ParticipantJoinFailed,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

LIFE_SECONDS = 300
DISCONNECTED: Mapping[LeaveReason, str] = {
    "left": "CLIENT_INITIATED",
    "connection_lost": "CONNECTION_TIMEOUT",
    "removed": "PARTICIPANT_REMOVED",
    "ended": "ROOM_DELETED",
    "unknown": "UNKNOWN_REASON",
}
ZOOM_REASONS: Mapping[LeaveReason, str] = {
    "left": "{name} left the meeting.",
    "connection_lost": "{name} left the meeting.<br>Reason: Network connection error.",
    "removed": "{name} left the meeting.<br>Reason: Removed by host.",
    "ended": "{name} left the meeting.<br>Reason: Host ended the meeting.",
}
"""Without any, the platform gives no reason."""
WAITING = {
    "entered": "meeting.participant_joined_waiting_room",
    "admitted": "meeting.participant_admitted",
    "left": "meeting.participant_left_waiting_room",
}


class Request(Struct, frozen=True):
    """What to POST."""

    path: str
    headers: dict[str, str]
    body: bytes


def webhook(item: Happening, secrets: Mapping[str, str], now: Millis) -> Request:
    """A platform's delivery, signed at `now`. `secrets`: LiveKit's is `API key:API secret`."""
    if item.room.platform == "livekit":
        return _livekit(item, secrets["livekit"], now)
    return _zoom(item, secrets["zoom"], now)


def event(happened: SessionEvent, token: str) -> Request:
    """What another system tells, as a CloudEvent."""
    fields = msgspec.to_builtins(happened)
    body = {
        "specversion": "1.0",
        "id": fields.pop("id"),
        "source": "https://clinic.example/tools",
        "type": fields.pop("type"),
        "data": fields,
    }
    headers = {
        "Content-Type": "application/cloudevents+json",
        "Authorization": f"Bearer {token}",
    }
    return Request("/events", headers, msgspec.json.encode(body))


def beacon(token: str, sent_at: Millis, samples: list[Any], events: list[Any]) -> Request:
    """What a page sends; its token says for whom, the body does not."""
    body = {
        "token": token,
        "sent_at": sent_at,
        "samples": [_anonymous(sample) for sample in samples],
        "events": [_anonymous(happened) for happened in events],
    }
    return Request("/beacon", {"Content-Type": "text/plain"}, msgspec.json.encode(body))


def _anonymous(said: Any) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(said)
    return {k: v for k, v in fields.items() if k not in ("session_id", "participant_id")}


# --- LiveKit ------------------------------------------------------------------------------------


def _livekit(item: Happening, secret: str, now: Millis) -> Request:
    body = msgspec.json.encode(_livekit_body(item))
    headers = {
        "User-Agent": "Go-http-client/1.1",
        "Content-Type": "application/webhook+json",
        "Authorization": _jwt(secret, body, now // 1000),
    }
    return Request("/webhooks/livekit", headers, body)


def _jwt(secret: str, body: bytes, now: int) -> str:
    key, _, signing = secret.partition(":")
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"iss": key, "exp": now + LIFE_SECONDS, "nbf": now, "iat": now, "sha256": digest}
    signed = ".".join(
        _base64(msgspec.json.encode(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    )
    return f"{signed}.{_base64(hmac.digest(signing.encode(), signed.encode(), 'sha256'))}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _livekit_body(item: Happening) -> dict[str, Any]:
    happened, room = item.event, item.room
    body: dict[str, Any] = {
        "event": _livekit_event(happened),
        "room": {
            "sid": _made("RM_", room.uid, item.occupancy),
            "name": room.name,
            "emptyTimeout": 300,
            "departureTimeout": 20,
            "creationTime": str(happened.ts // 1000),
            "creationTimeMs": str(happened.ts),
            "enabledCodecs": [{"mime": "audio/opus"}, {"mime": "video/VP8"}],
        },
    }
    if item.connection is not None:
        body["participant"] = _livekit_participant(item.connection, room, happened)
    return body | {"id": _made("EV_", happened.id), "createdAt": str(happened.ts // 1000)}


def _livekit_event(happened: SessionEvent) -> str:
    match happened:
        case SessionStarted():
            return "room_started"
        case SessionEnded():
            return "room_finished"
        case ParticipantJoined():
            return "participant_joined"
        case ParticipantJoinFailed():
            return "participant_connection_aborted"
        case _:
            return "participant_left"


def _livekit_participant(link: Connection, room: Room, happened: SessionEvent) -> dict[str, Any]:
    here = isinstance(happened, ParticipantJoined)
    who: dict[str, Any] = {
        "sid": _made("PA_", room.uid, link.number),
        "identity": link.identity or guest(link.person),
        "name": link.shown,
        "state": "ACTIVE" if here else "DISCONNECTED",
        "version": 2,
        "permission": {"canSubscribe": True, "canPublish": True, "canPublishData": True},
    }
    if here:  # signalling begins a little before media are up
        began = happened.ts - 600
        who |= {"joinedAt": str(began // 1000), "joinedAtMs": str(began)}
    elif isinstance(happened, ParticipantLeft):
        who["disconnectReason"] = DISCONNECTED[happened.reason]
    else:
        who["disconnectReason"] = "SIGNAL_CLOSE"
    return who


# --- Zoom ---------------------------------------------------------------------------------------


def _zoom(item: Happening, secret: str, now: Millis) -> Request:
    body = msgspec.json.encode(_zoom_body(item))
    stamp = str(now // 1000)
    signed = b"v0:" + stamp.encode() + b":" + body
    headers = {
        "Content-Type": "application/json",
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": "v0=" + hmac.digest(secret.encode(), signed, "sha256").hex(),
    }
    return Request("/webhooks/zoom", headers, body)


def _zoom_body(item: Happening) -> dict[str, Any]:
    room, happened = item.room, item.event
    meeting: dict[str, Any] = {
        "id": room.name,
        "uuid": base64.b64encode(_digest(room.uid, item.occupancy)[:16]).decode(),
        "host_id": _made("", room.host.person_id),
        "topic": "Meeting",
        "type": 8,
        "start_time": _iso(room.original_start),
        "timezone": "America/Phoenix",
        "duration": (room.ends_at - room.starts_at) // 60_000,
    }
    match happened:
        case SessionStarted():
            name, meeting["start_time"] = "meeting.started", _iso(happened.ts)
        case SessionEnded():
            name, meeting["end_time"] = "meeting.ended", _iso(happened.ts)
        case ParticipantJoined():
            name = "meeting.participant_joined"
        case ParticipantLeft():
            name = "meeting.participant_left"
        case ParticipantWaiting():
            name = WAITING[happened.state]
        case _:
            raise ValueError("Zoom tells of no such thing")
    if item.connection is not None:
        meeting["participant"] = _zoom_participant(item.connection, happened)
    return {
        "event": name,
        "event_ts": happened.ts,
        "payload": {"account_id": "acct", "object": meeting},
    }


def _zoom_participant(link: Connection, happened: SessionEvent) -> dict[str, Any]:
    who: dict[str, Any] = {
        "user_id": str(16_778_240 + 1_024 * link.number),
        "user_name": link.shown,
        "participant_uuid": guest(link.person),
        "email": link.identity,
    }
    match happened:
        case ParticipantJoined():
            who["join_time"] = _iso(happened.ts)
        case ParticipantLeft():
            who["leave_time"] = _iso(happened.ts)
            if said := ZOOM_REASONS.get(happened.reason):
                who["leave_reason"] = said.format(name=link.shown)
        case _:
            who["date_time"] = _iso(happened.ts)
    return who


def _iso(ms: Millis) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(*words: object) -> bytes:
    return hashlib.sha256("\x00".join(map(str, words)).encode()).digest()


def _made(prefix: str, *words: object) -> str:
    """An id as the platform would draw it, the same for the same words."""
    return prefix + _digest(*words).hex()[:14]
