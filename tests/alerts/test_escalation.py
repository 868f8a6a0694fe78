"""Whom a call for help reaches while nobody takes it: the rule, and both databases."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts import escalation, lifecycle
from alerts.escalation import settled, steps, waits_since
from alerts.lifecycle import Alert
from alerts.store.store import Store, Taken
from privacy.access import CALLS
from streams import codec, rules
from streams.events import SECOND
from streams.topics import ALERT_FEED
from tests.alerts.signals import at, cleared, raised, updated
from tests.story import at as clock
from tests.story import group

TOLD = {"host": "critical", "on_duty": "critical", "outreach": "critical"}
TEAM = {"supervisor", "care_team"}
PRESSED = raised("crisis_reported", "ana", minute=10, audience=TOLD, severity="critical")


def later(seconds):
    return at(10) + round(seconds * SECOND)


def added(alert):
    """Whom its audience was widened to."""
    return set(alert.signal.audience) - set(TOLD)


# --- the rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", sorted(CALLS))
@pytest.mark.parametrize(
    ("seconds", "widened", "more", "next_at"),
    [
        (0, 0, set(), 120),
        (119.999, 0, set(), 120),
        (120, 1, TEAM, 300),
        (299.999, 1, TEAM, 300),
        (300, 2, TEAM | {"manager"}, None),
        (9_000, 2, TEAM | {"manager"}, None),
    ],
)
def test_who_is_told_as_well_and_when(rule, seconds, widened, more, next_at):
    alert = Alert("case", replace(PRESSED, rule=rule))
    after = settled(alert, later(seconds))
    assert (after.widened, added(after)) == (widened, more)
    assert after.widens_at == (None if next_at is None else later(next_at))
    assert {after.signal.audience[who] for who in more} <= {"critical"}
    assert settled(after, later(seconds)) is after


def test_the_figures_are_those_of_the_rules_file():
    general = rules.load().general
    assert steps(general.escalate, general.manager) == escalation.STEPS
    alert = settled(Alert("case", PRESSED), later(30), steps(20 * SECOND, 40 * SECOND))
    assert (added(alert), alert.widens_at) == (TEAM, later(40))


def test_what_is_no_call_for_help_never_widens():
    alert = Alert("case", raised("missed_session", "ana", minute=10))
    assert settled(alert, later(86_400)) is alert


def test_a_role_that_was_told_before_keeps_its_gravity():
    gone = raised("left_after_crisis", "ana", minute=10, audience={"supervisor": "info"})
    alert = settled(Alert("case", gone), later(120))
    assert alert.signal.audience == {"supervisor": "info", "care_team": "high"}


def test_seeing_it_is_not_taking_it():
    seen = lifecycle.act(Alert("case", PRESSED), "acknowledge", "host", later(5))
    assert waits_since(seen) == at(10)
    assert added(settled(seen, later(120))) == TEAM


def test_taking_or_closing_it_ends_it_and_giving_it_back_begins_anew():
    taken = lifecycle.act(Alert("case", PRESSED), "take", "rosa", later(60))
    assert settled(taken, later(600)).widens_at is None
    assert added(settled(taken, later(600))) == set()
    back = settled(lifecycle.act(taken, "give-back", "rosa", later(200)), later(200))
    assert (added(back), back.widens_at) == (set(), later(320))
    closed = lifecycle.act(back, "resolve", "rosa", later(210), result="safe_now")
    assert settled(closed, later(600)).widens_at is None


def test_who_was_told_stays_told_whatever_comes():
    told = settled(Alert("case", PRESSED), later(300))
    again = lifecycle.hear(told, updated(PRESSED, minute=16, audience=TOLD))
    assert added(settled(again, at(16))) == TEAM | {"manager"}
    taken = settled(lifecycle.act(again, "take", "rosa", at(17)), at(17))
    assert (added(taken), taken.widens_at) == (TEAM | {"manager"}, None)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_however_often_it_is_looked_at_the_end_is_the_same(moments):
    alert = Alert("case", PRESSED)
    looked = [0, *sorted(moments), 400]
    for before, now in pairwise(looked):
        assert before <= now
        alert = settled(alert, later(now))
    assert alert == settled(Alert("case", PRESSED), later(400))


# --- the store ----------------------------------------------------------------------------------


def anyone(_signal):
    return True


async def take(store, *signals, now):
    held = (await store.offsets("signals")).get(0, 0)
    await store.take([Taken("signals", 0, held + n, s) for n, s in enumerate(signals)], now)


async def feed(store):
    queued, _ = await store.pending(2**62)
    return [codec.feed.decode(one.value) for one in queued if one.topic == ALERT_FEED.name]


async def by_and_by(store, until, since=0):
    """What the feed says, looked at every ten seconds: when, and whom it reaches as well."""
    known = len(await feed(store))
    said = []
    for second in range(since, until + 1, 10):
        if await store.release(later(second)):
            records = await feed(store)
            said += [(second, record.widened, added(record)) for record in records[known:]]
            known = len(records)
    return said


WHOLE_STORY = [(120, 1, TEAM), (300, 2, TEAM | {"manager"})]


async def test_a_call_in_a_session_and_who_is_told_as_the_minutes_go(store):
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.reports("p1", "10:20").drops("p1", "10:21").joins("p1", "10:25")
    signals = story.of("crisis_reported", "left_after_crisis")
    assert [(one.rule, one.status) for one in signals] == [
        ("crisis_reported", "raised"),
        ("left_after_crisis", "raised"),
        ("left_after_crisis", "cleared"),
    ]
    told = {}
    for now in range(clock("10:20"), clock("10:30"), 5 * SECOND):
        if heard := [one for one in signals if now - 5 * SECOND < one.ts <= now]:
            await take(store, *heard, now=now)
        await store.release(now)
        for record in await feed(store):
            key = record.signal.rule, tuple(sorted(record.signal.audience))
            told.setdefault(key, now)
    first = "host", "on_duty", "outreach"
    gone = "host", "on_duty", "supervisor"
    assert told == {
        ("crisis_reported", first): clock("10:20"),
        ("left_after_crisis", gone): clock("10:21:15"),
        ("crisis_reported", tuple(sorted({*first, *TEAM}))): clock("10:22"),
        ("left_after_crisis", tuple(sorted({*gone, *TEAM}))): clock("10:23:15"),
        ("crisis_reported", tuple(sorted({*first, *TEAM, "manager"}))): clock("10:25"),
    }


async def test_nobody_takes_it(store):
    await take(store, PRESSED, now=later(1))
    assert await by_and_by(store, 400) == WHOLE_STORY


@pytest.mark.parametrize(("act", "more"), [("take", {}), ("resolve", {"result": "no_crisis"})])
async def test_somebody_has_it_just_in_time(store, act, more):
    await take(store, PRESSED, now=later(1))
    assert await by_and_by(store, 110) == []
    await store.act(PRESSED.alert_id, act, "rosa", later(119.9), anyone, **more)
    assert await by_and_by(store, 400, since=120) == []


async def test_it_is_taken_between_the_supervisor_and_the_manager_and_given_back(store):
    await take(store, PRESSED, now=later(1))
    assert await by_and_by(store, 200) == WHOLE_STORY[:1]
    await store.act(PRESSED.alert_id, "take", "rosa", later(200), anyone)
    assert await by_and_by(store, 900, since=210) == []
    await store.act(PRESSED.alert_id, "give-back", "rosa", later(900), anyone)
    assert await by_and_by(store, 1_300, since=910) == [(1_200, 2, TEAM | {"manager"})]


async def test_the_feed_says_when_it_was_widened_not_when_it_was_raised(store):
    await take(store, PRESSED, now=later(1))
    await store.release(later(121))
    told = [(record.changed_at, record.told_at, record.widened) for record in await feed(store)]
    assert told == [(later(0), later(1), 0), (later(0), later(121), 1)]


async def test_a_take_that_is_undone_was_none(store):
    await take(store, PRESSED, now=later(1))
    await store.act(PRESSED.alert_id, "take", "rosa", later(115), anyone)
    await store.undo(PRESSED.alert_id, "rosa", later(121), anyone)
    (record,) = (await feed(store))[-1:]
    assert (record.widened, added(record)) == (1, TEAM)
    assert await by_and_by(store, 400, since=130) == WHOLE_STORY[1:]


async def test_a_restart_neither_forgets_nor_repeats_it(store, store_url):
    await take(store, PRESSED, now=later(1))
    assert await by_and_by(store, 150) == WHOLE_STORY[:1]
    again = await Store.open(store_url)
    assert await by_and_by(again, 400, since=160) == WHOLE_STORY[1:]
    await again.close()


async def test_what_came_due_while_the_service_was_away_is_told_once(store, store_url):
    await take(store, PRESSED, now=later(1))
    again = await Store.open(store_url)
    assert await by_and_by(again, 610, since=600) == [(600, 2, TEAM | {"manager"})]
    await again.close()


async def test_a_report_that_comes_late_has_waited_all_the_same(store):
    await take(store, PRESSED, now=later(1_800))
    (record,) = await feed(store)
    assert (record.widened, added(record)) == (2, TEAM | {"manager"})
    assert await by_and_by(store, 1_900, since=1_800) == []


async def test_who_came_back_after_a_call_ends_the_waiting(store):
    gone = raised("left_after_crisis", "ana", minute=10, audience=TOLD, severity="critical")
    await take(store, gone, now=later(1))
    assert await by_and_by(store, 200) == WHOLE_STORY[:1]
    await take(store, cleared(gone, minute=14), now=at(14))
    (record,) = (await feed(store))[-1:]
    assert (record.state, added(record)) == ("resolved", TEAM)
    assert await by_and_by(store, 400, since=250) == []


async def test_those_it_reached_may_act_on_it(store):
    def of_the_team(signal):
        return "care_team" in signal.audience

    await take(store, PRESSED, now=later(1))
    with pytest.raises(lifecycle.Refused):
        await store.act(PRESSED.alert_id, "take", "iris", later(100), of_the_team)
    await store.release(later(120))
    changed = await store.act(PRESSED.alert_id, "take", "iris", later(125), of_the_team)
    assert changed.assignee == "iris"


async def test_others_are_not_told_anew_with_it(store):
    ben = raised("help_requested", "ben", minute=11, audience=TOLD)
    await take(store, PRESSED, ben, raised("missed_session", "cam", minute=10), now=later(61))
    before = len(await feed(store))
    await store.release(later(120))
    told = (await feed(store))[before:]
    assert [one.signal.participant_id for one in told if one.widened] == ["ana"]
    assert "ben" not in {one.signal.participant_id for one in told}
