"""The queue of unmatched people: who is on it, who sees it, and how they leave it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from producers.directory.lookup import Lookup
from producers.directory.tables import AUDIT, UNMATCHED
from producers.directory.unmatched import hear, listed, notice
from streams.codec import encode
from streams.events import (
    MINUTE,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantWaiting,
    SessionEvent,
)
from streams.kafka import KafkaSettings, producer
from streams.topics import DAY_MS, SESSION_EVENTS
from tests.producers.directory.conftest import NOON, Files, clock_at
from tests.producers.directory.hours import at
from tests.producers.directory.test_app import Page, accounts, page, said, signed_in

__all__ = ["accounts", "page", "signed_in"]

SIX = at("2026-11-24 18:00")


class Room:
    """What happens in the evening's session."""

    def __init__(self, files: Files) -> None:
        self.made = files.directory.pseudonyms
        self.session = self.made.session("evening-2026-11-24", SIX)
        self.guest = self.made.unmapped("zoom", "guest-77")
        self.other = self.made.unmapped("zoom", "guest-78")

    def joined(self, who: str, minute: int, line: str = "c1", **more: Any) -> SessionEvent:
        return ParticipantJoined(
            id=f"{who}{line}j{minute}",
            session_id=self.session,
            participant_id=who,
            ts=SIX + minute * MINUTE,
            role="participant",
            connection_id=line,
            **more,
        )

    def left(self, who: str, minute: int, line: str = "c1") -> SessionEvent:
        return ParticipantLeft(
            id=f"{who}{line}l{minute}",
            session_id=self.session,
            participant_id=who,
            ts=SIX + minute * MINUTE,
            connection_id=line,
            reason="left",
        )

    def waiting(self, who: str, minute: int) -> SessionEvent:
        return ParticipantWaiting(
            id=f"{who}w{minute}",
            session_id=self.session,
            participant_id=who,
            ts=SIX + minute * MINUTE,
            state="entered",
        )

    def identified(self, who: str, minute: int) -> SessionEvent:
        return ParticipantIdentified(
            id=f"{who}i{minute}",
            session_id=self.session,
            unmapped_id=who,
            not_a_patient=True,
            ts=SIX + minute * MINUTE,
        )


async def queue(files: Files, minute: int = 60) -> list[tuple[str, bool]]:
    found = await listed(files.directory, lambda _: True, SIX + minute * MINUTE)
    return [(one.unmapped_id, one.present) for one in found]


async def happened(files: Files, *events: SessionEvent) -> None:
    await hear(files.directory, events, SIX)


async def test_who_is_there_and_who_was(imported: Files):
    room = Room(imported)
    await happened(
        *(imported, room.waiting(room.guest, 0), room.joined(room.guest, 1)),
        *(room.joined(room.other, 2), room.left(room.other, 5)),
    )
    assert await queue(imported) == [(room.other, False), (room.guest, True)]
    assert await queue(imported, 200) == [(room.other, False), (room.guest, False)]
    late, longer = SIX + 200 * MINUTE, 30 * MINUTE
    found = await listed(imported.directory, lambda _: True, late, closes_after=longer)
    assert [one.present for one in found] == [False, True]
    (first, _) = await listed(imported.directory, lambda _: True, SIX)
    assert (first.first_at, first.last_at) == (SIX + 2 * MINUTE, SIX + 5 * MINUTE)
    assert (first.platform, first.counts) == ("livekit", True)


async def test_heard_twice_is_heard_once(quick: Files):
    room = Room(quick)
    events: Sequence[SessionEvent] = [
        *(room.joined(room.guest, 1, "a"), room.joined(room.guest, 2, "b")),
        room.left(room.guest, 3, "a"),
    ]
    await happened(quick, *events)
    await happened(quick, *events, events[2])
    assert await queue(quick) == [(room.guest, True)]
    await happened(quick, room.left(room.guest, 4, "b"), room.left(room.guest, 4, "a"))
    assert await queue(quick) == [(room.guest, False)]


async def test_on_a_platform_of_one_connection_a_new_one_ends_the_old(quick: Files):
    room = Room(quick)
    await happened(quick, room.joined(room.guest, 1, "a", exclusive=True))
    await happened(quick, room.joined(room.guest, 2, "b", exclusive=True))
    await happened(quick, room.left(room.guest, 3, "b"))
    assert await queue(quick) == [(room.guest, False)]


async def test_whoever_is_known_or_in_no_session_of_ours_is_not_on_it(quick: Files):
    room = Room(quick)
    unknown = Room(quick)
    unknown.session = "nosuchsession"
    await happened(quick, room.joined(room.made.participant("p-1042"), 1))
    await happened(quick, unknown.joined(room.guest, 1))
    assert await queue(quick) == []


async def test_a_match_on_the_log_takes_off(quick: Files):
    room = Room(quick)
    await happened(quick, room.joined(room.guest, 1), room.identified(room.guest, 2))
    assert await queue(quick) == []


async def test_an_import_that_says_who_it_is_takes_off(quick: Files):
    room = Room(quick)
    guest = room.made.unmapped("livekit", "luis-tablet")
    await happened(quick, room.joined(guest, 1))
    assert await queue(quick) == [(guest, True)]
    await quick.take("person_id,role,name,livekit\np-1043,patient,Luis Okafor,luis;luis-tablet\n")
    assert await queue(quick) == []


async def test_what_is_old_is_forgotten(quick: Files):
    room = Room(quick)
    await happened(quick, room.joined(room.guest, 1))
    await hear(quick.directory, [], SIX + 31 * DAY_MS)
    async with quick.directory.reading() as connection:
        assert (await connection.execute(select(UNMATCHED))).all() == []


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        *(("chen", 1), ("out", 1), ("lead", 1)),
        *(("ortiz", 0), ("elsewhere", 0), ("tech", 0), ("boss", 0)),
    ],
)
async def test_who_sees_it(page, quick: Files, name: str, seen: int):
    room = Room(quick)
    await happened(quick, room.joined(room.guest, 1))
    one: Page = await page(name)
    answer = await one.client.get("/unmatched")
    assert answer.status_code == 200
    assert len(answer.json()) == seen


async def test_matched_from_there_it_counts_and_is_off(page, quick: Files):
    room = Room(quick)
    await happened(quick, room.joined(room.guest, 1), room.joined(room.other, 1))
    out: Page = await page("out", clock_at(SIX + 30 * MINUTE))
    (found, _) = (await out.client.get("/unmatched")).json()
    assert found["present"]
    assert found["counts"]
    answer = await out.post(
        f"/sessions/{found['session_id']}/match",
        {"unmapped_id": found["unmapped_id"], "participant_id": out.id("p-1043")},
    )
    assert answer.status_code == 200
    (event,) = await said(quick)
    assert event.participant_id == out.id("p-1043")
    left = (await out.client.get("/unmatched")).json()
    assert [one["unmapped_id"] for one in left] == [
        one for one in (room.guest, room.other) if one != found["unmapped_id"]
    ]


async def test_matched_when_the_session_is_long_over_it_is_known_the_next_time(page, quick: Files):
    room = Room(quick)
    await happened(quick, room.joined(room.guest, 1))
    out: Page = await page("out", clock_at(SIX + 2 * DAY_MS))
    (found,) = (await out.client.get("/unmatched")).json()
    assert not found["counts"]
    body = {"unmapped_id": room.guest, "participant_id": out.id("p-1043")}
    answer = await out.post(f"/sessions/{room.session}/match", body)
    assert (answer.status_code, answer.json()) == (200, {"event_id": None})
    assert await said(quick) == []
    lookup = Lookup(quick.directory, room.made, NOON)
    await lookup.refresh()
    assert lookup.participant("zoom", "guest-77") == out.id("p-1043")
    async with quick.directory.reading() as connection:
        audited = (await connection.execute(select(AUDIT.c.what))).scalars().all()
    assert audited[-1] == "participant.matched_late"


@pytest.mark.slow
async def test_it_is_filled_from_the_log(quick: Files, kafka: KafkaSettings):
    room = Room(quick)
    writer = producer(kafka)
    await writer.start()
    for value in (b"unmapped: no event", encode(room.joined(room.guest, 1))):
        await writer.send_and_wait(kafka.topic(SESSION_EVENTS), value, key=room.session.encode())
    await writer.stop()
    reading = asyncio.create_task(notice(quick.directory, kafka, lambda: SIX))
    async with asyncio.timeout(30):
        while not await queue(quick):
            await asyncio.sleep(0.05)
    reading.cancel()
    assert await queue(quick) == [(room.guest, True)]
