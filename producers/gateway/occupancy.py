"""Who joined which session and is still in it, as far as written events say; bounded.

Only a help, never the truth (which is on the log): a restarted gateway reads the last hours of the
log again (`recalling.py`), not more.
"""

from collections import OrderedDict
from collections.abc import Iterable

from msgspec import Struct, field

from streams.events import Millis, ParticipantJoined, ParticipantLeft, SessionEnded, SessionEvent

SESSIONS = 2_000
"""The sessions remembered: a day of a large organisation, a few MB."""
LEAVES = 20_000
"""The connections remembered as left, the oldest forgotten first."""


class _Room(Struct):
    joined: set[str] = field(default_factory=set)
    open: dict[str, tuple[str, int]] = field(default_factory=dict)
    """connection -> (participant, ts of its join)"""
    ended_at: Millis = -1
    """When the platform last said that the room is empty."""


class Occupancy:
    def __init__(self, sessions: int = SESSIONS) -> None:
        self._rooms: OrderedDict[str, _Room] = OrderedDict()
        self._sessions = sessions
        self._joined_in: dict[str, str] = {}
        self._left: OrderedDict[str, ParticipantLeft] = OrderedDict()

    def note(self, events: Iterable[SessionEvent]) -> None:
        """Call when the events are on the log, not before: a sender may have to try again."""
        for event in events:
            if isinstance(event, ParticipantJoined):
                self._note_joined(event)
            elif isinstance(event, ParticipantLeft):
                self._note_left(event)
            elif isinstance(event, SessionEnded):
                ended = self._room(event.session_id)
                ended.ended_at = max(ended.ended_at, event.ts)

    def _note_joined(self, event: ParticipantJoined) -> None:
        """They came, whenever it is told; they are in unless more is known of that connection."""
        room = self._room(event.session_id)
        room.joined.add(event.participant_id)
        link = event.connection_id
        if self._over(event) or self._since(link) > event.ts:
            return
        if before := self._rooms.get(self._joined_in.get(link, "")):
            before.open.pop(link, None)
        room.open[link] = (event.participant_id, event.ts)
        self._joined_in[link] = event.session_id
        self._left.pop(link, None)

    def _over(self, event: ParticipantJoined) -> bool:
        """Whether this stay is known to have ended; who moves leaves and joins at one instant."""
        left = self._left.get(event.connection_id)
        if left is None or left.ts == event.ts:
            return left is not None and left.session_id == event.session_id
        return left.ts > event.ts

    def _since(self, link: str) -> Millis:
        """When an open connection joined; -1 of one that is not open."""
        room = self._rooms.get(self._joined_in.get(link, ""))
        return room.open[link][1] if room and link in room.open else -1

    def _note_left(self, event: ParticipantLeft) -> None:
        elsewhere = self._joined_in.get(event.connection_id) != event.session_id
        if event.ts < self._since(event.connection_id) + elsewhere:
            return  # of an earlier stay, told late or again
        self._joined_in.pop(event.connection_id, None)
        self._left[event.connection_id] = event
        if len(self._left) > LEAVES:
            self._left.popitem(last=False)
        if left := self._rooms.get(event.session_id):
            left.open.pop(event.connection_id, None)

    def session_of(self, connection_id: str | None) -> str | None:
        """The session that a connection joined and has not left."""
        return self._joined_in.get(connection_id or "")

    def recall(self, said: SessionEvent) -> None:
        """What an earlier gateway wrote."""
        self.note([said])

    def joined_as(self, connection_id: str) -> tuple[str, str] | None:
        """(session, participant) of a connection that has joined and not left."""
        session_id = self._joined_in.get(connection_id)
        if session_id is None:
            return None
        return session_id, self._rooms[session_id].open[connection_id][0]

    def open_in(self, session_id: str) -> dict[str, tuple[str, int]]:
        """connection -> (participant, ts of its join) of what has not left."""
        room = self._rooms.get(session_id)
        return dict(room.open) if room else {}

    def staying(self, session_id: str) -> dict[str, tuple[str, int]]:
        """The same, without those who were in when the room was said to be empty."""
        room = self._rooms.get(session_id, _Room())
        return {key: who for key, who in room.open.items() if who[1] >= room.ended_at}

    def left_at(self, connection_id: str) -> Millis | None:
        """When this connection ended last, if it has and has not joined again since."""
        left = self._left.get(connection_id)
        return left.ts if left else None

    def sessions(self) -> list[str]:
        """Those with somebody in them."""
        return [session_id for session_id, room in self._rooms.items() if room.open]

    def joined(self, session_id: str, participant_id: str) -> bool:
        room = self._rooms.get(session_id)
        return room is not None and participant_id in room.joined

    def open_before(self, session_id: str, ts: int) -> list[tuple[str, str]]:
        """(connection, participant) of what joined before `ts` and has not left."""
        room = self._rooms.get(session_id, _Room())
        return [(key, person) for key, (person, since) in room.open.items() if since < ts]

    def _room(self, session_id: str) -> _Room:
        room = self._rooms.setdefault(session_id, _Room())
        self._rooms.move_to_end(session_id)
        if len(self._rooms) > self._sessions:
            _, oldest = self._rooms.popitem(last=False)
            for connection in oldest.open:
                self._joined_in.pop(connection, None)
        return room
