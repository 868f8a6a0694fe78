"""A person's weeks: kept from the log, shown to whom they are for, forgotten, erased, audited."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from privacy.access import Case
from privacy.disclosures import Given
from producers.directory.attended import KEPT, follow, hear
from producers.directory.erasing import erase
from producers.directory.exporting import export
from producers.directory.tables import ATTENDED, AUDIT
from streams.codec import encode
from streams.events import HOUR, MINUTE, ConsentChanged, SessionAttended
from streams.kafka import KafkaSettings, producer
from streams.topics import PARTICIPANT_EVENTS
from tests.producers.directory.conftest import Files, clock_at
from tests.producers.directory.hours import at
from tests.producers.directory.test_app import Page, accounts, page, signed_in

__all__ = ["accounts", "page", "signed_in"]

NOW = at("2026-11-25 12:00")  # a Wednesday; the group of the 24th is over


def came(files: Files, day: str, outcome: str = "attended", **more: Any) -> SessionAttended:
    """Ana's three hours of an evening."""
    session = files.directory.pseudonyms.session(f"evening-{day}", at(f"{day} 18:00"))
    made = {
        "id": f"{session}|{more.get('revision', 0)}",
        "ts": at(f"{day} 21:00"),
        "participant_id": files.directory.pseudonyms.participant("p-1042"),
        "session_id": session,
        "program_id": "program",
        "kind": "group",
        "revision": 0,
        "scheduled_ms": 3 * HOUR,
        "held_ms": 3 * HOUR,
        "present_ms": 0 if outcome == "missed" else 170 * MINUTE,
        "outcome": outcome,
        **dict.fromkeys(("drops", "lost_ms", "poor_ms", "reconnects"), 0),
        **dict.fromkeys(("privacy_reports", "technical_reports", "crisis_reports"), 0),
        "time_zone": "America/New_York",
        "prescribed_hours_per_week": 9.0,
    }
    return SessionAttended(**(made | more))


async def kept(files: Files) -> list[Any]:
    async with files.directory.reading() as connection:
        return list((await connection.execute(select(ATTENDED))).all())


async def looks(files: Files) -> list[tuple[str, str]]:
    async with files.directory.reading() as connection:
        query = select(AUDIT.c.object, AUDIT.c.outcome).where(AUDIT.c.what == "weeks.viewed")
        return [tuple(row) for row in await connection.execute(query)]


async def shown(page: Any, files: Files, name: str = "lead") -> Any:
    one: Page = await page(name, clock_at(NOW))
    answer = await one.client.get(f"/people/{one.id('p-1042')}/weeks")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_highest_revision_is_kept_in_whatever_order(imported: Files):
    first, second = came(imported, "2026-11-24"), came(imported, "2026-11-24", "missed", revision=2)
    await hear(imported.directory, [second, first, second], NOW)
    (row,) = await kept(imported)
    assert (row.revision, row.outcome, row.present_ms) == (2, "missed", 0)
    assert (row.starts_at, row.ends_at) == (at("2026-11-24 18:00"), at("2026-11-24 21:00"))


async def test_what_is_old_is_neither_taken_nor_kept(imported: Files):
    await hear(imported.directory, [came(imported, "2026-11-24")], NOW)
    await hear(imported.directory, [came(imported, "2026-08-31")], NOW)
    assert len(await kept(imported)) == 1
    await hear(imported.directory, [], at("2026-11-24 21:00") + KEPT)
    assert await kept(imported) == []


async def test_nothing_is_kept_of_who_is_no_patient_here(imported: Files):
    made = imported.directory.pseudonyms
    others = ("unmapped:" + "a" * 26, made.participant("nobody"), made.staff("st-chen"))
    told = [came(imported, "2026-11-24", participant_id=who) for who in others]
    await hear(imported.directory, told, NOW)
    assert await kept(imported) == []


async def test_erased_it_is_gone_and_does_not_come_back(page, imported: Files):
    outcome = came(imported, "2026-11-24")
    await hear(imported.directory, [outcome], NOW)
    await erase(imported.directory, outcome.participant_id, "system", NOW)
    assert await kept(imported) == []
    await hear(imported.directory, [outcome, came(imported, "2026-11-24", revision=1)], NOW)
    assert await kept(imported) == []


async def test_an_export_tells_it(imported: Files):
    outcome = came(imported, "2026-11-24")
    await hear(imported.directory, [outcome], NOW)
    given = Given("The person", "own wish", "all", "consent of 2026-11-20")
    told = await export(imported.directory, outcome.participant_id, "system", given, NOW)
    assert [one["outcome"] for one in told.attended] == ["attended"]


async def test_a_week_with_what_was_what_is_off_and_what_is_to_come(page, quick: Files):
    away = {"drops": 2, "lost_ms": 6 * MINUTE, "joined_late_ms": 12 * MINUTE}
    await hear(
        quick.directory,
        [
            came(quick, "2026-11-24", "partial", present_ms=118 * MINUTE, **away),
            came(quick, "2026-11-19", "missed"),
            came(quick, "2026-11-17", "in_person", present_ms=0),
            came(quick, "2026-11-16", "could_not_connect", present_ms=0, fault="platform"),
            came(quick, "2026-11-13", "not_held", present_ms=0),
        ],
        NOW,
    )
    told = await shown(page, quick)
    assert (told["as_of"], told["since"], told["enrolment"]) == (NOW, NOW - KEPT, [])
    this, last, before = told["weeks"]
    assert [one["monday"] for one in (this, last, before)] == [
        *("2026-11-23", "2026-11-16", "2026-11-09"),
    ]
    partial, family, thursday = this["sessions"]
    assert (partial["attended_ms"], partial["late_ms"], partial["drops"]) == (
        *(118 * MINUTE, 12 * MINUTE, 2),
    )
    assert [one["state"] for one in this["sessions"]] == ["over", "ahead", "ahead"]
    assert "outcome" not in family
    assert (this["attended"], this["held"]) == (118 * MINUTE, 3 * HOUR)
    assert this["ahead"] == thursday["ends_at"] - thursday["starts_at"] + 50 * MINUTE
    assert this["prescribed"] == 9
    assert (last["attended"], last["held"], last["ahead"]) == (3 * HOUR, 9 * HOUR, 0)
    assert [one["outcome"] for one in last["sessions"]] == [
        *("could_not_connect", "in_person", "missed"),
    ]
    assert last["sessions"][0]["fault"] == "platform"
    assert (before["attended"], before["held"]) == (0, 0)


async def test_what_staff_said_wins(page, quick: Files):
    await hear(quick.directory, [came(quick, "2026-11-24", "missed", fault="room")], NOW)
    chen: Page = await page("chen", clock_at(NOW))
    body = {"outcome": "attended", "reason_code": "seen"}
    assert (await chen.on("p-1042", "correct", body)).status_code == 200
    session = (await shown(page, quick))["weeks"][0]["sessions"][0]
    assert (session["outcome"], session["corrected"]) == ("attended", True)
    assert session["attended_ms"] == 3 * HOUR
    assert "fault" not in session


async def test_a_session_that_was_called_off(page, quick: Files):
    rows = "uid,start,end,time_zone,program,track,kind,platform,room,host,modality,roster,status\n"
    await quick.take(
        f"{rows}evening-2026-11-26,2026-11-26 18:00,21:00,America/New_York,iop-evening,evening,"
        "group,livekit,evening-group,st-chen,virtual,p-1042,cancelled\n"
    )
    this = (await shown(page, quick))["weeks"][0]
    assert [one["state"] for one in this["sessions"]] == ["over", "ahead", "cancelled"]
    assert this["ahead"] == 50 * MINUTE


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("chen", 200), ("lead", 200)),
        *(("ortiz", 404), ("out", 404), ("elsewhere", 404), ("tech", 404), ("boss", 404)),
    ],
)
async def test_for_the_own_clinician_and_the_supervisor_alone(
    page, quick: Files, name: str, status: int
):
    case = Case("alert-1", for_care=True)
    one: Page = await page(name, clock_at(NOW), case_of=lambda _viewer, _person: case)
    card = f"/people/{one.id('p-1042')}"
    answer = await one.client.get(f"{card}/weeks")
    assert answer.status_code == status
    audited = [(one.id("p-1042"), "done")] if status == 200 else []
    assert await looks(quick) == audited
    seen = (await one.client.get(card)).json()
    assert seen.get("sees_weeks", False) is (status == 200)


@pytest.mark.parametrize("person", ["p-9999", "f-2001"])
async def test_nobody_that_is_no_patient_has_weeks(page, quick: Files, person: str):
    lead: Page = await page("lead", clock_at(NOW))
    answer = await lead.client.get(f"/people/{lead.id(person)}/weeks")
    assert (answer.status_code, answer.json()) == (404, {"error": "unknown_person"})
    assert await looks(quick) == []


@pytest.fixture
async def filled(quick: Files, kafka: KafkaSettings) -> AsyncIterator[Files]:
    outcome = came(quick, "2026-11-24")
    consent = ConsentChanged(
        id="c1",
        ts=NOW,
        participant_id=outcome.participant_id,
        scope="quality",
        granted=True,
        notice_version="session.attended",
    )
    writer = producer(kafka)
    await writer.start()
    for value in (b'"session.attended" no event', encode(consent), encode(outcome)):
        await writer.send_and_wait(kafka.topic(PARTICIPANT_EVENTS), value, key=b"k")
    await writer.stop()
    reading = asyncio.create_task(follow(quick.directory, kafka, lambda: NOW))
    yield quick
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


@pytest.mark.slow
async def test_it_is_filled_from_the_log(filled: Files):
    async with asyncio.timeout(30):
        while not await kept(filled):
            await asyncio.sleep(0.05)
    assert [row.outcome for row in await kept(filled)] == ["attended"]
