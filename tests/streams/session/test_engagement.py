"""What is counted, once each; what goes into the attendance; and how much is kept."""

from hashlib import blake2b

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.events import HOUR, MINUTE, EngagementObserved, UsualPart
from streams.session.engagement import BLOCK, Engagement, count, known
from streams.session.ledger import Ledger
from streams.session.monitor import Monitor
from tests.story import RULES, Story, at, clock_of, group, tick


def seen(name: str, when: str, kind: str = "spoke", ms: int | None = 4_000) -> EngagementObserved:
    return EngagementObserved(
        id=name, ts=at(when), session_id="s1", participant_id="p1", kind=kind, ms=ms
    )


def test_the_same_id_counts_once_within_two_minutes_and_later_ones_are_dropped():
    ledger = Ledger()
    assert count(ledger, seen("a", "10:00:10"), at("10:00:20")) is True
    assert count(ledger, seen("a", "10:00:10"), at("10:01:50")) is False
    assert count(ledger, seen("b", "10:00:10"), at("10:02:10")) is True
    assert count(ledger, seen("c", "10:00:10"), at("10:02:10.001")) is None
    for minute in range(3, 30):
        count(ledger, seen(f"m{minute}", f"10:{minute:02}"), at(f"10:{minute:02}"))
    assert len(ledger.counted) <= 4


def test_a_sign_of_a_year_to_come_is_refused_and_takes_no_memory():
    story = group(["p1"]).joins("p1", "10:00").shows("p1", "10:01", "spoke")
    monitor = Monitor(0, RULES)
    for offset, event in enumerate([tick(at("10:00")), *story.events]):
        monitor.apply(event, offset)
    size = len(monitor.stored("s1"))
    far = msgspec.structs.replace(seen("b", "10:00"), ts=at("10:00") + 10 * 365 * 24 * HOUR)
    assert monitor.apply(far, 10).rejected == ["future_timestamp"]
    assert monitor.apply(seen("c", "10:06"), 11).rejected == []
    assert len(monitor.stored("s1")) < size + 100


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("spoke", (1, 4_000, 0, 0, 0, 0, 0, 0)),
        ("chat", (1, 0, 1, 0, 0, 0, 0, 0)),
        ("reaction", (1, 0, 0, 1, 0, 0, 0, 0)),
        ("hand_raised", (1, 0, 0, 1, 0, 0, 0, 0)),
        ("poll_answered", (1, 0, 0, 0, 1, 4_000, 0, 1)),
        ("poll_missed", (0, 0, 0, 0, 0, 0, 1, 0)),
    ],
)
def test_each_kind_has_its_place(kind: str, counts: tuple[int, ...]):
    ledger = Ledger()
    count(ledger, seen("a", "10:00:10", kind), at("10:00"))
    facts = [ledger.people["p1"]]
    assert known(facts, at("10:05")).block(at("10:00") // BLOCK) == counts
    assert known(facts, at("10:04:59")) == Engagement()


def test_blocks_in_any_order_and_more_than_fits():
    ledger = Ledger()
    for number, when in enumerate(("10:20", "10:05", "10:31")):
        count(ledger, seen(str(number), when, ms=500_000), at(when))
    found = known([ledger.people["p1"]], at("11:00"))
    assert list(found.minutes()) == [at("10:05"), at("10:20"), at("10:31")]
    assert found.block(at("10:05") // BLOCK)[1] == 409_500
    assert found.block(at("10:10") // BLOCK) == found.block(at("09:00") // BLOCK) == (0,) * 8


def test_a_late_sign_goes_to_its_own_block():
    ledger = Ledger()
    for name, when in (
        ("a", "10:20"),
        ("b", "10:27"),
        ("c", "10:12"),
        ("d", "10:21"),
        ("e", "10:29"),
    ):
        assert count(ledger, seen(name, when), at("10:10")) is True
        facts = ledger.people["p1"]
        assert known([facts], at("10:10")) == Engagement()
    for until, minutes in (
        ("10:15", ["10:12"]),
        ("10:25", ["10:12", "10:20", "10:21"]),
        ("11:00", ["10:12", "10:20", "10:21", "10:27", "10:29"]),
    ):
        assert list(known([facts], at(until)).minutes()) == [at(one) for one in minutes]
    assert count(ledger, seen("f", "10:29:30"), at("10:30:30")) is True  # looked at by now
    assert count(ledger, seen("g", "10:31"), at("10:31")) is True
    assert known([facts], at("10:35")).block(at("10:25") // BLOCK)[1] == 12_000
    assert ledger.blocks_over() == {at(f"10:{minute}") for minute in (15, 20, 25, 30, 35)}


def test_a_block_that_was_looked_at_is_over_once():
    ledger = Ledger()
    count(ledger, seen("a", "10:01"), at("10:01"))
    facts = [ledger.people["p1"]]
    one = known(facts, at("10:05"))
    assert known(facts, at("10:30")) == one
    assert ledger.blocks_over() == {at("10:05")}
    count(ledger, seen("b", "10:16"), at("10:16"))
    assert [
        known(facts, at("10:20")).block(at(when) // BLOCK)[0] for when in ("10:00", "10:15")
    ] == [
        0b10,
        0b10,
    ]


def test_an_id_is_not_known_from_the_end_of_one_and_the_beginning_of_another():
    name = blake2b(b"a", digest_size=8).digest()
    ledger = Ledger(counted={at("10:00") // MINUTE: bytearray(name[4:] + name + name[:4])})
    assert count(ledger, seen("a", "10:00:10"), at("10:00:20")) is True
    assert count(ledger, seen("a", "10:00:10"), at("10:00:20")) is False


KINDS = ("spoke", "chat", "reaction", "hand_raised", "poll_answered", "poll_missed")


@given(
    st.lists(
        st.tuples(
            st.integers(-9 * MINUTE, 40 * MINUTE),
            st.sampled_from(KINDS),
            st.sampled_from((None, 0, 99, 100, 12_345, 409_600, 10_000_000)),
            st.sampled_from((1, 2, 40, 600)),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_what_is_counted_in_any_order_is_what_was_shown(told: list):
    """Reckoned anew, block by block; looks and restarts in between change nothing."""
    ledger, start = Ledger(), at("10:00")
    expected: dict[int, list[int]] = {}
    for number, (after, kind, ms, times, restarted) in enumerate(told):
        ts = start + after
        for time in range(times):
            event = msgspec.structs.replace(seen(f"{number}.{time}", "10:00", kind, ms), ts=ts)
            assert count(ledger, event, start - 10 * MINUTE) is True
        counts = expected.setdefault(ts // BLOCK, [0] * 8)
        place = {"spoke": 1, "chat": 2, "poll_answered": 4, "poll_missed": 6}.get(kind, 3)
        counts[place] += times * ((ms or 0) // 100 * 100 if kind == "spoke" else 1)
        timed = kind == "poll_answered" and ms is not None
        counts[5] += times * (ms // 100 * 100) if timed else 0
        counts[7] += times if timed else 0
        counts[0] |= 0 if kind == "poll_missed" else 1 << ts % BLOCK // MINUTE
        known([ledger.people["p1"]], ts)
        if restarted:
            stored = msgspec.msgpack.encode(ledger)
            ledger = msgspec.msgpack.decode(stored, type=Ledger)
    most = (31, 409_500, 127, 127, 31, 1_638_300, 31, 31)
    blocks = {
        number: tuple(min(pair) for pair in zip(counts, most, strict=True))
        for number, counts in expected.items()
    }
    found = known(ledger.people.values(), start + 60 * MINUTE)
    numbers = range(start // BLOCK - 3, start // BLOCK + 10)
    assert {n: found.block(n) for n in numbers} == {n: blocks.get(n, (0,) * 8) for n in numbers}
    totals = [sum(one) for one in zip(*map(found.block, numbers), strict=True)]
    assert found.totals(numbers) == (0, *totals[1:])


def test_two_names_of_one_person_are_added_up():
    ledger = Ledger()
    count(ledger, seen("a", "10:00:10"), at("10:00"))
    count(ledger, seen("b", "10:03:10"), at("10:00"))
    facts = ledger.people["p1"]
    both = known([facts, facts], at("10:05"))
    assert both.block(at("10:00") // BLOCK) == (0b1001, 16_000, 0, 0, 0, 0, 0, 0)
    assert list(both.minutes()) == [at("10:00"), at("10:03")]


def taking_part():
    story = group(["p1", "p2"]).joins("h1", "10:00").joins("p1", "10:00").joins("p2", "10:00")
    for minute in (1, 2, 11, 41):
        story.shows("p1", f"10:{minute:02}:20", "spoke", 45_000)
    return story.shows("p1", "10:20", "poll_answered", 3_000).shows("p1", "10:21", "poll_missed")


def test_the_attendance_has_the_parts_by_half_hour_and_the_gaps():
    [p1, p2] = taking_part().attended
    assert p1.parts == [
        {"speaking": 0.075, "chat": 0.0, "reactions": 0.0, "polls": 0.5, "poll_latency": 3.0},
        {"speaking": 0.025, "chat": 0.0, "reactions": 0.0},
    ]
    assert p1.gap_minutes == [1.0, 8.0, 8.0, 20.0, 18.0]
    assert (p2.parts, p2.gap_minutes, p2.fatigue_index) == (None, None, None)


def test_the_highest_index_that_was_held_is_kept():
    story = taking_part().reports("p1", "10:29", "fatigue", score=4)
    [p1, _] = story.attended
    assert p1.fatigue_index is not None
    assert 0.6 <= p1.fatigue_index <= 1.0


def test_a_busy_room_of_ten_stays_within_24_kilobytes():
    people = [f"participant-{number:024}" for number in range(10)]
    story = Story(people, ends="13:00", platform="zoom")
    usual = [
        UsualPart(half_hour, part, 0.1234 + half_hour, 0.0123, 10)
        for half_hour in range(6)
        for part in ("camera", "chat", "poll_latency", "polls", "reactions", "speaking")
    ]
    for person in people:
        story.profiles(person, usual=usual, gap_p90_minutes=20.0).joins(person, "10:00")
        for number, ts in enumerate(range(at("10:00"), at("13:00"), 20_000)):
            kind = ("spoke", "chat", "reaction")[number % 3]
            story.shows(person, clock_of(ts), kind, 3_000)
            if number % 10 == 0:
                story.switches(person, clock_of(ts), microphone="on")
                story.switches(person, clock_of(ts + 9_000), microphone="off")
    monitor, clock = Monitor(0, RULES), at("09:59")
    largest = 0
    for offset, event in enumerate(story.events):
        while event.ts > clock:
            clock += 60_000
            monitor.apply(tick(clock), offset)
        monitor.apply(event, offset)
        if offset % 500 == 0:
            largest = max(largest, len(monitor.stored("s1")))
    assert max(largest, len(monitor.stored("s1"))) <= 24_000
