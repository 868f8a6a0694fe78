"""Whatever comes, in whatever order within the allowed lateness: the same signals.

Two monitors hear one room's random story: one in order with a tick every few seconds, the other
with everything three times, shuffled, with ticks of any size and crashes in between. Gaps lie
around the rules' thresholds. Late facts may change what is said, never the final attendance.
"""

import random
from collections import Counter
from collections.abc import Sequence

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.events import (
    MINUTE,
    SECOND,
    EngagementObserved,
    PresenceCounted,
    SessionEvent,
    Signal,
    UsualPart,
)
from streams.rules import Rules, load
from streams.session.monitor import Monitor, Step
from tests.story import LATENESS, Story, at, clock_of, play, tick

PATIENTS = ("p1", "p2", "p3", "p4")
EVERYBODY = ("h1", *PATIENTS, "unmapped:x")
GAPS = (0, 1, 4, 15, 29, 30, 31, 60, 119, 120, 121, 180, 299, 301, 600, 840)
REPORTS = ("crisis_reported", "help_requested", "tech_requested", "privacy_reported")
STARTS, ENDS = "10:00", "10:55"
LAST = at("11:00")
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking takes minutes here; a failing example is short enough to read."""
SETTINGS = settings(
    deadline=None, max_examples=80, suppress_health_check=list(HealthCheck), phases=PHASES
)

people = st.sampled_from(EVERYBODY)
patients = st.sampled_from(PATIENTS)
gaps = st.sampled_from(GAPS)
reasons = st.sampled_from(("left", "connection_lost", "removed", "ended", "unknown"))


signs = st.sampled_from(("spoke", "chat", "reaction", "poll_answered", "poll_missed"))
switches = st.sampled_from(("on", "off"))
pictures = st.sampled_from(("flowing", "frozen"))


USUAL = [UsualPart(0, part, 0.5, 0.1, 8) for part in ("speaking", "chat")]
SOONER = {
    "screen_fatigue": {"index": 0.3, "held_minutes": 5, "cleared_index": 0.2, "cleared_minutes": 5},
    "group_tiring": {"people": 1, "index": 0.2, "held_minutes": 5},
    "withdrawn": {"stretch_minutes": 10},
    "break_due": {"minutes": 20},
}
"""So that the rules that look at half hours have something to tell."""
SOON = Rules({**load()._tables, "program": {"prog": {"rule": SOONER}}})


def begin(**plan: object) -> Story:
    story = Story(PATIENTS, starts=STARTS, ends=ENDS, platform="zoom", rules=SOON, **plan)
    for who in PATIENTS[:3]:
        story.profiles(who, usual=USUAL, gap_p90_minutes=8.0)
    return story


moves = st.one_of(
    st.tuples(st.just("joins"), people, st.sampled_from(("a", "b")), st.booleans()),
    st.tuples(st.just("leaves"), people, st.sampled_from(("a", "b")), reasons),
    st.tuples(st.just("comes"), patients, reasons, gaps),
    st.tuples(st.just("waits"), patients, st.sampled_from(("entered", "admitted", "left"))),
    st.tuples(st.just("link"), patients),
    st.tuples(st.just("fails"), patients),
    st.tuples(st.just("checks"), patients, st.sampled_from(("pass", "fail"))),
    st.tuples(st.just("line"), patients, st.sampled_from(("good", "fair", "poor", "lost"))),
    st.tuples(st.just("shows"), patients, signs),
    st.tuples(st.just("tired"), patients, st.integers(0, 4)),
    st.tuples(st.just("switches"), patients, st.sampled_from(("on", "off", None)), switches),
    st.tuples(st.just("media"), patients, st.sampled_from(("heard", "concealed", None)), pictures),
    st.tuples(st.just("excuses"), patients, st.sampled_from(("absent", "late", "leaves_early"))),
    st.tuples(st.just("consents"), patients, st.booleans()),
    st.tuples(st.just("in_person"), patients),
    st.tuples(st.just("present_with"), patients, patients),
    st.tuples(st.just("identifies"), st.sampled_from((*PATIENTS, None))),
    st.tuples(
        st.just("reports"), people, st.sampled_from(("crisis", "help", "privacy", "technical"))
    ),
    st.tuples(st.just("ended")),
    st.tuples(st.just("break"), st.sampled_from(("started", "ended"))),
    st.tuples(st.just("cancels")),
    st.tuples(st.just("plans"), st.sampled_from((STARTS, "10:05")), st.integers(2, 4)),
    st.tuples(st.just("feed"), st.sampled_from(("09:30", "09:58"))),
    st.tuples(st.just("everybody"), st.sampled_from(("joins", "leaves")), reasons),
)


def make(story: Story, move: tuple, now: int) -> int:
    """Add a move's events at `now`; returns the time after them."""
    when = clock_of(now)
    match move:
        case ("joins", who, device, exclusive):
            story.joins(who, when, on=f"{who.replace(':', '.')}-{device}", exclusive=exclusive)
        case ("leaves", who, device, reason):
            story.leaves(who, when, reason, on=f"{who.replace(':', '.')}-{device}")
        case ("comes", who, reason, gap):
            story.joins(who, when, on=f"{who}-{now}")
            now += gap * SECOND
            story.leaves(who, clock_of(now), reason, on=f"{who}-{now - gap * SECOND}")
        case ("waits", who, state):
            story.waits(who, when, state=state)
        case ("link", who):
            story.opens_link(who, when)
        case ("fails", who):
            story.fails(who, when)
        case ("checks", who, result):
            story.checks(who, when, result)
        case ("line", who, state):
            story.line(who, when, state)
        case ("shows", who, kind):
            story.shows(who, when, kind, 4_000)
        case ("tired", who, score):
            story.reports(who, when, "fatigue", score=score)
        case ("switches", who, camera, microphone):
            story.switches(who, when, camera, microphone)
        case ("media", who, audio, video):
            story.media(who, when, audio, video)
        case ("excuses", who, kind):
            story.excuses(who, when, kind)
        case ("consents", who, granted):
            story.consents(who, when, granted)
        case ("in_person", who):
            story.in_person(who, when)
        case ("present_with", who, other):
            story.present_with(who, other, when)
        case ("identifies", who):
            story.identifies("unmapped:x", who, when)
        case ("reports", who, kind):
            story.reports(who, when, kind)
        case ("ended",):
            story.ends(when)
        case ("break", state):
            story.taps_break(when, state)
        case ("cancels",):
            story.cancels(when)
        case ("plans", starts, number):
            story.schedules(PATIENTS[:number], when=when, starts=starts)
        case ("feed", last):
            story.feed(when, last)
        case ("everybody", what, reason):
            for number, who in enumerate(("h1", *PATIENTS)):
                then = clock_of(now + number * 2 * SECOND)
                if what == "joins":
                    story.joins(who, then, on=f"{who}-a")
                else:
                    story.leaves(who, then, reason, on=f"{who}-a")
    return now


def told(signals: Sequence[Signal]) -> Counter:
    """Signals without their order; what a report says depends on what had come by then."""
    return Counter(
        one.id.encode() if one.rule in REPORTS else msgspec.json.encode(one) for one in signals
    )


class TwoMonitors(RuleBasedStateMachine):
    """The second hears the same room worse than any network would tell it."""

    def __init__(self) -> None:
        super().__init__()
        self.story = begin()
        self.now = at("09:40")
        self.orderly = Monitor(0, SOON, boards=False)
        self.battered = Monitor(0, SOON, boards=False)
        self.states: dict[str, bytes] = {}
        self.offset = 0
        self.heard: int = 0
        self.held: list[SessionEvent] = []
        self.said: list[Signal] = []
        self.said_battered: list[Signal] = []
        self.attended: dict[str, list] = {"orderly": [], "battered": []}
        self.orderly_ticked = self.ticked = self.now

    @initialize(seed=st.integers(0, 2**32))
    def chance(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - shuffles a test

    # --- moves ----------------------------------------------------------------------------

    @precondition(lambda self: self.now < LAST)
    @rule(move=moves, gap=gaps)
    def happens(self, move: tuple, gap: int) -> None:
        self.now = make(self.story, move, self.now) + gap * SECOND

    @precondition(lambda self: self.now < LAST)
    @rule(gap=gaps)
    def time_passes(self, gap: int) -> None:
        self.now += gap * SECOND
        self._catch_up(self.now)

    @rule()
    def crashes(self) -> None:
        self.battered = Monitor(0, SOON, boards=False)
        self.battered.restore(self.states)

    # --- hearing --------------------------------------------------------------------------

    def _catch_up(self, until: int) -> None:
        events = sorted(
            (event for event in self.story.events[self.heard :] if event.ts <= until),
            key=lambda event: event.ts,
        )
        assert self.story.events[self.heard : self.heard + len(events)] == events
        self.heard += len(events)
        self._hear_orderly(events, until)
        self.held += events
        self._hear_battered(until)

    def _hear_orderly(self, events: Sequence[SessionEvent], until: int) -> None:
        for event in events:
            while self.orderly_ticked + 5 * SECOND <= event.ts:
                self._tick_orderly(5 * SECOND)
            self._take(self.orderly.apply(event, self._next()), self.said, "orderly")
        while self.orderly_ticked + 5 * SECOND <= until:
            self._tick_orderly(5 * SECOND)

    def _tick_orderly(self, by: int) -> None:
        self.orderly_ticked += by
        step = self.orderly.apply(tick(self.orderly_ticked), self._next())
        self._take(step, self.said, "orderly")

    def _hear_battered(self, until: int) -> None:
        """Everything three times, no copy of which is late for the first time."""
        copies = self.held * 3
        self.random.shuffle(copies)
        while self.ticked < until:
            leap = self.random.choice((1, 3, 5, 60, 100_000)) * SECOND
            target = min(self.ticked + leap, until)
            due = [one for one in copies if one.ts <= target - LATENESS]
            rest = [one for one in copies if one.ts > target - LATENESS]
            early = [one for one in rest if one.ts <= target and self.random.random() < 0.5]
            for event in due + early:
                self._apply_battered(event)
            copies = [one for one in rest if one not in early]
            self._apply_battered(tick(target))
            if self.random.random() < 0.3:
                self._apply_battered(tick(target))
            self.ticked = target
        self.held = [one for one in self.held if one in copies]

    def _apply_battered(self, event: SessionEvent) -> None:
        step = self.battered.apply(event, self._next())
        self._take(step, self.said_battered, "battered")
        self.states.update({key: self.battered.stored(key) for key in step.changed})
        for key in step.dropped:
            del self.states[key]

    def _take(self, step: Step, said: list[Signal], whose: str) -> None:
        assert not step.failed, step.failed
        said += [one for one in step.signals if not isinstance(one, PresenceCounted)]
        self.attended[whose] += step.attended

    def _next(self) -> int:
        self.offset += 1
        return self.offset

    # --- what must hold -------------------------------------------------------------------

    @invariant()
    def each_alert_is_raised_once_and_cleared_once_at_most(self) -> None:
        for said in (self.said, self.said_battered):
            standing: set[str] = set()
            raised: set[str] = set()
            open_now: set[tuple] = set()
            for one in said:
                if one.status == "raised":
                    assert one.alert_id not in raised
                    raised.add(one.alert_id)
                    standing.add(one.alert_id)
                else:
                    assert one.alert_id in standing
                    assert one.ts > one.raised_at
                about = (one.rule, one.participant_id, one.subject)
                if one.status == "raised" and one.rule not in REPORTS:
                    assert about not in open_now
                    open_now.add(about)
                if one.status == "cleared":
                    standing.discard(one.alert_id)
                    open_now.discard(about)

    def teardown(self) -> None:
        until = max(at("12:30"), self.now + 5 * MINUTE)
        self._catch_up(until)
        assert told(self.said) == told(self.said_battered)
        in_order = [one.id for one in self.said if one.rule not in REPORTS]
        assert in_order == [one.id for one in self.said_battered if one.rule not in REPORTS]
        finals = [
            {one.id: one for one in self.attended[whose]} for whose in ("orderly", "battered")
        ]
        assert finals[0] == finals[1]


TwoMonitors.TestCase.settings = settings(SETTINGS, max_examples=100, stateful_step_count=40)
test_any_order_any_ticks_any_crash = TwoMonitors.TestCase


stories = st.lists(st.tuples(moves, gaps), max_size=25)


def final(attended: Sequence) -> dict[str, object]:
    """The highest revisions, without their numbers."""
    latest = {one.participant_id: one for one in sorted(attended, key=lambda one: one.revision)}
    return {
        name: msgspec.structs.replace(one, revision=0, id="same") for name, one in latest.items()
    }


def standing(signals: Sequence[Signal]) -> Counter:
    """What nobody has cleared."""
    gone = {one.alert_id for one in signals if one.status == "cleared"}
    return Counter(
        (one.rule, one.participant_id)
        for one in signals
        if one.status == "raised" and one.alert_id not in gone
    )


def by(event: SessionEvent, seconds: int) -> int:
    """What is counted comes within two minutes, or is dropped."""
    return min(seconds, 90 if isinstance(event, EngagementObserved) else seconds) * SECOND


@SETTINGS
@given(stories, st.lists(st.sampled_from((0, 0, 7, 60, 300, 1_200, 7_200)), min_size=1))
def test_late_facts_leave_the_same_attendance_and_the_same_alerts_standing(
    told: list, delays: list[int]
) -> None:
    story, now = begin(), at("09:50")
    for move, gap in told:
        now = make(story, move, now) + gap * SECOND
        if now > LAST:
            break
    in_time = [(event.ts, event) for event in story.events]
    late = [
        (event.ts + (by(event, delays[number % len(delays)]) if number else 0), event)
        for number, event in enumerate(story.events)
    ]
    until = max(ts for ts, _ in late) + 5 * MINUTE
    until = max(until, at("12:00"))
    known = play(in_time, until, SOON, tick_every=30 * SECOND)
    heard = play(sorted(late, key=lambda one: one[0]), until, SOON, tick_every=30 * SECOND)
    afterwards = final(heard[1])
    for name, attended in final(known[1]).items():
        assert attended == afterwards[name]
    assert standing(known[0]) == standing(heard[0])
