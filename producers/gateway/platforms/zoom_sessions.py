"""Zoom's Video SDK sessions (zoom/rivet-javascript: videosdk.d.ts): the session's name is the room.

The same signature and endpoint as the meetings'. `user.id` is of one join; only `user_key`, set in
the token by the clinic's own page, stays the same.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Raw, Struct

from producers.gateway.adapter import Names, filled, read
from producers.gateway.errors import InvalidField, UnknownEvent
from producers.gateway.platforms.zoom_words import Text, event_id, reason_of, text, when
from streams.events import (
    Device,
    ParticipantJoined,
    ParticipantLeft,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

NOT_NEEDED = ("session.recording_", "session.sharing_", "session.live_streaming_", "session.alert")
CALLS_OUT = ("session.user_phone_callout_", "session.user_room_system_callout_")


class User(Struct):
    id: Text = None
    name: str | None = None
    user_key: Text = None
    participant_uuid: Text = None
    phone_number: Text = None
    join_time: str | None = None
    leave_time: str | None = None
    leave_reason: str | None = None


class Session(Struct):
    session_name: str
    session_id: str = ""
    id: Text = None
    start_time: str | None = None
    end_time: str | None = None
    user: User | None = None

    @property
    def occupancy(self) -> str:
        return filled(self.session_id or text(self.id))


class Payload(Struct):
    object: Session


def translate(event: str, event_ts: int, payload: Raw, names: Names) -> list[SessionEvent]:
    """`event_ts` in ms."""
    if event.startswith(NOT_NEEDED) or event.startswith(CALLS_OUT):
        return []
    made = TRANSLATED.get(event)
    if made is None:
        raise UnknownEvent
    return made(event, event_ts, read(payload, Payload).object, names)


def _who(session: Session, names: Names) -> tuple[User, str, str]:
    """The user, the person, the connection."""
    who = session.user
    if who is None or not text(who.id):
        raise InvalidField
    identities = (who.user_key, who.phone_number, who.participant_uuid)
    fallback = f"{session.occupancy}/{text(who.id)}"
    person = names.participant(*map(text, identities), fallback)
    return who, person, names.connection(session.occupancy, text(who.id))


def _joined(event: str, event_ts: int, session: Session, names: Names) -> list[SessionEvent]:
    who, person, connection = _who(session, names)
    ts = when(event_ts, who.join_time)
    session_id = names.session(filled(session.session_name), ts, person)
    return [
        ParticipantJoined(
            id=event_id(event, "", session.occupancy, text(who.id), ts),
            session_id=session_id,
            ts=ts,
            participant_id=person,
            role=names.role(session_id, person, who.name),
            connection_id=connection,
            device=Device(kind="landline") if who.phone_number else None,
        )
    ]


def _left(event: str, event_ts: int, session: Session, names: Names) -> list[SessionEvent]:
    who, person, connection = _who(session, names)
    ts = when(event_ts, who.leave_time)
    return [
        ParticipantLeft(
            id=event_id(event, "", session.occupancy, text(who.id), ts),
            session_id=names.session(filled(session.session_name), ts, person, connection),
            ts=ts,
            participant_id=person,
            connection_id=connection,
            reason=reason_of(who.leave_reason or "", who.name or ""),
        )
    ]


def _started(event: str, event_ts: int, session: Session, names: Names) -> list[SessionEvent]:
    ts = when(event_ts, session.start_time)
    made = event_id(event, "", session.occupancy, "", ts)
    found = names.session(filled(session.session_name), ts)
    return [SessionStarted(id=made, session_id=found, ts=ts)]


def _ended(event: str, event_ts: int, session: Session, names: Names) -> list[SessionEvent]:
    ts = when(event_ts, session.end_time)
    made = event_id(event, "", session.occupancy, "", ts)
    found = names.session(filled(session.session_name), ts)
    return [SessionEnded(id=made, session_id=found, ts=ts)]


TRANSLATED: Final[dict[str, Callable[[str, int, Session, Names], list[SessionEvent]]]] = {
    "session.started": _started,
    "session.ended": _ended,
    "session.user_joined": _joined,
    "session.user_left": _left,
}
