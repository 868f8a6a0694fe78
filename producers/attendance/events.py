"""The stays of an attendance file as events of the contract, the same ids each time it is read."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from privacy.pseudonyms import Pseudonyms
from producers.attendance.placing import Placed, Stay
from producers.directory.identities import aliases
from streams.events import (
    MINUTE,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

ADMITTED_WITHIN: Final = 2 * MINUTE
"""Who is in the meeting so soon after the waiting room was let in from it; else they gave up."""


class People:
    """Who each row is: somebody known by an identity, else the same unmatched one each time."""

    def __init__(
        self, pseudonyms: Pseudonyms, platform: str, session_id: str, known: Mapping[str, str]
    ) -> None:
        self._pseudonyms = pseudonyms
        self._platform = platform
        self._session_id = session_id
        self._known = known  # by alias

    def of(self, stay: Stay) -> str:
        """A display name alone is somebody of this session only: the next one may be another."""
        for identity in stay.row.identities:
            for alias, _ in aliases(self._pseudonyms, self._platform, identity):
                if alias in self._known:
                    return self._known[alias]
        named = f"{self._session_id} {stay.row.name}"
        first = stay.row.identities[0] if stay.row.identities else named
        return self._pseudonyms.unmapped(self._platform, first)


def made(
    placed: Placed, people: People, pseudonyms: Pseudonyms, platform: str, host_id: str
) -> list[SessionEvent]:
    """In order of time."""
    session = placed.session
    events: list[SessionEvent] = []
    same = f"attendance:{session.id}"
    if placed.began is not None and placed.ended is not None:
        began, ended = placed.began, placed.ended
        events.append(SessionStarted(id=f"{same}:started", session_id=session.id, ts=began))
        events.append(SessionEnded(id=f"{same}:ended", session_id=session.id, ts=ended))
    seen: Counter[tuple[str, int, int | None]] = Counter()
    who = [(people.of(stay), stay) for stay in placed.stays]
    joins = [(id_, stay.start) for id_, stay in who if not stay.row.waiting]
    for id_, stay in who:
        key = (id_, stay.start, stay.end)
        seen[key] += 1
        text = f"{session.id}|{id_}|{stay.start}|{stay.end}|{seen[key]}|{stay.row.waiting}"
        connection = pseudonyms.connection(platform, text)
        if stay.row.waiting:
            admitted = any(
                one == id_ and stay.end is not None and 0 <= start - stay.end <= ADMITTED_WITHIN
                for one, start in joins
            )
            events += _waited(session.id, id_, stay, connection, admitted)
        else:
            events += _stayed(session.id, id_, stay, connection, id_ == host_id or stay.row.host)
    return sorted(events, key=lambda one: (one.ts, isinstance(one, SessionEnded), one.id))


def _waited(
    session_id: str, id_: str, stay: Stay, connection: str, admitted: bool
) -> list[SessionEvent]:
    entered = ParticipantWaiting(
        id=f"attendance:{connection}:entered",
        session_id=session_id,
        participant_id=id_,
        ts=stay.start,
        state="entered",
    )
    if stay.end is None:
        return [entered]
    over = ParticipantWaiting(
        id=f"attendance:{connection}:over",
        session_id=session_id,
        participant_id=id_,
        ts=stay.end,
        state="admitted" if admitted else "left",
    )
    return [entered, over]


def _stayed(
    session_id: str, id_: str, stay: Stay, connection: str, host: bool
) -> list[SessionEvent]:
    joined = ParticipantJoined(
        id=f"attendance:{connection}:joined",
        session_id=session_id,
        participant_id=id_,
        ts=stay.start,
        role="host" if host else "participant",
        connection_id=connection,
    )
    if stay.end is None:
        return [joined]
    left = ParticipantLeft(
        id=f"attendance:{connection}:left",
        session_id=session_id,
        participant_id=id_,
        ts=stay.end,
        connection_id=connection,
        reason="unknown",  # no file says why
    )
    return [joined, left]
