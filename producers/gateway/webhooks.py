"""The platforms' webhooks: proved, translated, written, answered."""

from collections.abc import Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from producers.gateway.adapter import Platform, Told
from producers.gateway.errors import (
    BadSignature,
    DirectoryAway,
    NotTaken,
    Refused,
    UnknownRoom,
    Waits,
)
from producers.gateway.feed import Feed
from producers.gateway.intake import Delivery, Intake
from producers.gateway.limits import PerMinute
from producers.gateway.names import DirectoryNames, Lookup
from producers.gateway.platforms import PLATFORMS
from producers.gateway.proofs import Proofs
from producers.gateway.recorder import Recorder
from producers.gateway.settings import GatewaySettings
from producers.gateway.waiting import Waiting
from streams.now import Clock

PROBE = "x-sessionwatch-probe"
"""A header of `sessionwatch doctor`: it asks whether its signature is right, and nothing more."""
ANY_TYPES = frozenset().union(*(platform.MEDIA_TYPES for platform in PLATFORMS.values()))


class Webhooks:
    def __init__(
        self,
        settings: GatewaySettings,
        proofs: Proofs,
        intake: Intake,
        lookup: Lookup,
        names: Mapping[str, DirectoryNames],
        recorder: Recorder,
        feed: Feed,
        clock: Clock,
    ) -> None:
        self._proofs = proofs
        self._public_url = settings.public_url.rstrip("/")
        self._a_minute = PerMinute(settings.webhooks_a_minute)
        self._intake = intake
        self._lookup = lookup
        self._names = names
        self._recorder = recorder
        self._feed = feed
        self._clock = clock
        self._waiting = {name: Waiting() for name in PLATFORMS}

    async def take(self, request: Request) -> Response:
        platform = request.path_params["platform"]
        source = platform if platform in PLATFORMS else "unknown"
        types = PLATFORMS[source].MEDIA_TYPES if source in PLATFORMS else ANY_TYPES
        return await self._intake.take(source, request, types, self._on_webhook, self._limit)

    def _limit(self, delivery: Delivery) -> None:
        """By sender too, so that a stranger does not use up a platform's share."""
        client = delivery.request.client
        sender = f"{delivery.source}/{client.host if client else ''}"
        self._a_minute.take(sender, 1, self._clock.now())

    async def _on_webhook(self, delivery: Delivery) -> Response:
        source, now, request = delivery.source, self._clock.now(), delivery.request
        platform = PLATFORMS.get(source, PLATFORMS["livekit"])
        # A platform that nobody set up has no secrets, and answers as a wrong signature does.
        secrets = self._proofs.secrets(source)
        try:
            url = self._called(request)
            secret = platform.verify(request.headers, delivery.body, secrets, now, url)
        except BadSignature:
            if platform.is_ping(delivery.body):
                return JSONResponse({})
            raise
        delivery.verified = True
        if PROBE in request.headers:
            return JSONResponse({"probe": "right"})
        self._feed.hear(source)
        if answer := platform.challenge(delivery.body, secret):
            return JSONResponse(answer)
        return JSONResponse({"accepted": await self._written(platform, delivery, now)})

    def _called(self, request: Request) -> str:
        """The address that the platform called: a proxy's, where one stands before us."""
        if not self._public_url:
            return str(request.url)
        query = request.url.query
        return self._public_url + request.url.path + (f"?{query}" if query else "")

    async def _written(self, platform: Platform, delivery: Delivery, now: int) -> int:
        try:
            told = await self._translated(platform, delivery)
        except Waits as waits:
            self._waiting[delivery.source].put(waits.occupancy, delivery.body, now)
            raise
        written = await self._recorder.write(delivery.source, told, now)
        await self._release(platform, delivery.source, now)
        return written

    async def _translated(self, platform: Platform, delivery: Delivery) -> Sequence[Told]:
        names = self._names[delivery.source]
        try:
            return platform.translate(delivery.body, names)
        except UnknownRoom:  # perhaps scheduled a moment ago
            try:
                await self._lookup.refresh()
            except (SQLAlchemyError, OSError):
                raise DirectoryAway from None
            return platform.translate(delivery.body, names)

    async def _release(self, platform: Platform, source: str, now: int) -> None:
        """What this delivery made known may be what others waited for."""
        names, waiting = self._names[source], self._waiting[source]
        for held in waiting.known(names.room_of, now):
            try:
                await self._recorder.write(source, platform.translate(held.body, names), now)
            except (Waits, NotTaken):
                continue
            except Refused:
                pass
            waiting.forget(held)
