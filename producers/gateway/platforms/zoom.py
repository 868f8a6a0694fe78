"""Zoom webhooks (zoom/rivet-javascript: meetings.d.ts; developers.zoom.us, Using webhooks).

Meeting `id` is the room; its `uuid` changes with every occupancy. `user_id` is of one join and
new after each move between rooms, with `left` and `joined` at the same second and in any order:
uuid and `user_id` are the connection. Breakout rooms count as the session: being in one is a
connection of its own, beside the one that Zoom goes on telling of as in the main room. Where the
host closes the rooms nobody is said to leave one, so who leaves the meeting leaves it too.
`leave_reason` is prose that holds a name: only its code goes on.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Raw, Struct

from producers.gateway.adapter import (
    FRESH_SECONDS,
    JSON_TYPES,
    Answer,
    Answers,
    Kind,
    Names,
    Scene,
    Signed,
    Told,
    iso,
    read,
)
from producers.gateway.errors import InvalidField, UnknownEvent
from producers.gateway.platforms import zoom_quality, zoom_sessions
from producers.gateway.platforms.zoom_words import Text, event_id, reason_of, text, when
from producers.gateway.seen import no_ping
from producers.gateway.signatures import check_fresh, fitting
from streams.events import (
    Device,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

WaitState = Literal["entered", "admitted", "left"]

ANSWERS: Final = Answers(
    title="Zoom",
    source="https://developers.zoom.us/docs/api/webhooks/",
    set_up="Subscribe an app to the meetings' events (and, with the Video SDK, the sessions') for "
    "this URL; its secret token is the secret. Zoom asks at once, and every 72 h, whether we know "
    "it. The room is the meeting's number, with the Video SDK the session's name.",
    waiting_room=Answer("yes", "Waiting room, and waiting for the host. Not with the Video SDK."),
    leave_reasons=Answer("yes", "Prose, in English; what is not understood is `unknown`."),
    quality=Answer(
        "partly",
        "With QSS, a paid add-on: once a minute, points every 6 s. `meeting.alert` names a trouble "
        "and no person, so that it can become nothing; the summaries come too late to help.",
    ),
    stable_identity=Answer(
        "partly",
        "`customer_key`, `registrant_id`, a signed-in account, an e-mail; with the Video SDK "
        "`user_key`. A guest has only an id of that visit.",
    ),
    phone_callers=Answer("yes", "By number, which finds a person by `dial_in`."),
    reconciling=Answer(
        "yes", "The dashboard of live meetings (server-to-server app). Not the Video SDK's."
    ),
    recording=Answer("yes", "Cloud recording is no participant; note-takers go by name."),
)
MEDIA_TYPES: Final = JSON_TYPES

HOSTS = ("host", "cohost", "co-host")
JOINED, LEFT = "meeting.participant_joined", "meeting.participant_left"
INTO_ROOM, OUT_OF_ROOM = f"{JOINED}_breakout_room", f"{LEFT}_breakout_room"
ROOM_MARK = "~room"
"""At the end of a connection that is somebody's stay in a breakout room."""
PLAYED: Final[dict[Kind, str]] = {
    "started": "meeting.started",
    "joined": JOINED,
    "left": LEFT,
    "ended": "meeting.ended",
}
WAITS: Final[dict[str, WaitState]] = {
    "meeting.participant_jbh_waiting": "entered",
    "meeting.participant_jbh_waiting_left": "left",
    "meeting.participant_joined_waiting_room": "entered",
    "meeting.participant_put_in_waiting_room": "entered",
    "meeting.participant_left_waiting_room": "left",
    "meeting.participant_admitted": "admitted",
}
NOT_NEEDED = frozenset(
    f"meeting.{name}"
    for name in [
        "participant_jbh_joined",  # names no connection; `participant_joined` does
        "participant_bind",
        "participant_feedback",
        "alert",
        "participant_qos_summary",
        "participant_data",
        "participant_data_summary",
        "created",
        "updated",
        "deleted",
    ]
)


class Participant(Struct):
    user_id: Text = None
    id: Text = None
    participant_uuid: Text = None
    participant_user_id: Text = None
    registrant_id: Text = None
    customer_key: Text = None
    email: Text = None
    phone_number: Text = None
    user_name: Text = None
    join_time: str | None = None
    leave_time: str | None = None
    date_time: str | None = None
    leave_reason: str | None = None
    new_role: str | None = None


class Meeting(Struct):
    id: int | str
    uuid: str = ""
    host_id: Text = None
    start_time: str | None = None
    end_time: str | None = None
    participant: Participant | None = None


class Payload(Struct):
    object: Meeting


class Webhook(Struct):
    event: str
    event_ts: int = -1
    payload: Raw = Raw(b"{}")


class Question(Struct, rename="camel"):
    plain_token: str


class Asked(Struct):
    payload: Question


def verify(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int, url: str = ""
) -> str:
    stamp = headers.get("x-zm-request-timestamp", "")
    given = headers.get("x-zm-signature", "")
    fit = fitting(secrets, lambda secret: _mac(secret, stamp, body), given)
    check_fresh(stamp, now, FRESH_SECONDS)
    return fit


def sign(body: bytes, secret: str, now: int, url: str) -> Signed:
    stamp = str(now // 1000)
    headers = {
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": _mac(secret, stamp, body).decode(),
    }
    return Signed(url, {"Content-Type": "application/json", **headers})


def play(scene: Scene) -> bytes:
    at = iso(scene.ts)
    meeting: dict[str, object] = {"id": scene.room, "uuid": "cmVoZWFyc2Fs", "host_id": ""}
    meeting |= {"start_time": at, "end_time": at} if not scene.who else {}
    if scene.who:
        who = {"user_id": scene.link, "user_name": "", "customer_key": scene.who}
        gone = {"leave_time": at, "leave_reason": "left the meeting."}
        meeting["participant"] = who | (gone if scene.kind == "left" else {"join_time": at})
    told = {"event": PLAYED[scene.kind], "event_ts": scene.ts, "payload": {"object": meeting}}
    return msgspec.json.encode(told)


def _mac(secret: str, stamp: str, body: bytes) -> bytes:
    signed = b"v0:" + stamp.encode("utf-8", "replace") + b":" + body
    return b"v0=" + _hex(secret, signed).encode()


is_ping = no_ping  # its question is signed


def challenge(body: bytes, secret: str) -> dict[str, str] | None:
    """Zoom asks at set-up and every 72 h, and wants the answer within 3 s."""
    if read(body, Webhook).event != "endpoint.url_validation":
        return None
    token = read(body, Asked).payload.plain_token
    return {"plainToken": token, "encryptedToken": _hex(secret, token.encode())}


def translate(body: bytes, names: Names) -> Sequence[Told]:
    sent = read(body, Webhook)
    if sent.event == "meeting.participant_qos":
        return zoom_quality.samples(sent.payload, names)
    if sent.event.startswith("session."):
        return zoom_sessions.translate(sent.event, sent.event_ts, sent.payload, names)
    if sent.event in NOT_NEEDED:
        return []
    made = _waited if sent.event in WAITS else TRANSLATED.get(sent.event)
    if made is None:
        raise UnknownEvent
    meeting = read(sent.payload, Payload).object
    if meeting.uuid:
        names.learn_room(meeting.uuid, text(meeting.id))
    return made(sent, meeting, names)


def _hex(secret: str, text: bytes) -> str:
    return hmac.digest(secret.encode(), text, "sha256").hex()


def _who(meeting: Meeting) -> Participant:
    if meeting.participant is None:
        raise InvalidField
    return meeting.participant


def _at(sent: Webhook, *texts: str | None) -> int:
    return when(sent.event_ts, *texts)


def _id(sent: Webhook, meeting: Meeting, who: str, ts: int) -> str:
    return event_id(sent.event, meeting.id, meeting.uuid, who, ts)


def _person(meeting: Meeting, who: Participant, names: Names) -> str:
    return names.participant(
        *map(
            text,
            (
                who.customer_key,
                who.registrant_id,
                who.participant_user_id,
                who.id,
                who.email,
                who.phone_number,
                who.participant_uuid,  # guests have nothing else: of one connection
            ),
        ),
        f"{meeting.uuid}/{text(who.user_id)}" if who.user_id else "",
    )


def _connection(meeting: Meeting, who: Participant, names: Names) -> str:
    if not text(who.user_id):
        raise InvalidField
    return names.connection(meeting.uuid, text(who.user_id))


def _in_room(sent: Webhook, connection: str) -> str:
    return connection + ROOM_MARK if sent.event in (INTO_ROOM, OUT_OF_ROOM) else connection


def joined(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    """Also of somebody whom the dashboard lists, as if the webhook had come."""
    who = _who(meeting)
    ts = _at(sent, who.join_time, who.date_time)
    person = _person(meeting, who, names)
    session = names.session(text(meeting.id), ts, person)
    account = {text(who.id), text(who.participant_user_id)} - {""}
    hosts = names.is_host(session, person) or text(meeting.host_id) in account
    made_host = hosts or who.new_role in HOSTS
    return [
        ParticipantJoined(
            id=_id(sent, meeting, text(who.user_id), ts),
            session_id=session,
            ts=ts,
            participant_id=person,
            role="host" if made_host else names.role(session, person, text(who.user_name)),
            connection_id=_in_room(sent, _connection(meeting, who, names)),
            device=Device(kind="landline") if who.phone_number else None,
        )
    ]


def left(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    """Also of somebody whom the dashboard lists as gone."""
    who = _who(meeting)
    ts = _at(sent, who.leave_time, who.date_time)
    person = _person(meeting, who, names)
    connection = _in_room(sent, _connection(meeting, who, names))
    session = names.session(text(meeting.id), ts, person, connection)
    gone = ParticipantLeft(
        id=_id(sent, meeting, text(who.user_id), ts),
        session_id=session,
        ts=ts,
        participant_id=person,
        connection_id=connection,
        reason=reason_of(who.leave_reason or "", text(who.user_name)),
    )
    if sent.event == OUT_OF_ROOM or "breakout" in (who.leave_reason or "").lower():
        return [gone]
    rooms = [
        msgspec.structs.replace(gone, id=f"{link}:left", connection_id=link)
        for link, other in names.open_before(session, ts)
        if other == person and link.endswith(ROOM_MARK)
    ]
    return [gone, *rooms]


def _role_changed(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    """Who becomes host is one from the start of that connection on."""
    if _who(meeting).new_role not in HOSTS:
        return []
    return joined(sent, meeting, names)


def _waited(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    who = _who(meeting)
    ts = _at(sent, who.date_time, who.join_time, who.leave_time)
    person = _person(meeting, who, names)
    return [
        ParticipantWaiting(
            id=_id(sent, meeting, person, ts),
            session_id=names.session(text(meeting.id), ts, person),
            ts=ts,
            participant_id=person,
            state=WAITS[sent.event],
        )
    ]


def _started(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    ts = _at(sent, meeting.start_time)
    session = names.session(text(meeting.id), ts)
    return [SessionStarted(id=_id(sent, meeting, "", ts), session_id=session, ts=ts)]


def _ended(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    ts = _at(sent, meeting.end_time)
    session = names.session(text(meeting.id), ts)
    return [SessionEnded(id=_id(sent, meeting, "", ts), session_id=session, ts=ts)]


TRANSLATED: Final[dict[str, Callable[[Webhook, Meeting, Names], list[SessionEvent]]]] = {
    "meeting.started": _started,
    "meeting.ended": _ended,
    JOINED: joined,
    LEFT: left,
    INTO_ROOM: joined,
    OUT_OF_ROOM: left,
    "meeting.participant_role_changed": _role_changed,
}
