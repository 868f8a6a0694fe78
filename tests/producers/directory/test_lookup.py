"""What the gateway is told: who an identity is, and which session a room was when."""

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from privacy.pseudonyms import Pseudonyms
from producers.directory.lookup import AROUND, Lookup, Occurrence, Rooms
from streams.events import HOUR, MINUTE
from tests.producers.directory.conftest import KEY, NOON, Files, clock_at
from tests.producers.directory.hours import at

MADE = Pseudonyms(KEY)
EVENING = MADE.session("evening-2026-11-24", at("2026-11-24 18:00"))
ANA = MADE.participant("p-1042")


async def looked_up(files: Files, clock=NOON) -> Lookup:
    lookup = Lookup(files.directory, MADE, clock)
    await lookup.refresh()
    return lookup


async def test_an_identity_is_known_however_it_is_written(imported: Files):
    lookup = await looked_up(imported)
    assert lookup.participant("livekit", "ana-phone") == ANA
    assert lookup.participant("livekit", " ANA-Laptop ") == ANA
    assert lookup.participant("zoom", "reg-ana") == ANA
    assert lookup.participant("zoom", "", "unknown-key", "Ana.R@Mail.Example") == ANA
    assert lookup.participant("zoom", "+1 (555) 010-0142") == ANA
    assert lookup.participant("zoom", "15550100142") == ANA
    assert lookup.participant("livekit", "dr-chen") == MADE.staff("st-chen")


async def test_who_is_not_known_is_unmapped_by_the_first_identity(imported: Files):
    lookup = await looked_up(imported)
    nobody = lookup.participant("zoom", "", "guest-1", "guest@mail.example")
    assert nobody == MADE.unmapped("zoom", "guest-1")
    assert lookup.participant("zoom", "ana-phone").startswith("unmapped:")  # of LiveKit
    assert lookup.participant("zoom") == MADE.unmapped("zoom", "")


async def test_what_is_known_of_a_session(imported: Files):
    lookup = await looked_up(imported)
    assert lookup.session_known(EVENING)
    assert not lookup.session_known("made-up")
    assert lookup.is_host(EVENING, MADE.staff("st-chen"))
    assert not lookup.is_host(EVENING, ANA)
    assert not lookup.is_host("made-up", MADE.staff("st-chen"))
    assert lookup.platforms() == {"livekit", "zoom"}


async def test_the_window_of_a_room(imported: Files):
    lookup = await looked_up(imported)
    for moment, found in (
        (at("2026-11-24 17:00") - 1, None),
        (at("2026-11-24 17:00"), EVENING),
        (at("2026-11-24 22:00"), EVENING),
        (at("2026-11-24 22:00") + 1, None),
    ):
        assert lookup.session("livekit", "evening-group", moment) == found
        assert lookup.session("zoom", "evening-group", moment) is None


async def test_a_change_is_seen_at_the_next_refresh_and_only_then_read(imported: Files):
    lookup = await looked_up(imported)
    known = lookup._known
    await lookup.refresh()
    assert lookup._known is known
    later = (
        "evening-2026-11-24,2026-11-24 20:00,23:00,America/New_York,iop-evening,livekit,x,st-chen"
    )
    await imported.take("uid,start,end,time_zone,program,platform,room,host\n" + later + "\n")
    assert lookup.session("livekit", "x", at("2026-11-24 20:00")) is None
    await lookup.refresh()
    assert lookup.session("livekit", "x", at("2026-11-24 20:00")) == EVENING
    assert lookup.session("livekit", "evening-group", at("2026-11-24 20:00")) is None


async def test_it_keeps_itself_fresh(quick: Files):
    lookup = Lookup(quick.directory, MADE, NOON)
    keeping = asyncio.create_task(lookup.keep_fresh())
    async with asyncio.timeout(20):
        while lookup.participant("livekit", "ana-phone") != ANA:
            await asyncio.sleep(0.02)
        await quick.take("person_id,role,name,livekit\np-9,patient,New Person,newcomer\n")
        while lookup.participant("livekit", "newcomer") != MADE.participant("p-9"):
            await asyncio.sleep(0.02)
    keeping.cancel()


async def test_time_that_passes_brings_new_sessions_without_a_change(quick: Files):
    early = await looked_up(quick, clock_at(at("2026-11-10 12:00")))
    assert not early.session_known(EVENING)
    early._clock = NOON
    await early.refresh()
    assert early.session_known(EVENING)


async def test_an_answer_takes_microseconds(quick: Files):
    lookup = await looked_up(quick)
    began = time.process_time()
    for _ in range(1000):
        who = lookup.participant("livekit", "ana-phone")
        lookup.session("livekit", "evening-group", at("2026-11-24 18:30"), who)
    assert time.process_time() - began < 1.0  # 20 µs each here; a query would take 100 times that


PEOPLE = st.sampled_from(["p1", "p2", "p3"])


@st.composite
def bookings(draw: st.DrawFn) -> list[Occurrence]:
    made = []
    for number in range(draw(st.integers(0, 14))):
        start = draw(st.integers(100, 190)) * 20 * MINUTE
        made.append(
            Occurrence(
                id=f"s{number}",
                starts_at=start,
                ends_at=start + draw(st.sampled_from([HOUR, 3 * HOUR, 24 * HOUR])),
                host_id="h",
                cancelled=draw(st.booleans()),
                platform="zoom",
                people=frozenset(draw(st.sets(PEOPLE))),
            )
        )
    return made


@given(bookings(), st.integers(90, 260), st.none() | PEOPLE)
def test_the_session_of_a_room_by_the_book(booked: list[Occurrence], minute: int, who: str | None):
    """Against the rule said plainly, over all bookings instead of those in reach."""
    ts = minute * 20 * MINUTE
    found = Rooms({"room": sorted(booked, key=lambda one: one.starts_at)}).session("room", ts, who)
    open_ = [one for one in booked if one.starts_at - AROUND <= ts <= one.ends_at + AROUND]
    held = [one for one in open_ if not one.cancelled] or open_
    theirs = [one for one in held if who in one.people] or held
    nearest = min((abs(ts - one.starts_at) for one in theirs), default=None)
    if found is None:
        assert open_ == []
    else:
        assert found.id in {one.id for one in theirs if abs(ts - one.starts_at) == nearest}


@given(bookings(), st.integers(90, 260), st.none() | PEOPLE, st.randoms())
def test_the_order_of_bookings_changes_nothing(booked, minute, who, random):
    found = set()
    for _ in range(3):
        random.shuffle(booked)
        rooms = Rooms({"room": sorted(booked, key=lambda one: one.starts_at)})
        session = rooms.session("room", minute * 20 * MINUTE, who)
        found.add(session and session.id)
    assert len(found) == 1
