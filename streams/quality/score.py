"""How good a connection is: an E-model rating, as a mean opinion score (MOS).

The simplified E-model of ITU-T G.107 (Cole and Rosenbluth 2001) as `livekit/rtcscore-go` uses
it, with its delay term the right way round: the often copied `0.1 * delay - 150` rates a slow
line higher than a quick one. A score compares connections; it does not say what a person heard.
"""

from typing import Literal

from msgspec import Struct

from streams.events import Cause, ConnectionState

Verdict = Literal[0, 1, 2, 3]
"""A window's connection state as a rank, the worst first."""

STATES: tuple[ConnectionState, ...] = ("lost", "poor", "fair", "good")
"""The state of each `Verdict`."""

ROBUSTNESS = 20.0
"""Bpl: how well the codec bears packet loss; 20 with forward error correction, 10 without."""
CODEC_DELAY_MS = 20
CODEC_IMPAIRMENT = 6.0
CLEAN = 100 - CODEC_IMPAIRMENT
"""The rating of a line that takes nothing away."""
SLOW_MS = 150
FROZEN_MOS = 2.5
"""The most that a window can score whose video stood still for more than half of it."""
FROZEN_VERDICT: Verdict = 1
"""That of `FROZEN_MOS`."""
GOOD, FAIR, POOR = 4.0, 3.1, 2.0
"""Least MOS of each verdict: ratings 80, 60 and 39 of the E-model."""


class Costs(Struct, frozen=True):
    """Rating points (of 100) that each impairment takes away."""

    latency: float
    jitter: float
    loss: float


def rating(rtt_ms: float, jitter_ms: float, loss: float, robustness: float = ROBUSTNESS) -> float:
    """The E-model's R, at most 93.4; below 0 the line is useless. `loss` is a share, 0..1.

    `_delay_cost` and `_loss_cost` written out: to call them takes as long as all else.
    """
    delay = rtt_ms / 2 + 2 * jitter_ms + CODEC_DELAY_MS
    cost = 0.03 * delay
    if delay > SLOW_MS:
        cost += 0.1 * (delay - SLOW_MS)
    percent = 100 * loss
    return CLEAN - cost - CLEAN * percent / (percent + robustness)


def costs(rtt_ms: float, jitter_ms: float, loss: float, robustness: float = ROBUSTNESS) -> Costs:
    """Who takes what: the delay's cost is shared out between latency and jitter by size."""
    delay = rtt_ms / 2 + 2 * jitter_ms + CODEC_DELAY_MS
    from_delay = _delay_cost(delay)
    from_jitter = from_delay * 2 * jitter_ms / delay
    return Costs(from_delay - from_jitter, from_jitter, _loss_cost(loss, robustness))


def _delay_cost(delay_ms: float) -> float:
    cost = 0.03 * delay_ms
    return cost + 0.1 * (delay_ms - SLOW_MS) if delay_ms > SLOW_MS else cost


def _loss_cost(loss: float, robustness: float) -> float:
    percent = 100 * loss
    return CLEAN * percent / (percent + robustness)


def mos(rating: float) -> float:
    """Mean opinion score, 1 to 4.5, of an E-model rating (ITU-T G.107, annex B)."""
    if rating <= 0:
        return 1.0
    if rating >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))


def _least_rating(score: float) -> float:
    """The smallest rating that scores so much: from there on a rating says it, without its MOS."""
    below, enough = 0.0, 100.0
    while below < (middle := (below + enough) / 2) < enough:
        if mos(middle) >= score:
            enough = middle
        else:
            below = middle
    return enough


_GOOD, _FAIR, _POOR = map(_least_rating, (GOOD, FAIR, POOR))


def verdict(rating: float) -> Verdict:
    """By the MOS of the rating."""
    if rating >= _GOOD:
        return 3
    if rating >= _FAIR:
        return 2
    return 1 if rating >= _POOR else 0


def cause(spent: Costs, frozen: bool, short_of_bandwidth: bool) -> Cause:
    """What hurts most. Bandwidth is blamed where the line's own figures would still be good."""
    left = CLEAN - spent.latency - spent.jitter - spent.loss
    line_is_good = mos(left) >= GOOD
    if short_of_bandwidth and (frozen or line_is_good):
        return "bandwidth"
    if frozen and line_is_good:
        return "freeze"
    if spent.loss >= max(spent.latency, spent.jitter):
        return "loss"
    return "latency" if spent.latency >= spent.jitter else "jitter"
