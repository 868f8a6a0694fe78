"""Screen fatigue: against the person's own usual, never on a bad line, a camera or a guess."""

import pytest

from streams.events import ParticipantConsented, UsualPart
from streams.rules import Rules, load
from tests.story import at, cleared, clock_of, group, raised

PARTS = {"speaking": (0.1, 0.02), "chat": (3.0, 0.8)}


def usual(parts=PARTS, count=10):
    return [
        UsualPart(half_hour, part, median, mad, count)
        for half_hour in range(6)
        for part, (median, mad) in parts.items()
    ]


def talking(story, who: str, first: str, until: str, ms: int = 30_000):
    """Speaks a tenth of each five minutes, and writes every ten."""
    for number, ts in enumerate(range(at(first), at(until), 5 * 60_000)):
        story.shows(who, clock_of(ts + 60_000), "spoke", ms)
        if number % 2 == 0:
            story.shows(who, clock_of(ts + 120_000), "chat")
    return story


def tiring(count=10, parts=PARTS, rules=None, **plan):
    """Takes part as usual for half an hour, then not any more."""
    plan = {"ends": "12:00", **plan} | ({"rules": rules} if rules else {})
    story = (
        group(["p1", "p2"], **plan).joins("h1", "10:00").joins("p1", "10:00").joins("p2", "10:00")
    )
    if count:
        story.profiles("p1", usual=usual(parts, count))
    return talking(story, "p1", "10:00", "10:30")


def of(story, *rules: str):
    story.tell("12:20")
    return story.of(*(rules or ("screen_fatigue",)))


def test_held_for_ten_minutes_until_low_for_ten():
    story = talking(tiring(), "p1", "11:10", "12:00", ms=45_000)
    assert of(story) == [
        raised(
            "screen_fatigue",
            "p1",
            when="10:55",
            since=at("10:45"),
            minutes_on_screen=55,
            index_limit=0.7,
            held_minutes=10,
            told={"clinician": "info"},
        ),
        cleared("screen_fatigue", "p1", when="11:35"),
    ]
    evidence = of(story)[0].evidence
    assert evidence["speaking"] == evidence["chat"] == 1.0
    assert evidence["weights"]["camera"] == 0.1


@pytest.mark.parametrize(
    ("pause", "when"), [(("10:47", "10:52"), "11:05"), (("10:43", "10:44"), "11:00")]
)
def test_a_break_and_what_follows_it_do_not_count(pause, when):
    assert of(tiring(breaks=[pause]))[0] == raised("screen_fatigue", "p1", when=when)


def test_a_time_in_which_nothing_could_be_measured_holds_nothing():
    story = group(["p1", "p2"], ends="12:00").profiles("p1", usual=usual())
    story.joins("h1", "10:00").joins("p2", "10:00").shows("p2", "10:01", "chat")
    story.joins("p1", "10:00").leaves("p1", "10:15").joins("p1", "10:45", on="again")
    assert of(story)[0] == raised("screen_fatigue", "p1", when="11:10", since=at("11:00"))


def test_what_was_told_with_time_between_was_held_for_none():
    story = group(["p1", "p2"], ends="12:00").profiles("p1", usual=usual())
    story.joins("h1", "10:00").joins("p2", "10:00").shows("p2", "10:01", "chat")
    there = [("10:00", "10:15"), ("10:45", "10:50"), ("11:00", "11:05"), ("11:10", "11:15")]
    for number, (came, went) in enumerate([*there, ("11:20", "11:25")]):
        story.joins("p1", came, on=f"c{number}").leaves("p1", went, on=f"c{number}")
    assert of(story) == []  # told at 10:30, 11:15 and 11:25
    assert story.attended[0].fatigue_index is None


def test_who_goes_on_as_usual_does_not_tire():
    assert of(talking(tiring(), "p1", "10:30", "12:00")) == []


@pytest.mark.parametrize("told", [0, 1])
def test_an_answer_whose_latency_nobody_told_is_not_a_quick_one(told: int):
    story = tiring(parts={**PARTS, "poll_latency": (4.0, 1.0)})
    for number in range(3):
        story.shows("p1", f"10:4{number}", "poll_answered", 12_000 if number < told else None)
    assert of(story)[0].evidence.get("poll_latency") == (1.0 if told else None)


def test_without_a_usual_it_is_never_told_by_itself():
    assert of(tiring(count=0)) == []
    assert of(tiring(count=4)) == []


def test_the_persons_own_word_has_most_of_the_weight():
    story = tiring(count=0).reports("p1", "10:40", "fatigue", score=4)
    assert of(story)[0] == raised("screen_fatigue", "p1", when="10:50", report=4)
    story = (
        tiring()
        .reports("p1", "10:40", "fatigue", score=0)
        .reports("p1", "11:09", "fatigue", score=0)
    )
    story.reports("p1", "11:38", "fatigue", score=0)
    assert of(story) == []


def test_a_camera_that_goes_off_counts_a_tenth_at_most():
    def cast(switch: bool):
        story = tiring(parts={**PARTS, "camera": (1.0, 0.0)})
        story.switches("p1", "10:00:01", camera="on")
        if switch:
            story.switches("p1", "10:31", camera="off")
        return talking(story, "p1", "10:30", "12:00")

    assert of(cast(switch=True)) == of(cast(switch=False)) == []
    with_camera, without = (
        cast(switch).tell("12:20")[1][0].fatigue_index for switch in (False, True)
    )
    assert 0 < without - with_camera <= 0.1


def test_the_camera_that_is_always_off_and_the_quiet_person_have_nothing_that_could_fall():
    quiet = {"speaking": (0.004, 0.002), "chat": (0.0, 0.0), "camera": (0.0, 0.0)}
    story = tiring(parts=quiet).switches("p1", "10:01", camera="off")
    assert of(story) == []


@pytest.mark.parametrize("trouble", ["line", "frozen", "gone"])
def test_technical_trouble_is_no_fatigue(trouble: str):
    story = tiring()
    if trouble == "line":
        story.line("p1", "10:30", "poor")
    elif trouble == "frozen":
        story.switches("p1", "10:29", camera="on").media("p1", "10:30", video="frozen")
    else:
        story.drops("p1", "10:30")
    assert of(story) == []


def test_breaks_are_left_out():
    assert of(tiring(breaks=[("10:30", "11:57")])) == []


def test_where_inference_is_off_nothing_is_told_or_kept():
    rules = Rules({**load()._tables, "program": {"prog": {"inference": "off"}}})
    story = tiring(rules=rules)
    assert of(story) == []
    assert {one.parts for one in story.attended} == {None}
    rules = Rules({**load()._tables, "program": {"prog": {"inference": "trial"}}})
    assert [one.trial for one in of(tiring(rules=rules))][:1] == [True]


def test_without_consent_nothing_is_counted_and_nothing_told():
    story = group(["p1"], ends="12:00").joins("h1", "10:00").joins("p1", "10:00")
    assert of(story) == []
    assert [one.fatigue_index for one in story.attended] == [None]


def test_a_crash_and_doubles_change_nothing():
    once = of(tiring())
    story = tiring().crashes_at("10:44").crashes_at("10:52")
    story._arrivals += story._arrivals[-3:]
    assert of(story) == once != []


@pytest.mark.parametrize(("seconds", "told"), [(80, "11:35"), (150, "10:55")])
def test_what_comes_more_than_two_minutes_late_is_not_counted(seconds: int, told: str):
    story = tiring()
    for ts in range(at("10:30:30"), at("11:00"), 5 * 60_000):
        arrives = clock_of(ts + seconds * 1_000)
        story.shows("p1", clock_of(ts), "spoke", 60_000, late=arrives)
        story.shows("p1", clock_of(ts), "chat", late=arrives)
    assert of(story)[0] == raised("screen_fatigue", "p1", when=told)


def test_a_no_to_being_counted_is_not_read_as_fatigue():
    assert of(tiring().consents("p1", "10:32", granted=False)) == []


@pytest.mark.parametrize("when", ["11:00", "11:01:30"])
def test_a_no_ends_it_at_once_and_leaves_nothing_in_the_attendance(when: str):
    story = tiring().consents("p1", when, granted=False)
    assert of(story) == [
        raised("screen_fatigue", "p1", when="10:55"),
        cleared("screen_fatigue", "p1", when=when, reason="consent_withdrawn"),
    ]
    told = next(one for one in story.attended if one.participant_id == "p1")
    assert (told.parts, told.gap_minutes, told.fatigue_index) == (None, None, None)


def test_a_no_that_came_before_a_crash_still_holds_after_it():
    story = tiring().consents("p1", "10:32", granted=False).crashes_at("10:40")
    assert of(story) == []


def test_a_no_to_the_line_being_measured_says_nothing_of_signs():
    story = tiring()
    story._person(ParticipantConsented, "p1", "10:32", scope="quality", granted=False)
    assert of(story)[0] == raised("screen_fatigue", "p1", when="10:55")


def test_what_is_matched_after_the_end_lets_no_reading_be_forgotten():
    story = tiring().identifies("unmapped:x", "p1", "11:00")
    story.leaves("unmapped:x", "12:10", on="other")
    assert of(story)[-1] == cleared("screen_fatigue", "p1", when="12:15", reason="closed")


def test_who_turns_out_to_be_a_host_has_no_reading_whether_there_was_a_crash_or_not():
    def made(*crash: str):
        story = tiring().joins("p1", "11:30", role="host", on="second")
        for when in crash:
            story.crashes_at(when)
        story.tell("12:20")
        return story

    assert made().attended == made("11:40").attended
    assert made().of("screen_fatigue") == made("11:40").of("screen_fatigue")


def test_signs_that_run_ahead_of_the_schedules_clock_are_looked_at_when_due():
    """One large tick over everything says what many small ones do."""

    def told(minutes: int):
        story = group(["p1", "p2"], ends="11:00").joins("h1", "10:00").joins("p1", "10:00")
        story.profiles("p1", usual=usual()).shows("p1", "10:54:45", "poll_answered", 1_000)
        story.tick_every = minutes * 60_000
        return [one.id for one in of(story)]

    assert told(201) == told(1) != []
