"""What the quality reducer's core says, from whole batches."""

import random

import pytest

from streams.events import ConnectionChanged, MediaObserved, Sample, SampleBatch
from streams.quality.monitor import QualityMonitor
from streams.quality.state import Verdicts

START = 1_760_000_000_000  # a multiple of 5 s
GOOD = {"rtt_ms": 40.0, "jitter_ms": 5.0, "loss": 0.0}
FAIR = {"rtt_ms": 40.0, "jitter_ms": 5.0, "loss": 0.05}
POOR = {"rtt_ms": 400.0, "jitter_ms": 20.0, "loss": 0.05}
LOST = {"rtt_ms": 900.0, "jitter_ms": 60.0, "loss": 0.3}


def sample(second, line=None, who="p1", connection="c1", **more):
    fields = (line or GOOD) | more
    return Sample("s1", who, connection, START + round(second * 1000), **fields)


def run(samples, monitor=None):
    return (monitor or QualityMonitor()).apply(SampleBatch(list(samples)))


def windows(*lines, first=0, **more):
    """One sample a window, and one that closes the last window."""
    made = [sample(5 * (first + n), line, **more) for n, line in enumerate(lines)]
    return [*made, sample(5 * (first + len(lines)), **more)]


def states(samples, monitor=None):
    """[(second at which the state changed, state)]"""
    return [
        ((e.since - START) / 1000, e.state)
        for e in run(samples, monitor)
        if isinstance(e, ConnectionChanged)
    ]


def media(samples):
    """[(second, what)]"""
    return [
        ((e.since - START) / 1000, e.audio or e.video)
        for e in run(samples)
        if isinstance(e, MediaObserved)
    ]


def test_no_state_before_three_windows_have_closed():
    assert states(windows(GOOD, GOOD)) == []
    assert states(windows(GOOD, GOOD, GOOD)) == [(15, "good")]


def test_a_window_is_closed_only_by_the_connections_next_sample():
    monitor = QualityMonitor()
    assert states([sample(5 * n) for n in range(3)], monitor) == []
    assert states([sample(21, who="p2")], monitor) == []
    assert states([sample(3600)], monitor) == [(15, "good")]


def test_it_worsens_after_three_bad_windows_of_five():
    changes = states(windows(*[GOOD] * 5, LOST, LOST, GOOD, LOST))
    assert changes == [(15, "good"), (45, "lost")]


def test_two_bad_windows_of_five_are_passed_over():
    assert states(windows(*[GOOD] * 5, LOST, LOST, *[GOOD] * 5)) == [(15, "good")]


def test_it_improves_when_the_last_five_standing_verdicts_are_better():
    changes = states(windows(*[GOOD] * 5, *[POOR] * 3, *[GOOD] * 9))
    # poor stands at windows 8, 9 and 10 (three poor of five), good again from 11: five at 15
    assert changes == [(15, "good"), (40, "poor"), (75, "good")]


def test_with_three_or_four_windows_their_third_worst_stands():
    assert states(windows(LOST, GOOD, POOR)) == [(15, "good")]
    assert states(windows(LOST, POOR, POOR, FAIR)) == [(15, "poor")]
    assert states(windows(LOST, GOOD, POOR, FAIR)) == [(15, "good"), (20, "fair")]


def test_a_window_is_judged_on_the_mean_of_its_samples():
    changed = run(
        [*windows(GOOD, GOOD)[:2], *[sample(10 + n, loss=n / 50) for n in range(5)], sample(15)]
    )
    assert [(e.loss, e.rtt_ms, e.jitter_ms, e.mos) for e in changed] == [(0.04, 40, 5, 3.9)]


def test_samples_behind_a_closed_window_are_counted_and_not_used():
    monitor = QualityMonitor()
    late = [sample(2, LOST), sample(7, LOST), sample(12, LOST)]
    changes = states([*windows(GOOD, GOOD, GOOD), *late, sample(20), sample(25)], monitor)
    assert changes == [(15, "good")]
    assert monitor.late == 3


def test_samples_within_the_open_window_may_come_in_any_order():
    mixed = [sample(s) for s in (1, 0, 3, 2, 9, 5, 7, 14, 11, 16)]
    assert states(mixed) == [(15, "good")]


def test_no_samples_mean_no_verdict():
    monitor = QualityMonitor()
    assert states(windows(*[POOR] * 5), monitor) == [(15, "poor")]
    assert states([sample(900, POOR), sample(905, POOR)], monitor) == []


@pytest.mark.parametrize(
    ("freezes", "state"), [((3000,), "poor"), ((2500,), "good"), ((1000, 1000, 600), "poor")]
)
def test_freezes_of_more_than_half_the_window_cap_the_score(freezes, state):
    samples = [
        sample(5 * window + n, freeze_ms=float(ms))
        for window in range(1, 6)
        for n, ms in enumerate(freezes)
    ]
    changed = [
        e for e in run([sample(0), *samples, sample(30)]) if isinstance(e, ConnectionChanged)
    ]
    changed = changed[-1:]
    assert [(e.state, e.cause == "freeze") for e in changed] == [(state, state == "poor")]


def test_one_sample_a_minute_with_a_short_freeze_in_it_is_no_frozen_video():
    samples = [sample(60 * n, freeze_ms=4000.0) for n in range(6)]
    assert states(samples) == [(125, "good")]


@pytest.mark.parametrize("more", [{"freeze_ms": 20_000.0}, {"concealed": 0.9}])
def test_how_much_of_its_time_a_first_sample_lost_is_not_known(more):
    assert media([sample(0, **more), sample(60)]) == []
    second = "concealed" if "concealed" in more else "flowing"  # 20 s of a minute are few
    assert media([sample(0, **more), sample(60, **more), sample(120)]) == [(65, second)]


def test_of_samples_once_a_minute_half_of_the_minute_must_stand_still():
    still = {"fps": 5.0, "freeze_ms": 31_000.0}
    assert media([sample(0, **still), sample(60, **still), sample(120)]) == [(65, "frozen")]


def test_a_first_sample_with_all_well_says_so():
    assert media([sample(0, fps=24.0, freeze_ms=0.0, concealed=0.1), sample(5)]) == [(5, "flowing")]


def test_two_devices_of_one_person_are_two_connections():
    phone = windows(*[LOST] * 3, connection="phone")
    laptop = windows(*[GOOD] * 3, connection="laptop")
    both = [s for pair in zip(phone, laptop, strict=True) for s in pair]
    assert [(e.connection_id, e.state) for e in run(both)] == [
        ("phone", "lost"),
        ("laptop", "good"),
    ]


def test_media_are_told_when_they_change():
    on = {"fps": 24.0, "freeze_ms": 0.0, "concealed": 0.0, "audio_level": 0.2}
    stuck = {"fps": 2.0, "freeze_ms": 4000.0, "concealed": 0.8, "audio_level": 0.2}
    seen = [sample(5 * n, **(stuck if n in (3, 4) else on)) for n in range(8)]
    assert media(seen) == [
        (5, "heard"),
        (5, "flowing"),
        (20, "concealed"),
        (20, "frozen"),
        (30, "heard"),
        (30, "flowing"),
    ]


def test_silence_and_a_camera_that_is_off_say_nothing():
    assert media([sample(5 * n, audio_level=0.001, concealed=0.0) for n in range(6)]) == []


def test_absurd_figures_stay_finite():
    (changed,) = run(windows(*[{"rtt_ms": 1e308, "jitter_ms": 1e308, "loss": 1.0}] * 3))
    assert (changed.state, changed.rtt_ms, changed.mos) == ("lost", 60_000, 1.0)


def day(seed):
    """A stream of four connections whose lines change, with late samples among it."""
    chance = random.Random(seed)  # noqa: S311 - a seeded load, no secret
    made = []
    line = dict.fromkeys("abcd", GOOD)
    for second in range(0, 1800, 5):
        for who in line:
            if chance.random() < 0.05:
                line[who] = chance.choice([GOOD, FAIR, POOR, LOST])
            late = 12 if chance.random() < 0.02 else 0
            made.append(sample(second - late + chance.random(), line[who], who=who))
    return made


def test_the_same_samples_give_the_same_events():
    assert run(day(7)) == run(day(7))
    assert len({e.id for e in run(day(7))}) == len(run(day(7))) > 20


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_size_of_the_batches_changes_nothing(size):
    monitor, samples = QualityMonitor(), day(3)
    parts = [run(samples[at : at + size], monitor) for at in range(0, len(samples), size)]
    assert [event for part in parts for event in part] == run(samples)


def test_a_restart_that_reads_ten_minutes_again_says_what_would_have_been_said():
    samples = day(11)
    cut = next(n for n, s in enumerate(samples) if s.ts >= START + 1_200_000)
    rewound = next(n for n, s in enumerate(samples) if s.ts >= START + 600_000)
    undisturbed = QualityMonitor()
    run(samples[:cut], undisturbed)
    restarted = QualityMonitor()
    run(samples[rewound:cut], restarted)
    after = run(samples[cut:], undisturbed)
    assert run(samples[cut:], restarted) == after
    assert after


def test_who_is_gone_is_forgotten_but_not_because_of_one_wrong_clock(monkeypatch):
    monkeypatch.setattr("streams.quality.monitor.SWEEP_EVERY", 10)
    monitor = QualityMonitor()
    run([sample(0, who="gone")], monitor)
    year_ahead = sample(365 * 86_400, who="wrong")
    for second in range(0, 60, 5):
        run([sample(second), year_ahead], monitor)
    assert {who for _, who, _ in monitor._lines} == {"p1", "wrong"}


def test_a_settled_state_is_what_all_nine_windows_say():
    chance = random.Random(5)  # noqa: S311 - a seeded load, no secret
    verdicts = [
        n for n in chance.choices(range(4), k=400) for _ in range(chance.choice((1, 2, 30)))
    ]
    told, windows, standing, state = Verdicts(), [], [], None
    for verdict in verdicts:
        windows = [*windows, verdict][-5:]
        before = state
        if len(windows) >= 3:
            standing = [*standing, sorted(windows)[2]][-5:]
            state = min(standing)
        assert (told.add(verdict), told.state) == (state != before, state)
