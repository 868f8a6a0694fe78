"""`presence.counted`: who is present or expected, and of whom a condition has begun, by trait."""

import pytest

from streams.codec import encode, session_events
from streams.events import Device, Network, PresenceCounted
from streams.session.monitor import Monitor
from tests.story import LATENESS, RULES, at, group, tick

PHONE = Device("phone", "Android", "Chrome")
ACME = Network("cellular", "acme", "east")


def counts(story, until="10:40"):
    """By instant, the partition's counts."""
    monitor = Monitor(0, RULES)
    log = sorted([*((event.ts, event) for event in story.events)], key=lambda one: one[0])
    ticks = [(ts, tick(ts)) for ts in range(at("09:50"), at(until) + LATENESS + 1, 5000)]
    found = {}
    for offset, (_, event) in enumerate(sorted([*log, *ticks], key=lambda one: one[0])):
        step = monitor.apply(session_events.decode(encode(event)), offset)
        found |= {one.ts: one for one in step.signals if isinstance(one, PresenceCounted)}
    return found


def of(story, when, trait="platform", value="zoom"):
    return counts(story)[at(when)].by[trait][value]


def room():
    story = group(roster=["p1", "p2", "p3"], platform="zoom")
    for who in ("p1", "p2"):
        story.joins(who, "10:00", device=PHONE, network=ACME)
    return story


def test_every_ten_seconds_with_every_trait_that_is_known():
    found = counts(room())
    assert {ts % 10_000 for ts in found} == {0}
    assert at("10:20:10") in found
    told = found[at("10:20")]
    assert (told.rooms, told.people, told.partition) == (1, 3, 0)
    assert told.by == {
        "platform": {"zoom": (3, 0, 0)},
        "carrier": {"acme": (2, 0, 0)},
        "region": {"east": (2, 0, 0)},
        "browser": {"Chrome": (2, 0, 0)},
        "device": {"phone": (2, 0, 0)},
    }


def test_a_drop_counts_at_once_and_until_the_return():
    story = room().drops("p1", "10:20").joins("p1", "10:30", device=PHONE, network=ACME)
    assert of(story, "10:19:50", "carrier", "acme") == (2, 0, 0)
    assert of(story, "10:20", "carrier", "acme") == (2, 1, 1)
    assert of(story, "10:29:50", "carrier", "acme") == (2, 1, 1)
    assert of(story, "10:30", "carrier", "acme") == (2, 0, 0)


def test_a_try_counts_and_a_bad_line_counts_while_it_is_bad():
    story = room().fails("p3", "10:05").line("p1", "10:10", "poor").line("p1", "10:15", "good")
    assert of(story, "10:04:50") == (3, 0, 0)
    assert of(story, "10:05") == (3, 1, 1)
    assert of(story, "10:10") == (3, 2, 1)
    assert of(story, "10:15") == (3, 1, 1)


def test_who_waits_to_be_admitted_has_no_technical_condition():
    story = room().fails("p3", "10:05").waits("p3", "10:06").waits("p3", "10:09", state="left")
    assert [of(story, when)[1] for when in ("10:05", "10:06", "10:08:50", "10:09")] == [1, 0, 0, 1]


@pytest.mark.parametrize("when", ["09:59:50", "11:00"])
def test_a_room_counts_from_its_start_to_its_real_end(when):
    told = counts(room(), "11:05")[at(when)]
    assert (told.rooms, told.people, told.by) == (0, 0, {})


def test_who_need_not_come_is_not_expected():
    assert of(room().excuses("p3", "10:05"), "10:06") == (2, 0, 0)
