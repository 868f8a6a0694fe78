"""Whatever comes in whatever order between two ticks, doubled, with crashes: the same signals.

One monitor hears a random person's weeks in order; the other with everything twice, shuffled
between the ticks, and begins anew from its stored state at random places.
"""

import random
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.events import HOUR, MINUTE
from tests.participant_story import Weeks, ms, play, starts, tick_at

SETTINGS = settings(
    deadline=None, max_examples=12, suppress_health_check=list(HealthCheck), derandomize=True
)
UNTIL = ms("2026-11-16")
"""Beyond the change of the clocks on 1 November."""
HOWS = "AAAAAMMMCEIPNU"
FIGURES = (
    {},
    {"drops": 3, "lost_ms": 20 * MINUTE},
    {"joined_late_ms": 20 * MINUTE},
    {"privacy_reports": 1},
    {"fatigue_index": 0.5, "parts": [{"speaking": 0.2}], "gap_minutes": [3.0]},
    {"fault": "platform"},
)
ACTS = (("outreach", "left_message"), ("help", "link_sent"), ("crisis", "safe_now"))
ACTS += (("help", "became_crisis"), ("review", "plan_kept"))

chances = st.integers(min_value=0, max_value=2**32)


def weeks_of(chance):
    """Some weeks of somebody, with revisions, corrections, leave, and what staff did."""
    weeks, days = Weeks(), chance.choice([(0, 2, 4), (1, 3), (0, 1, 2, 3, 4)])
    if chance.random() < 0.7:
        weeks.enrolled("2026-08-24")
    for start in starts("2026-08-31", days):
        if start > "2026-11-12":
            break
        if chance.random() < 0.05:
            weeks.expects(start).expects(start, status="cancelled", told=_later(start, -30, chance))
            continue
        weeks.session(start, chance.choice(HOWS), **chance.choice(FIGURES))
        if chance.random() < 0.15:
            arrives = _later(start, 4, chance)
            weeks.went(start, chance.choice(HOWS), revision=1, arrives=arrives)
        if chance.random() < 0.10:
            weeks.corrects(start, chance.choice("AMEN"), _later(start, 30, chance))
        if chance.random() < 0.15:
            weeks.acts(*chance.choice(ACTS), _later(start, 10, chance))
    _enrolment(weeks, chance)
    if chance.random() < 0.3:
        weeks.consents(chance.random() < 0.5, "2026-10-03 12:00")
    return weeks


def _enrolment(weeks, chance):
    if chance.random() < 0.5:
        state = chance.choice(["on_leave", "discharged"])
        weeks.enrolled("2026-09-23", state).enrolled("2026-10-01")  # a Thursday
    if chance.random() < 0.4:
        weeks.enrolled("2026-10-12", "discharged", told="2026-10-15 08:00")
        weeks.enrolled("2026-10-15", told="2026-10-15 08:00")
    if chance.random() < 0.2:
        weeks.enrolled("2026-11-05", "discharged", told="2026-11-04 09:00")


def _later(start, hours, chance):
    day, clock = start.split()
    hour = int(clock[:2]) + hours + chance.randrange(3)
    number = int(day[-2:]) + hour // 24
    return f"{day[:8]}{max(1, min(number, 30)):02} {hour % 24:02}:{chance.randrange(15):02}"


def log_of(weeks, chance):
    """(ticks, what arrived between each and the one before)."""
    ticks = sorted({*range(ms("2026-08-20"), UNTIL, chance.choice([HOUR, 7 * HOUR])), UNTIL})
    runs = []
    arrived = sorted(weeks.log, key=lambda one: one[0])
    for before, now in pairwise([0, *ticks]):
        runs.append((now, [event for at, event in arrived if before <= at < now]))
    return runs


def told(steps):
    """What was said, in order; the same signal written twice is one."""
    said = {}
    for step in steps:
        said |= {one.id: (one.rule, one.status, one.ts, one.evidence) for one in step.signals}
        said |= {one.id: (one.ts, one.sessions, one.usual) for one in step.profiles}
    return said


@SETTINGS
@given(chances)
def test_disorder_doubles_and_crashes_change_nothing(seed):
    chance = random.Random(seed)  # noqa: S311 - a seeded story, no secret
    runs = log_of(weeks_of(chance), chance)
    plain = [event for now, events in runs for event in (*events, tick_at(now))]
    disturbed = []
    for now, events in runs:
        doubled = [*events, *events]
        chance.shuffle(doubled)
        disturbed += [*doubled, tick_at(now)]
    crashes = {at for at in range(len(disturbed)) if chance.random() < 0.05}
    assert told(play(disturbed, restart=crashes)) == told(play(plain))


@SETTINGS
@given(chances)
def test_an_alert_is_raised_once_and_cleared_at_most_once(seed):
    chance = random.Random(seed)  # noqa: S311 - a seeded story, no secret
    runs = log_of(weeks_of(chance), chance)
    steps = play([event for now, events in runs for event in (*events, tick_at(now))])
    standing, dated = {}, {}
    for signal in (one for step in steps for one in step.signals):
        name = signal.alert_id
        assert (signal.status == "raised") == (name not in standing)
        assert standing.get(name) != "cleared"
        assert signal.ts > dated.get(name, -1)
        assert signal.ts <= UNTIL
        standing[name], dated[name] = signal.status, signal.ts


@SETTINGS
@given(chances)
def test_nobody_is_told_of_who_is_not_active(seed):
    chance = random.Random(seed)  # noqa: S311 - a seeded story, no secret
    weeks = weeks_of(chance).enrolled("2026-10-20", "discharged")
    steps = play(weeks.events(UNTIL, 6 * HOUR))
    gone = ms("2026-10-20")
    said = [one for step in steps for one in step.signals]
    readmitted = any(getattr(e, "state", "") == "active" and e.from_ > gone for _, e in weeks.log)
    assert readmitted or not [one for one in said if one.status == "raised" and one.ts >= gone]
    ends = {one.alert_id for one in said if one.status == "cleared"}
    facts = {"short_day", "welcome_back"}
    assert {one.alert_id for one in said if one.rule not in facts} <= ends


def test_the_stories_hold_every_rule_but_those_that_are_off_or_need_a_trend():
    rules = set()
    for seed in range(15):
        chance = random.Random(seed)  # noqa: S311 - a seeded story, no secret
        steps = play(weeks_of(chance).events(UNTIL, 24 * HOUR))
        rules |= {one.rule for step in steps for one in step.signals}
    assert len(rules) >= 9
