"""What the page and what it sends both need of a link: who, which session, which room."""

import logging
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request

from privacy.pseudonyms import Pseudonyms
from producers.directory import doors
from producers.directory.announcing import SCHEDULED_AHEAD
from producers.directory.lookup import AROUND, Lookup, Occurrence
from producers.directory.store import Directory
from producers.gateway.consented import Consents
from producers.gateway.join_settings import JoinSettings
from producers.gateway.join_tokens import BadLink, Invitation, Invitations
from producers.gateway.recorder import Recorder
from streams.events import MINUTE
from streams.now import Clock

AT_END: Final = 10 * MINUTE
"""So long before its end a session counts as ending."""

log = logging.getLogger(__name__)


class Link(Struct, frozen=True):
    """What a link is answered with."""

    settings: JoinSettings
    directory: Directory
    lookup: Lookup
    recorder: Recorder
    invitations: Invitations
    clock: Clock
    pseudonyms: Pseudonyms
    consents: Consents

    def opened(self, request: Request) -> Invitation:
        """Raises `BadLink`, for who was erased, too: what they did would be kept of them anew."""
        invitation = self.invitations.open(request.path_params["token"], self.clock.now())
        if self.lookup.erased(invitation.participant_id):
            raise BadLink
        return invitation

    def session(self, invitation: Invitation) -> Occurrence | None:
        """The session that the link is for: its own, or the person's nearest one now."""
        if invitation.session_id:
            return self.lookup.occurrence(invitation.session_id)
        theirs = self.lookup.sessions_of(invitation.participant_id, self.clock.now())
        return next(iter(theirs), None)

    async def room(self, session: Occurrence) -> str | None:
        """As the platform calls it; None where nobody said, or the store is away."""
        try:
            async with self.directory.reading() as connection:
                rooms = await doors.rooms_of(connection, self.directory.rooms, [session.id])
        except SQLAlchemyError as error:
            log.warning("room not read: %s", type(error).__name__)
            return None
        return rooms.get(session.id)

    async def language(self, participant_id: str) -> str | None:
        """The person's own, as the clinic knows it."""
        try:
            card = await self.directory.people.card(participant_id, ["language"])
        except SQLAlchemyError as error:
            log.warning("language not read: %s", type(error).__name__)
            return None
        return card.get("language")

    def phone(self, session: Occurrence | None) -> str:
        """The number to call about this session; empty where there is none."""
        numbers = {self.pseudonyms.program(code): n for code, n in self.settings.phones.items()}
        return numbers.get(session.program_id if session else "", self.settings.phone)

    def asks_tiredness(self, session: Occurrence) -> bool:
        """Whether the page asks now: at the end, in programs that want it."""
        programs = {self.pseudonyms.program(code) for code in self.settings.ask_tiredness}
        return session.program_id in programs and self.clock.now() >= session.ends_at - AT_END

    def watches(self, session: Occurrence) -> bool:
        """Whether what a person says now is of this session: the log knows it, and looks at it."""
        now = self.clock.now()
        return session.starts_at - SCHEDULED_AHEAD <= now <= session.ends_at + AROUND
