"""The page and its few own requests: who am I, sign in and out, duty. All else it shows comes
from the hub; what it does goes to the alerts' and the directory's apps on the same address."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from consumers.console.feed import Feed
from consumers.console.headers import Headers
from consumers.console.hub import Hub
from consumers.console.liveness import Pulse
from consumers.console.names import Names, Programs
from consumers.console.settings import ConsoleSettings
from consumers.console.worker import Reader
from privacy.access import EVERY_PROGRAM, Viewer
from privacy.accounts import BadAccount
from privacy.guard import Guard
from privacy.people import People
from streams import http_json
from streams.events import HOUR
from streams.kafka import KafkaSettings
from streams.now import Clock

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 4_096


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    username: Annotated[str, Meta(min_length=1, max_length=256)]
    password: Annotated[str, Meta(min_length=1, max_length=1_024)]


class Duty(Struct, frozen=True, forbid_unknown_fields=True):
    on: bool


class Pages:
    """`programs` tells the programs there are, for those who work in all of them."""

    def __init__(
        self,
        settings: ConsoleSettings,
        guard: Guard,
        clock: Clock,
        programs: Callable[[], frozenset[str]],
    ) -> None:
        self._settings = settings
        self._guard = guard
        self._clock = clock
        self._programs = programs

    async def page(self, _: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    async def me(self, request: Request) -> Response:
        """Null without a session: the page asks at each start, and it is no error to be out."""
        token = self._guard.token(request.headers.get("cookie"))
        viewer = await self._guard.accounts.viewer(token) if token else None
        if viewer is None or token is None:
            return http_json.answer(None)
        return self._about(request, viewer, token)

    async def sign_in(self, request: Request) -> Response:
        """One answer for every wrong name, wrong password and too many tries."""
        if not self._guard.same_site(request):
            raise HTTPException(403, "cross_site")
        said = await http_json.read(request, SignIn, LARGEST_BODY)
        session = await self._guard.accounts.sign_in(said.username, said.password)
        viewer = await self._guard.accounts.viewer(session[0]) if session else None
        if session is None or viewer is None:
            raise HTTPException(401, "wrong_name_or_password")
        earlier = self._guard.token(request.headers.get("cookie"))
        if earlier:
            await self._guard.accounts.sign_out(earlier)
        answer = self._about(request, viewer, session[0])
        self._guard.remember(answer, session[0])
        return answer

    async def sign_out(self, request: Request) -> Response:
        await self._guard.acting(request)
        await self._guard.accounts.sign_out(self._guard.token(request.headers["cookie"]) or "")
        answer = http_json.answer({})
        self._guard.forget(answer)
        return answer

    async def duty(self, request: Request) -> Response:
        viewer = await self._guard.acting(request)
        said = await http_json.read(request, Duty, LARGEST_BODY)
        chosen = self._programs() if EVERY_PROGRAM in viewer.programs else viewer.programs
        until = self._clock.now() + round(self._settings.duty_hours * HOUR)
        try:
            await self._guard.accounts.set_duty(viewer, chosen if said.on else (), until)
        except BadAccount as error:
            raise HTTPException(409, str(error)) from None
        return await self.me(request)

    def _about(self, request: Request, viewer: Viewer, token: str) -> Response:
        return http_json.answer(
            {
                "name": viewer.name,
                "roles": sorted(viewer.roles),
                "language": viewer.language,
                "on_duty": bool(viewer.on_duty),
                "csrf": self._guard.accounts.csrf(token),
                "hub": self._settings.hub_url(request.url.hostname),
            }
        )


def web(
    settings: ConsoleSettings,
    *,
    guard: Guard,
    clock: Clock,
    programs: Callable[[], frozenset[str]] = frozenset,
    mounts: Sequence[BaseRoute] = (),
) -> Starlette:
    """The console at `/`, with the other parts' apps (`mounts`) on the same address."""
    pages = Pages(settings, guard, clock, programs)
    return Starlette(
        routes=[
            *mounts,
            Route("/", pages.page),
            Route("/me", pages.me),
            Route("/sign-in", pages.sign_in, methods=["POST"]),
            Route("/sign-out", pages.sign_out, methods=["POST"]),
            Route("/duty", pages.duty, methods=["POST"]),
            Mount("/static", Files(directory=STATIC)),
        ],
        middleware=[Middleware(Headers, hub_urls=settings.hub_urls)],
        exception_handlers=http_json.handlers(),
    )


class Files(StaticFiles):
    """A new version is seen at once: browsers ask each time, and are told when nothing changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


@contextlib.asynccontextmanager
async def serve_hub(
    settings: ConsoleSettings,
    *,
    kafka: KafkaSettings,
    clock: Clock,
    guard: Guard,
    people: People,
    program_names: Programs,
    shadow: bool = False,
) -> AsyncIterator[Feed]:
    """Reads the topics and pushes to the pages until left; yields what is known. In `shadow` few
    alerts are expected of what detectors raise, and the pages say so."""
    # Above every seq of an earlier run, as long as that made fewer than 1,000 changes a ms.
    feed = Feed(first_seq=time.time_ns() // 1_000)
    pulse = Pulse(kafka.partitions, clock, time.monotonic(), shadow)
    names = Names(people, guard.accounts, program_names)
    hub = Hub(settings, feed=feed, pulse=pulse, guard=guard, names=names, clock=clock)
    reader = Reader(kafka, feed, pulse, hub.changed)
    async with hub.serving(), asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.run())
        try:
            yield feed
        finally:
            reading.cancel()
