"""What the detectors over weeks really write can be read out whole."""

import pytest

from alerts.phrasing import LANGUAGES
from alerts.render import looked_at, reason, title
from alerts.results import REPAIR, REVIEW, care_kind, results
from alerts.worker import _about_weeks
from streams.episodes import Evidence
from streams.participant.detectors import DETECTORS
from tests.alerts.over_weeks import EVIDENCE
from tests.alerts.signals import raised
from tests.alerts.test_render import LEFT_OVER
from tests.participant_story import Weeks

RULES = {module.__name__.rpartition(".")[2]: module for module in DETECTORS}


def evidence_of(module):
    """The rule's own struct."""
    made = (value for value in vars(module).values() if isinstance(value, type))
    return next(one for one in made if issubclass(one, Evidence) and one is not Evidence)


@pytest.mark.parametrize("rule", RULES)
def test_the_texts_are_tried_with_the_evidence_that_is_written(rule):
    assert set(EVIDENCE[rule]) <= set(evidence_of(RULES[rule]).__struct_fields__)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_a_person_s_weeks_say_can_be_read(language):
    weeks = Weeks().enrolled("2026-08-17").history("2026-08-31", "AAAAAAMMMAMMMCCCAAIAEAPAMAA")
    weeks.acts("outreach", "left_message", "2026-09-19 09:00")
    told = weeks.signals("2026-12-01")
    assert {"missed_in_a_row", "not_seen", "falling_attendance", "dose_shortfall"} <= {
        signal.rule for signal in told
    }
    for signal in told:
        rows = looked_at(signal, language, "UTC")
        said = [title(signal, language), reason(signal, language, "UTC"), *sum(rows, ())]
        assert len(rows) >= 2
        assert not [text for text in said if LEFT_OVER.search(text)]


def test_a_review_says_that_it_is_no_recommendation():
    weeks = Weeks().history("2026-08-31", "AAMMM")
    (signal,) = weeks.signals("2026-09-10", "care_fit_review")
    assert "It is no advice." in reason(signal, "en", "UTC")
    assert "No es un consejo." in reason(signal, "es", "UTC")


def test_what_people_record_of_them_comes_back_as_care():
    assert results("technology_in_the_way") == REPAIR
    assert care_kind("technology_in_the_way", "link_sent") == "help"
    assert care_kind("no_private_place", "helped") == "help"
    assert {care_kind("care_fit_review", result) for result in REVIEW} == {"review"}
    assert care_kind("missed_in_a_row", "left_message") == "outreach"
    assert care_kind("often_late", "done") is None


def test_how_late_alerts_are_is_measured_in_sessions_only():
    """What speaks of a session's end is told a quarter of an hour after it, when it closes."""
    told = Weeks().history("2026-08-31", "AAMMM").signals("2026-09-10")
    assert told
    assert all(_about_weeks(signal) for signal in told)
    assert not _about_weeks(raised())
    assert not _about_weeks(raised("platform_incident", None, room=None))


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "1 session missed; limit 1."), ("es", "1 sesión sin venir; límite 1.")],
)
def test_one_missed_session_is_no_row_of_them(language, words):
    once = EVIDENCE["missed_in_a_row"] | {"misses": 1, "limit": 1}
    assert words in reason(raised("missed_in_a_row", evidence=once), language, "UTC")
