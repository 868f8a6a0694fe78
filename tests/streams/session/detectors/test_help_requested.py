"""Help requested: like a crisis, but high, and other kinds of report are not it."""

from tests.story import group, raised


def test_it_is_told_at_once():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").reports("p1", "10:20", "help")
    assert story.signals == [
        raised(
            "help_requested",
            "p1",
            when="10:20",
            connected=True,
            told={"host": "high", "on_duty": "high", "outreach": "high"},
        )
    ]


def test_privacy_fatigue_and_technical_reports_are_for_other_rules():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    for kind in ("privacy", "fatigue", "technical"):
        story.reports("p1", "10:20", kind)
    assert story.of("help_requested", "crisis_reported") == []
    assert story.attended[-1].privacy_reports == 1
