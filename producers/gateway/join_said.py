"""What the join page sends and asks: reports and their true state, the check, consent."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from privacy.consent import SCOPES, Scope
from privacy.database import unbroken
from privacy.pseudonyms import Pseudonyms
from producers.directory import consenting, doors
from producers.directory.announcing import SCHEDULED_AHEAD
from producers.directory.lookup import AROUND, Lookup, Occurrence
from producers.directory.store import Directory
from producers.gateway.adapter import read
from producers.gateway.errors import BadToken, NotTaken, Refused
from producers.gateway.intake import Delivery, Intake
from producers.gateway.join_feed import JoinFeed, Told
from producers.gateway.join_page import HEADERS
from producers.gateway.join_settings import JoinSettings
from producers.gateway.join_tokens import BadLink, Invitation, Invitations
from producers.gateway.limits import PerMinute
from producers.gateway.recorder import Recorder
from streams.events import (
    HOUR,
    Device,
    DeviceChecked,
    Network,
    ParticipantReported,
)
from streams.now import Clock

NOTICE: Final = "2026-11"
"""The version of the notice that the page shows (`producers/browser/join`)."""
JSON: Final = frozenset({"application/json"})
SAID_A_MINUTE: Final = 60
MEASURED_A_MINUTE: Final = 6


class NoSession(Refused):
    """The link's person has no session now that a report could be about."""

    status, reason = 409, "no_session"


class Report(Struct, forbid_unknown_fields=True):
    """`id` is the page's own, the same when it is sent again; it waited `waited_ms` there."""

    id: Annotated[str, Meta(min_length=8, max_length=64)]
    kind: Literal["help", "crisis", "privacy", "technical", "fatigue"]
    waited_ms: Annotated[int, Meta(ge=0)] = 0
    score: Annotated[int, Meta(ge=0, le=4)] | None = None


class Check(Struct, forbid_unknown_fields=True):
    id: Annotated[str, Meta(min_length=8, max_length=64)]
    result: Literal["pass", "fail"]
    failures: list[Literal["camera", "microphone", "speaker", "network", "browser"]] = []
    device: Device | None = None
    network: Network | None = None


class Consent(Struct, forbid_unknown_fields=True):
    scope: Scope
    granted: bool
    notice_version: Annotated[str, Meta(min_length=1, max_length=64)]


class State(Struct):
    """What the page tells; times in ms. `help`: whether somebody is on duty."""

    language: str | None
    starts_at: int | None
    ends_at: int | None
    cancelled: bool
    can_join: bool
    can_report: bool
    help: bool
    phone: str
    dial_in: str
    dial_in_code: str
    consents: dict[str, bool]
    notice_version: str
    reports: list[Told]


Handle = Callable[[Delivery, Invitation, Occurrence, int], Awaitable[Response]]


class JoinSaid:
    def __init__(
        self,
        settings: JoinSettings,
        directory: Directory,
        lookup: Lookup,
        recorder: Recorder,
        invitations: Invitations,
        intake: Intake,
        feed: JoinFeed,
        clock: Clock,
        pseudonyms: Pseudonyms,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._lookup = lookup
        self._recorder = recorder
        self._invitations = invitations
        self._intake = intake
        self._feed = feed
        self._clock = clock
        self._phones = {pseudonyms.program(code): n for code, n in settings.phones.items()}
        self._said = PerMinute(SAID_A_MINUTE)
        self._measured = PerMinute(MEASURED_A_MINUTE)

    def phone(self, program_id: str) -> str:
        """The number that this program's people call."""
        return self._phones.get(program_id, self._settings.phone)

    def measured(self, invitation: Invitation) -> None:
        """Raises `TooMany`."""
        self._measured.take(invitation.participant_id, 1, self._clock.now())

    async def state(self, request: Request) -> Response:
        now = self._clock.now()
        try:
            invitation = self._invitations.open(request.path_params["token"], now)
        except BadLink:
            return JSONResponse({"reason": BadToken.reason}, BadToken.status, HEADERS)
        session = session_of(self._lookup, invitation, now)
        told = msgspec.to_builtins(await self._state(invitation, session, now))
        return JSONResponse(told, headers=HEADERS)

    async def _state(
        self, invitation: Invitation, session: Occurrence | None, now: int
    ) -> State:
        who = invitation.participant_id
        language, room = await self._known(who, session)
        platform = (session.platform or "") if session else ""
        program = session.program_id if session else ""
        allowed = self._lookup.consents(who)
        return State(
            language=language,
            starts_at=session.starts_at if session else None,
            ends_at=session.ends_at if session else None,
            cancelled=session is not None and session.cancelled,
            can_join=room is not None and platform in self._settings.meeting_urls,
            can_report=session is not None and _is_near(session, now),
            help=self._feed.on_duty(program),
            phone=self.phone(program),
            dial_in=self._settings.dial_in.get(platform, "") if room else "",
            dial_in_code=room if room and room.isdigit() else "",
            consents={scope: scope in allowed for scope in SCOPES},
            notice_version=NOTICE,
            reports=self._feed.told(session.id, who) if session else [],
        )

    async def _known(self, who: str, session: Occurrence | None) -> tuple[str | None, str | None]:
        """The person's language and the session's room; neither while the store is away."""
        try:
            card = await self._directory.people.card(who, ["language"])
            if session is None:
                return card.get("language"), None
            async with self._directory.reading() as connection:
                rooms = await doors.rooms_of(connection, self._directory.rooms, [session.id])
        except SQLAlchemyError:
            return None, None
        return card.get("language"), rooms.get(session.id)

    async def report(self, request: Request) -> Response:
        return await self._taken(request, self._on_report)

    async def _on_report(
        self, delivery: Delivery, invitation: Invitation, session: Occurrence, now: int
    ) -> Response:
        said, who = read(delivery.body, Report), invitation.participant_id
        at = now - min(said.waited_ms, HOUR)
        event = ParticipantReported(
            id=_own(who, said.id),
            ts=at,
            session_id=session.id,
            participant_id=who,
            kind=said.kind,
            score=said.score if said.kind == "fatigue" else None,
        )
        await self._recorder.write("join", [event], now)
        answer = {"at": at, "help": self._feed.on_duty(session.program_id)}
        return JSONResponse(answer, headers=HEADERS)

    async def check(self, request: Request) -> Response:
        return await self._taken(request, self._on_check)

    async def _on_check(
        self, delivery: Delivery, invitation: Invitation, session: Occurrence, now: int
    ) -> Response:
        said, who = read(delivery.body, Check), invitation.participant_id
        event = DeviceChecked(
            id=_own(who, said.id),
            ts=now,
            session_id=session.id,
            participant_id=who,
            result=said.result,
            failures=said.failures,
            device=said.device,
            network=said.network,
        )
        await self._recorder.write("join", [event], now)
        return JSONResponse({"at": now}, headers=HEADERS)

    async def consent(self, request: Request) -> Response:
        return await self._intake.take("join", request, JSON, self._on_consent)

    async def _on_consent(self, delivery: Delivery) -> Response:
        """Needs no session: it may be changed at any time."""
        invitation = self._opened(delivery)
        said = read(delivery.body, Consent)
        try:
            await unbroken(
                consenting.consent(
                    self._directory,
                    invitation.participant_id,
                    said.scope,
                    granted=said.granted,
                    notice_version=said.notice_version,
                    now=self._clock.now(),
                )
            )
            await unbroken(self._lookup.refresh())  # from the next sample on
        except consenting.UnknownPerson:
            raise BadToken from None
        except SQLAlchemyError:
            raise NotTaken from None
        return JSONResponse({"scope": said.scope, "granted": said.granted}, headers=HEADERS)

    async def _taken(self, request: Request, handle: Handle) -> Response:
        async def on(delivery: Delivery) -> Response:
            invitation, now = self._opened(delivery), self._clock.now()
            session = session_of(self._lookup, invitation, now)
            if session is None or not _is_near(session, now):
                raise NoSession
            return await handle(delivery, invitation, session, now)

        return await self._intake.take("join", request, JSON, on)

    def _opened(self, delivery: Delivery) -> Invitation:
        now = self._clock.now()
        try:
            invitation = self._invitations.open(delivery.request.path_params["token"], now)
        except BadLink:
            raise BadToken from None
        self._said.take(invitation.participant_id, 1, now)
        return invitation


def session_of(lookup: Lookup, invitation: Invitation, now: int) -> Occurrence | None:
    """The session that a link is for: its own, or the person's nearest one now."""
    if invitation.session_id:
        return lookup.occurrence(invitation.session_id)
    return next(iter(lookup.sessions_of(invitation.participant_id, now)), None)


def _is_near(session: Occurrence, now: int) -> bool:
    """Whether what a person says now is of this session: the log knows it, and watches it."""
    return session.starts_at - SCHEDULED_AHEAD <= now <= session.ends_at + AROUND


def _own(participant_id: str, id_: str) -> str:
    """The page's id made the person's own, so that nobody can use up another's."""
    digest = hashlib.sha256(f"{participant_id}\x00{id_}".encode()).hexdigest()
    return f"join:{digest[:32]}"
