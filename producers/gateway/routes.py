"""The requests of platforms, of browsers and of other systems.

Verify, translate, write to Kafka, answer; nothing else happens in a request. 2xx means that all
replicas hold what came.
"""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.gateway import beacon, cloudevents
from producers.gateway.adapter import Platform, read
from producers.gateway.errors import BadToken, FutureTimestamp, UnknownRoom
from producers.gateway.feed import Feed
from producers.gateway.gathering import Gatherer
from producers.gateway.intake import Delivery, Intake, media_type
from producers.gateway.limits import PerMinute
from producers.gateway.names import DirectoryNames, Lookup
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import PLATFORMS
from producers.gateway.settings import GatewaySettings
from producers.gateway.writer import Writer
from streams.events import MINUTE, SessionEvent
from streams.metrics import INGEST_UNMAPPED, SAMPLES_ACCEPTED
from streams.now import Clock

AHEAD = 5 * MINUTE
"""How far ahead of us an event may be (contract: `received_at`)."""
JSON_TYPES = frozenset({"application/json", "application/webhook+json"})
BEACON_TYPES = frozenset({"application/json", "text/plain"})
EVENT_TYPES = frozenset({cloudevents.STRUCTURED, cloudevents.BATCH})


class Gateway:
    """The requests' way; one per process."""

    def __init__(
        self,
        settings: GatewaySettings,
        writer: Writer,
        lookup: Lookup,
        gatherer: Gatherer,
        feed: Feed,
        clock: Clock,
        key: MasterKey,
    ) -> None:
        self._intake = Intake(settings, writer)
        self._secrets = settings.all_secrets()
        self._bearers = [_digest(token) for token in settings.all_event_tokens()]
        self._writer = writer
        self._lookup = lookup
        self._gatherer = gatherer
        self._feed = feed
        self._clock = clock
        self._tokens = beacon.Tokens(key)
        self._occupancy = Occupancy()
        pseudonyms = Pseudonyms(key)
        self._names = {
            name: DirectoryNames(name, lookup, pseudonyms, self._occupancy) for name in PLATFORMS
        }
        self._samples_a_minute = PerMinute(settings.samples_a_minute)
        self._events_a_minute = PerMinute(settings.events_a_minute)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/webhooks/{platform}", self._webhook, methods=["POST"]),
                Route("/beacon", self._beacon, methods=["POST"]),
                Route("/beacon", _preflight, methods=["OPTIONS"]),
                Route("/events", self._events, methods=["POST"]),
                Route("/healthz", _healthz),
            ]
        )

    async def _webhook(self, request: Request) -> Response:
        platform = request.path_params["platform"]
        source = platform if platform in PLATFORMS else "unknown"
        return await self._intake.take(source, request, JSON_TYPES, self._on_webhook)

    async def _on_webhook(self, delivery: Delivery) -> Response:
        source, now = delivery.source, self._clock.now()
        platform = PLATFORMS.get(source, PLATFORMS["livekit"])
        # A platform that nobody set up has no secrets, and answers as a wrong signature does.
        secrets = self._secrets.get(source, ())
        secret = platform.verify(delivery.request.headers, delivery.body, secrets, now)
        delivery.verified = True
        self._feed.hear(source)
        if answer := platform.challenge(delivery.body, secret):
            return JSONResponse(answer)
        events = await self._translated(platform, delivery)
        return await self._written(delivery, events, now)

    async def _translated(self, platform: Platform, delivery: Delivery) -> list[SessionEvent]:
        names = self._names[delivery.source]
        try:
            return platform.translate(delivery.body, names)
        except UnknownRoom:  # perhaps scheduled a moment ago
            await self._lookup.refresh()
            return platform.translate(delivery.body, names)

    async def _events(self, request: Request) -> Response:
        return await self._intake.take("events", request, EVENT_TYPES, self._on_events)

    async def _on_events(self, delivery: Delivery) -> Response:
        scheme, _, token = delivery.request.headers.get("authorization", "").partition(" ")
        # Each is compared, so that the time tells nothing of which was nearly right.
        fits = [hmac.compare_digest(_digest(token), ours) for ours in self._bearers]
        if scheme.lower() != "bearer" or not any(fits):
            raise BadToken
        delivery.verified = True
        events = cloudevents.events_of(delivery.body, media_type(delivery.request))
        return await self._written(delivery, events, self._clock.now())

    async def _beacon(self, request: Request) -> Response:
        return await self._intake.take("beacon", request, BEACON_TYPES, self._on_beacon)

    async def _on_beacon(self, delivery: Delivery) -> Response:
        now = self._clock.now()
        sealed = read(delivery.body, beacon.Sealed)
        bearer = self._tokens.check(sealed.token, now)
        origin = delivery.request.headers.get("origin")
        if origin is not None and origin != bearer.origin:
            raise BadToken
        delivery.verified = True
        sent = beacon.opened(sealed)
        owner = f"{bearer.session_id}/{bearer.participant_id}"
        self._samples_a_minute.take(owner, len(sent.samples), now)
        self._events_a_minute.take(owner, len(sent.events), now)
        late = now - sent.sent_at
        skewed = self._clock.seconds(abs(late) / 1000) > beacon.SKEW_SECONDS
        shift = late if skewed else 0
        samples = beacon.samples_of(sent, bearer, shift)
        events = beacon.events_of(sent, bearer, shift)
        if any(sample.ts > now + AHEAD for sample in samples):
            raise FutureTimestamp
        if samples:
            await self._gatherer.put(samples)
            SAMPLES_ACCEPTED.inc(len(samples))
        answer = await self._written(delivery, events, now)
        answer.headers.update(_allowed(bearer.origin))
        return answer

    async def _written(
        self, delivery: Delivery, events: Sequence[SessionEvent], now: int
    ) -> Response:
        if any(event.ts > now + AHEAD for event in events):
            raise FutureTimestamp
        stamped = [msgspec.structs.replace(event, received_at=now) for event in events]
        if stamped:
            await self._writer.events(stamped)
            self._occupancy.note(stamped)
        unmapped = sum(_is_unmapped(event) for event in stamped)
        INGEST_UNMAPPED.labels(source=delivery.source).inc(unmapped)
        return JSONResponse({"accepted": len(stamped)})


def _is_unmapped(event: SessionEvent) -> bool:
    return str(getattr(event, "participant_id", "")).startswith("unmapped:")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _allowed(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


async def _preflight(request: Request) -> Response:
    """No cookie is used, so that any page may ask; the token says which may send."""
    return Response(
        status_code=204,
        headers={
            **_allowed(request.headers.get("origin", "null")),
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": "7200",
        },
    )


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")
