"""Who is told of what, rule by rule, as the catalogue says: a table, and the detectors beside it.

Where a rule has several audiences they come one after the other, the longer its condition lasts.
"""

import pytest

from privacy.access import CONNECTION_RULES
from streams.incidents.detectors import DETECTORS as ABOUT_ALL_ROOMS
from streams.participant.detectors import DETECTORS as ABOUT_WEEKS
from streams.session.detectors import DETECTORS
from tests.story import group, individual

TABLE = {
    # within a session
    "missed_session": [{"outreach": "high", "clinician": "high"}],
    "could_not_connect": [
        {"tech": "high"},
        {"tech": "high", "outreach": "high", "clinician": "high"},
    ],
    "waiting_to_be_admitted": [{"host": "warning"}, {"host": "warning", "tech": "high"}],
    "unrecognised_people": [{"host": "info", "tech": "info"}],
    "dropped_out": [{"tech": "high", "outreach": "high", "host": "info", "clinician": "info"}],
    "unstable_connection": [{"tech": "warning"}],
    "poor_connection": [{"tech": "warning"}, {"tech": "high"}],
    "no_media": [{"tech": "warning"}],
    "joined_late": [{"clinician": "info"}],
    "left_early": [{"clinician": "warning", "outreach": "warning"}],
    "partial_attendance": [{"clinician": "info"}],
    "host_missing": [{"on_duty": "high", "manager": "high"}],
    "host_dropped": [{"tech": "high", "on_duty": "high"}],
    "session_short": [{"manager": "info"}],
    "empty_room": [{"on_duty": "warning"}],
    "feed_silent": [{"tech": "high", "host": "info", "clinician": "info"}],
    "not_on_roster": [{"host": "high"}],
    "session_incident": [{"tech": "high", "host": "info"}],
    "crisis_reported": [{"host": "critical", "on_duty": "critical", "outreach": "critical"}],
    "help_requested": [{"host": "high", "on_duty": "high", "outreach": "high"}],
    "tech_requested": [{"tech": "high", "host": "info"}],
    "left_after_crisis": [{"on_duty": "critical", "host": "critical", "supervisor": "critical"}],
    "privacy_reported": [{"clinician": "warning"}],
    "device_check_failed": [{"tech": "warning"}],
    "screen_fatigue": [{"clinician": "info"}],
    "group_tiring": [{"host": "info", "clinician": "info"}],
    "break_due": [{"host": "info"}],
    "withdrawn": [{"clinician": "info"}],
    # over all rooms
    "platform_incident": [{"tech": "critical", "on_duty": "high", "manager": "high"}],
    # over weeks
    "missed_in_a_row": [
        {"clinician": "warning", "supervisor": "warning"},
        {"clinician": "high", "supervisor": "high"},
    ],
    "not_seen": [{"clinician": "warning"}, {"clinician": "high"}],
    "falling_attendance": [{"clinician": "warning"}],
    "often_late": [{"clinician": "info"}],
    "technology_in_the_way": [{"tech": "warning", "clinician": "warning"}],
    "no_private_place": [{"clinician": "warning"}],
    "dose_shortfall": [{"clinician": "warning"}],
    "short_day": [{"clinician": "info", "manager": "info"}],
    "fatigue_trend": [{"clinician": "info"}],
    "drifting_away": [{"clinician": "high"}],
    "welcome_back": [{"clinician": "info"}],
    "care_fit_review": [{"clinician": "high", "supervisor": "high"}],
}
MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (*DETECTORS, *ABOUT_ALL_ROOMS, *ABOUT_WEEKS)
}


@pytest.mark.parametrize("rule", MODULES)
def test_a_detector_tells_whom_the_catalogue_names(rule):
    told = [value for name, value in vars(MODULES[rule]).items() if name.startswith("TOLD")]
    assert told == TABLE[rule]


@pytest.mark.parametrize("rule", TABLE)
def test_tech_support_may_see_what_it_is_told_of_and_nothing_else(rule):
    assert any("tech" in told for told in TABLE[rule]) == (rule in CONNECTION_RULES)


def absent(story):
    return story.joins("h1", "10:00").of("missed_session")


def stuck(story):
    return story.joins("h1", "10:00").fails("p1", "10:01").of("could_not_connect")


def dropped(story):
    story.joins("h1", "10:00").joins("p1", "10:00").drops("p1", "10:20")
    return story.of("dropped_out")


@pytest.mark.parametrize(
    ("happens", "in_group", "alone"),
    [
        (absent, TABLE["missed_session"][0], {"host": "high", "clinician": "high"}),
        (
            stuck,
            TABLE["could_not_connect"][1],
            {"tech": "high", "host": "high", "clinician": "high"},
        ),
        (dropped, TABLE["dropped_out"][0], {"tech": "high", "host": "high", "clinician": "info"}),
    ],
)
def test_in_individual_sessions_the_host_takes_the_place_of_outreach(happens, in_group, alone):
    def last(signals):
        return [one for one in signals if one.status != "cleared"][-1].audience

    assert last(happens(group(["p1", "p2"]))) == in_group
    assert last(happens(individual())) == alone
