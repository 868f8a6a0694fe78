"""The alerts over HTTP: looking at them, and people's acts. Mounted at `/api/alerts`.

Times are RFC 3339, UTC. An alert that the viewer may not see does not exist: 404. Errors are
`{"error": code}` (`streams/http_json.py`).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts import history, lifecycle
from alerts.lifecycle import Alert, Refused
from alerts.results import results
from alerts.store.store import PAGE, Listed, Store
from privacy import access
from privacy.access import Viewer
from privacy.guard import Guard
from streams import http_json
from streams.events import AlertChanged, AlertState, Signal
from streams.metrics import ACKNOWLEDGE_SECONDS, ALERT_ACTS
from streams.now import Clock
from streams.topics import DAY_MS

MOST = 500
LOOKED_BACK = 84 * DAY_MS
"""As far as the directory keeps what a person's sessions came to."""
LOOK_BACK: Final[frozenset[access.Role]] = frozenset({"clinician", "supervisor"})
LARGEST_BODY = 1024

Hosting = Callable[[Viewer], frozenset[str]]
"""The ids of the sessions that a viewer hosts now, as boards say."""


class Closing(Struct, forbid_unknown_fields=True):
    """The body of `resolve`."""

    result: str


def app(
    store: Store,
    guard: Guard,
    clock: Clock,
    hosting: Hosting = lambda _: access.NOBODY_HOSTS,
) -> Starlette:
    """`hosting` lets substitutes in, whom the schedule does not know."""
    alerts = Alerts(store, guard, clock, hosting)
    return Starlette(
        routes=[
            Route("/", alerts.list),
            Route("/people/{participant_id}", alerts.of_person),
            Route("/{alert_id}", alerts.get),
            Route("/{alert_id}/{act}", alerts.act, methods=["POST"]),
        ],
        exception_handlers=http_json.handlers(Refused),
    )


class Alerts:
    """The handlers, around what they need."""

    def __init__(self, store: Store, guard: Guard, clock: Clock, hosting: Hosting) -> None:
        self._store = store
        self._guard = guard
        self._clock = clock
        self._hosting = hosting

    async def list(self, request: Request) -> Response:
        """`state` (several), `session_id`, `limit`, `before` (a former answer's `next`); what an
        incident explains is left out while it does, unless `held` is `true`."""
        viewer = await self._guard.viewer(request)
        query = request.query_params
        states = _states(query.getlist("state"))
        limit = min(_number(query.get("limit")) or PAGE, MOST)
        before = _number(query.get("before"))
        held = query.get("held") == "true"
        hosting = self._hosting(viewer)
        shown: list[Listed] = []
        while len(shown) < limit:
            page = await self._store.listed(
                before=before, states=states, session_id=query.get("session_id"), limit=MOST
            )
            shown += [
                one
                for one in page
                if access.may_see_alert(viewer, one.alert.signal, hosting)
                and (held or one.alert.explained_by is None)
            ]
            if len(page) < MOST:
                break
            before = page[-1].seq
        more = len(shown) > limit or len(page) == MOST
        return http_json.answer(
            {
                "alerts": [_told(one.alert, one.seq, viewer, hosting) for one in shown[:limit]],
                "next": shown[:limit][-1].seq if more and shown else None,
            }
        )

    async def get(self, request: Request) -> Response:
        viewer = await self._guard.viewer(request)
        hosting = self._hosting(viewer)
        found = await self._store.get(request.path_params["alert_id"])
        if found is None or not access.may_see_alert(viewer, found.alert.signal, hosting):
            raise Refused(404, "unknown_alert")
        return http_json.answer(_told(found.alert, found.seq, viewer, hosting))

    async def of_person(self, request: Request) -> Response:
        """What was raised about a person in the last weeks and what was done about it, in words of
        `language`, times in `time_zone` (IANA): for clinicians and supervisors, each of what is
        theirs to see. Audited."""
        viewer = await self._guard.viewer(request)
        query, now = request.query_params, self._clock.now()
        if not viewer.roles & LOOK_BACK:
            raise Refused(404, "unknown_person")
        language = "es" if query.get("language") == "es" else "en"
        zone = _zone(query.get("time_zone", "UTC"))
        hosting = self._hosting(viewer)
        found = await self._store.of_person(
            request.path_params["participant_id"], now - LOOKED_BACK, viewer.actor, now
        )
        return http_json.answer(
            [
                history.past(
                    alert,
                    access.seen_by(viewer, alert.signal, hosting),
                    access.severity_for(viewer, alert.signal, hosting) or alert.signal.severity,
                    language,
                    zone,
                    now,
                )
                for alert in found
                if access.may_see_alert(viewer, alert.signal, hosting)
            ]
        )

    async def act(self, request: Request) -> Response:
        """acknowledge, take, give-back, resolve (with `{"result": code}`), undo."""
        viewer = await self._guard.acting(request)
        alert_id, what = request.path_params["alert_id"], request.path_params["act"]
        now, undo_ms = self._clock.now(), round(lifecycle.UNDO_MS * self._clock.speed)
        hosting = self._hosting(viewer)

        def permit(signal: Signal) -> bool:
            return access.may_act_on_alert(viewer, signal, hosting)

        if what == "undo":
            changed = await self._store.undo(alert_id, viewer.actor, now, permit, undo_ms)
        elif what in lifecycle.ACTS:
            changed = await self._store.act(
                alert_id,
                what,
                viewer.actor,
                now,
                permit,
                result=await self._result(request) if what == "resolve" else None,
                releases=lambda signal: access.may_release_alert(viewer, signal),
                undo_ms=undo_ms,
            )
        else:
            raise Refused(404, "unknown_act")
        self._count(changed, viewer, hosting, now)
        alert = Alert(
            changed.case_id,
            changed.signal,
            tuple(changed.acts),
            changed.explained_by,
            changed.notified_at,
            changed.digest,
        )
        return http_json.answer(_told(alert, changed.seq, viewer, hosting))

    @staticmethod
    async def _result(request: Request) -> str:
        return (await http_json.read(request, Closing, LARGEST_BODY)).result

    def _count(
        self, changed: AlertChanged, viewer: Viewer, hosting: frozenset[str], now: int
    ) -> None:
        ALERT_ACTS.labels(state=changed.state).inc()
        first = changed.acts[0] if len(changed.acts) == 1 else None
        if first is None or first.ts != now:
            return
        seconds = self._clock.seconds((now - changed.signal.raised_at) / 1000)
        for team in access.standing(viewer, changed.signal, hosting):
            ACKNOWLEDGE_SECONDS.labels(team=team).observe(max(0.0, seconds))


def _told(alert: Alert, seq: int, viewer: Viewer, hosting: frozenset[str]) -> dict[str, object]:
    signal = access.seen_by(viewer, alert.signal, hosting)
    waits = access.knows_only_that_it_waits(viewer, alert.signal, hosting)
    return {
        "alert_id": signal.alert_id,
        "case_id": alert.case_id,
        "seq": seq,
        "state": alert.state,
        "rule": signal.rule,
        "status": signal.status,
        "severity": access.severity_for(viewer, alert.signal, hosting),
        "program_id": signal.program_id,
        "session_id": signal.session_id,
        "participant_id": signal.participant_id,
        "subject": signal.subject,
        "raised_at": _time(signal.raised_at),
        "changed_at": _time(alert.changed_at),
        "evidence": signal.evidence,
        "explained_by": alert.explained_by,
        "assignee": None if waits else alert.assignee,
        "acts": [
            {"at": _time(act.ts), "what": act.what, "by": act.by, "result": act.result}
            for act in (() if waits else alert.acts)
        ],
        "results": results(signal.rule, repairs=viewer.first_names_only),
        "may_act": access.may_act_on_alert(viewer, alert.signal, hosting),
    }


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(422, "unknown_time_zone") from None


def _states(words: list[str]) -> list[AlertState]:
    known: dict[str, AlertState] = {state: state for state in get_args(AlertState)}
    if not set(words) <= known.keys():
        raise Refused(422, "unknown_state")
    return [known[word] for word in words]


def _number(word: str | None) -> int | None:
    if word is None:
        return None
    if not word.isascii() or not word.isdigit() or len(word) > 18:
        raise Refused(422, "not_a_number")
    return int(word)


def _time(ms: int) -> str:
    made = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return made.replace("+00:00", "Z")
