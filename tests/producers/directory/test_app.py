"""Staff's acts over HTTP: rights, what reaches the outbox, and what is refused how."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from docs import generate_openapi_staff
from privacy.access import Case
from privacy.accounts import Accounts
from privacy.guard import Guard
from producers.directory.app import app
from producers.directory.lookup import Lookup
from producers.directory.tables import AUDIT, OUTBOX
from streams.codec import participant_events, session_events
from streams.now import Clock
from tests.producers.directory.conftest import KEY, NOON, Files, clock_at
from tests.producers.directory.hours import at

HERE = "https://console.example"
PASSWORD = "correct horse battery"
STAFF = {
    "chen": (["clinician"], ["iop-evening"], "st-chen"),
    "ortiz": (["clinician"], ["iop-morning"], "st-ortiz"),
    "out": (["outreach"], ["iop-evening"], None),
    "elsewhere": (["outreach"], ["iop-morning"], None),
    "tech": (["tech"], ["*"], None),
    "boss": (["manager"], ["*"], None),
    "lead": (["supervisor"], ["iop-evening"], None),
}


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The accounts' database, and each member of staff's session and token."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('accounts')}/accounts.db"

    async def make() -> dict[str, Any]:
        opened = await Accounts.open(url, KEY)
        for name, (roles, programs, staff) in STAFF.items():
            await opened.add(name, PASSWORD, name, roles, programs, staff)
        made = {name: await opened.sign_in(name, PASSWORD) for name in STAFF}
        await opened.close()
        return made

    return url, asyncio.run(make())


@pytest.fixture
async def accounts(signed_in: tuple[str, dict[str, Any]]) -> AsyncIterator[Accounts]:
    opened = await Accounts.open(signed_in[0], KEY)
    yield opened
    await opened.close()


class Page:
    """A browser's page of one signed-in member of staff."""

    def __init__(self, client: httpx.AsyncClient, files: Files) -> None:
        self.client = client
        self.made = files.directory.pseudonyms
        self.session = self.made.session("evening-2026-11-24", at("2026-11-24 18:00"))

    def id(self, person: str) -> str:
        return self.made.participant(person)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else None
        json = None if isinstance(body, bytes) else (body if body is not None else {})
        kind = {"content-type": "application/json"}
        return await self.client.post(path, content=content, json=json, headers=kind)

    async def on(self, person: str, act: str, body: Any = None) -> httpx.Response:
        return await self.post(f"/sessions/{self.session}/people/{self.id(person)}/{act}", body)


def page_of(
    files: Files, guard: Guard, held: tuple[str, str], clock: Clock, **options: Any
) -> Page:
    token, csrf = held
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app(files.directory, guard, clock, **options)),
        base_url=HERE,
        headers={"x-csrf-token": csrf, "origin": HERE},
        cookies={"__Host-sid": token},
    )
    return Page(client, files)


@pytest.fixture
def page(quick: Files, accounts: Accounts, signed_in: Any) -> Callable[..., Any]:
    async def sign_in(name: str, clock: Clock = NOON, **options: Any) -> Page:
        return page_of(quick, Guard(accounts, [HERE]), signed_in[1][name], clock, **options)

    return sign_in


async def said(files: Files) -> list[Any]:
    async with files.directory.reading() as connection:
        query = select(OUTBOX.c.value).where(OUTBOX.c.topic == "session-events")
        return [session_events.decode(v) for v in (await connection.execute(query)).scalars()]


@pytest.mark.parametrize(
    ("act", "body", "type_", "field", "value"),
    [
        ("excuse", {}, "ParticipantExcused", "kind", "absent"),
        ("excuse", {"kind": "late"}, "ParticipantExcused", "kind", "late"),
        ("in-person", {"how": "phone"}, "ParticipantAttendedInPerson", "how", "phone"),
    ],
)
async def test_an_act_on_a_tile_goes_to_the_log(page, quick, act, body, type_, field, value):
    chen = await page("chen")
    answer = await chen.on("p-1042", act, body)
    assert answer.status_code == 200
    (event,) = await said(quick)
    assert type(event).__name__ == type_
    assert answer.json() == {"event_id": event.id}
    assert (event.session_id, event.participant_id) == (chen.session, chen.id("p-1042"))
    assert getattr(event, field) == value
    assert event.ts == at("2026-11-24 12:00")


async def test_two_at_one_device(page, quick):
    chen = await page("chen")
    answer = await chen.on("p-1042", "present-with", {"with": chen.id("p-1043")})
    assert answer.status_code == 200
    (event,) = await said(quick)
    assert event.with_ == chen.id("p-1043")
    with_self = await chen.on("p-1042", "present-with", {"with": chen.id("p-1042")})
    assert with_self.json() == {"error": "with_themselves"}


async def test_a_break_is_one_tap(page, quick):
    chen = await page("chen")
    for state in ("started", "ended"):
        await chen.post(f"/sessions/{chen.session}/break", {"state": state})
    assert [event.state for event in await said(quick)] == ["started", "ended"]


def test_the_document_of_the_acts_has_every_one_of_them():
    routes = app(None, None, NOON).routes
    acts = {
        f"/api/directory{r.path}"
        for r in routes
        if r.path.startswith("/sessions/") and "POST" in r.methods
    }
    assert {*generate_openapi_staff.document()["paths"]} == acts


CORRECT = {"outcome": "attended", "reason_code": "seen"}


async def corrections(files: Files) -> list[Any]:
    async with files.directory.reading() as connection:
        query = select(OUTBOX.c.value).where(OUTBOX.c.topic == "participant-events")
        told = [v for v in (await connection.execute(query)).scalars() if b"corrected" in v]
    return [participant_events.decode(value) for value in told]


async def test_an_attendance_is_corrected_once_each_time_it_changes(page, quick):
    now = at("2026-11-24 21:30")
    chen = await page("chen", clock_at(now))
    first = await chen.on("p-1042", "correct", CORRECT)
    again = await chen.on("p-1042", "correct", CORRECT)
    other = await chen.on("p-1042", "correct", CORRECT | {"outcome": "missed"})
    back = await chen.on("p-1042", "correct", CORRECT)
    events = await corrections(quick)
    assert [one.json()["event_id"] for one in (first, other, back)] == [one.id for one in events]
    assert again.json() == {"event_id": None}
    assert [event.outcome for event in events] == ["attended", "missed", "attended"]
    (event, *_) = events
    assert (event.session_id, event.participant_id) == (chen.session, chen.id("p-1042"))
    assert (event.ts, event.by, event.reason_code) == (now, chen.made.staff("st-chen"), "seen")
    async with quick.directory.reading() as connection:
        query = select(AUDIT).where(AUDIT.c.what == "attendance.corrected")
        rows = (await connection.execute(query)).all()
    assert [row.outcome for row in rows] == ["attended seen", "missed seen", "attended seen"]
    assert {row.who for row in rows} == {chen.made.staff("st-chen")}


@pytest.mark.parametrize(
    ("who", "when", "person", "body", "status", "error"),
    [
        ("lead", "2026-11-24 21:30", "p-1042", CORRECT, 200, None),
        ("out", "2026-11-24 21:30", "p-1042", CORRECT, 404, "unknown_session"),
        ("tech", "2026-11-24 21:30", "p-1042", CORRECT, 404, "unknown_session"),
        ("ortiz", "2026-11-24 21:30", "p-1042", CORRECT, 404, "unknown_session"),
        ("chen", "2026-11-24 17:59", "p-1042", CORRECT, 409, "too_early"),
        ("chen", "2026-12-08 20:59", "p-1042", CORRECT, 200, None),
        ("chen", "2026-12-08 21:01", "p-1042", CORRECT, 409, "too_late"),
        ("chen", "2026-11-24 21:30", "p-9999", CORRECT, 422, "not_on_the_roster"),
        ("chen", "2026-11-24 21:30", "p-1042", {"outcome": "late"}, 422, "invalid_field"),
        (
            "chen",
            "2026-11-24 21:30",
            "p-1042",
            CORRECT | {"reason_code": "she was ill"},
            422,
            "invalid_field",
        ),
    ],
)
async def test_who_may_correct_what_and_when(page, quick, who, when, person, body, status, error):
    answer = await (await page(who, clock_at(at(when)))).on(person, "correct", body)
    assert answer.status_code == status
    assert answer.json().get("error") == error
    assert len(await corrections(quick)) == (status == 200)


async def test_a_match_is_told_and_remembered(page, quick):
    lookup = Lookup(quick.directory, quick.directory.pseudonyms, NOON)
    await lookup.refresh()
    unmapped = lookup.participant("zoom", "guest-77")
    out = await page("out")
    answer = await out.post(
        f"/sessions/{out.session}/match",
        {"unmapped_id": unmapped, "participant_id": out.id("p-1043")},
    )
    assert answer.status_code == 200
    (event,) = await said(quick)
    assert (event.unmapped_id, event.participant_id) == (unmapped, out.id("p-1043"))
    await lookup.refresh()
    assert lookup.participant("zoom", "guest-77") == out.id("p-1043")


async def test_a_wrong_match_can_be_put_right(page, quick):
    out = await page("out")
    unmapped = out.made.unmapped("zoom", "guest-78")
    lookup = Lookup(quick.directory, out.made, NOON)
    for matched, wanted in (
        ({"participant_id": out.id("p-1043")}, out.id("p-1043")),
        ({"participant_id": out.id("p-1044")}, out.id("p-1044")),
        ({"not_a_patient": True}, unmapped),
    ):
        body = {"unmapped_id": unmapped, **matched}
        assert (await out.post(f"/sessions/{out.session}/match", body)).status_code == 200
        await lookup.refresh()
        assert lookup.participant("zoom", "guest-78") == wanted
    assert [event.not_a_patient for event in await said(quick)] == [False, False, True]


async def test_what_an_import_said_of_an_identity_stands_above_a_match(page, quick):
    out = await page("out")
    held = out.made.unmapped("livekit", "luis")
    body = {"unmapped_id": held, "participant_id": out.id("p-1042")}
    answer = await out.post(f"/sessions/{out.session}/match", body)
    assert (answer.status_code, answer.json()) == (409, {"error": "belongs_to_another_person"})
    assert await said(quick) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [("chen", 200), ("out", 200), ("ortiz", 404), ("elsewhere", 404), ("tech", 404), ("boss", 404)],
)
async def test_who_may_act(page, quick, name, status):
    one = await page(name)
    assert (await one.on("p-1042", "excuse")).status_code == status
    assert len(await said(quick)) == (status == 200)


async def test_a_substitute_who_hosts_may_act(page):
    ortiz = await page("ortiz")
    substitute = await page("ortiz", hosting=lambda viewer: frozenset({ortiz.session}))
    assert (await substitute.on("p-1042", "excuse")).status_code == 200


@pytest.mark.parametrize(
    ("moment", "error"),
    [
        ("2026-11-23 17:59", "too_early"),
        ("2026-11-23 18:00", None),
        ("2026-11-25 03:00", None),
        ("2026-11-25 03:01", "too_late"),
    ],
)
async def test_acts_are_taken_while_the_log_can_use_them(page, moment, error):
    chen = await page("chen", clock_at(at(moment)))
    answer = await chen.on("p-1042", "excuse")
    assert answer.json().get("error") == error
    assert answer.status_code == (409 if error else 200)


async def test_nobody_is_excused_from_a_cancelled_session(page, quick):
    text = (quick.place / "cancel.csv").name
    await quick.take(
        "uid,start,end,time_zone,program,host,status,platform,room,roster\n"
        "evening-2026-11-24,2026-11-24 18:00,21:00,America/New_York,iop-evening,st-chen,"
        "cancelled,livekit,evening-group,p-1042\n",
        text,
    )
    chen = await page("chen")
    answer = await chen.on("p-1042", "excuse")
    assert (answer.status_code, answer.json()) == (409, {"error": "session_is_cancelled"})


@pytest.mark.parametrize(
    ("act", "body", "status", "error"),
    [
        ("excuse", {"kind": "gone"}, 422, "invalid_field"),
        ("excuse", {"kind": "late", "reason": "ill"}, 422, "invalid_field"),
        ("excuse", b"{", 400, "not_json"),
        ("excuse", b"\xff\xfe", 400, "not_json"),
        ("excuse", b" " * 2000, 413, "too_large"),
        ("present-with", {}, 422, "invalid_field"),
        ("present-with", {"with": "Ana Rivera"}, 422, "invalid_field"),
    ],
)
async def test_bad_bodies(page, quick, act, body, status, error):
    chen = await page("chen")
    answer = await chen.on("p-1042", act, body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert await said(quick) == []


async def test_who_and_what_is_not_there(page):
    chen = await page("chen")
    assert (await chen.on("p-1046", "excuse")).json() == {"error": "not_on_the_roster"}
    for wrong in ("x" * 26, "%00", "a%20b", "y" * 500):
        path = f"/sessions/{wrong}/people/{chen.id('p-1042')}/excuse"
        assert (await chen.post(path)).status_code == 404
        assert (await chen.client.get(f"/people/{wrong}")).status_code == 404
    for body in (
        {"unmapped_id": "unmapped:x", "not_a_patient": True},
        {"unmapped_id": chen.made.unmapped("zoom", "a")},
        {"unmapped_id": chen.made.unmapped("zoom", "a"), "participant_id": "nobody"},
        {
            "unmapped_id": chen.made.unmapped("zoom", "a"),
            "participant_id": chen.id("p-1042"),
            "not_a_patient": True,
        },
    ):
        answer = await chen.post(f"/sessions/{chen.session}/match", body)
        assert answer.status_code == 422
    assert (await chen.client.get(f"/sessions/{chen.session}/break")).status_code == 405


async def test_without_proof_of_the_page_nothing_is_done(page, quick):
    chen = await page("chen")
    chen.client.headers["x-csrf-token"] = "guessed"
    assert (await chen.on("p-1042", "excuse")).json() == {"error": "csrf_token"}
    chen.client.cookies.clear()
    answer = await chen.on("p-1042", "excuse")
    assert (answer.status_code, answer.json()) == (401, {"error": "sign_in"})
    assert await said(quick) == []


async def test_a_card_says_what_its_reader_needs(page):
    out = await page("out")
    answer = await out.client.get(f"/people/{out.id('p-1042')}")
    assert answer.json() == {
        "participant_id": out.id("p-1042"),
        "preferred": "Ana",
        "language": "es-MX",
        "pronoun": "she",
        "message_safe": "ask",
        "good_hours": "after 17:00",
        "chart": "https://chart.example/p/1042",
        "state": "active",
    }
    assert answer.headers["cache-control"] == "no-store"
    tech = await page("tech", case_of=lambda _viewer, _person: Case("alert-1"))
    told = (await tech.client.get(f"/people/{tech.id('p-1043')}")).json()
    assert told == {
        "participant_id": tech.id("p-1043"),
        "preferred": "Luis",
        "language": "en",
        "pronoun": "he",
    }
    # Who took a call for help of a colleague's patient can reach them.
    ortiz = await page("ortiz", case_of=lambda _viewer, _person: Case("alert-1", for_care=True))
    reached = (await ortiz.client.get(f"/people/{ortiz.id('p-1042')}")).json()
    assert reached == {name: said for name, said in answer.json().items() if name != "state"}
    assert (await ortiz.post(f"/people/{ortiz.id('p-1043')}/reveal")).status_code == 200


@pytest.mark.parametrize(
    ("name", "card", "reveal"),
    [
        ("chen", 200, 200),
        ("out", 200, 200),
        ("tech", 404, 404),
        ("ortiz", 404, 404),
        ("elsewhere", 404, 404),
        ("boss", 404, 404),
    ],
)
async def test_who_may_read_a_person(page, name, card, reveal):
    one = await page(name)
    luis = one.id("p-1043")
    assert (await one.client.get(f"/people/{luis}")).status_code == card
    assert (await one.post(f"/people/{luis}/reveal")).status_code == reveal


async def test_tech_knows_a_person_and_their_number_for_the_life_of_a_case_and_the_audit_says_it(
    page, quick
):
    luis = (await page("tech")).id("p-1043")
    open_, held = {luis}, set()

    async def taken(_viewer, person):
        return person in held

    def case_of(_viewer, person):
        return Case("alert-1") if person in open_ else None

    tech = await page("tech", taken=taken, case_of=case_of)
    assert (await tech.client.get(f"/people/{tech.id('p-1042')}")).status_code == 404
    assert (await tech.client.get(f"/people/{luis}")).status_code == 200
    assert (await tech.post(f"/people/{luis}/reveal")).status_code == 403
    held.add(luis)
    assert (await tech.post(f"/people/{luis}/reveal")).json()["phone"]
    open_.clear()
    assert (await tech.client.get(f"/people/{luis}")).status_code == 404
    assert (await tech.post(f"/people/{luis}/reveal")).status_code == 404
    async with quick.directory.reading() as connection:
        rows = (await connection.execute(select(AUDIT).order_by(AUDIT.c.number))).all()
    seen = [(row.what, row.outcome) for row in rows if row.object == luis]
    assert seen[-2:] == [("card.viewed", "case alert-1"), ("number.revealed", "case alert-1")]


async def test_a_host_knows_the_roster_only_around_the_session(page):
    family = at("2026-11-25 16:00")  # hosted by Ortiz, whose caseload Ana is not of
    for moment, status in (
        (family - 31 * 60_000, 404),
        (family - 30 * 60_000, 200),
        (family + 24 * 3_600_000, 200),
        (family + 26 * 3_600_000, 404),
    ):
        ortiz = await page("ortiz", clock_at(moment))
        answer = await ortiz.client.get(f"/people/{ortiz.id('p-1042')}")
        assert answer.status_code == status


async def test_a_number_is_revealed_with_a_trace(page, quick):
    chen = await page("chen")
    answer = await chen.post(f"/people/{chen.id('p-1042')}/reveal")
    assert answer.json() == {"phone": "+1 555 010 0142"}
    await chen.on("p-1042", "excuse")
    async with quick.directory.reading() as connection:
        rows = (await connection.execute(select(AUDIT).order_by(AUDIT.c.number))).all()
    ana = chen.id("p-1042")
    assert [(row.who, row.what, row.object) for row in rows] == [
        (chen.made.staff("st-chen"), "number.revealed", ana),
        (chen.made.staff("st-chen"), "participant.excused", f"{chen.session}/{ana}"),
    ]


async def test_a_number_may_depend_on_a_taken_case(page):
    async def none(viewer: Any, person_id: str) -> bool:
        return False

    out = await page("out", taken=none)
    answer = await out.post(f"/people/{out.id('p-1042')}/reveal")
    assert (answer.status_code, answer.json()) == (403, {"error": "take_the_case_first"})


async def test_acts_are_the_same_on_both_databases(
    imported: Files, accounts: Accounts, signed_in: Any
):
    chen = page_of(imported, Guard(accounts, [HERE]), signed_in[1]["chen"], NOON)
    unmapped = chen.made.unmapped("zoom", "guest-79")
    match = {"unmapped_id": unmapped, "participant_id": chen.id("p-1043")}
    assert (await chen.on("p-1042", "excuse")).status_code == 200
    assert (await chen.post(f"/sessions/{chen.session}/match", match)).status_code == 200
    assert (await chen.post(f"/people/{chen.id('p-1042')}/reveal")).status_code == 200
    assert (await chen.client.get("/people/%00")).status_code == 404
    assert [type(event).__name__ for event in await said(imported)] == [
        "ParticipantExcused",
        "ParticipantIdentified",
    ]
    async with imported.directory.reading() as connection:
        whats = (await connection.execute(select(AUDIT.c.what).order_by(AUDIT.c.number))).scalars()
        assert list(whats) == [
            "participant.excused",
            "participant.identified",
            "number.revealed",
        ]
