"""Incidents over time: raised, what they explain, whom they tell, when they are over."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codec import encode
from streams.events import IncidentClosed, IncidentOpened, PresenceCounted, Signal
from streams.incidents.monitor import Monitor, Step
from streams.rules import load
from tests.streams.incidents.rooms import (
    CARRIER,
    PLATFORM,
    alert,
    clinic,
    counted,
    instant,
    on,
    person,
)

RULES = load()
CLINIC = clinic()
ACME = on(CLINIC, "carrier", CARRIER)
ON_ACME = sorted(ACME)


class Story:
    """Counts every 10 s; `fails(from, until, who)` is affected meanwhile."""

    def __init__(self, everybody=CLINIC, partitions=1):
        self.everybody = everybody
        self.partitions = partitions
        self.failing: list[tuple[float, float, set[int]]] = []
        self.alerts: list[tuple[float, Signal]] = []

    def fails(self, since, until, who=ACME):
        self.failing.append((since, until, set(who)))
        return self

    def alert(self, n, seconds, heard=None, **more):
        said = alert(n, self.everybody, seconds, **more)
        self.alerts.append((seconds if heard is None else heard, said))
        return self

    def records(self, until):
        """In the order of one reader: alerts before the counts of their instant."""
        found = []
        for tick in range(0, until + 1, 10):
            found += [said for at, said in self.alerts if tick - 10 < at <= tick]
            affected = {n for a, b, who in self.failing if a <= tick < b for n in who}
            found += counted(tick, self.everybody, affected, self.partitions)
        return found

    def tell(self, until=1200):
        return told(self.records(until), self.partitions)


def told(records, partitions=1, rules=RULES):
    monitor, step = Monitor(partitions, rules), Step()
    for record in records:
        one = monitor.apply(record)
        step.signals += one.signals
        step.told += one.told
    return step


def said(step):
    return [(one.status, one.subject, (one.ts - instant(0)) // 1000) for one in step.signals]


def test_a_carrier_fails_and_comes_back():
    step = Story().fails(60, 600).tell()
    assert said(step) == [("raised", "carrier:acme", 60), ("cleared", "carrier:acme", 720)]
    first, last = step.signals
    assert first.audience == {"tech": "critical", "on_duty": "high", "manager": "high"}
    assert (first.severity, first.rule, first.rules) == (
        "critical",
        "platform_incident",
        RULES.hash,
    )
    assert (first.session_id, first.participant_id, first.program_id) == (None, None, None)
    assert first.traits.carrier == CARRIER
    assert first.alert_id == last.alert_id
    assert first.evidence["affected"] == 16
    assert step.told == []  # no alert of a person stood, so no room is known


def test_it_stands_while_half_of_its_height_lasts():
    some, few = set(ON_ACME[:9]), set(ON_ACME[:7])
    step = Story().fails(60, 300).fails(300, 600, some).fails(600, 900, few).tell()
    assert said(step) == [("raised", "carrier:acme", 60), ("cleared", "carrier:acme", 720)]


def test_exactly_half_of_its_height_is_not_under_half_of_it():
    """Of 28 with acme, 12 and then 6: rounded to three digits, 0.429 would be over twice 0.214."""
    everybody = [person(n % 7, carrier=CARRIER) for n in range(28)]
    everybody += [person(n % 7, carrier="bell") for n in range(42)]
    step = Story(everybody).fails(60, 300, range(12)).fails(300, 900, range(6)).tell(1100)
    assert said(step) == [("raised", "carrier:acme", 60), ("cleared", "carrier:acme", 1020)]


def test_a_short_recovery_is_no_end():
    step = Story().fails(60, 300).fails(400, 700).tell()
    assert said(step) == [("raised", "carrier:acme", 60), ("cleared", "carrier:acme", 820)]


@pytest.mark.parametrize(("again", "raised_at"), [(830, 1020), (1100, 1100)])
def test_the_same_trait_is_told_again_only_after_the_cooldown(again, raised_at):
    step = Story().fails(60, 600).fails(again, 1500).tell(1200)
    assert said(step)[2:] == [("raised", "carrier:acme", raised_at)]
    assert step.signals[2].alert_id != step.signals[0].alert_id


def test_what_stands_is_explained_and_its_rooms_are_told():
    story = Story().fails(60, 600)
    for n in ON_ACME[:3]:
        story.alert(n, 40)
    story.alert(ON_ACME[3], 180).alert(ON_ACME[4], 184).alert(ON_ACME[5], 300)
    step = story.tell()
    assert said(step) == [
        ("raised", "carrier:acme", 60),
        ("updated", "carrier:acme", 180),
        ("updated", "carrier:acme", 190),
        ("updated", "carrier:acme", 300),
        ("cleared", "carrier:acme", 720),
    ]
    assert [len(one.explains) for one in step.signals] == [3, 4, 5, 6, 6]
    opened = [one for one in step.told if isinstance(one, IncidentOpened)]
    closed = [one for one in step.told if isinstance(one, IncidentClosed)]
    rooms = {f"room-{CLINIC[n].room}" for n in ON_ACME[:6]}
    assert {one.session_id for one in opened} == {one.session_id for one in closed} == rooms
    assert len(opened) == len(rooms)
    assert {one.ts for one in opened} == {instant(60)}
    assert {one.ts for one in closed} == {instant(720)}
    assert {one.trait for one in step.told} == {"carrier:acme"}
    assert len({one.id for one in step.told}) == len(step.told)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"rule": "crisis_reported"}, id="a crisis"),
        pytest.param({"rule": "joined_late"}, id="what is no failing"),
        pytest.param({"trial": True}, id="a rule on trial"),
    ],
)
def test_it_never_explains(more):
    step = Story().fails(60, 600).alert(ON_ACME[0], 100, **more).tell(300)
    assert [one.explains for one in step.signals] == [[]]


def test_it_explains_nobody_without_the_trait_nothing_old_and_nothing_over():
    other = next(n for n in range(len(CLINIC)) if n not in ACME)
    gone = alert(ON_ACME[1], CLINIC, 30)
    story = Story().fails(600, 900).alert(other, 610).alert(ON_ACME[0], 200)
    story.alerts += [(30, gone), (50, alert(ON_ACME[1], CLINIC, 30, status="cleared", at=50))]
    step = story.tell(800)
    assert [one.explains for one in step.signals] == [[]]


@pytest.mark.parametrize(
    ("shared", "is_explained"),
    [
        ({"carrier": CARRIER, "platform": PLATFORM}, True),
        ({"platform": PLATFORM}, False),
        ({}, False),
    ],
)
def test_a_room_s_incident_is_explained_where_its_people_share_the_trait(shared, is_explained):
    of_room = alert(0, CLINIC, 100, "session_incident", evidence={"affected": 4, **shared})
    story = Story().fails(60, 600)
    story.alerts.append((100, of_room))
    step = story.tell(300)
    assert (of_room.alert_id in step.signals[-1].explains) is is_explained
    assert bool(step.told) is is_explained


def test_one_cause_is_one_incident_though_it_shows_in_several_traits():
    """All on acme use phones: the phones fail too, but nobody beyond acme."""
    everybody = [
        person(n % 6, carrier=CARRIER, device="phone", platform=PLATFORM) for n in range(18)
    ]
    everybody += [
        person(n % 6, carrier="bell", device="desktop", platform=PLATFORM) for n in range(30)
    ]
    everybody += [person(n % 6, carrier="bell", device="phone", platform=PLATFORM) for n in (1, 2)]
    step = Story(everybody).fails(60, 600, range(18)).tell(800)
    assert said(step) == [("raised", "carrier:acme", 60), ("cleared", "carrier:acme", 720)]


def test_a_second_cause_beside_it_is_an_incident_of_its_own():
    bell = on(CLINIC, "carrier", "bell")
    step = Story().fails(60, 600).fails(200, 600, bell).tell(590)
    assert said(step) == [("raised", "carrier:acme", 60), ("raised", "carrier:bell", 200)]
    step = Story().fails(60, 600, bell).fails(200, 600, on(CLINIC, "platform", PLATFORM)).tell(590)
    assert said(step) == [("raised", "carrier:bell", 60), ("raised", "platform:zoom", 200)]


def test_whom_another_carrier_fails_is_not_taken_for_those_of_the_first():
    """Fourteen beside ten: nobody is with two carriers, so no fourteen more are asked for."""
    delta = sorted(on(CLINIC, "carrier", "delta"))[:14]
    step = Story().fails(60, 600, ON_ACME[:10]).fails(200, 600, delta).tell(590)
    assert said(step) == [("raised", "carrier:acme", 60), ("raised", "carrier:delta", 200)]


def test_counts_written_again_after_a_crash_change_nothing():
    records = Story().fails(60, 600).alert(ON_ACME[0], 100).records(900)
    doubled = [one for n, record in enumerate(records) for one in (record, records[max(0, n - 1)])]
    assert told(doubled).signals == told(records).signals


def test_nothing_is_judged_until_all_partitions_have_counted():
    records = Story(partitions=2).fails(60, 600).records(900)
    silent = [r for r in records if not (isinstance(r, PresenceCounted) and r.partition == 1)]
    assert told(silent, 2).signals == []
    assert said(told(records, 2))[0] == ("raised", "carrier:acme", 60)


@pytest.mark.parametrize(("state", "said_of_it"), [("off", 0), ("trial", 3)])
def test_a_rule_that_is_off_says_nothing_and_on_trial_tells_no_room(state, said_of_it, tmp_path):
    file = tmp_path / "rules.toml"
    file.write_text(f'[rule.platform_incident]\nstate = "{state}"\n')
    records = Story().fails(60, 600).alert(ON_ACME[0], 100).records(900)
    step = told(records, rules=load(file))
    assert len(step.signals) == said_of_it
    assert all(one.trial for one in step.signals)
    assert step.told == []


# --- whatever the order -------------------------------------------------------------------------


def logs():
    """Three partitions of `signals`: counts in the partition of their number, alerts by their key,
    each before its partition's counts of the same instant."""
    story = Story(partitions=3).fails(60, 400).fails(700, 900)
    for place, n in enumerate(ON_ACME):
        story.alert(n, 40 + 31 * place)
        if place % 3 == 0:
            over = alert(n, CLINIC, 40 + 31 * place, status="cleared", at=100 + 31 * place)
            story.alerts.append((100 + 31 * place, over))
    parts = [[], [], []]
    for record in story.records(1200):
        if isinstance(record, PresenceCounted):
            parts[record.partition].append(record)
        else:
            parts[int(record.alert_id[:8], 16) % 3].append(record)
    return parts


LOGS = logs()


def run(order):
    left = [iter(part) for part in LOGS]
    records = [record for place in order for record in [next(left[place], None)] if record]
    for rest in left:
        records += rest
    step = told(records, 3)
    return [encode(one) for one in step.signals], sorted(encode(one) for one in step.told)


USUAL = run([n for n in range(max(map(len, LOGS))) for n in range(3)])


def test_the_usual_order_says_much():
    signals, rooms = USUAL
    assert len(signals) > 10
    assert len(rooms) > 10


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_in_whatever_order_the_partitions_are_read_the_signals_are_the_same(data):
    seed = data.draw(st.integers(0, 2**32))
    steps = data.draw(st.integers(0, 400))
    drawn = random.Random(seed)  # noqa: S311 - no secret
    bias = [drawn.random() for _ in range(3)]
    assert run(drawn.choices(range(3), bias, k=steps)) == USUAL


def test_a_partition_that_stands_still_shows_in_its_newest_count():
    monitor = Monitor(3, RULES)
    for record in counted(10, CLINIC, set(), 3) + counted(20, CLINIC, set(), 3)[:1]:
        monitor.apply(record)
    assert [monitor.counted_at(n) for n in range(3)] == [instant(20), instant(10), instant(10)]
    assert Monitor(1, RULES).counted_at(0) is None
