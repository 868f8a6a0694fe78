"""Whom of outreach an alert interrupts, decided in the store, on SQLite and on PostgreSQL."""

from itertools import count

import pytest

from alerts.budget import Audiences, Due, spend
from alerts.store import telling
from alerts.store.store import Store, Taken
from streams import codec
from streams.events import MINUTE, SECOND
from tests.alerts.signals import at, cleared, incident, raised, updated


def absent(person, room, *, minute=10.0, program="program-1", **more):
    evidence = {"minutes": 10, "grace_minutes": 10, "notify_after_minutes": 5}
    return raised(
        "missed_session",
        person,
        room=room,
        minute=minute,
        evidence=evidence,
        program_id=program,
        **more,
    )


def called(person, *, minute=10.0, rule="help_requested"):
    told = {"host": "high", "on_duty": "high", "outreach": "high"}
    return raised(rule, person, minute=minute, audience=told)


def left(person, *, minute=10.0):
    told = {"clinician": "warning", "outreach": "warning"}
    return raised("left_early", person, minute=minute, severity="warning", audience=told)


async def take(store, *signals, now):
    held = (await store.offsets("signals")).get(0, 0)
    await store.take([Taken("signals", 0, held + n, s) for n, s in enumerate(signals)], now)


async def told(store):
    """By person: the minute at which outreach was told, and since when the digest runs."""
    return {
        one.alert.signal.participant_id: tuple(
            None if when is None else round((when - at(0)) / MINUTE, 2)
            for when in (one.alert.notified_at, one.alert.digest)
        )
        for one in await store.listed(limit=500)
    }


async def by_the_minute(store, *signals, until=40):
    """The signals as they come, the store looked at once a minute."""
    coming = sorted(signals, key=lambda one: one.ts)
    for minute in range(until):
        now = at(minute)
        new = [one for one in coming if one.ts <= now]
        coming = coming[len(new) :]
        if new:
            await take(store, *new, now=now)
        await store.release(now)


async def test_three_rooms_interrupt_and_the_others_are_one_line(store):
    await by_the_minute(store, *(absent(f"p{n}", f"room-{n}", minute=10 + n) for n in range(7)))
    assert await told(store) == {
        "p0": (15, None),
        "p1": (16, None),
        "p2": (17, None),
        "p3": (18, 18),
        "p4": (19, 18),
        "p5": (20, 18),
        "p6": (21, 18),
    }


async def test_absences_of_a_room_are_one_notice_however_many_come(store):
    await by_the_minute(store, *(absent(f"p{n}", "room-1", minute=10 + n) for n in range(4)))
    assert set((await told(store)).values()) == {(15, None)}


async def test_what_is_over_taken_or_held_by_then_interrupts_nobody(store):
    here, mine, held = absent("here", "a"), absent("mine", "b"), absent("held", "c")
    await take(store, here, mine, held, now=at(10))
    await take(
        store, cleared(here, minute=12), incident(minute=12, explains=[held.alert_id]), now=at(12)
    )
    await store.act(mine.alert_id, "take", "olga", at(13), lambda _: True)
    await store.release(at(16))
    assert {who: when for who, when in (await told(store)).items() if who} == dict.fromkeys(
        ["here", "mine", "held"], (None, None)
    )
    await store.act(mine.alert_id, "give-back", "olga", at(17), lambda _: True)
    await store.release(at(18))
    await store.release(at(25) + 1)  # held for fifteen minutes, the longest
    assert (await told(store))["mine"] == (18, None)
    assert (await told(store))["held"] == (25, None)


async def test_a_call_for_help_interrupts_at_once_whatever_was_told(store):
    await by_the_minute(store, *(absent(f"p{n}", f"room-{n}") for n in range(4)), until=16)
    assert (15, 15) in (await told(store)).values()
    await take(store, called("ana", minute=16), now=at(16) + 40)
    assert (await told(store))["ana"] == (16, None)


async def test_of_one_instant_the_graver_interrupts(store):
    rooms = (absent(f"p{n}", f"room-{n}") for n in range(3))
    await take(store, left("late", minute=10), *rooms, now=at(20))
    assert (await told(store))["late"] == (20, 20)


async def test_what_outreach_is_only_told_of_later_is_due_then(store):
    tech = raised("could_not_connect", "ana", minute=5, audience={"tech": "high"})
    await take(store, tech, now=at(6))
    assert await told(store) == {"ana": (None, None)}
    both = {"tech": "high", "outreach": "high", "clinician": "high"}
    await take(store, updated(tech, minute=10, audience=both), now=at(10) + 5 * SECOND)
    assert await told(store) == {"ana": (10.08, None)}


async def test_a_session_of_yesterday_interrupts_nobody_but_a_call_does(store):
    await take(store, absent("ana", "room-1"), called("ben"), now=at(24 * 60))
    assert await told(store) == {"ana": (1440, 1440), "ben": (1440, None)}


async def test_a_restart_goes_on_with_the_same_budget(store, store_url):
    await by_the_minute(store, *(absent(f"p{n}", f"room-{n}") for n in range(4)), until=16)
    again = await Store.open(store_url)
    await take(again, absent("late", "room-9", minute=11), now=at(16))
    await again.release(at(17))
    await again.close()
    assert (await told(store))["late"] == (16, 15)


async def test_programs_that_one_person_covers_share_a_budget(store):
    several = [absent(f"p{n}", f"room-{n}", program=f"program-{n}") for n in range(5)]
    store.audiences = Audiences((frozenset({"program-0", "program-1"}), frozenset({"program-2"})))
    await by_the_minute(store, *several, until=16)
    assert all(digest is None for _, digest in (await told(store)).values())
    store.audiences = Audiences((frozenset({"*"}),))
    await take(store, absent("late", "room-9", program="program-7"), now=at(16))
    assert (await told(store))["late"] == (16, 16)


async def test_very_many_are_told_in_turn(store, monkeypatch):
    monkeypatch.setattr(telling, "AT_ONCE", 5)
    await take(
        store, *(absent(f"p{n}", f"room-{n}", minute=10 + n / 100) for n in range(12)), now=at(11)
    )
    for turn in range(3):
        await store.release(at(20) + turn)
    assert len([when for when, _ in (await told(store)).values() if when]) == 12
    assert await store.release(at(20) + 3) == 0


@pytest.mark.parametrize("wait", [10**15, -5])
async def test_whatever_a_detector_says_of_waiting_an_absence_is_told(store, wait):
    missed = raised(evidence={"notify_after_minutes": wait})
    await take(store, missed, now=at(11))
    await store.release(at(71))
    assert (await told(store))["pat-1"][0] in (11, 71)


async def test_a_page_of_a_long_list_is_read_not_sorted(sqlite_store):
    await take(sqlite_store, *(absent(f"p{n}", "room-1") for n in range(50)), now=at(11))
    query = "EXPLAIN QUERY PLAN SELECT * FROM alerts WHERE state = 'open' ORDER BY seq DESC LIMIT 5"
    async with sqlite_store._database.reading() as connection:
        plan = " ".join(row.detail for row in await connection.exec_driver_sql(query))
    assert "ix_alerts_state_seq" in plan
    assert "TEMP" not in plan


def test_who_shares_a_budget():
    some = Audiences((frozenset("ab"), frozenset("bc"), frozenset("d"), frozenset("xy")))
    assert [some.of(one) for one in "abcdxyz"] == ["a", "a", "a", "d", "x", "x", "z"]
    assert Audiences((frozenset("*"), frozenset("d"))).of("d") == "*"


async def test_the_feed_says_it(store):
    await by_the_minute(store, *(absent(f"p{n}", f"room-{n}") for n in range(4)), until=16)
    queued, _ = await store.pending(at(60))
    newest = {}
    for one in queued:
        change = codec.feed.decode(one.value)
        newest[change.signal.participant_id] = change.notified_at, change.digest
    digests = [digest for _, digest in newest.values()]
    assert sorted(digests, key=str) == [at(15), None, None, None]


async def test_the_store_decides_as_the_budget_says(store):
    """An afternoon of many rooms: what the evaluation counts is what the service does."""
    number = count()
    signals = [absent(f"p{next(number)}", f"room-{n % 23}", minute=n * 1.7) for n in range(60)]
    await by_the_minute(store, *signals, until=120)
    found = [one.alert for one in await store.listed(limit=500)]
    cases = {one.case_id: one for one in found}
    notices, digests = spend(
        Due(one.notified_at, "outreach", one.signal.session_id, "missed_session", "high")
        for one in cases.values()
    )
    assert len(notices) == len([one for one in cases.values() if one.digest is None])
    assert {one.since for one in digests} == {one.digest for one in cases.values()} - {None}
