"""The alerts over HTTP: rights on the server, acts, refusals."""

import asyncio

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from alerts.app import app
from alerts.store.store import Taken
from privacy.accounts import Accounts
from privacy.guard import Guard
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from streams.events import SECOND
from streams.now import WALL, Clock
from tests.alerts.signals import at, cleared, incident, raised

HERE = "https://console.example"
PASSWORD = "correct horse battery"
PEOPLE = {
    "ana": (["clinician"], "S-ana"),
    "ben": (["outreach"], None),
    "eva": (["outreach"], None),
    "tom": (["tech"], None),
    "sue": (["supervisor"], None),
    "max": (["manager"], None),
}


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory):
    """Everybody has an account and is signed in, once for all tests: argon2 takes its time."""
    folder = tmp_path_factory.mktemp("accounts")
    key = MasterKey.make(folder / "master.key")

    async def make():
        accounts = await Accounts.open(f"sqlite+aiosqlite:///{folder}/accounts.db", key)
        headers = {}
        for who, (roles, staff) in PEOPLE.items():
            await accounts.add(who, PASSWORD, who.title(), roles, ["Evening"], staff)
            token, csrf = await accounts.sign_in(who, PASSWORD)
            headers[who] = {
                "cookie": f"__Host-sid={token}",
                "x-csrf-token": csrf,
                "sec-fetch-site": "same-origin",
            }
        await accounts.close()
        return headers

    return folder / "accounts.db", key, asyncio.run(make())


def clock_at(ms):
    """Running from this instant on."""
    return Clock(start=ms, wall_at_start=WALL.now())


class Desk:
    """Clients of the mounted app, and the store behind it."""

    def __init__(self, store, accounts, names, headers):
        self.store, self.accounts, self.names, self.headers = store, accounts, names, headers
        self.clock = clock_at(at(20))

    async def heard(self, *signals):
        mine = [
            msgspec.structs.replace(
                signal,
                program_id=self.names.program("Evening"),
                clinician_id=self.names.staff("S-ana"),
            )
            for signal in signals
        ]
        offsets = await self.store.offsets("t")
        first = offsets.get(0, 0)
        await self.store.take([Taken("t", 0, first + n, s) for n, s in enumerate(mine)], at(20))

    def client(self):
        guard = Guard(self.accounts, [HERE])
        mounted = Starlette(routes=[Mount("/api/alerts", app(self.store, guard, self.clock))])
        return httpx.AsyncClient(transport=httpx.ASGITransport(mounted), base_url=HERE)

    async def get(self, who, path="/"):
        async with self.client() as client:
            return await client.get("/api/alerts" + path, headers=self.headers[who])

    async def post(self, who, path, json=None, **headers):
        async with self.client() as client:
            body = {"content": json} if isinstance(json, bytes) else {"json": json}
            return await client.post(
                "/api/alerts" + path,
                headers=self.headers[who] | {"content-type": "application/json"} | headers,
                **body,
            )


@pytest.fixture
async def desk(sqlite_store, signed_in):
    path, key, headers = signed_in
    accounts = await Accounts.open(f"sqlite+aiosqlite:///{path}", key)
    yield Desk(sqlite_store, accounts, Pseudonyms(key), headers)
    await accounts.close()


async def test_each_is_shown_what_is_theirs(desk):
    missed, line = raised(), raised("poor_connection", audience={"tech": "warning"})
    room = raised("host_missing", None, audience={"on_duty": "high", "manager": "high"})
    await desk.heard(missed, line, room)

    async def rules(who):
        return sorted(one["rule"] for one in (await desk.get(who)).json()["alerts"])

    assert await rules("ana") == await rules("ben") == ["missed_session"]
    assert await rules("tom") == ["poor_connection"]
    assert await rules("max") == ["host_missing"]
    assert await rules("sue") == ["host_missing", "missed_session"]
    assert (await desk.get("tom", f"/{missed.alert_id}")).status_code == 404
    assert (await desk.get("tom", "/none")).json() == {"error": "unknown_alert"}


async def test_what_an_incident_explains_is_left_out_unless_asked_for(desk):
    drop = raised("dropped_out", minute=19.5, audience={"tech": "high"})
    await desk.heard(drop, incident(minute=19.5, explains=[drop.alert_id]))

    async def rules(path):
        told = (await desk.get("tom", path)).json()["alerts"]
        return sorted((one["rule"], one["explained_by"] is not None) for one in told)

    assert await rules("/") == [("platform_incident", False)]
    assert await rules("/?held=true") == [("dropped_out", True), ("platform_incident", False)]
    taken = await desk.post("tom", f"/{drop.alert_id}/take")
    assert (taken.status_code, taken.json()["explained_by"]) == (200, None)
    assert await rules("/") == [("dropped_out", False), ("platform_incident", False)]


async def test_what_is_told_has_times_as_rfc_3339_and_no_secrets(desk):
    line = raised("poor_connection", audience={"tech": "warning"}, evidence={"mos": 2.5})
    await desk.heard(line)
    answer = await desk.get("tom", f"/{line.alert_id}")
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert told["raised_at"] == "2026-01-01T10:10:00.000Z"
    assert (told["severity"], told["state"], told["evidence"]) == ("warning", "open", {"mos": 2.5})
    assert desk.names.staff("S-ana") not in answer.text


async def test_a_manager_is_told_of_an_untaken_call_only_that_it_waits(desk):
    call = raised("crisis_reported", minute=12, audience={"outreach": "critical"})
    await desk.heard(call)  # eight minutes later
    assert (await desk.post("ben", f"/{call.alert_id}/take")).status_code == 200
    told = (await desk.get("max", f"/{call.alert_id}")).json()
    (listed,) = (await desk.get("max")).json()["alerts"]
    assert listed == told
    known = {"alert_id", "case_id", "seq", "state", "rule", "status", "severity", "program_id"}
    assert {name for name, value in told.items() if value} == known | {
        *("raised_at", "changed_at", "results")
    }
    assert not told["may_act"]
    assert (await desk.post("max", f"/{call.alert_id}/take")).status_code == 404


async def test_taking_closing_and_taking_back(desk):
    missed = raised()
    await desk.heard(missed)
    path = f"/{missed.alert_id}"
    taken = await desk.post("ben", path + "/take")
    assert (taken.status_code, taken.json()["state"]) == (200, "acknowledged")
    other = await desk.post("eva", path + "/take")
    assert (other.status_code, other.json()) == (409, {"error": "taken"})
    closed = await desk.post("ben", path + "/resolve", {"result": "no_answer"})
    assert (closed.json()["state"], closed.json()["acts"][-1]["result"]) == (
        "resolved",
        "no_answer",
    )
    back = await desk.post("ben", path + "/undo")
    assert back.json()["state"] == "acknowledged"
    released = await desk.post("sue", path + "/give-back")
    assert (released.json()["state"], released.json()["assignee"]) == ("open", None)
    assert (await desk.post("eva", path + "/acknowledge")).json()["state"] == "acknowledged"


async def test_undo_has_ten_seconds_of_the_persons_own_clock(desk):
    missed = raised()
    await desk.heard(missed)
    await desk.post("ben", f"/{missed.alert_id}/take")
    desk.clock = clock_at(at(20) + 11 * SECOND)
    late = await desk.post("ben", f"/{missed.alert_id}/undo")
    assert (late.status_code, late.json()) == (409, {"error": "too_late_to_undo"})


@pytest.mark.parametrize(
    ("who", "path", "body", "status"),
    [
        ("tom", "/{id}/take", None, 404),
        ("max", "/{id}/take", None, 404),
        ("ben", "/{id}/explode", None, 404),
        ("ben", "/none/take", None, 404),
        ("ben", "/{id}/undo", None, 409),
        ("ben", "/{id}/resolve", None, 422),
        ("ben", "/{id}/resolve", {"result": "cured"}, 422),
        ("ben", "/{id}/resolve", {"result": 1}, 422),
        ("ben", "/{id}/resolve", {"result": "joining", "note": "prose"}, 422),
        ("ben", "/{id}/resolve", {"result": "x" * 2_000}, 413),
        ("ben", "/{id}/resolve", b"{", 400),
    ],
)
async def test_what_cannot_be_done_is_refused_and_changes_nothing(desk, who, path, body, status):
    missed = raised()
    await desk.heard(missed)
    answer = await desk.post(who, path.format(id=missed.alert_id), body)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert (await desk.store.get(missed.alert_id)).alert.acts == ()


async def test_without_session_token_or_site_nothing_is_done(desk):
    missed = raised()
    await desk.heard(missed)
    path = f"/{missed.alert_id}/take"
    async with desk.client() as client:
        assert (await client.get("/api/alerts/")).status_code == 401
        assert (await client.post("/api/alerts" + path)).status_code == 401
    assert (await desk.post("ben", path, **{"x-csrf-token": "wrong"})).status_code == 403
    assert (await desk.post("ben", path, **{"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await desk.get("ben", path)).status_code == 405
    assert (await desk.store.get(missed.alert_id)).alert.acts == ()


async def test_a_list_is_filtered_and_goes_on(desk):
    people = [raised(person=f"pat-{n}") for n in range(5)]
    await desk.heard(*people, cleared(people[0], minute=15))
    first = (await desk.get("ben", "/?limit=2")).json()
    rest = (await desk.get("ben", f"/?limit=10&before={first['next']}")).json()
    seqs = [one["seq"] for one in first["alerts"] + rest["alerts"]]
    assert (seqs, rest["next"]) == ([5, 4, 3, 2, 1], None)
    assert len((await desk.get("ben", "/?state=open&state=acknowledged")).json()["alerts"]) == 4
    assert (await desk.get("ben", "/?session_id=other")).json()["alerts"] == []
    for wrong in ("state=asleep", "limit=many", "before=-1"):
        assert (await desk.get("ben", f"/?{wrong}")).status_code == 422


PAST = "/people/pat-1?time_zone=America/New_York"


async def test_a_persons_alerts_in_words_with_what_came_of_them(desk):
    missed = raised(minute=5)
    short = raised(
        "dose_shortfall",
        room=None,
        minute=18,
        audience={"clinician": "warning"},
        evidence={"attended_hours": 2.5, "scheduled_hours": 3, "prescribed_hours": 9, "share": 0.8},
    )
    line = raised("dropped_out", minute=15, evidence={"at": at(14), "return_minutes": 2})
    await desk.heard(missed, short, line, raised(person="pat-2"))
    await desk.post("ben", f"/{missed.alert_id}/take")
    await desk.post("ben", f"/{missed.alert_id}/resolve", {"result": "left_message"})
    newest, dropped, first = (await desk.get("ana", f"{PAST}&language=es")).json()
    assert (newest["rule"], newest["state"]) == ("dose_shortfall", "open")
    assert "9 h" in newest["reason"]
    assert dropped["dropped"] == [at(14)]
    assert (first["title"], first["state"], first["result"]) == (
        *("Aún no está", "resolved", "Mensaje dejado"),
    )
    assert "ben" not in str(first).lower()


async def test_each_looks_back_at_what_is_theirs_and_others_at_nothing(desk):
    await desk.heard(raised(), raised("poor_connection", audience={"tech": "warning"}))
    seen = {}
    for who in PEOPLE:
        answer = await desk.get(who, PAST)
        seen[who] = [one["rule"] for one in answer.json()] if answer.is_success else answer.text
    assert seen.pop("ana") == seen.pop("sue") == ["missed_session"]
    assert set(seen.values()) == {'{"error":"unknown_person"}'}
    answer = await desk.get("ana", "/people/pat-1?time_zone=../etc/passwd")
    assert (answer.status_code, answer.json()) == (422, {"error": "unknown_time_zone"})
