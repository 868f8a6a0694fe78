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
from producers.directory import consenting
from producers.directory.lookup import Occurrence
from producers.gateway.adapter import read
from producers.gateway.errors import BadToken, NotTaken, Refused
from producers.gateway.intake import Delivery, Intake
from producers.gateway.join_feed import JoinFeed, Told
from producers.gateway.join_link import Link
from producers.gateway.join_page import HEADERS
from producers.gateway.join_tokens import BadLink, Invitation
from producers.gateway.limits import PerMinute
from streams.events import (
    HOUR,
    Device,
    DeviceChecked,
    Network,
    ParticipantReported,
)

NOTICE: Final = "2026-11"
"""The version of the notice that the page shows (`producers/browser/join`)."""
JSON: Final = frozenset({"application/json"})
SAID_A_MINUTE: Final = 60
MEASURED_A_MINUTE: Final = 6
TRIED_A_MINUTE: Final = 12


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


class State(Struct, kw_only=True):
    """What the page tells; times in ms. `help`: whether somebody is on duty."""

    language: str | None
    phone: str
    consents: dict[str, bool]
    notice_version: str
    starts_at: int | None = None
    ends_at: int | None = None
    cancelled: bool = False
    can_join: bool = False
    can_report: bool = False
    help: bool = False
    ask_tiredness: bool = False
    dial_in: str = ""
    dial_in_code: str = ""
    reports: list[Told] = []


Handle = Callable[[Delivery, Invitation, Occurrence, int], Awaitable[Response]]


class JoinSaid:
    def __init__(self, link: Link, intake: Intake, feed: JoinFeed) -> None:
        self._link = link
        self._intake = intake
        self._feed = feed
        self._said = PerMinute(SAID_A_MINUTE)
        self._measured = PerMinute(MEASURED_A_MINUTE)
        self._tried = PerMinute(TRIED_A_MINUTE)

    def measured(self, invitation: Invitation) -> None:
        """Raises `TooMany`."""
        self._measured.take(invitation.participant_id, 1, self._link.clock.now())

    def tried(self, invitation: Invitation) -> None:
        """Raises `TooMany`. Counted apart: going on to the meeting uses up no call for help."""
        self._tried.take(invitation.participant_id, 1, self._link.clock.now())

    async def state(self, request: Request) -> Response:
        try:
            invitation = self._link.opened(request)
        except BadLink:
            return JSONResponse({"reason": BadToken.reason}, BadToken.status, HEADERS)
        told = msgspec.to_builtins(await self._state(invitation))
        return JSONResponse(told, headers=HEADERS)

    async def _state(self, invitation: Invitation) -> State:
        who, link = invitation.participant_id, self._link
        session = link.session(invitation)
        allowed = link.lookup.consents(who)
        state = State(
            language=await link.language(who),
            phone=link.phone(session),
            consents={scope: scope in allowed for scope in SCOPES},
            notice_version=NOTICE,
            reports=self._feed.told(who),
        )
        if session is None:
            return state
        room, platform = await link.room(session), session.platform or ""
        return msgspec.structs.replace(
            state,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            cancelled=session.cancelled,
            can_join=room is not None and platform in link.settings.meeting_urls,
            can_report=link.watches(session),
            help=self._feed.on_duty(session.program_id),
            ask_tiredness=link.asks_tiredness(session),
            dial_in=link.settings.dial_in.get(platform, "") if room else "",
            dial_in_code=room if room and room.isdigit() else "",
        )

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
        await self._link.recorder.write("join", [event], now)
        duty = self._feed.on_duty(session.program_id)
        answer = {"at": at, "report": event.id, "help": duty}
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
        await self._link.recorder.write("join", [event], now)
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
                    self._link.directory,
                    [consenting.Said(invitation.participant_id, said.scope, said.granted)],
                    notice_version=said.notice_version,
                    now=self._link.clock.now(),
                )
            )
            await unbroken(self._link.lookup.refresh())  # from the next sample on
        except consenting.UnknownPerson:
            raise BadToken from None
        except SQLAlchemyError:
            raise NotTaken from None
        return JSONResponse({"scope": said.scope, "granted": said.granted}, headers=HEADERS)

    async def _taken(self, request: Request, handle: Handle) -> Response:
        async def on(delivery: Delivery) -> Response:
            invitation = self._opened(delivery)
            session = self._link.session(invitation)
            if session is None or not self._link.watches(session):
                raise NoSession
            return await handle(delivery, invitation, session, self._link.clock.now())

        return await self._intake.take("join", request, JSON, on)

    def _opened(self, delivery: Delivery) -> Invitation:
        try:
            invitation = self._link.opened(delivery.request)
        except BadLink:
            raise BadToken from None
        self._said.take(invitation.participant_id, 1, self._link.clock.now())
        return invitation


def _own(participant_id: str, id_: str) -> str:
    """The page's id made the person's own, so that nobody can use up another's."""
    digest = hashlib.sha256(f"{participant_id}\x00{id_}".encode()).hexdigest()
    return f"join:{digest[:32]}"
