"""Tech requested: at once, each report its own; before a schedule only when it comes."""

from streams.events import Device
from tests.story import Story, at, group, raised


def test_it_is_told_at_once_with_the_device():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59", device=Device("phone"))
    assert story.reports("p1", "10:20", "technical").of("tech_requested") == [
        raised("tech_requested", "p1", when="10:20", at=at("10:20"), connected=True)
    ]
    assert story.of("tech_requested")[0].evidence["device"] == {"kind": "phone"}


def test_two_reports_are_two_alerts():
    story = group(["p1"]).reports("p1", "10:20", "technical").reports("p1", "10:21", "technical")
    assert len(story.of("tech_requested")) == 2


def test_before_the_schedule_comes_only_calls_for_help_are_told():
    story = Story([])
    story._arrivals.clear()
    story.reports("p1", "09:10", "technical").reports("p1", "09:11", "help")
    story.schedules(["p1"], when="09:20").reports("p1", "09:30", "privacy")
    assert story.of("tech_requested", "help_requested", "privacy_reported") == [
        raised("help_requested", "p1", when="09:11"),
        raised("tech_requested", "p1", when="09:10"),
        raised("privacy_reported", "p1", when="09:30"),
    ]
    story = Story([])
    story._arrivals.clear()
    story.schedules(["p1"], when="09:20").reports("p1", "09:10", "technical", late="09:30")
    assert story.of("tech_requested") == [raised("tech_requested", "p1", when="09:10")]
    [told] = story.of("tech_requested")
    assert told.program_id == "prog"
