"""The bodies of staff's acts on a session, each with the event that it becomes.

One more act is one more body here, and its place in `ON_SEATS` or `ON_SESSIONS`.
"""

from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from producers.directory.acts import Event, Refused
from streams.events import (
    Identifier,
    ParticipantAttendedInPerson,
    ParticipantExcused,
    ParticipantPresentWith,
    SessionBreak,
)

About: TypeAlias = dict[str, Any]
"""What every event of an act has: `id`, `ts`, `session_id`, and of whom where it is of somebody."""


class Excuse(Struct, forbid_unknown_fields=True):
    kind: Literal["absent", "late", "leaves_early"] = "absent"

    def event(self, about: About) -> Event:
        return ParticipantExcused(kind=self.kind, **about)


class InPerson(Struct, forbid_unknown_fields=True):
    how: Literal["in_person", "phone", "other_group"] = "in_person"

    def event(self, about: About) -> Event:
        return ParticipantAttendedInPerson(how=self.how, **about)


class PresentWith(Struct, forbid_unknown_fields=True):
    """Both must be on the roster."""

    with_: Identifier = msgspec.field(name="with")

    def others(self, participant_id: str) -> tuple[str, ...]:
        """Raises `Refused` for who is with themselves."""
        if self.with_ == participant_id:
            raise Refused(422, "with_themselves")
        return (self.with_,)

    def event(self, about: About) -> Event:
        return ParticipantPresentWith(with_=self.with_, **about)


class Pause(Struct, forbid_unknown_fields=True):
    state: Literal["started", "ended"]

    def event(self, about: About) -> Event:
        return SessionBreak(state=self.state, **about)


OnSeat: TypeAlias = Excuse | InPerson | PresentWith
ON_SEATS: Final[dict[str, type[OnSeat]]] = {
    "excuse": Excuse,
    "in-person": InPerson,
    "present-with": PresentWith,
}
ON_SESSIONS: Final[dict[str, type[Pause]]] = {"break": Pause}
