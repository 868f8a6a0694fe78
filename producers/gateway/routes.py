"""The requests of platforms, of browsers and of other systems.

Verify, translate, write to Kafka, answer; nothing else happens in a request. 2xx means that all
replicas hold what came.
"""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from privacy.consent import SCOPES
from privacy.sealing import MasterKey
from producers.gateway import beacon, cloudevents
from producers.gateway.adapter import read
from producers.gateway.consented import Consents
from producers.gateway.errors import BadToken, InvalidField
from producers.gateway.intake import Delivery, Intake, media_type
from producers.gateway.limits import PerMinute
from producers.gateway.names import Lookup
from producers.gateway.proofs import Proofs
from producers.gateway.recorder import Recorder
from producers.gateway.settings import GatewaySettings
from producers.gateway.webhooks import Webhooks
from streams.now import Clock

BEACON_TYPES = frozenset({"application/json", "text/plain"})
EVENT_TYPES = frozenset({cloudevents.STRUCTURED, cloudevents.BATCH})


class Gateway:
    """The requests' way; one per process."""

    def __init__(
        self,
        settings: GatewaySettings,
        proofs: Proofs,
        intake: Intake,
        webhooks: Webhooks,
        recorder: Recorder,
        lookup: Lookup,
        consents: Consents,
        clock: Clock,
        key: MasterKey,
    ) -> None:
        self._proofs = proofs
        self._intake = intake
        self._webhooks = webhooks
        self._recorder = recorder
        self._lookup = lookup
        self._consents = consents
        self._clock = clock
        self._tokens = beacon.Tokens(key)
        self._samples_a_minute = PerMinute(settings.samples_a_minute)
        self._events_a_minute = PerMinute(settings.events_a_minute)

    def app(self, others: Sequence[Route] = ()) -> Starlette:
        return Starlette(
            routes=[
                Route("/webhooks/{platform}", self._webhooks.take, methods=["POST"]),
                Route("/beacon", self._beacon, methods=["POST"]),
                Route("/beacon", _preflight, methods=["OPTIONS"]),
                Route("/events", self._events, methods=["POST"]),
                Route("/healthz", _healthz),
                *others,
            ]
        )

    async def _events(self, request: Request) -> Response:
        return await self._intake.take("events", request, EVENT_TYPES, self._on_events)

    async def _on_events(self, delivery: Delivery) -> Response:
        scheme, _, token = delivery.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._proofs.is_bearer(token):
            raise BadToken
        delivery.verified = True
        events = cloudevents.events_of(delivery.body, media_type(delivery.request))
        now = self._clock.now()
        accepted = await self._recorder.write_whole(delivery.source, events, now)
        return JSONResponse({"accepted": accepted})

    async def _beacon(self, request: Request) -> Response:
        answer = await self._intake.take("beacon", request, BEACON_TYPES, self._on_beacon)
        # A page that may not read a refusal takes it for a line that is down, and tries for ever.
        answer.headers.update(_allowed(request.headers.get("origin", "null")))
        return answer

    async def _on_beacon(self, delivery: Delivery) -> Response:
        now = self._clock.now()
        sealed = read(delivery.body, beacon.Sealed)
        bearer = self._tokens.check(sealed.token, now)
        origin = delivery.request.headers.get("origin")
        if origin is not None and origin != bearer.origin:
            raise BadToken
        if self._lookup.erased(bearer.participant_id):
            raise BadToken  # what they sent would be kept of them anew
        delivery.verified = True
        sent = beacon.opened(sealed)
        owner = f"{bearer.session_id}/{bearer.participant_id}"
        self._samples_a_minute.take(owner, len(sent.samples), now)
        self._events_a_minute.take(owner, len(sent.events), now)
        late = now - sent.sent_at if sent.skew is None else sent.skew
        skewed = self._clock.seconds(abs(late) / 1000) > beacon.SKEW_SECONDS
        shift = late if skewed else 0
        told = [*beacon.samples_of(sent, bearer, shift), *beacon.events_of(sent, bearer, shift)]
        accepted = await self._recorder.write(delivery.source, told, now)
        if len(told) < len(sent.samples) + len(sent.events):
            raise InvalidField  # the others of the beacon are on the log
        allowed = self._consents.of(bearer.session_id, bearer.participant_id)
        consent = {scope: scope in allowed for scope in SCOPES}
        answer = {"accepted": accepted, "consent": consent, "now": now}
        return JSONResponse(answer)


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
