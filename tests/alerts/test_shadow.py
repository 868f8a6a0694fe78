"""Shadow mode through the real store, on both databases: nobody is told, until it ends."""

import pytest
from msgspec.structs import replace

from alerts import shadow
from alerts.store.store import Store
from streams.rules import ALWAYS_ON, THRESHOLDS
from tests.alerts.signals import at, cleared, incident, raised, updated
from tests.alerts.test_store import batch, feed, held

NOW = at(11)
SILENT = sorted(THRESHOLDS.keys() - shadow.SAID_BY_PEOPLE)


@pytest.fixture
async def dark(store: Store) -> Store:
    store.shadow = True
    return store


async def test_in_shadow_nobody_is_told_what_any_rule_concludes(dark):
    told = [raised(rule, person=f"pat-{n}") for n, rule in enumerate(SILENT)]
    outage = incident(explains=[one.alert_id for one in told])
    assert await dark.take(batch(*told, outage), NOW) == []
    for minute in (12, 17, 60, 300):
        await dark.release(at(minute))
    assert (await held(dark), await feed(dark, at(300))) == ({}, [])
    assert await dark.offsets("signals") == {0: len(told) + 1}


@pytest.mark.parametrize("rule", sorted(shadow.SAID_BY_PEOPLE))
async def test_what_a_person_says_is_told_as_always(dark, rule):
    said = raised(rule, audience={"on_duty": "critical", "outreach": "critical"})
    ana = raised(person="ana")
    assert await dark.take(batch(ana, said), NOW) == [said]
    assert [change.signal for change in await feed(dark)] == [said]


async def test_a_call_that_nobody_takes_reaches_more_people_in_shadow_too(dark):
    call = raised("crisis_reported", audience={"on_duty": "critical"})
    await dark.take(batch(call), NOW)
    await dark.release(at(10) + 120_000)
    assert "supervisor" in (await feed(dark, at(60)))[-1].signal.audience


async def test_no_call_for_help_can_be_missed_by_the_list_of_them():
    assert ALWAYS_ON <= shadow.SAID_BY_PEOPLE


async def test_what_people_knew_before_goes_on_to_its_end(store):
    known = raised(person="ana")
    await store.take(batch(known), NOW)
    store.shadow = True
    over = cleared(known, minute=14)
    assert await store.take(batch(over, raised(person="ben"), first=1), at(14)) == [over]
    assert [state for _, state in (await held(store)).values()] == ["resolved"]


async def test_when_the_shadow_ends_what_still_stands_is_told_and_nothing_else(dark):
    standing, over = raised(person="ana"), raised(person="ben")
    weeks = raised("missed_in_a_row", person="eva", room=None, starts_at=None, ends_at=None)
    fact = raised("joined_late", person="leo", severity="info", audience={"clinician": "info"})
    closed = raised(person="mia", room="room-0", ends_at=at(-60))
    worse = updated(weeks, minute=11, evidence={"misses": 4})
    gone = cleared(over, minute=14)
    await dark.take(batch(standing, over, weeks, fact, closed), NOW)
    await dark.take(batch(worse, gone, first=5), at(14))
    dark.shadow = False
    assert await dark.leave_shadow(at(15)) == 2
    alerts = await held(dark)
    assert {one.signal.id for one, _ in alerts.values()} == {standing.id, worse.id}
    assert {state for _, state in alerts.values()} == {"open"}
    assert {change.signal.id for change in await feed(dark, at(15))} == {standing.id, worse.id}
    assert await dark.leave_shadow(at(15)) == 0
    new, later = raised(person="zoe", minute=16), cleared(standing, minute=16)
    assert await dark.take(batch(new, later, first=7), at(16)) == [new, later]
    assert (await held(dark))[standing.alert_id][1] == "resolved"


async def test_signals_in_another_order_and_twice_bring_nothing_over_to_light(dark):
    early = raised(person="ana")
    late = cleared(early, minute=14)
    await dark.take(batch(late, early), at(14))
    await dark.take(batch(replace(early, id="again"), first=2), at(14))
    assert await dark.leave_shadow(at(15)) == 0
    assert await held(dark) == {}
