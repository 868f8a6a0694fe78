"""Technology in the way: what spoils a session, for whom it is told, when it is over."""

import pytest

from streams.events import MINUTE, Device, Network
from tests.participant_story import Weeks, cleared, ms, raised, starts

RULE = "technology_in_the_way"
PHONE = {"device": Device(kind="phone"), "network": Network(type="cellular")}
DROPS = {"drops": 2, "lost_ms": 4 * MINUTE}
BAD = [DROPS, {"lost_ms": 10 * MINUTE}, {"poor_ms": 15 * MINUTE}]


def weeks_of(*sessions):
    """Each a letter, or what was measured of a session attended."""
    weeks = Weeks()
    for start, one in zip(starts("2026-08-31"), sessions, strict=False):
        how, measured = (one, {}) if isinstance(one, str) else ("A", one)
        weeks.session(start, how, **measured)
    return weeks


def told(*sessions, until="2026-11-01"):
    return weeks_of(*sessions).signals(until, RULE)


def test_three_of_six_are_told_to_tech_and_clinician_with_what_failed():
    weeks = weeks_of("A", DROPS | PHONE, "A", "C", "A", {"poor_ms": 20 * MINUTE})
    (signal,) = weeks.acts("help", "link_sent", "2026-09-03 09:00").signals("2026-09-20", RULE)
    assert signal == raised(RULE, "2026-09-11 13:00", bad=3, not_connected=1, drops=2)
    assert signal.audience == {"tech": "warning", "clinician": "warning"}
    figures = signal.evidence
    assert (figures["lost_minutes"], figures["poor_minutes"]) == (4, 20)
    assert (figures["device"], figures["network"]) == ("phone", "cellular")
    assert figures["tried"] == ["link_sent"]
    assert figures["sessions"][0] == {
        "at": ms("2026-09-02 10:00"),
        "drops": 2,
        "lost_minutes": 4,
        "device": "phone",
        "network": "cellular",
    }
    assert (figures["drops_limit"], figures["poor_minutes_limit"]) == (2, 15)


@pytest.mark.parametrize("bad", [*BAD, "C"])
def test_each_kind_of_trouble_counts(bad):
    assert told(bad, bad, bad) == [raised(RULE, "2026-09-04 13:00")]


@pytest.mark.parametrize(
    "nearly", [{"drops": 1}, {"lost_ms": 10 * MINUTE - 1}, {"poor_ms": 15 * MINUTE - 1}]
)
def test_just_under_a_limit_does_not(nearly):
    assert told(nearly, nearly, nearly, nearly) == []


def test_it_takes_two_good_sessions_in_a_row():
    assert told(DROPS, DROPS, DROPS, "A", DROPS, "A", "M", "A") == [
        raised(RULE, "2026-09-04 13:00"),
        cleared(RULE, "2026-09-16 13:00", reason="recovered"),
    ]


def test_missed_and_in_person_sessions_say_nothing_about_technology():
    assert told(DROPS, "M", "I", "M", DROPS, "M", "E", "M", DROPS) == [
        raised(RULE, "2026-09-18 13:00")
    ]


def test_what_an_incident_explains_is_not_the_persons_technology():
    bad = DROPS | {"fault": "platform"}
    assert told(bad, bad, bad) == []
