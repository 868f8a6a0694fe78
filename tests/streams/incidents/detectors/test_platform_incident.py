"""Who shares what, at one instant; and how often chance alone would say so."""

import random

import msgspec
import pytest

from streams.incidents.detectors.platform_incident import Thresholds, found
from streams.incidents.facts import total
from streams.rules import load
from tests.streams.incidents.rooms import CARRIER, PLATFORM, clinic, counted, on, person

LIMITS = Thresholds()


def judged(everybody, affected):
    return found(total(counted(0, everybody, affected)), LIMITS)


def test_the_rules_file_says_what_the_catalogue_says():
    assert load().limits("platform_incident", "", "group") == LIMITS


def test_one_carrier_fails_and_the_others_do_not():
    everybody = clinic()
    acme = on(everybody, "carrier", CARRIER)
    [first, *_] = judged(everybody, acme)
    assert (first.trait, first.value) == ("carrier", CARRIER)
    assert (first.affected, first.people, first.rooms) == (16, 16, 8)
    assert (first.control_affected, first.control_people) == (0, 64)
    assert first.risk_ratio > 100
    assert first.p < 1e-10
    assert first.p_limit == pytest.approx(0.01 / first.tried, rel=0.01)


@pytest.mark.parametrize(
    ("rooms", "hit"),
    [
        pytest.param(2, 8, id="two rooms are no platform"),
        pytest.param(8, 4, id="four people are too few"),
        pytest.param(8, 0, id="nobody"),
    ],
)
def test_less_than_the_rule_asks_for_is_nothing(rooms, hit):
    everybody = [person(n % rooms, carrier=CARRIER) for n in range(hit)]
    everybody += [person(n % 8, carrier="bell") for n in range(60)]
    assert judged(everybody, set(range(hit))) == []


def test_what_is_as_common_elsewhere_is_nobody_s_fault():
    everybody = clinic()
    assert judged(everybody, set(range(0, len(everybody), 3))) == []


def test_a_ratio_alone_is_not_enough():
    """5 of 15 against 2 of 20 is a ratio of 3.3, and chance (p = 0.10)."""
    everybody = [person(n % 5, region="east") for n in range(15)]
    everybody += [person(n % 5, region="west") for n in range(20)]
    assert judged(everybody, {0, 1, 2, 3, 4, 15, 16}) == []


def test_all_on_one_platform_have_nobody_to_compare_with():
    everybody = [person(n % 4, platform=PLATFORM) for n in range(40)]
    [one] = judged(everybody, set(range(20)))
    assert (one.trait, one.share, one.p, one.risk_ratio) == ("platform", 0.5, None, None)
    assert judged(everybody, set(range(19))) == []


def test_without_controls_the_share_is_of_everybody_those_without_the_trait_too():
    everybody = [person(n % 4, browser="Safari") for n in range(10)]
    everybody += [person(n % 4) for n in range(40)]
    assert judged(everybody, set(range(10))) == []


def test_a_device_of_no_known_kind_is_nothing_that_people_share():
    everybody = [person(n % 4, device="unknown") for n in range(40)]
    assert judged(everybody, set(range(40))) == []


def test_the_comparison_is_a_better_explanation_than_a_share():
    everybody = clinic()
    affected = on(everybody, "carrier", CARRIER) | on(everybody, "carrier", "bell")
    assert judged(everybody, affected)[0].trait == "carrier"


@pytest.mark.parametrize("trouble", [0.15, 0.2, 0.3])
def test_by_chance_alone_it_speaks_in_less_than_one_of_250_looks(trouble):
    """15 people of one region and 20 of another in five rooms, trouble independent of it: a ratio
    of 3 alone would speak in several of a hundred looks."""
    everybody = [person(n % 5, region="east" if n < 15 else "west") for n in range(35)]
    chance = random.Random(7)  # noqa: S311 - no secret
    ratio_alone = msgspec.structs.replace(LIMITS, p=1_000.0)
    looks = 10_000
    by_ratio = by_both = 0
    for _ in range(looks):
        affected = {n for n in range(35) if chance.random() < trouble}
        counts = total(counted(0, everybody, affected))
        by_ratio += bool(found(counts, ratio_alone))
        by_both += bool(found(counts, LIMITS))
    assert by_ratio / looks > 0.01
    assert by_both / looks <= 0.004


def test_all_traits_together_stay_under_the_p_of_one():
    """Eighty people, five traits with up to four values each, trouble of 15 %: 4,000 looks. What
    is divided by the number tried adds up to no more than it was."""
    chance = random.Random(11)  # noqa: S311 - no secret
    values = {"platform": "ab", "carrier": "cdef", "region": "ghi", "browser": "jk", "device": "lm"}
    everybody = [
        person(n % 8, **{trait: chance.choice(some) for trait, some in values.items()})
        for n in range(80)
    ]
    spoken = 0
    for _ in range(4_000):
        affected = {n for n in range(80) if chance.random() < 0.15}
        spoken += bool(judged(everybody, affected))
    assert spoken / 4_000 <= LIMITS.p
