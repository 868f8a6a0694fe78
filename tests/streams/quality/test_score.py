"""The connection score against figures worked out by hand and published ones."""

import pytest

from streams.quality.score import (
    FAIR,
    FROZEN_MOS,
    FROZEN_VERDICT,
    GOOD,
    POOR,
    cause,
    costs,
    mos,
    rating,
    verdict,
)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (100, 4.5),
        (90, 4.339),
        (80, 4.024),
        (70, 3.597),
        (60, 3.1),
        (50, 2.575),
        (40, 2.064),
        (30, 1.609),
        (20, 1.252),
        (0, 1.0),
        (-250, 1.0),
    ],
)
def test_mos_of_a_rating_is_the_published_curve(points, expected):
    assert mos(points) == pytest.approx(expected, abs=0.0006)


@pytest.mark.parametrize(
    ("rtt", "jitter", "loss", "expected"),
    [
        pytest.param(0, 0, 0.0, 93.4, id="nothing wrong: 100 - 6 - 0.03 * 20"),
        pytest.param(100, 10, 0.0, 91.3, id="delay 90: 94 - 2.7"),
        pytest.param(260, 0, 0.0, 89.5, id="delay 150, the bend: 94 - 4.5"),
        pytest.param(400, 15, 0.0, 76.5, id="delay 250: 94 - 7.5 - 10"),
        pytest.param(0, 0, 0.05, 74.6, id="5 % lost: 94 - 94 * 5/25 - 0.6"),
        pytest.param(0, 0, 1.0, 94 - 9400 / 120 - 0.6, id="all lost"),
        pytest.param(400, 15, 0.05, 57.7, id="both add up"),
    ],
)
def test_rating(rtt, jitter, loss, expected):
    assert rating(rtt, jitter, loss) == pytest.approx(expected)


def test_a_perfect_line_scores_as_in_rtcscore():
    assert round(mos(rating(0, 0, 0)), 2) == 4.41


def test_without_error_correction_loss_weighs_more():
    assert rating(0, 0, 0.05, robustness=10) == pytest.approx(94 - 94 * 5 / 15 - 0.6)


def test_more_delay_never_scores_higher():
    scores = [rating(rtt, 0, 0) for rtt in range(0, 4000, 20)]
    assert scores == sorted(scores, reverse=True)


def test_a_ratings_verdict_is_that_of_its_mos():
    for points in range(-500, 10_100):
        score = mos(points / 100)
        limits = [limit for limit in (GOOD, FAIR, POOR) if score >= limit]
        assert verdict(points / 100) == len(limits)


def test_a_frozen_windows_verdict_is_that_of_its_mos():
    rated = next(n / 100 for n in range(10_000) if mos(n / 100) >= FROZEN_MOS)
    assert verdict(rated) == FROZEN_VERDICT


@pytest.mark.parametrize(
    ("line", "frozen", "short", "expected"),
    [
        pytest.param((700, 5, 0.0), False, False, "latency", id="far away"),
        pytest.param((40, 120, 0.0), False, False, "jitter", id="uneven"),
        pytest.param((40, 5, 0.1), False, False, "loss", id="lossy"),
        pytest.param((40, 5, 0.0), True, False, "freeze", id="frozen on a good line"),
        pytest.param((40, 5, 0.1), True, False, "loss", id="frozen because of loss"),
        pytest.param((40, 5, 0.1), True, True, "bandwidth", id="frozen for want of bandwidth"),
        pytest.param((40, 5, 0.0), False, True, "bandwidth", id="the sender says so"),
        pytest.param((40, 5, 0.1), False, True, "loss", id="loss is measured, not told"),
    ],
)
def test_cause(line, frozen, short, expected):
    assert cause(costs(*line), frozen, short) == expected
