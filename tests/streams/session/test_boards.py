"""Boards: who is where, at most once a second, and once a minute while the session is open."""

from streams.events import MINUTE, BoardPerson, SessionEvent
from streams.session.board import _minute
from streams.session.monitor import Monitor
from tests.story import RULES, Story, at, group, tick


def board(story: Story, now: str):
    """The last board written by then."""
    story.tell(now)
    return story.boards[-1]


def person(story: Story, now: str, who: str = "p1") -> BoardPerson:
    return next(one for one in board(story, now).people if one.participant_id == who)


def test_everybody_is_in_some_state():
    story = group(["p1", "p2", "p3", "p4", "p5", "p6", "p7"]).joins("h1", "09:58")
    story.joins("p1", "09:59").waits("p2", "10:04").joins("p3", "10:00").drops("p3", "10:05")
    story.joins("p4", "10:00").leaves("p4", "10:05").excuses("p5", "09:00")
    story.in_person("p6", "09:30").joins("unmapped:x", "10:01")
    states = {one.participant_id: one.state for one in board(story, "10:06").people}
    assert states == {
        "h1": "present",
        "p1": "present",
        "p2": "waiting",
        "p3": "away",
        "p4": "left",
        "p5": "excused",
        "p6": "in_person",
        "p7": "expected",
        "unmapped:x": "unmapped",
    }


def test_present_people_have_their_line_camera_and_minutes():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:00").line("p1", "10:02", "poor")
    seen = person(story, "10:05")
    assert (seen.connection, seen.connection_since) == ("poor", at("10:02"))
    assert seen.trouble == "poor_connection"
    assert seen.present_ms == 5 * MINUTE
    assert seen.recent[-7:] == ["none", "here", "here", "poor", "poor", "poor", "poor"]


def test_what_staff_marked_is_told_where_the_state_alone_does_not():
    story = group(["p1", "p2", "p3", "p4", "p5"]).joins("h1", "09:58")
    story.excuses("p1", "09:52", "late").in_person("p2", "10:01", "phone")
    story.present_with("p3", "p4", "10:02").in_person("p4", "10:02").excuses("p5", "09:50")
    people = board(story, "10:06").people
    assert {one.participant_id: (one.state, one.marked, one.marked_at) for one in people} == {
        "h1": ("present", None, None),
        "p1": ("expected", "late", at("09:52")),
        "p2": ("in_person", "phone", at("10:01")),
        "p3": ("in_person", "present_with", at("10:02")),
        "p4": ("in_person", None, None),
        "p5": ("excused", None, None),
    }


def test_what_went_before_the_session_is_told_as_nothing_absence_as_away():
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:02").leaves("p1", "10:04")
    seen = person(story, "10:06")
    assert seen.recent == ["none"] * 23 + ["away"] * 2 + ["here"] * 2 + ["away"] * 3
    assert board(story, "10:06").here == [0, 0, 1, 1, 0, 0, 0]


def test_minutes_as_said_plainly():
    first = at("10:00")
    ends = [first + number * MINUTE - 1 for number in range(1, 31)]
    for instant in (*range(first - 90_000, first + 300_000, 7_001), first, ends[3], ends[3] + 1):
        assert _minute(instant, first) == sum(1 for end in ends if end < instant)


def test_the_rooms_state_from_before_to_ended():
    story = group(["p1"], breaks=[("10:20", "10:30")]).joins("h1", "09:58").joins("p1", "09:59")
    states = {}
    for now in ("09:59", "10:05", "10:25", "10:31", "11:01"):
        story._told = None
        states[now] = board(story, now).state
    assert states == {
        "09:59": "before",
        "10:05": "held",
        "10:25": "break",
        "10:31": "held",
        "11:01": "ended",
    }
    assert board(group(["p1"]).cancels("09:30"), "09:31").state == "cancelled"


def apply(monitor: Monitor, events: list[SessionEvent]) -> list[int]:
    """How many boards each event wrote."""
    return [len(monitor.apply(event, offset).boards) for offset, event in enumerate(events)]


def test_a_change_is_written_at_once_but_once_a_second_at_the_most():
    story = group(["p1", "p2"]).joins("p1", "10:00:01").joins("p2", "10:00:02")
    plan, first, second = story.events
    events = [tick(at("10:00")), plan, tick(at("10:00:01")), first, second, tick(at("10:00:02"))]
    assert apply(Monitor(0, RULES), events) == [0, 1, 0, 1, 0, 1]


def test_without_change_a_board_a_minute_while_open():
    story = group(["p1"]).joins("p1", "09:58")
    monitor = Monitor(0, RULES)
    apply(monitor, [tick(at("09:57")), *story.events, tick(at("10:00:30"))])
    ticks = [tick(at("10:00:30") + seconds * 1_000) for seconds in range(1, 121)]
    written = [len(monitor.apply(one, 10 + n).boards) for n, one in enumerate(ticks)]
    assert sum(written) == 2


def test_after_a_restart_the_boards_are_written_anew():
    story = group(["p1"]).joins("p1", "09:58")
    monitor = Monitor(0, RULES)
    apply(monitor, [tick(at("09:57")), *story.events, tick(at("10:00:30"))])
    again = Monitor(0, RULES)
    again.restore({key: monitor.stored(key) for key in ("s1", "~partition")})
    assert len(again.apply(tick(at("10:00:31")), 9).boards) == 1


def test_a_session_that_began_decades_ago_fills_no_memory():
    story = group(["p1"]).schedules(["p1"], when="09:01", starts="-1d 08:00").joins("p1", "10:00")
    assert len(board(story, "10:06").here) == 24 * 60
