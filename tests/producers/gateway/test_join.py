"""The join link over HTTP: what it gives away, what it writes, what it never stops."""

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from sqlalchemy import select

from producers.directory.erasing import erase
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, CONSENTS, OUTBOX
from producers.gateway.beacon import Tokens
from streams import codec
from streams.events import (
    SECOND,
    ConsentChanged,
    EngagementObserved,
    MediaChanged,
    ParticipantJoined,
    ParticipantJoinStarted,
    ParticipantReported,
    SessionStarted,
)
from streams.now import WALL
from tests.producers.gateway.clinic import database
from tests.producers.gateway.conftest import Running
from tests.producers.gateway.join_world import Linked, linked, until
from tests.producers.gateway.test_app import STRUCTURED, cloud_event, livekit_joined

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROWSER = Path("producers/browser")
MOST_BYTES = 60 * 1024


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("joining")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(broker, folder) -> AsyncIterator[Linked]:
    async with linked(broker, folder) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def link(opened: Linked) -> Linked:
    await opened.gateway.skip()
    return opened


async def post(gateway: Running, token: str, what: str, **said) -> tuple[int, dict]:
    answer = await gateway.client.post(f"/j/{token}/{what}", json=said)
    return answer.status_code, answer.json()


async def state(link: Linked, token: str) -> dict:
    return (await link.gateway.client.get(f"/j/{token}/state")).json()


# --- the page -----------------------------------------------------------------------------------


async def test_the_page_is_small_its_own_and_says_nothing_of_care(link: Linked):
    client = link.gateway.client
    answer = await client.get(f"/j/{link.token()}")
    assert answer.status_code == 200
    bytes_ = len(answer.content)
    for file in ("join.css", *(one.name for one in (BROWSER / "join").glob("*.js"))):
        sent = await client.get(f"/join/{file}")
        assert sent.status_code == 200
        bytes_ += len(sent.content)
    assert bytes_ <= MOST_BYTES
    html = answer.text
    addresses = {one for one in html.replace("'", '"').split('"') if "//" in one}
    assert {one for one in addresses if one.startswith("http")} == {"http://127.0.0.1:9/"}
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_its_language_is_the_phones_until_another_is_chosen(link: Linked):
    address = f"/j/{link.token()}"
    for query, header, language in [
        ("", "es-419,es;q=0.9,en;q=0.8", "es"),
        ("", "fr-FR,en;q=0.5", "en"),
        ("?l=es", "en-US", "es"),
        ("?l=%3Cscript%3E", "", "en"),
    ]:
        headers = {"accept-language": header}
        text = (await link.gateway.client.get(address + query, headers=headers)).text
        assert f'<html lang="{language}">' in text


async def test_opening_it_as_a_preview_does_changes_nothing(link: Linked):
    token = link.token()
    for what in ("", "/state"):
        assert (await link.gateway.client.get(f"/j/{token}{what}")).status_code == 200
    assert await link.gateway.events() == []


async def test_a_link_of_nobodys_shows_numbers_and_takes_nothing(link: Linked):
    for token in ("nonsense", link.token(hours=-1)):
        page = await link.gateway.client.get(f"/j/{token}")
        assert page.status_code == 404
        assert "tel:988" in page.text
        status, said = await post(link.gateway, token, "report", id="12345678", kind="help")
        assert (status, said) == (401, {"reason": "bad_token"})
        assert (await link.gateway.client.get(f"/j/{token}/megabyte")).status_code == 404


# --- going on -----------------------------------------------------------------------------------


async def test_going_on_is_told_and_the_platforms_join_is_matched(link: Linked):
    gateway, token = link.gateway, link.token()
    answer = await gateway.client.get(f"/j/{token}/go?l=es")
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    query = parse_qs(where.query)
    assert query["room"] == ["evening"]
    assert query["l"] == ["es"]
    [started] = await gateway.events()
    assert isinstance(started, ParticipantJoinStarted)
    assert started.participant_id == gateway.person("ana")
    assert started.session_id == gateway.session(0)
    identity = query["as"][0]
    assert "ana" not in identity
    body = json.dumps(
        {
            "event": "participant_joined",
            "id": "EV_1",
            "createdAt": str(WALL.now() // SECOND),
            "room": {"name": "evening"},
            "participant": {"sid": "PA_1", "identity": identity},
        }
    ).encode()
    assert (await gateway.livekit(body)).status_code == 200
    [joined] = await gateway.events()
    assert isinstance(joined, ParticipantJoined)
    assert joined.participant_id == gateway.person("ana")


async def test_the_meetings_page_gets_the_agents_token_and_what_is_allowed(link: Linked):
    answer = await link.gateway.client.get(f"/j/{link.token()}/go")
    fragment = urlsplit(answer.headers["location"]).fragment
    token, _, letters = fragment.removeprefix("sw=").rpartition(".")
    assert letters == "qe"
    bearer = Tokens(link.gateway.key).check(token, WALL.now())
    assert bearer.participant_id == link.gateway.person("ana")
    assert bearer.session_id == link.gateway.session(0)
    assert bearer.origin == "http://127.0.0.1"


async def test_a_persons_own_link_finds_the_session_of_now(link: Linked):
    told = await state(link, link.token(number=None))
    assert told["starts_at"] == link.gateway.start
    assert told["can_join"]
    stranger = await state(link, link.token("nobody", number=None))
    assert stranger["starts_at"] is None
    answer = await link.gateway.client.get(f"/j/{link.token('nobody', number=None)}/go")
    assert answer.headers["location"].startswith("/j/")


# --- what a person says -------------------------------------------------------------------------


async def test_a_report_sent_twice_counts_once_and_at_its_own_time(link: Linked):
    before = WALL.now()
    said = {"id": "0123456789abcdef", "kind": "help", "waited_ms": 90_000}
    answers = [await post(link.gateway, link.token(), "report", **said) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    first, second = await link.gateway.events()
    assert isinstance(first, ParticipantReported)
    assert first.id == second.id
    assert abs(before - 90_000 - first.ts) < 5 * SECOND
    assert answers[0][1]["at"] == first.ts
    assert [answer["report"] for _, answer in answers] == [first.id] * 2
    await post(link.gateway, link.token("luis"), "report", **said)
    [other] = await link.gateway.events()
    assert other.id != first.id


@pytest.mark.parametrize(
    "said",
    [
        {"id": "0123456789abcdef", "kind": "lonely"},
        {"id": "short", "kind": "help"},
        {"id": "0123456789abcdef", "kind": "help", "participant_id": "other"},
        {"id": "0123456789abcdef", "kind": "help", "waited_ms": -1},
    ],
)
async def test_what_is_no_report_is_refused(link: Linked, said: dict):
    assert (await post(link.gateway, link.token(), "report", **said))[0] == 400
    assert await link.gateway.events() == []


async def test_seen_is_what_the_alert_feed_says_of_this_person_alone(link: Linked):
    await link.duty(2)
    _, answer = await post(
        link.gateway, link.token(), "report", id="crisis-0123456789", kind="crisis"
    )
    await link.alert("crisis", answer["report"], seen=False, at=answer["at"])

    async def told(seen: bool) -> bool:
        said = await state(link, link.token())
        report = {"report": answer["report"], "kind": "crisis", "at": answer["at"], "seen": seen}
        return said["help"] and report in said["reports"]

    await until(lambda: told(False))
    await link.alert("crisis", answer["report"], seen=True, at=answer["at"])
    await until(lambda: told(True))
    assert (await state(link, link.token("luis")))["reports"] == []
    await link.duty(0)

    async def nobody() -> bool:
        return not (await state(link, link.token()))["help"]

    await until(nobody)


async def test_what_was_reported_in_one_session_is_told_on_the_link_to_the_next(link: Linked):
    await link.alert("help", "report-0", seen=True, at=WALL.now())

    async def told() -> bool:
        answers = [await state(link, link.token("ana", number)) for number in (0, 1, None)]
        return all("report-0" in [one["report"] for one in each["reports"]] for each in answers)

    await until(told)


async def test_what_ended_without_anybodys_doing_was_seen_by_nobody(link: Linked):
    at = WALL.now()
    await link.alert("technical", "report-1", seen=False, state="resolved", at=at)
    await link.alert("technical", "report-2", seen=True, state="resolved", at=at)

    async def told() -> bool:
        reports = (await state(link, link.token()))["reports"]
        return {one["report"]: one["seen"] for one in reports if one["kind"] == "technical"} == {
            "report-1": False,
            "report-2": True,
        }

    await until(told)


async def test_a_link_far_from_its_session_takes_no_report(link: Linked):
    status, said = await post(
        link.gateway, link.token("nobody", None), "report", id="0123456789abcdef", kind="help"
    )
    assert (status, said["reason"]) == (409, "no_session")


async def test_the_megabyte_is_one_and_not_for_every_second(link: Linked):
    token = link.token("luis")
    answers = [await link.gateway.client.get(f"/j/{token}/megabyte") for _ in range(8)]
    assert len(answers[0].content) == 1_000_000
    assert answers[-1].status_code == 404


async def test_going_on_again_and_again_always_works_and_does_not_flood_the_log(link: Linked):
    token = link.token("luis")
    answers = [await link.gateway.client.get(f"/j/{token}/go") for _ in range(40)]
    assert {answer.status_code for answer in answers} == {303}
    assert not any("/j/" in answer.headers["location"] for answer in answers)
    told = [one for one in await link.gateway.events() if "started" in one.__struct_config__.tag]
    assert 0 < len(told) <= 24  # a minute may end in between


# --- consent ------------------------------------------------------------------------------------


def measured(ts: int) -> dict:
    return {"connection_id": "c", "ts": ts, "rtt_ms": 1, "jitter_ms": 1, "loss": 0}


async def beacon(link: Linked) -> dict:
    """Everything that a page can say of somebody, at once."""
    gateway, now = link.gateway, WALL.now()
    token = Tokens(gateway.key).issue(gateway.session(0), gateway.person("ana"), "x", now)
    spoke = {"type": "engagement.observed", "id": f"s{now}", "ts": now, "kind": "spoke", "ms": 2000}
    camera = {"type": "media.changed", "id": f"m{now}", "ts": now, "camera": "on"}
    failed = {"type": "participant.join_failed", "id": f"f{now}", "ts": now, "stage": "media"}
    sent = {"samples": [measured(now)], "events": [spoke, camera, failed]}
    body = {"token": token, "sent_at": now, **sent}
    answer = await gateway.client.post("/beacon", json=body)
    assert answer.status_code == 200
    return answer.json()


async def test_without_consent_nothing_but_presence_is_kept(link: Linked, folder: Path):
    token, gateway = link.token(), link.gateway

    async def allow(scope: str, granted: bool) -> None:
        said = {"scope": scope, "granted": granted, "notice_version": "2026-11"}
        assert (await post(gateway, token, "consent", **said))[0] == 200

    async def kept() -> tuple[set[type], int]:
        samples = sum(len(batch) for _, batch in await gateway.batches())
        kinds = {type(one) for one in await gateway.events()}
        return kinds & {EngagementObserved, MediaChanged}, samples

    assert (await beacon(link))["consent"] == {"quality": True, "engagement": True}
    assert await kept() == ({EngagementObserved, MediaChanged}, 1)
    await allow("engagement", False)
    await beacon(link)
    assert await kept() == ({MediaChanged}, 1)
    await allow("quality", False)
    assert (await beacon(link))["accepted"] == 1
    assert await kept() == (set(), 0)
    await allow("quality", True)
    await allow("engagement", True)
    await beacon(link)
    assert await kept() == ({EngagementObserved, MediaChanged}, 1)
    assert (await state(link, token))["consents"] == {"quality": True, "engagement": True}
    directory = await Directory.open(database(folder), gateway.key)
    async with directory.reading() as connection:
        rows = (await connection.execute(select(OUTBOX.c.value))).scalars().all()
        kept_ = (await connection.execute(select(CONSENTS))).all()
    await directory.close()
    said = [codec.participant_events.decode(row) for row in rows if b"consent.changed" in row]
    hers = [
        (one.scope, one.granted)
        for one in said
        if isinstance(one, ConsentChanged) and one.participant_id == gateway.person("ana")
    ]
    assert hers[-4:] == [
        ("engagement", False),
        ("quality", False),
        ("quality", True),
        ("engagement", True),
    ]
    assert {row.notice_version for row in kept_ if row.person_id == gateway.person("ana")} == {
        "2026-11"
    }


async def test_a_withdrawal_that_could_not_be_kept_is_not_confirmed(link: Linked, folder: Path):
    token, gateway = link.token("luis"), link.gateway
    before = (await state(link, token))["consents"]
    said = {"scope": "quality", "granted": not before["quality"], "notice_version": "2026-11"}
    with contextlib.closing(sqlite3.connect(folder / "directory.db")) as database:
        database.execute("ALTER TABLE consents RENAME TO gone")
        try:
            assert await post(gateway, token, "consent", **said) == (503, {"reason": "not_taken"})
        finally:
            database.execute("ALTER TABLE gone RENAME TO consents")
    assert (await state(link, token))["consents"] == before
    assert (await post(gateway, token, "consent", **said))[0] == 200
    assert (await state(link, token))["consents"] == before | {"quality": said["granted"]}


async def test_the_link_of_who_was_erased_is_over_and_keeps_nothing(link: Linked, folder: Path):
    gateway = link.gateway
    who, token = gateway.person("eva"), link.token("eva")
    assert (await gateway.client.get(f"/j/{token}")).status_code == 200
    bearer = Tokens(gateway.key).issue(gateway.session(2), who, "https://care.example", WALL.now())
    asks = {"type": "participant.reported", "id": "1", "ts": WALL.now(), "kind": "help"}
    sent = {"token": bearer, "sent_at": WALL.now(), "events": [asks]}
    assert (await gateway.client.post("/beacon", json=sent)).status_code == 200
    assert (await gateway.livekit(livekit_joined("eva", room="afternoon"))).status_code == 200
    directory = await Directory.open(database(folder), gateway.key)
    try:
        await erase(directory, who, "system", WALL.now())

        async def over() -> bool:
            return (await gateway.client.get(f"/j/{token}")).status_code == 404

        await until(over)
        await gateway.skip()
        assert (await gateway.client.get(f"/j/{token}/go")).status_code == 404
        said = {"scope": "quality", "granted": True, "notice_version": "1"}
        assert (await post(gateway, token, "consent", **said))[0] == 401
        asked = {"id": "0123456789abcdef", "kind": "technical"}
        assert (await post(gateway, token, "report", **asked))[0] == 401
        refused = await gateway.client.post("/beacon", json=sent)
        assert (refused.status_code, refused.json()) == (401, {"reason": "bad_token"})
        about = {"session_id": gateway.session(2), "participant_id": who, "ts": WALL.now()}
        told = json.dumps(cloud_event(data=about)).encode()
        answer = await gateway.client.post("/events", content=told, headers=STRUCTURED)
        assert (answer.status_code, answer.json()) == (200, {"accepted": 0})
        told = livekit_joined(room="afternoon", event="room_started", id="EV_again")
        answer = await gateway.livekit(told)  # whoever was in before has lost it
        assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
        [started] = await gateway.events()
        assert isinstance(started, SessionStarted)
        async with directory.reading() as connection:
            for table in (ALIASES, CONSENTS):
                kept = await connection.execute(select(table).where(table.c.person_id == who))
                assert kept.all() == []
        assert await gateway.events() == []
    finally:
        await directory.close()
