"""LiveKit webhooks, as server 1.13.5 sends them (livekit/protocol: webhook, auth, protobufs).

The `Authorization` header is a JWT over the raw body's SHA-256. The body is protojson: int64 as
strings of digits, enums by name, what has its default left out. `createdAt` is in whole seconds.
Metadata and `room.turnPassword` (a credential) are read by nobody here; names only to tell
note-takers. A participant's `sid` is one connection, so that its join and its leave are known by
it, whoever tells of them: a webhook, or the server when it is asked (`reconciling.py`).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

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
    instant,
    read,
    whole,
)
from producers.gateway.errors import BadSignature, InvalidField, Stale, UnknownEvent
from producers.gateway.seen import no_challenge, no_ping
from streams.events import (
    Device,
    LeaveReason,
    ParticipantJoined,
    ParticipantJoinFailed,
    ParticipantLeft,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    Stage,
)

T = TypeVar("T")

ANSWERS: Final = Answers(
    title="LiveKit",
    source="https://docs.livekit.io/home/server/webhooks/",
    set_up="Name this URL under `webhook.urls` of the server's configuration (or in the cloud "
    "project); the secret is `API key:API secret`. The room is its name.",
    waiting_room=Answer("no", "There is none."),
    leave_reasons=Answer(
        "yes", "`disconnectReason`. A broken line is noticed about 21 s after it broke."
    ),
    quality=Answer("no", "Not in webhooks; the browser agent measures it."),
    stable_identity=Answer("yes", "The identity of the access token, one connection each."),
    phone_callers=Answer(
        "yes", "Participants of kind `SIP`, known by their identity, or by number (`dial_in`)."
    ),
    reconciling=Answer(
        "yes", "`ListRooms` and `ListParticipants`. What it could not send for 30 s it drops."
    ),
    recording=Answer("yes", "By kind: egress, agents, ingress and bridges are bots."),
)
MEDIA_TYPES: Final = JSON_TYPES
LEEWAY_SECONDS = 60
"""Of the verifier in livekit/protocol (auth/verifier.go)."""

LEFT_BECAUSE: Final[dict[str, LeaveReason]] = {
    "CLIENT_INITIATED": "left",
    "PARTICIPANT_REMOVED": "removed",
    "ROOM_DELETED": "ended",
    "ROOM_CLOSED": "ended",
    "SIGNAL_CLOSE": "connection_lost",
    "CONNECTION_TIMEOUT": "connection_lost",
    "MEDIA_FAILURE": "connection_lost",
    "STATE_MISMATCH": "connection_lost",
    "SERVER_SHUTDOWN": "connection_lost",
}
"""All others, `DUPLICATE_IDENTITY` and `MIGRATION` among them: `unknown`."""

FAILED_AT: Final[dict[str, Stage]] = {
    "SIGNAL_CLOSE": "media",  # the client gives up: signalling was up, the media path never
    "MEDIA_FAILURE": "media",
    "CONNECTION_TIMEOUT": "network",
}
FAILED_DETAILS = frozenset(
    {*LEFT_BECAUSE, "JOIN_FAILURE", "DUPLICATE_IDENTITY", "MIGRATION", "SIP_TRUNK_FAILURE"}
)
PLAYED: Final[dict[Kind, str]] = {
    "started": "room_started",
    "joined": "participant_joined",
    "left": "participant_left",
    "ended": "room_finished",
}
NOT_NEEDED = frozenset(
    [
        "track_published",
        "track_unpublished",
        "egress_started",
        "egress_updated",
        "egress_ended",
        "ingress_started",
        "ingress_ended",
        "agent_job_started",
        "agent_job_ended",
    ]
)


class Room(Struct):
    name: str


class Attributes(Struct, frozen=True):
    phone_number: str = msgspec.field(name="sip.phoneNumber", default="")


class Participant(Struct, rename="camel"):
    sid: str
    identity: str
    name: str = ""
    kind: str = "STANDARD"
    attributes: Attributes = Attributes()
    joined_at_ms: int | str = 0  # signalling began: seconds before media are up
    disconnect_reason: str = ""


class Webhook(Struct, rename="camel"):
    event: str
    id: str
    created_at: int | str
    room: Room | None = None
    participant: Participant | None = None


class _Header(Struct):
    alg: str


class _Claims(Struct):
    iss: str
    exp: float
    sha256: str
    nbf: float = 0


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str = ""
) -> str:
    """`secrets` are `API key:API secret`."""
    token = headers.get("authorization", "").removeprefix("Bearer ")
    signed, _, signature = token.rpartition(".")
    head, _, claimed = signed.partition(".")
    fits = [secret for secret in secrets if _signed_with(secret, signed, signature)]
    if not fits or _part(head, _Header).alg != "HS256":
        raise BadSignature
    claims = _part(claimed, _Claims)
    digest = base64.b64encode(hashlib.sha256(body).digest())
    fits = [secret for secret in fits if secret.partition(":")[0] == claims.iss]
    if not fits or not hmac.compare_digest(digest, _bytes(claims.sha256)):
        raise BadSignature
    seconds = now / 1000
    if not (
        claims.nbf - LEEWAY_SECONDS <= seconds <= claims.exp + LEEWAY_SECONDS
        and claims.exp <= seconds + FRESH_SECONDS + LEEWAY_SECONDS
    ):
        raise Stale
    return fits[0]


def sign(body: bytes, secret: str, now: int, url: str) -> Signed:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    token = token_of(secret, now, {"sha256": digest})
    return Signed(url, {"Content-Type": "application/webhook+json", "Authorization": token})


def play(scene: Scene) -> bytes:
    seconds = str(scene.ts // 1000)
    told: dict[str, object] = {
        "event": PLAYED[scene.kind],
        "id": f"EV_{scene.kind}{scene.link}{scene.ts}",
        "createdAt": seconds,
        "room": {"sid": "RM_1", "name": scene.room, "creationTime": seconds},
    }
    if scene.who:
        who = {"sid": scene.link, "identity": scene.who, "state": "ACTIVE", "kind": "STANDARD"}
        gone = {"state": "DISCONNECTED", "disconnectReason": "CLIENT_INITIATED"}
        told["participant"] = who | (gone if scene.kind == "left" else {})
    return msgspec.json.encode(told)


def token_of(secret: str, now: int, grants: Mapping[str, object], seconds: int = 300) -> str:
    """A token of ours for the server, or as the server's for us. `secret` is `key:secret`."""
    key, _, signing = secret.partition(":")
    if not signing:
        raise ValueError("LiveKit's secret is `API key:API secret`")
    since = now // 1000
    claims = {"iss": key, "nbf": since, "exp": since + seconds, **grants}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = b".".join(_unpadded(msgspec.json.encode(part)) for part in parts)
    return b".".join((signed, _unpadded(hmac.digest(signing.encode(), signed, "sha256")))).decode()


def _unpadded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


is_ping, challenge = no_ping, no_challenge


def translate(body: bytes, names: Names) -> list[SessionEvent]:
    sent = read(body, Webhook)
    if not 0 < len(sent.id) <= 128:
        raise InvalidField
    if sent.event in NOT_NEEDED:
        return []
    made = TRANSLATED.get(sent.event)
    if made is None:
        raise UnknownEvent
    return made(sent, names)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _signed_with(secret: str, signed: str, signature: str) -> bool:
    key = secret.partition(":")[2]
    ours = hmac.digest(key.encode(), _bytes(signed), "sha256")
    return hmac.compare_digest(base64.urlsafe_b64encode(ours).rstrip(b"="), _bytes(signature))


def _part(text: str, wanted: type[T]) -> T:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=wanted)
    except (ValueError, RecursionError):
        raise BadSignature from None


def _at(sent: Webhook) -> int:
    return instant(whole(sent.created_at) * 1000)


def _room(sent: Webhook) -> str:
    if sent.room is None or not sent.room.name:
        raise InvalidField
    return sent.room.name


def _who(sent: Webhook) -> Participant:
    if sent.participant is None or not sent.participant.sid:
        raise InvalidField
    return sent.participant


def _person(who: Participant, names: Names) -> str:
    """Of attributes, which anybody may set of themselves, only those of callers, set by SIP."""
    number = who.attributes.phone_number if who.kind == "SIP" else ""
    return names.participant(who.identity, number)


def _joined(sent: Webhook, names: Names) -> list[SessionEvent]:
    # The second of `createdAt` may have begun before the person did.
    who = _who(sent)
    return [join(_room(sent), who, max(_at(sent), instant(whole(who.joined_at_ms))), names)]


def join(room: str, who: Participant, ts: int, names: Names) -> ParticipantJoined:
    """Also of a participant that the server lists."""
    person = _person(who, names)
    session, connection = names.session(room, ts, person), names.connection(who.sid)
    named = names.role(session, person, who.name)
    return ParticipantJoined(
        id=f"{connection}:joined",
        session_id=session,
        ts=ts,
        participant_id=person,
        # agents, recorders and bridges are nobody's patient
        role=named if who.kind in ("STANDARD", "SIP") else "bot",
        connection_id=connection,
        device=Device(kind="landline") if who.kind == "SIP" else None,
        exclusive=who.kind != "SIP",  # one connection an identity; a call is beside it
    )


def _left(sent: Webhook, names: Names) -> list[SessionEvent]:
    who, room = _who(sent), _room(sent)
    # Whole seconds would put the end of a short connection on its own join, or before it.
    ts = max(_at(sent), instant(whole(who.joined_at_ms))) + 1
    person = _person(who, names)
    connection = names.connection(who.sid)
    return [
        ParticipantLeft(
            id=f"{connection}:left",
            session_id=names.session(room, ts, person, connection),
            ts=ts,
            participant_id=person,
            connection_id=connection,
            reason=LEFT_BECAUSE.get(who.disconnect_reason, "unknown"),
        )
    ]


def _aborted(sent: Webhook, names: Names) -> list[SessionEvent]:
    """Never became connected: a failed try, unless it is the reconnect of who was in before."""
    who, room = _who(sent), _room(sent)
    ts, person = _at(sent), _person(who, names)
    session = names.session(room, ts, person)
    if who.kind not in ("STANDARD", "SIP") or names.joined_before(session, person):
        return []
    known = who.disconnect_reason in FAILED_DETAILS
    return [
        ParticipantJoinFailed(
            id=sent.id,
            session_id=session,
            ts=ts,
            participant_id=person,
            stage=FAILED_AT.get(who.disconnect_reason, "other"),
            detail=who.disconnect_reason.lower() if known else None,
            device=Device(kind="landline") if who.kind == "SIP" else None,
        )
    ]


def _started(sent: Webhook, names: Names) -> list[SessionEvent]:
    """A room that starts is empty: who was in an earlier one of the name has lost it.

    (A server that dies says nothing; its next life starts the room anew.)
    """
    ts = _at(sent)
    session = names.session(_room(sent), ts)
    return [
        *(
            ParticipantLeft(
                id=f"{connection}:left",
                session_id=session,
                ts=ts,
                participant_id=person,
                connection_id=connection,
                reason="connection_lost",
            )
            for connection, person in names.open_before(session, ts)
        ),
        SessionStarted(id=sent.id, session_id=session, ts=ts),
    ]


def _finished(sent: Webhook, names: Names) -> list[SessionEvent]:
    ts = _at(sent)
    return [SessionEnded(id=sent.id, session_id=names.session(_room(sent), ts), ts=ts)]


TRANSLATED: Final[dict[str, Callable[[Webhook, Names], list[SessionEvent]]]] = {
    "room_started": _started,
    "room_finished": _finished,
    "participant_joined": _joined,
    "participant_left": _left,
    "participant_connection_aborted": _aborted,
}
