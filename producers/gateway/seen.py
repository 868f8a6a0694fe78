"""What most platforms tell, once read, as the contract's events: somebody or a room, at a moment.

An adapter reads its platform's words into a `Seen` or an `Opened`; only what a platform has of its
own (reasons, devices, what it asks at set-up) is left to it.
"""

from typing import Literal

from msgspec import Struct

from producers.gateway.adapter import Names
from streams.events import (
    Device,
    LeaveReason,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEnded,
    SessionStarted,
)


class Seen(Struct, frozen=True):
    """Somebody in a room: `room` as the platform calls it, `ts` in ms, `person` and `connection`
    by their pseudonyms. `told` makes the events' ids: the same of the same delivery."""

    names: Names
    room: str
    ts: int
    person: str
    connection: str
    told: str

    def joined(
        self,
        shown: str | None,
        *,
        moderates: bool = False,
        exclusive: bool = False,
        device: Device | None = None,
    ) -> ParticipantJoined:
        """Raises `UnknownRoom`. `shown` is a name that is looked at, for note-takers, not kept."""
        session = self.names.session(self.room, self.ts, self.person)
        return ParticipantJoined(
            id=self.told,
            session_id=session,
            ts=self.ts,
            participant_id=self.person,
            role=self.names.role(session, self.person, shown, moderates),
            connection_id=self.connection,
            exclusive=exclusive,
            device=device,
        )

    def left(self, reason: LeaveReason = "unknown") -> ParticipantLeft:
        """Raises `UnknownRoom`."""
        return ParticipantLeft(
            id=self.told,
            session_id=self.names.session(self.room, self.ts, self.person, self.connection),
            ts=self.ts,
            participant_id=self.person,
            connection_id=self.connection,
            reason=reason,
        )

    def waiting(self, state: Literal["entered", "left"]) -> ParticipantWaiting:
        """Raises `UnknownRoom`."""
        return ParticipantWaiting(
            id=self.told,
            session_id=self.names.session(self.room, self.ts, self.person),
            ts=self.ts,
            participant_id=self.person,
            state=state,
        )


class Opened(Struct, frozen=True):
    """A room that opens or closes; `told` makes the event's id."""

    names: Names
    room: str
    ts: int
    told: str

    def started(self) -> SessionStarted:
        """Raises `UnknownRoom`."""
        session = self.names.session(self.room, self.ts)
        return SessionStarted(id=self.told, session_id=session, ts=self.ts)

    def ended(self) -> SessionEnded:
        """Raises `UnknownRoom`."""
        session = self.names.session(self.room, self.ts)
        return SessionEnded(id=self.told, session_id=session, ts=self.ts)


def no_ping(body: bytes) -> bool:
    """`is_ping` of a platform that sends none."""
    return False


def no_challenge(body: bytes, secret: str) -> dict[str, str] | None:
    """`challenge` of a platform that asks for none."""
    return None
