"""The join link `/j/<token>`: one neutral address for every platform (`docs/join-link.md`).

Opening it changes nothing, so that a link preview is no try to join. What must work though all
else fails is going on to the meeting.
"""

import logging
import secrets
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from privacy.pseudonyms import Pseudonyms
from producers.directory import doors, identifying
from producers.directory.lookup import Lookup, Occurrence
from producers.directory.store import Directory
from producers.gateway import beacon
from producers.gateway.errors import Refused
from producers.gateway.join_page import HEADERS, agent_file, join_file, language_of, page
from producers.gateway.join_said import JoinSaid, session_of
from producers.gateway.join_settings import JoinSettings
from producers.gateway.join_tokens import BadLink, Invitation, Invitations
from producers.gateway.recorder import Recorder
from streams.events import ParticipantJoinStarted
from streams.now import Clock

MEGABYTE: Final = 1_000_000

log = logging.getLogger(__name__)


class Join:
    """The page, and the way to the meeting; `JoinSaid` takes what the page sends."""

    def __init__(
        self,
        settings: JoinSettings,
        directory: Directory,
        lookup: Lookup,
        recorder: Recorder,
        invitations: Invitations,
        tokens: beacon.Tokens,
        said: JoinSaid,
        clock: Clock,
        pseudonyms: Pseudonyms,
    ) -> None:
        settings.check()
        self._settings = settings
        self._directory = directory
        self._lookup = lookup
        self._recorder = recorder
        self._invitations = invitations
        self._tokens = tokens
        self._said = said
        self._clock = clock
        self._pseudonyms = pseudonyms

    def routes(self) -> list[Route]:
        said = self._said
        return [
            Route("/j/{token}", self._page),
            Route("/j/{token}/go", self._go),
            Route("/j/{token}/megabyte", self._megabyte),
            Route("/j/{token}/state", said.state),
            Route("/j/{token}/report", said.report, methods=["POST"]),
            Route("/j/{token}/check", said.check, methods=["POST"]),
            Route("/j/{token}/consent", said.consent, methods=["POST"]),
            Route("/join/{name}", join_file),
            Route("/agent/{name}", agent_file),
        ]

    async def _page(self, request: Request) -> Response:
        try:
            invitation = self._invited(request)
        except BadLink:
            return self._over(request)
        session = session_of(self._lookup, invitation, self._clock.now())
        phone = self._said.phone(session.program_id if session else "")
        base = f"/j/{request.path_params['token']}"
        return page(request, base, phone, self._settings.leave_to)

    def _over(self, request: Request) -> Response:
        return page(request, None, self._settings.phone, self._settings.leave_to)

    async def _go(self, request: Request) -> Response:
        try:
            invitation = self._invited(request)
        except BadLink:
            return self._over(request)
        now = self._clock.now()
        session = session_of(self._lookup, invitation, now)
        where = await self._meeting(request, invitation, session) if session else None
        if session is None or where is None:
            return RedirectResponse(f"/j/{request.path_params['token']}", 303, HEADERS)
        await self._started(session, invitation, now)
        return RedirectResponse(where, 303, HEADERS)

    async def _megabyte(self, request: Request) -> Response:
        try:
            invitation = self._invited(request)
            self._said.measured(invitation)
        except (BadLink, Refused):
            return Response(status_code=404)
        return Response(
            secrets.token_bytes(MEGABYTE), headers=HEADERS, media_type="application/octet-stream"
        )

    def _invited(self, request: Request) -> Invitation:
        return self._invitations.open(request.path_params["token"], self._clock.now())

    async def _meeting(
        self, request: Request, invitation: Invitation, session: Occurrence
    ) -> str | None:
        platform, who = session.platform, invitation.participant_id
        try:
            async with self._directory.reading() as connection:
                rooms = await doors.rooms_of(connection, self._directory.rooms, [session.id])
        except SQLAlchemyError as error:
            log.warning("room not read: %s", type(error).__name__)
            return None
        if session.id not in rooms or platform is None:
            return None
        identity = self._pseudonyms.identity(platform, who)
        if self._settings.wants(platform, "identity"):
            await self._map(platform, identity, who)
        origin = self._settings.origin(platform)
        token = self._tokens.issue(session.id, who, origin, self._clock.now())
        allowed = self._lookup.consents(who)
        letters = "".join(scope[0] for scope in ("quality", "engagement") if scope in allowed)
        places = {"room": rooms[session.id], "identity": identity}
        places |= {"beacon": f"{token}.{letters}", "language": language_of(request)}
        return self._settings.meeting(platform, places)

    async def _map(self, platform: str, identity: str, participant_id: str) -> None:
        """The platform's events will name the person by this identity, from the first on."""
        if self._lookup.participant(platform, identity) == participant_id:
            return
        try:
            await identifying.remember(self._directory, platform, identity, participant_id)
            await self._lookup.refresh()
        except SQLAlchemyError as error:  # they are unmatched then, and in
            log.warning("identity not remembered: %s", type(error).__name__)

    async def _started(self, session: Occurrence, invitation: Invitation, now: int) -> None:
        who = invitation.participant_id
        event = ParticipantJoinStarted(
            id=f"join:{secrets.token_hex(16)}", ts=now, session_id=session.id, participant_id=who
        )
        try:
            await self._recorder.write("join", [event], now)
        except Refused as refused:
            log.warning("join not recorded: %s", refused.reason)
