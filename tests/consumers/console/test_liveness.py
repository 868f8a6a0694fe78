import pytest

from consumers.console.liveness import BEHIND_MS, STILL_SECONDS, Pulse
from streams.now import Clock

SECOND = 1_000


class Hand(Clock, frozen=True):
    """A clock that the test sets."""

    def now(self) -> int:
        return self.start


def pulse(at: int = 1_000_000, *, partitions: int = 2, caught_up: bool = True) -> Pulse:
    made = Pulse(partitions, Hand(start=at), wall=0.0)
    made.caught_up = caught_up
    return made


def test_live_while_every_partition_moves_on():
    moving = pulse()
    moving.beat(0, 999_000, wall=1.0)
    moving.beat(1, 998_000, wall=1.0)
    live = moving.live(wall=2.0)
    assert live.problem is None
    assert live.live_since == 1_000_000


@pytest.mark.parametrize(
    ("wall", "problem"),
    [(2.0, "starting"), (STILL_SECONDS + 1, "never")],
)
def test_not_live_before_every_partition_was_heard(wall, problem):
    half = pulse()
    half.beat(0, 999_000, wall=1.0)
    assert half.live(wall).problem == problem
    assert half.live(wall).since is None


def test_not_live_before_the_topics_were_read():
    reading = pulse(caught_up=False)
    reading.beat(0, 999_000, wall=1.0)
    reading.beat(1, 999_000, wall=1.0)
    assert reading.live(2.0).problem == "starting"


def test_a_monitor_that_stands_still_is_told_within_fifteen_seconds():
    stopped = pulse()
    stopped.beat(0, 999_000, wall=1.0)
    stopped.beat(1, 998_000, wall=1.0)
    stopped.beat(1, 998_000, wall=10.0)  # said again, not moved
    live = stopped.live(wall=1.0 + 15)
    assert live.problem == "still"
    assert live.since == 998_000
    assert live.live_since is None


def test_a_monitor_that_lags_is_not_live():
    lagging = pulse()
    lagging.beat(0, 1_000_000, wall=1.0)
    lagging.beat(1, 1_000_000 - BEHIND_MS - 1, wall=1.0)
    assert lagging.live(2.0).problem == "behind"


def test_what_is_raised_must_come_back_as_an_alert():
    deaf = pulse(partitions=1)
    deaf.beat(0, 999_000, wall=1.0)
    deaf.raised("a", "missed_session", 990_000, wall=1.0)
    deaf.raised("b", "missed_session", 995_000, wall=2.0)
    deaf.fed("b")
    assert deaf.live(wall=10.0).problem is None
    deaf.beat(0, 999_500, wall=16.0)
    live = deaf.live(wall=16.5)
    assert (live.problem, live.since) == ("alerts", 990_000)
    deaf.fed("a")
    assert deaf.live(wall=17.0).problem is None


def test_in_shadow_only_what_people_say_must_come_back():
    dark = Pulse(1, Hand(start=1_000_000), wall=0.0, shadow=True)
    dark.caught_up = True
    dark.beat(0, 999_000, wall=1.0)
    dark.raised("a", "missed_session", 990_000, wall=1.0)
    dark.beat(0, 999_500, wall=16.0)
    live = dark.live(wall=16.5)
    assert (live.problem, live.shadow) == (None, True)
    dark.raised("b", "help_requested", 990_000, wall=1.0)
    assert dark.live(wall=16.5).problem == "alerts"


def test_a_fast_simulation_may_be_further_behind():
    fast = Pulse(1, Hand(start=10_000_000, speed=60.0), wall=0.0)
    fast.caught_up = True
    fast.beat(0, 10_000_000 - 10 * BEHIND_MS, wall=1.0)
    assert fast.live(2.0).problem is None
