"""Privacy reported: a fact for the clinician, counted over 30 days where a profile says so."""

from tests.story import group, raised


def test_it_is_told_at_once_and_counted():
    story = group(["p1", "p2"]).profiles("p1", privacy_30d=2).reports("p1", "10:20", "privacy")
    story.reports("p1", "10:40", "privacy").reports("p2", "10:41", "privacy")
    assert story.of("privacy_reported") == [
        raised("privacy_reported", "p1", when="10:20", reports_30d=3),
        raised("privacy_reported", "p1", when="10:40", reports_30d=4),
        raised("privacy_reported", "p2", when="10:41", reports_30d=None),
    ]
