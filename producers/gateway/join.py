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

from producers.directory import identifying
from producers.directory.lookup import Occurrence
from producers.gateway import beacon
from producers.gateway.errors import Refused
from producers.gateway.join_link import Link
from producers.gateway.join_page import HEADERS, agent_file, join_file, language_of, page
from producers.gateway.join_said import JoinSaid
from producers.gateway.join_tokens import BadLink, Invitation
from streams.events import ParticipantJoinStarted

MEGABYTE: Final = 1_000_000

log = logging.getLogger(__name__)


class Join:
    """The page, and the way to the meeting; `JoinSaid` takes what the page sends."""

    def __init__(self, link: Link, said: JoinSaid, tokens: beacon.Tokens) -> None:
        link.settings.check()
        self._link = link
        self._said = said
        self._tokens = tokens

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
            invitation = self._link.opened(request)
        except BadLink:
            return self._over(request)
        session = self._link.session(invitation)
        phone = self._link.phone(session)
        base = f"/j/{request.path_params['token']}"
        return page(request, base, phone, self._link.settings.leave_to)

    def _over(self, request: Request) -> Response:
        return page(request, None, self._link.settings.phone, self._link.settings.leave_to)

    async def _go(self, request: Request) -> Response:
        try:
            invitation = self._link.opened(request)
        except BadLink:
            return self._over(request)
        now = self._link.clock.now()
        session = self._link.session(invitation)
        where = await self._meeting(request, invitation, session) if session else None
        if session is None or where is None:
            return RedirectResponse(f"/j/{request.path_params['token']}", 303, HEADERS)
        await self._started(session, invitation, now)
        return RedirectResponse(where, 303, HEADERS)

    async def _megabyte(self, request: Request) -> Response:
        try:
            invitation = self._link.opened(request)
            self._said.measured(invitation)
        except (BadLink, Refused):
            return Response(status_code=404)
        return Response(
            secrets.token_bytes(MEGABYTE), headers=HEADERS, media_type="application/octet-stream"
        )

    async def _meeting(
        self, request: Request, invitation: Invitation, session: Occurrence
    ) -> str | None:
        platform, who = session.platform, invitation.participant_id
        room = await self._link.room(session)
        if room is None or platform is None:
            return None
        identity = self._link.pseudonyms.identity(platform, who)
        if self._link.settings.wants(platform, "identity"):
            await self._map(platform, identity, who)
        origin = self._link.settings.origin(platform)
        token = self._tokens.issue(session.id, who, origin, self._link.clock.now())
        allowed = self._link.consents.of(session.id, who)
        letters = "".join(scope[0] for scope in ("quality", "engagement") if scope in allowed)
        places = {"room": room, "identity": identity}
        places |= {"beacon": f"{token}.{letters}", "language": language_of(request)}
        return self._link.settings.meeting(platform, places)

    async def _map(self, platform: str, identity: str, participant_id: str) -> None:
        """The platform's events will name the person by this identity, from the first on."""
        if self._link.lookup.participant(platform, identity) == participant_id:
            return
        try:
            await identifying.remember(self._link.directory, platform, identity, participant_id)
            await self._link.lookup.refresh()
        except SQLAlchemyError as error:  # they are unmatched then, and in
            log.warning("identity not remembered: %s", type(error).__name__)

    async def _started(self, session: Occurrence, invitation: Invitation, now: int) -> None:
        who = invitation.participant_id
        event = ParticipantJoinStarted(
            id=f"join:{secrets.token_hex(16)}", ts=now, session_id=session.id, participant_id=who
        )
        try:
            self._said.tried(invitation)
            await self._link.recorder.write("join", [event], now)
        except Refused as refused:
            log.warning("join not recorded: %s", refused.reason)
