"""Crisis reported: at once, each report by itself, and nobody but a person ends it."""

from streams.events import ParticipantReported
from streams.session.monitor import Monitor
from tests.story import RULES, at, group, raised, tick

TOLD = {"host": "critical", "on_duty": "critical", "outreach": "critical"}


def test_it_is_told_at_once_with_who_is_there():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").reports("p1", "10:20")
    assert story.of("crisis_reported") == [
        raised(
            "crisis_reported",
            "p1",
            when="10:20",
            at=at("10:20"),
            connected=True,
            host_present=True,
            told=TOLD,
            severity="critical",
        )
    ]


def test_it_waits_for_no_tick():
    monitor = Monitor(0, RULES)
    monitor.apply(tick(at("10:00")), 0)
    event = ParticipantReported(
        id="r1", session_id="s9", participant_id="p1", ts=at("10:00:01"), kind="crisis"
    )
    step = monitor.apply(event, 1)
    assert step.signals == [raised("crisis_reported", "p1", when="10:00:01", connected=False)]
    assert monitor.apply(event, 2).signals == []


def test_every_report_is_an_alert_of_its_own():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.reports("p1", "10:20").reports("p1", "10:20:05")
    first, second = story.of("crisis_reported")
    assert first.alert_id != second.alert_id


def test_after_leaving_it_says_since_when():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").leaves("p1", "10:19")
    assert story.reports("p1", "10:20").of("crisis_reported") == [
        raised("crisis_reported", "p1", when="10:20", connected=False, left_at=at("10:19"))
    ]


def test_nothing_clears_it_not_even_an_excuse_or_the_closing():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").reports("p1", "10:20")
    story.excuses("p1", "10:30").cancels("10:40")
    assert [one.status for one in story.of("crisis_reported")] == ["raised"]


def test_minutes_late_it_is_told_all_the_same():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59")
    story.reports("p1", "10:20", late="10:50")
    assert story.of("crisis_reported") == [raised("crisis_reported", "p1", when="10:20")]


def test_the_attendance_counts_it():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "09:59").reports("p1", "10:20")
    assert story.attended[-1].crisis_reports == 1


def test_each_alert_says_which_report_it_is_also_when_that_was_sent_again_at_another_time():
    monitor = Monitor(0, RULES)
    monitor.apply(tick(at("10:00")), 0)

    def press(id_, when, kind="help"):
        return ParticipantReported(
            id=id_, session_id="s9", participant_id="p1", ts=at(when), kind=kind
        )

    sent = [press("r1", "10:00:01"), press("r1", "10:00:03"), press("r2", "10:00:04")]
    told = [monitor.apply(one, n).signals for n, one in enumerate(sent, 1)]
    assert [[one.evidence["report"] for one in some] for some in told] == [["r1"], [], ["r2"]]
