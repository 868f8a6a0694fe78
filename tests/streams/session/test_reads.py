"""A rule reads nothing that it is not listed for, and what is made part by part is the whole."""

import random
from collections import Counter

import pytest
from msgspec.structs import replace

from streams.session import as_of, asking, persons
from streams.session.detectors import ABOUT_PEOPLE, ABOUT_ROOMS, LOOKING_AT_PEOPLE
from streams.session.facts import Person, Room
from streams.session.monitor import Monitor
from streams.session.reads import EVERYTHING, READS, name_of
from tests.story import at, clock_of, tick
from tests.streams.session.test_properties import EVERYBODY, GAPS, PATIENTS, SOON, begin, make

REASONS = ("left", "connection_lost", "removed", "ended", "unknown")
MOVES = (
    lambda dice: ("joins", dice.choice(EVERYBODY), dice.choice("ab"), dice.random() < 0.3),
    lambda dice: ("leaves", dice.choice(EVERYBODY), dice.choice("ab"), dice.choice(REASONS)),
    lambda dice: ("comes", dice.choice(PATIENTS), dice.choice(REASONS), dice.choice(GAPS)),
    lambda dice: ("waits", dice.choice(PATIENTS), dice.choice(("entered", "admitted"))),
    lambda dice: ("link", dice.choice(PATIENTS)),
    lambda dice: ("fails", dice.choice(PATIENTS)),
    lambda dice: ("checks", dice.choice(PATIENTS), dice.choice(("pass", "fail"))),
    lambda dice: ("line", dice.choice(PATIENTS), dice.choice(("good", "poor", "lost"))),
    lambda dice: ("shows", dice.choice(PATIENTS), "spoke"),
    lambda dice: ("switches", dice.choice(PATIENTS), dice.choice(("on", "off")), "on"),
    lambda dice: ("media", dice.choice(PATIENTS), "heard", dice.choice(("flowing", "frozen"))),
    lambda dice: ("reports", dice.choice(EVERYBODY), dice.choice(("crisis", "technical"))),
    lambda dice: ("identifies", dice.choice((*PATIENTS, None))),
    lambda dice: ("break", dice.choice(("started", "ended"))),
)


def stories(seed: int):
    """A room's monitor after each tick of a random story, and the instant."""
    dice = random.Random(seed)  # noqa: S311 - shuffles a test
    story, now = begin(), at("09:50")
    for _ in range(40):
        now = make(story, dice.choice(MOVES)(dice), now) + dice.choice(GAPS[:9]) * 1_000
    monitor, offset = Monitor(0, SOON, boards=False), 0
    events = sorted(story.events, key=lambda event: event.ts)
    for ts in range(at("09:01"), now + 30_000, 30_000):
        while events and events[0].ts <= ts:
            monitor.apply(events.pop(0), offset := offset + 1)
        monitor.apply(tick(ts), offset := offset + 1)
        yield monitor._watches["s1"], ts - SOON.general.allowed_lateness


@pytest.mark.parametrize("seed", range(6))
def test_people_made_part_by_part_are_the_same_as_made_anew(seed):
    for watch, now in stories(seed):
        if watch.room is None:
            continue
        for name, person in watch.room.people.items():
            new = persons.person(watch.state.ledger, name, watch.room.schedule, now)
            counted = {"engagement": None}
            assert _fields(person) | counted == _fields(new) | counted, clock_of(now)


def _fields(person: Person) -> dict:
    return {name: getattr(person, name) for name in Person.__struct_fields__}


@pytest.mark.parametrize("seed", range(6))
def test_rules_read_what_they_are_listed_for(seed):
    seen: set[str] = set()

    class SeenPerson(Person, frozen=True):
        def __getattribute__(self, name):
            seen.add(name)
            return super().__getattribute__(name)

    class SeenRoom(Room):
        def __getattribute__(self, name):
            seen.add(name)
            return super().__getattribute__(name)

    for watch, now in stories(seed):
        if watch.room is None or now % 120_000:
            continue
        people = {name: SeenPerson(**_fields(one)) for name, one in watch.room.people.items()}
        fields = {name: getattr(watch.room, name) for name in Room.__struct_fields__}
        room = SeenRoom(**{**fields, "people": people})
        for module in (*ABOUT_ROOMS, *ABOUT_PEOPLE):
            rule, limits = name_of(module), fields["limits"][name_of(module)]
            seen.clear()
            if module in ABOUT_ROOMS:
                list(module.episodes(room, limits))
            else:
                for person in people.values():
                    list(module.episodes(person, room, limits))
            read = seen & EVERYTHING - {"participant_id", "how_in_person"}
            assert read <= READS.get(rule, EVERYTHING), rule


@pytest.mark.parametrize("seed", range(6))
def test_rules_that_are_not_asked_of_a_person_would_have_said_nothing(seed):
    passed_over = 0
    for watch, _ in stories(seed):
        if watch.room is None:
            continue
        room = watch.room
        for name, person in room.people.items():
            worth = watch._known.worth(name)
            for module in (*ABOUT_PEOPLE, *LOOKING_AT_PEOPLE):
                rule = name_of(module)
                if not worth(rule):
                    passed_over += 1
                    assert not [*module.episodes(person, room, room.limits[rule])], (rule, name)
    assert passed_over > 100


@pytest.mark.parametrize("seed", range(6))
def test_rules_that_are_not_asked_of_a_room_would_have_said_nothing(seed):
    passed_over = Counter()
    for watch, _ in stories(seed):
        room = watch.room
        for module in ABOUT_ROOMS if room is not None else ():
            rule = name_of(module)
            if not asking.of_room(room, rule):
                passed_over[rule] += 1
                assert not [*module.episodes(room, room.limits[rule])], rule
    assert passed_over["session_incident"] > 10


@pytest.mark.parametrize("seed", range(6))
def test_what_was_worth_asking_of_a_person_is_known_as_if_asked_anew(seed):
    for watch, now in stories(seed):
        if watch.room is None:
            continue
        for name, person in watch.room.people.items():
            anew = asking.of_person(person, watch.room)
            worth = watch._known.worth(name)
            asked = {rule for rule in map(name_of, ABOUT_PEOPLE) if worth(rule)}
            assert asked == anew, (name, clock_of(now))


@pytest.mark.parametrize("seed", range(6))
def test_a_room_made_part_by_part_is_the_same_as_made_anew(seed):
    for watch, now in stories(seed):
        room = watch.room
        if room is None:
            continue
        anew = as_of.room(
            room.session_id,
            watch.state.ledger,
            room.schedule,
            room.people,
            room.closes_at,
            room.limits,
            now,
            as_of.Memo(),
        )
        assert room.words() == anew.words(), clock_of(now)


def test_a_break_that_ends_while_delays_stand_still_is_another_word_of_the_room():
    *_, (watch, _) = stories(0)
    quarter = (at("10:30"), at("10:45"))
    one = replace(watch.room, breaks=(quarter,), stopped=(quarter,))
    assert one.words() != replace(one, breaks=((quarter[0], at("10:44")),)).words()
