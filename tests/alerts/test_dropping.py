"""Somebody left after a report: told, unless staff had closed the report as no crisis."""

import pytest

from alerts.store.store import Taken
from streams.events import SECOND
from tests.alerts.signals import at, cleared, raised

CRISIS = raised("crisis_reported", "ana", minute=20)
HELP = raised("help_requested", "ana", minute=25)
LEFT = raised("left_after_crisis", "ana", minute=30)


async def take(store, *signals):
    held = (await store.offsets("signals")).get(0, 0)
    batch = [Taken("signals", 0, held + n, signal) for n, signal in enumerate(signals)]
    return await store.take(batch, at(30))


async def close(store, report, result, minute):
    await store.act(report.alert_id, "resolve", "omar", at(minute), lambda _: True, result=result)


async def told(store):
    return {one.alert.signal.rule for one in await store.listed()} & {"left_after_crisis"}


@pytest.mark.parametrize(
    ("report", "result", "minute", "is_told"),
    [
        pytest.param(CRISIS, "no_crisis", 22, False, id="closed as no crisis"),
        pytest.param(HELP, "not_needed", 26, False, id="no help was needed"),
        pytest.param(CRISIS, "safe_now", 22, True, id="closed as a crisis"),
        pytest.param(HELP, "helped", 26, True, id="help was needed"),
        pytest.param(CRISIS, "no_crisis", 29.9, True, id="may still be undone"),
        pytest.param(CRISIS, "no_crisis", 31, True, id="closed after it"),
        pytest.param(CRISIS, None, 0, True, id="not closed"),
    ],
)
async def test_it_is_told_unless_the_report_was_none(store, report, result, minute, is_told):
    await take(store, report)
    if result:
        await close(store, report, result, minute)
    taken = await take(store, LEFT, cleared(LEFT, minute=31))
    assert bool(await told(store)) is is_told
    assert len(taken) == (2 if is_told else 0)


async def test_one_report_that_was_a_crisis_is_enough(store):
    await take(store, CRISIS, HELP)
    await close(store, HELP, "not_needed", 26)
    await take(store, LEFT)
    assert await told(store)


@pytest.mark.parametrize("other", [{"person": "ben"}, {"room": "room-2"}])
async def test_somebody_else_s_report_and_another_room_s_say_nothing(store, other):
    theirs = raised("crisis_reported", minute=20, **{"person": "ana"} | other)
    await take(store, theirs)
    await close(store, theirs, "no_crisis", 22)
    await take(store, LEFT)
    assert await told(store)


async def test_without_any_report_it_is_told(store):
    await take(store, LEFT)
    assert await told(store)
    assert LEFT.raised_at - at(29.9) < 10 * SECOND  # as the case above supposes
