"""Zoom webhooks (zoom/rivet-javascript: meetings.d.ts; developers.zoom.us, Using webhooks).

Meeting `id` is the room; its `uuid` changes with every occupancy. `user_id` is of one join and
new after each move between rooms, with `left` and `joined` at the same second and in any order:
uuid and `user_id` are the connection. Breakout rooms count as the session: being in one is a
connection of its own. `leave_reason` is prose that holds a name: only its code goes on.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Raw, Struct

from producers.gateway.adapter import FRESH_SECONDS, Names, instant, read, rfc3339
from producers.gateway.errors import BadSignature, InvalidField, Stale, UnknownEvent
from streams.events import (
    Device,
    LeaveReason,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

WaitState = Literal["entered", "admitted", "left"]

REASONS: Final[tuple[tuple[re.Pattern[str], LeaveReason], ...]] = (
    (
        re.compile(r"host (ended|closed|started a new)|meeting (has )?ended|(time|minutes) limit"),
        "ended",
    ),
    (re.compile(r"removed|kicked|expel"), "removed"),
    (re.compile(r"connect|network|client close|crash"), "connection_lost"),
    (re.compile(r"\bleft\b|\bleave\b|breakout"), "left"),
)
"""Looked for in this order: "leave breakout room to join main meeting" is a leave."""
HOSTS = ("host", "cohost", "co-host")
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
        "participant_feedback",
        "alert",
        "participant_qos",
        "participant_qos_summary",
        "participant_data",
        "participant_data_summary",
        "created",
        "updated",
        "deleted",
    ]
)

Text: TypeAlias = str | int | None
"""Ids are strings in most events and numbers in some."""


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


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: int) -> str:
    stamp = headers.get("x-zm-request-timestamp", "")
    given = headers.get("x-zm-signature", "").encode("utf-8", "replace")
    signed = b"v0:" + stamp.encode("utf-8", "replace") + b":" + body
    fits = [
        secret
        for secret in secrets
        if hmac.compare_digest(b"v0=" + _hex(secret, signed).encode(), given)
    ]
    if not fits or not re.fullmatch(r"[0-9]{1,12}", stamp):
        raise BadSignature
    if abs(now / 1000 - int(stamp)) > FRESH_SECONDS:
        raise Stale
    return fits[0]


def challenge(body: bytes, secret: str) -> dict[str, str] | None:
    """Zoom asks at set-up and every 72 h, and wants the answer within 3 s."""
    if read(body, Webhook).event != "endpoint.url_validation":
        return None
    token = read(body, Asked).payload.plain_token
    return {"plainToken": token, "encryptedToken": _hex(secret, token.encode())}


def translate(body: bytes, names: Names) -> list[SessionEvent]:
    sent = read(body, Webhook)
    if sent.event in NOT_NEEDED:
        return []
    made = _waited if sent.event in WAITS else TRANSLATED.get(sent.event)
    if made is None:
        raise UnknownEvent
    return made(sent, read(sent.payload, Payload).object, names)


def _hex(secret: str, text: bytes) -> str:
    return hmac.digest(secret.encode(), text, "sha256").hex()


def _text(value: Text) -> str:
    return str(value) if value is not None else ""


def _who(meeting: Meeting) -> Participant:
    if meeting.participant is None:
        raise InvalidField
    return meeting.participant


def _at(sent: Webhook, *texts: str | None) -> int:
    """The first time given, else when Zoom says that it happened."""
    given = next(filter(None, texts), None)
    return rfc3339(given) if given else instant(sent.event_ts)


def _id(sent: Webhook, meeting: Meeting, who: str, ts: int) -> str:
    """Zoom numbers nothing; these words are the same when it sends an event again."""
    words = "\x00".join((sent.event, _text(meeting.id), meeting.uuid, who, str(ts)))
    return "zoom:" + hashlib.sha256(words.encode()).hexdigest()[:32]


def _person(meeting: Meeting, who: Participant, names: Names) -> str:
    return names.participant(
        *map(
            _text,
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
        f"{meeting.uuid}/{_text(who.user_id)}" if who.user_id else "",
    )


def _connection(meeting: Meeting, who: Participant, names: Names) -> str:
    if not _text(who.user_id):
        raise InvalidField
    return names.connection(meeting.uuid, _text(who.user_id))


def _joined(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    who = _who(meeting)
    ts = _at(sent, who.join_time, who.date_time)
    person = _person(meeting, who, names)
    session = names.session(_text(meeting.id), ts, person)
    return [_join(sent, meeting, session, person, ts, names)]


def _join(
    sent: Webhook, meeting: Meeting, session: str, person: str, ts: int, names: Names
) -> ParticipantJoined:
    who = _who(meeting)
    account = {_text(who.id), _text(who.participant_user_id)} - {""}
    hosts = names.is_host(session, person) or _text(meeting.host_id) in account
    return ParticipantJoined(
        id=_id(sent, meeting, _text(who.user_id), ts),
        session_id=session,
        ts=ts,
        participant_id=person,
        role="host" if hosts or who.new_role in HOSTS else "participant",
        connection_id=_connection(meeting, who, names),
        device=Device(kind="landline") if who.phone_number else None,
    )


def _left(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    who = _who(meeting)
    ts = _at(sent, who.leave_time, who.date_time)
    person = _person(meeting, who, names)
    connection = _connection(meeting, who, names)
    return [
        ParticipantLeft(
            id=_id(sent, meeting, _text(who.user_id), ts),
            session_id=names.session(_text(meeting.id), ts, person, connection),
            ts=ts,
            participant_id=person,
            connection_id=connection,
            reason=reason_of(who.leave_reason or "", _text(who.user_name)),
        )
    ]


def reason_of(said: str, name: str) -> LeaveReason:
    """`Jill left the meeting.<br>Reason: Host ended the meeting.` -> `ended`."""
    before, marked, after = said.rpartition("Reason")
    text = after if marked else said
    for each in (text, before):
        words = (each.replace(name, "") if name else each).lower()
        for pattern, reason in REASONS:
            if pattern.search(words):
                return reason
    return "unknown"


def _role_changed(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    """Who becomes host is one from the start of that connection on."""
    if _who(meeting).new_role not in HOSTS:
        return []
    return _joined(sent, meeting, names)


def _waited(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    who = _who(meeting)
    ts = _at(sent, who.date_time, who.join_time, who.leave_time)
    person = _person(meeting, who, names)
    return [
        ParticipantWaiting(
            id=_id(sent, meeting, person, ts),
            session_id=names.session(_text(meeting.id), ts, person),
            ts=ts,
            participant_id=person,
            state=WAITS[sent.event],
        )
    ]


def _started(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    ts = _at(sent, meeting.start_time)
    session = names.session(_text(meeting.id), ts)
    return [SessionStarted(id=_id(sent, meeting, "", ts), session_id=session, ts=ts)]


def _ended(sent: Webhook, meeting: Meeting, names: Names) -> list[SessionEvent]:
    ts = _at(sent, meeting.end_time)
    session = names.session(_text(meeting.id), ts)
    return [SessionEnded(id=_id(sent, meeting, "", ts), session_id=session, ts=ts)]


TRANSLATED: Final[dict[str, Callable[[Webhook, Meeting, Names], list[SessionEvent]]]] = {
    "meeting.started": _started,
    "meeting.ended": _ended,
    "meeting.participant_joined": _joined,
    "meeting.participant_left": _left,
    "meeting.participant_joined_breakout_room": _joined,
    "meeting.participant_left_breakout_room": _left,
    "meeting.participant_role_changed": _role_changed,
}
