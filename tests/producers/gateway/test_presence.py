"""The same day on each platform: however its deliveries come, the same presence comes out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.pseudonyms import Pseudonyms
from producers.gateway.adapter import Scene
from producers.gateway.errors import Refused
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import PLATFORMS
from streams.events import HOUR, MINUTE, ClockTicked, RosterEntry, Sample, SessionScheduled
from streams.rules import load
from streams.session.monitor import Monitor
from tests.producers.gateway.clinic import NOW, ROOM, session_of
from tests.producers.gateway.golden import deliveries

START = NOW - 30 * MINUTE
RULES = load()


def at(minutes: float) -> int:
    return START + round(minutes * MINUTE)


DAY = [
    Scene("started", ROOM, at(-6)),
    Scene("joined", ROOM, at(-5), "dr-ortiz", "h1"),
    Scene("joined", ROOM, at(-2), "ana", "a1"),
    Scene("joined", ROOM, at(1), "luis", "l1"),
    Scene("left", ROOM, at(40), "luis", "l1"),
    Scene("joined", ROOM, at(47), "luis", "l2"),
    Scene("joined", ROOM, at(60), "stranger", "s1"),
    Scene("left", ROOM, at(65), "stranger", "s1"),
    Scene("left", ROOM, at(90), "ana", "a1"),
    Scene("left", ROOM, at(178), "luis", "l2"),
    Scene("left", ROOM, at(179), "dr-ortiz", "h1"),
    Scene("ended", ROOM, at(180)),
]


def scheduled(key, session_id: str, start: int) -> SessionScheduled:
    names = Pseudonyms(key)
    return SessionScheduled(
        id="s",
        ts=start - HOUR,
        session_id=session_id,
        program_id=names.program("iop"),
        track="evening",
        kind="group",
        starts_at=start,
        ends_at=start + 3 * HOUR,
        host_id=names.staff("dr-ortiz"),
        modality="virtual",
        roster=[RosterEntry(names.participant(who)) for who in ("ana", "luis")],
    )


def played(platform: str, scenes: list[Scene]) -> list[bytes]:
    return [PLATFORMS[platform].play(scene) for scene in scenes]


def presence(clinic, platform: str, bodies: list[bytes]) -> list[tuple]:
    """What is written of each patient when the session closes."""
    adapter, occupancy = PLATFORMS[platform], Occupancy()
    names = clinic.names(platform, occupancy)
    number = [*PLATFORMS].index(platform)
    start = START - number * MINUTE
    session_id = session_of(clinic.key, number, start)
    monitor, offset, attended = Monitor(0, RULES), 0, []

    def apply(event) -> None:
        nonlocal offset
        offset += 1
        attended.extend(monitor.apply(event, offset).attended)

    apply(scheduled(clinic.key, session_id, start))
    for body in bodies:
        try:
            told = adapter.translate(body, names)
        except Refused:
            continue
        assert {event.session_id for event in told} <= {session_id}
        events = [event for event in told if not isinstance(event, Sample)]
        occupancy.note(events)
        for event in events:
            apply(event)
    for ts in range(start, start + 4 * HOUR, MINUTE):
        apply(ClockTicked(id=str(ts), ts=ts))
    return sorted(
        (one.participant_id, one.outcome, one.present_ms, one.held_ms, one.joined_late_ms)
        for one in attended
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=4, deadline=None)
@given(choose=st.randoms(use_true_random=False))
def test_shuffled_doubled_and_late_deliveries_change_nothing(evenings, platform, choose):
    day = played(platform, DAY)
    straight = presence(evenings, platform, day)
    assert [outcome for _, outcome, *_ in straight].count("attended") == 1
    other = [*day, *choose.sample(day, 5)]
    choose.shuffle(other)
    assert presence(evenings, platform, other) == straight


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != "livekit"])
@settings(max_examples=6, deadline=None)
@given(choose=st.randoms(use_true_random=False))
def test_so_with_all_that_a_platform_says_of_a_day(evenings, platform, choose):
    """Rooms within the room, lobbies, note-takers, who calls: `tests/data/<platform>`."""
    day = list(deliveries(platform).values())
    straight = presence(evenings, platform, day)
    assert any(present for _, _, present, *_ in straight)
    other = [*day, *choose.sample(day, 5)]
    choose.shuffle(other)
    assert presence(evenings, platform, other) == straight


def test_the_day_is_the_same_on_every_platform(evenings):
    """Each session began a minute before the other, so that minutes are told apart by that."""
    days = {platform: presence(evenings, platform, played(platform, DAY)) for platform in PLATFORMS}
    outcomes = {tuple(outcome for _, outcome, *_ in day) for day in days.values()}
    assert len(outcomes) == 1
    held = [day[0][3] for day in days.values()]
    assert max(held) - min(held) <= len(PLATFORMS) * MINUTE
