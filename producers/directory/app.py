"""The directory over HTTP, mounted at `/api/directory`: staff's acts, and a person's card.

An act answers once it is in the outbox; the log brings it back to every screen. Errors are
`{"error": code}`; what the viewer may not see does not exist: 404.
"""

import re
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from privacy.access import Case, Role, Viewer, may_act_on_session
from privacy.guard import Guard
from producers.directory import cards, enrolment, rosters, unmatched, weeks
from producers.directory.acts import Acting, Permit, Refused, Session
from producers.directory.correcting import Correction, correct
from producers.directory.records import State
from producers.directory.staff_acts import ON_SEATS, ON_SESSIONS, OnSeat, Pause, PresentWith
from producers.directory.store import Directory
from streams import http_json
from streams.events import Identifier, Millis
from streams.now import Clock

LARGEST_BODY = 1024
IDENTIFIER = re.compile(r"[A-Za-z0-9._:~-]{1,128}")

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Hosting: TypeAlias = Callable[[Viewer], frozenset[str]]
"""The ids of the sessions that a viewer hosts now, as boards say."""
Taken: TypeAlias = Callable[[Viewer, str], Awaitable[bool]]
"""Whether the viewer holds an open case of this person."""
CaseOf: TypeAlias = Callable[[Viewer, str], Case | None]
"""The alert for which a viewer may know this person now who is not theirs (`privacy/access.py`)."""


class Match(Struct, forbid_unknown_fields=True):
    unmapped_id: Identifier
    participant_id: Identifier | None = None
    not_a_patient: bool = False


class Enrol(Struct, forbid_unknown_fields=True):
    """`from_`: since when, in ms; else from now on."""

    state: State
    from_: Millis | None = msgspec.field(name="from", default=None)


def app(
    directory: Directory,
    guard: Guard,
    clock: Clock,
    hosting: Hosting = lambda _: frozenset(),
    taken: Taken | None = None,
    case_of: CaseOf = lambda _viewer, _person: None,
    closes_after: int = unmatched.CLOSES_AFTER,
) -> Starlette:
    """`hosting` lets substitutes in, whom the schedule does not know; with `taken`, a number is
    revealed only to who holds a case of the person; `case_of` lets tech support know the people
    whose line they help with, and who took a case for care the person that it is about, for as long
    as they do; `closes_after` (ms) their end sessions close."""
    handlers = _Handlers(directory, guard, clock, hosting, taken, case_of, closes_after)
    seat = "/sessions/{session_id}/people/{participant_id}"
    return Starlette(
        routes=[
            *(
                Route(f"{seat}/{act}", handlers.on_seat(body), methods=["POST"])
                for act, body in ON_SEATS.items()
            ),
            *(
                Route(
                    f"/sessions/{{session_id}}/{act}", handlers.on_session(body), methods=["POST"]
                )
                for act, body in ON_SESSIONS.items()
            ),
            Route(f"{seat}/correct", handlers.correct, methods=["POST"]),
            Route("/sessions/{session_id}/match", handlers.match, methods=["POST"]),
            Route("/sessions/{session_id}/roster", handlers.roster, methods=["GET"]),
            Route("/people", handlers.people, methods=["GET"]),
            Route("/unmatched", handlers.unmatched, methods=["GET"]),
            Route("/people/{participant_id}", handlers.card, methods=["GET"]),
            Route("/people/{participant_id}/weeks", handlers.weeks, methods=["GET"]),
            Route("/people/{participant_id}/enrolment", handlers.enrol, methods=["POST"]),
            Route("/people/{participant_id}/reveal", handlers.reveal, methods=["POST"]),
        ],
        exception_handlers=http_json.handlers(Refused),
    )


class _Handlers:
    """Around what they need."""

    def __init__(
        self,
        directory: Directory,
        guard: Guard,
        clock: Clock,
        hosting: Hosting,
        taken: Taken | None,
        case_of: CaseOf,
        closes_after: int,
    ) -> None:
        self._directory = directory
        self._guard = guard
        self._clock = clock
        self._hosting = hosting
        self._taken = taken
        self._closes_after = closes_after
        self._case_of = case_of

    def on_seat(self, wanted: type[OnSeat]) -> Endpoint:
        """The endpoint of an act on one person's seat."""

        async def act(request: Request) -> Response:
            acting = await self._acting(request)
            who = _id(request, "participant_id", "not_on_the_roster")
            body = await http_json.read(request, wanted, LARGEST_BODY)
            others = body.others(who) if isinstance(body, PresentWith) else ()
            about = acting.about | {"participant_id": who}
            return _done(
                await acting.say(lambda id_: body.event({"id": id_} | about), who, *others)
            )

        return act

    def on_session(self, wanted: type[Pause]) -> Endpoint:
        """The endpoint of an act on a session as a whole."""

        async def act(request: Request) -> Response:
            acting = await self._acting(request)
            body = await http_json.read(request, wanted, LARGEST_BODY)
            return _done(await acting.say(lambda id_: body.event({"id": id_} | acting.about)))

        return act

    async def correct(self, request: Request) -> Response:
        """By the session's host and the program's supervisor: outreach excuses, and does not."""
        acting = await self._acting(request, without=frozenset({"outreach"}))
        who = _id(request, "participant_id", "not_on_the_roster")
        body = await http_json.read(request, Correction, LARGEST_BODY)
        return _done(await correct(acting, who, body))

    async def match(self, request: Request) -> Response:
        acting = await self._acting(request)
        body = await http_json.read(request, Match, LARGEST_BODY)
        if (body.participant_id is None) != body.not_a_patient:
            raise Refused(422, "either_a_person_or_not_a_patient")
        return _done(await acting.match(body.unmapped_id, body.participant_id))

    async def unmatched(self, request: Request) -> Response:
        viewer = await self._guard.viewer(request)
        now = self._clock.now()
        permit = self._permit(viewer)
        found = await unmatched.listed(self._directory, permit, now, self._closes_after)
        return http_json.answer(found)

    async def roster(self, request: Request) -> Response:
        viewer = await self._guard.viewer(request)
        session_id, now = _id(request, "session_id", "unknown_session"), self._clock.now()
        permit = self._permit(viewer)
        return http_json.answer(
            await rosters.roster(self._directory, viewer, permit, session_id, now)
        )

    async def people(self, request: Request) -> Response:
        viewer = await self._guard.viewer(request)
        return http_json.answer(await rosters.people(self._directory, viewer, self._clock.now()))

    async def enrol(self, request: Request) -> Response:
        viewer = await self._guard.acting(request)
        who, now = _id(request, "participant_id", "unknown_person"), self._clock.now()
        body = await http_json.read(request, Enrol, LARGEST_BODY)
        await cards.check_supervises(self._directory, viewer, who, now)
        done = await enrolment.enrol(
            self._directory, who, body.state, viewer.actor, now, body.from_
        )
        return http_json.answer({"changed": done})

    async def card(self, request: Request) -> Response:
        viewer = await self._guard.viewer(request)
        who, now = _id(request, "participant_id", "unknown_person"), self._clock.now()
        case = self._case_of(viewer, who)
        return http_json.answer(await cards.card(self._directory, viewer, who, now, case))

    async def weeks(self, request: Request) -> Response:
        viewer = await self._guard.viewer(request)
        who, now = _id(request, "participant_id", "unknown_person"), self._clock.now()
        return http_json.answer(await weeks.weeks(self._directory, viewer, who, now))

    async def reveal(self, request: Request) -> Response:
        viewer = await self._guard.acting(request)
        who, now = _id(request, "participant_id", "unknown_person"), self._clock.now()
        if self._taken is not None and not await self._taken(viewer, who):
            raise Refused(403, "take_the_case_first")
        case = self._case_of(viewer, who)
        phone = await cards.number(self._directory, viewer, who, now, case)
        return http_json.answer({"phone": phone})

    async def _acting(self, request: Request, without: frozenset[Role] = frozenset()) -> Acting:
        """`without`: roles that give no right to it."""
        viewer = await self._guard.acting(request)
        permit = self._permit(replace(viewer, roles=viewer.roles - without))
        session_id = _id(request, "session_id", "unknown_session")
        return Acting(self._directory, session_id, viewer.actor, permit, self._clock.now())

    def _permit(self, viewer: Viewer) -> Permit:
        hosting = self._hosting(viewer)

        def permit(session: Session) -> bool:
            hosts = session.id in hosting
            return may_act_on_session(viewer, session.host_id, session.program_id, hosting=hosts)

        return permit


def _id(request: Request, name: str, reason: str) -> str:
    """An id of the path; what cannot be one is not known."""
    given: str = request.path_params[name]
    if not IDENTIFIER.fullmatch(given):
        raise Refused(404, reason)
    return given


def _done(event_id: str | None) -> Response:
    return http_json.answer({"event_id": event_id})
