"""What the schedule says when: a day ahead, eight days ahead, and again at each change."""

from typing import Any

from sqlalchemy import delete, select

from producers.directory.announcing import announce, announce_anew
from producers.directory.tables import OUTBOX
from streams.codec import participant_events, session_events
from streams.events import (
    HOUR,
    MINUTE,
    Break,
    EnrolmentChanged,
    RosterEntry,
    SessionCancelled,
    SessionScheduled,
)
from streams.topics import DAY_MS
from tests.producers.directory.conftest import NOON, Files, clock_at
from tests.producers.directory.hours import at
from tests.producers.directory.test_importing import evening

START = at("2026-11-24 18:00")
HEAD = "uid,start,end,time_zone,program,platform,room,host,roster\n"


async def taken(files: Files) -> list[Any]:
    """What the outbox holds, of both topics, but for enrolments; it is empty afterwards."""
    async with files.directory.writing() as connection:
        rows = (await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq))).all()
        await connection.execute(delete(OUTBOX))
    codecs = {"session-events": session_events, "participant-events": participant_events}
    events = [codecs[row.topic].decode(row.value) for row in rows]
    return [event for event in events if not isinstance(event, EnrolmentChanged)]


async def said(files: Files, moment: int) -> list[Any]:
    await announce(files.directory, moment)
    return await taken(files)


def scheduled(events: list[Any]) -> list[Any]:
    return [one for one in events if isinstance(one, SessionScheduled | SessionCancelled)]


def expected(events: list[Any]) -> list[Any]:
    return [one for one in events if not isinstance(one, SessionScheduled | SessionCancelled)]


async def test_a_session_is_scheduled_a_day_ahead_as_the_contract_says(imported: Files):
    made = imported.directory.pseudonyms
    (event,) = scheduled(await said(imported, NOON.now()))
    assert event == SessionScheduled(
        id=f"{made.session('evening-2026-11-24', START)}:1",
        ts=at("2026-11-24 12:00"),
        session_id=made.session("evening-2026-11-24", START),
        program_id=made.program("iop-evening"),
        track="evening",
        kind="group",
        starts_at=START,
        ends_at=START + 3 * HOUR,
        time_zone="America/New_York",
        host_id=made.staff("st-chen"),
        platform="livekit",
        modality="virtual",
        roster=sorted(
            [
                RosterEntry(
                    participant_id=made.participant(person),
                    language=language,
                    clinician_id=clinician and made.staff(clinician),
                    prescribed_hours_per_week=hours,
                    modality=modality,
                    member=member,
                )
                for person, language, clinician, hours, modality, member in [
                    ("p-1042", "es-MX", "st-chen", 9, None, "patient"),
                    ("p-1043", "en", "st-chen", 9, None, "patient"),
                    ("p-1044", "en", "st-chen", 12, "in_person", "patient"),
                    ("p-1045", "en", "st-ortiz", 9, None, "patient"),
                    ("i-3001", "es", None, None, None, "interpreter"),
                ]
            ],
            key=lambda entry: entry.participant_id,
        ),
        breaks=[
            Break(START + 75 * MINUTE, START + 85 * MINUTE),
            Break(START + 135 * MINUTE, START + 145 * MINUTE),
        ],
    )


async def test_each_thing_is_said_once_and_when_it_is_due(imported: Files):
    made = imported.directory.pseudonyms
    family = made.session("family-rivera-1", at("2026-11-25 16:00"))
    thursday = made.session("evening-2026-11-26", at("2026-11-26 18:00"))
    assert len(scheduled(await said(imported, NOON.now()))) == 1
    assert await said(imported, NOON.now()) == []
    assert await said(imported, at("2026-11-24 16:00") - 1) == []
    (event,) = await said(imported, at("2026-11-24 16:00"))
    assert (event.session_id, event.ts) == (family, at("2026-11-24 16:00"))
    (event,) = await said(imported, at("2026-11-26 09:00"))  # a publisher that was away
    assert (event.session_id, event.ts) == (thursday, at("2026-11-25 18:00"))


async def test_patients_are_expected_eight_days_ahead(imported: Files):
    made = imported.directory.pseudonyms
    await said(imported, NOON.now())
    row = "later,2026-12-04 18:00,21:00,America/New_York,iop-evening,livekit,x,st-chen,"
    await imported.take(HEAD + row + "p-1042;f-2001;p-1046\n")
    assert await said(imported, at("2026-12-04 18:00") - 8 * DAY_MS - 1) != []  # Thursday's
    (event,) = await said(imported, at("2026-12-04 18:00") - 8 * DAY_MS)
    assert event.participant_id == made.participant("p-1042")  # family is not; Rosa is on leave
    assert (event.status, event.language, event.time_zone) == (
        "scheduled",
        "es-MX",
        "America/New_York",
    )
    assert (event.starts_at, event.ends_at) == (
        at("2026-12-04 18:00"),
        at("2026-12-04 21:00"),
    )


async def test_a_move_is_said_again_and_later_than_before(imported: Files):
    (first,) = scheduled(await said(imported, NOON.now()))
    later = Files(imported.directory, imported.place, clock_at(at("2026-11-24 13:00")))
    await later.take(evening(start="2026-11-24 18:10", end="21:10"))
    events = await said(imported, at("2026-11-24 13:00"))
    (again,) = scheduled(events)
    assert (again.starts_at, again.ts) == (START + 10 * MINUTE, at("2026-11-24 13:00"))
    assert again.session_id == first.session_id
    assert again.id != first.id
    assert len(expected(events)) == 4
    assert {one.starts_at for one in expected(events)} == {START + 10 * MINUTE}


async def test_two_changes_in_one_moment_keep_their_order(imported: Files):
    tss = [one.ts for one in scheduled(await said(imported, NOON.now()))]
    for start in ("2026-11-24 18:10", "2026-11-24 18:20"):
        await imported.take(evening(start=start))  # the clock stands still
        tss += [one.ts for one in scheduled(await said(imported, NOON.now()))]
    assert tss == sorted(set(tss))
    assert len(tss) == 3


async def test_a_move_beyond_the_day_ahead_is_said_too(imported: Files):
    await said(imported, NOON.now())
    await imported.take(evening(start="2026-11-27 18:00"))
    (event,) = scheduled(await said(imported, NOON.now()))
    assert event.starts_at == at("2026-11-27 18:00")


async def test_a_change_of_the_roster_is_told_to_those_it_concerns(imported: Files):
    made = imported.directory.pseudonyms
    await said(imported, NOON.now())
    await imported.take(evening(roster="p-1042;p-1043;p-1044:in_person"))
    events = await said(imported, NOON.now())
    assert len(scheduled(events)) == 1
    (gone,) = expected(events)
    assert (gone.participant_id, gone.status) == (made.participant("p-1045"), "removed")
    await imported.take(evening())
    (back,) = expected(await said(imported, NOON.now()))
    assert (back.participant_id, back.status) == (made.participant("p-1045"), "scheduled")


async def test_on_leave_is_off_the_roster(imported: Files):
    made = imported.directory.pseudonyms
    await said(imported, NOON.now())
    await imported.take("person_id,role,name,state\np-1043,patient,Luis Okafor,on_leave\n")
    events = await said(imported, NOON.now())
    (event,) = scheduled(events)
    assert made.participant("p-1043") not in {seat.participant_id for seat in event.roster}
    assert {(one.participant_id, one.status) for one in expected(events)} == {
        (made.participant("p-1043"), "removed")
    }


async def test_a_cancellation_is_said_to_whom_the_session_was_told(imported: Files):
    await said(imported, NOON.now())
    await imported.take(evening(status="cancelled"))
    events = await said(imported, NOON.now())
    (event,) = scheduled(events)
    assert isinstance(event, SessionCancelled)
    assert [one.status for one in expected(events)] == ["cancelled"] * 4
    await imported.take(evening())
    events = await said(imported, NOON.now())
    assert isinstance(scheduled(events)[0], SessionScheduled)
    assert [one.status for one in expected(events)] == ["scheduled"] * 4


async def test_what_was_cancelled_before_anybody_was_told_stays_unsaid(imported: Files):
    row = "later,2026-12-24 18:00,21:00,America/New_York,iop-evening,livekit,x,st-chen,p-1042"
    await said(imported, NOON.now())
    await imported.take(HEAD + row + "\n")
    await imported.take(HEAD.replace("roster", "roster,status") + row + ",cancelled\n")
    await said(imported, NOON.now())
    events = await said(imported, at("2026-12-24 12:00"))
    assert all(one.starts_at != at("2026-12-24 18:00") for one in expected(events))
    assert not any(isinstance(one, SessionCancelled) for one in events)


async def test_what_is_long_over_is_not_announced(imported: Files):
    events = scheduled(await said(imported, at("2026-11-27 12:00")))
    assert {event.starts_at for event in events} == {at("2026-11-26 18:00")}


async def test_a_log_made_anew_hears_everything_again_under_the_same_ids(imported: Files):
    first = await said(imported, NOON.now())
    assert await said(imported, NOON.now()) == []
    assert await announce_anew(imported.directory, NOON.now()) > 0
    assert await said(imported, NOON.now()) == first
    assert await said(imported, NOON.now()) == []


async def test_what_is_over_or_was_never_said_stays_unsaid_on_a_new_log(imported: Files):
    assert await announce_anew(imported.directory, NOON.now()) == 0
    await said(imported, NOON.now())
    assert await announce_anew(imported.directory, NOON.now() + 60 * DAY_MS) == 0
