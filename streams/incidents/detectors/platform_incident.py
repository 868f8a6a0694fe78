"""Platform incident: people of several rooms who share a trait fail together, others do not.

A ratio alone fires by chance in 2 to 7 of 100 looks at such tables; with Fisher's exact test as
well, in less than one of 200. Three rooms, so that one room's trouble is not the platform's; five
people, the smallest number for which the figures above were computed.
"""

from msgspec import Struct

from streams.bounds import Chance, Count, Part
from streams.episodes import Audience, Evidence
from streams.incidents.facts import Counts, Share, Value
from streams.incidents.fisher import p_value, relative_risk

TOLD: Audience = {"tech": "critical", "on_duty": "high", "manager": "high"}
TRAITS = ("platform", "carrier", "region", "browser", "device")
"""In this order where two explain as much."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    rooms: Count = 3
    people: Count = 5
    risk_ratio: float = 3.0
    controls: Count = 20
    p: Chance = 0.01
    share: Part = 0.5
    cleared_minutes: int = 2
    cooldown_seconds: int = 300
    onset_minutes: Count = 5


class PlatformIncident(Evidence, frozen=True):
    """`p` and `risk_ratio` are missing without a control group; then `share` is of everybody."""

    trait: str
    value: str
    people: int
    affected: int
    rooms: int
    control_people: int
    control_affected: int
    share: float
    tried: int
    risk_ratio: float | None
    p: float | None
    share_limit: float
    risk_ratio_limit: float
    p_limit: float
    rooms_limit: int
    people_limit: int


def found(counts: Counts, limits: Thresholds) -> list[PlatformIncident]:
    """What meets the rule at this instant, the best explanation first."""
    tried = [value for value, share in counts.by.items() if share.people >= limits.people]
    met = [one for value in tried if (one := _judge(value, counts, limits, len(tried)))]
    return sorted(met, key=_weight)


def _judge(value: Value, counts: Counts, limits: Thresholds, tried: int) -> PlatformIncident | None:
    own = counts.by[value]
    if own.affected < limits.people or own.rooms < limits.rooms:
        return None
    others = counts.others(value)
    if others.people < limits.controls:
        share = own.affected / counts.people
        if share < limits.share:
            return None
        return _evidence(value, own, others, limits, tried, share)
    table = (own.affected, own.people, others.affected, others.people)
    ratio = relative_risk(*table)
    if ratio < limits.risk_ratio:
        return None
    p = p_value(*table)
    if p >= limits.p / tried:
        return None
    return _evidence(value, own, others, limits, tried, own.affected / own.people, ratio, p)


def _evidence(
    value: Value,
    own: Share,
    others: Share,
    limits: Thresholds,
    tried: int,
    share: float,
    ratio: float | None = None,
    p: float | None = None,
) -> PlatformIncident:
    return PlatformIncident(
        trait=value[0],
        value=value[1],
        people=own.people,
        affected=own.affected,
        rooms=own.rooms,
        control_people=others.people,
        control_affected=others.affected,
        share=round(share, 3),
        tried=tried,
        risk_ratio=None if ratio is None else round(ratio, 2),
        p=None if p is None else float(f"{p:.3g}"),
        share_limit=limits.share,
        risk_ratio_limit=limits.risk_ratio,
        p_limit=float(f"{limits.p / tried:.3g}"),
        rooms_limit=limits.rooms,
        people_limit=limits.people,
    )


def _weight(one: PlatformIncident) -> tuple[bool, float, int, int, str]:
    """A comparison with others before a mere share; the least chance, then the most people."""
    chance = 1.0 if one.p is None else one.p
    return one.p is None, chance, -one.affected, TRAITS.index(one.trait), one.value


def share_of(counts: Counts, value: Value, compared: bool) -> float:
    """The share that `found` judged: of those with the trait, or of everybody where nobody could
    be `compared`."""
    own = counts.by.get(value)
    people = own.people if compared and own else counts.people
    return own.affected / people if own and people else 0.0
