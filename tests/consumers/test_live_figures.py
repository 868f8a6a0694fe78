"""Live figures: what is counted, once, and what is forgotten."""

from prometheus_client import REGISTRY

from consumers.live_figures import FORGET_AFTER, REMEMBERED, LiveFigures
from tests.consumers.records import HOUR, NOON, alert, attended, board, person


def shown(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"sessionwatch_{name}", labels) or 0.0


def test_people_in_care_are_counted_by_state_and_their_lines_while_present():
    figures = LiveFigures()
    figures.hear_board(
        board(
            "s1",
            person("p1", connection="poor"),
            person("p2", "away", connection="lost"),
            person("h1", role="host", connection="good"),
        )
    )
    figures.hear_board(board("s2", person("p3", connection="good"), state="break"))
    figures.show(NOON)
    assert shown("people", state="present") == 2
    assert shown("people", state="away") == 1
    assert [shown("connections", state=s) for s in ("good", "poor", "lost")] == [1, 1, 0]
    assert [shown("rooms", state=s) for s in ("before", "held", "break")] == [0, 1, 1]


def test_a_session_that_ended_or_never_said_so_is_forgotten():
    figures = LiveFigures()
    figures.hear_board(board("s1", person("p1")))
    figures.hear_board(board("s2", person("p2")))
    figures.hear_board(board("s1", person("p1", "left"), state="ended"))
    figures.show(NOON)
    assert shown("people", state="present") == 1
    figures.show(NOON + 3 * HOUR + FORGET_AFTER + 1)
    assert shown("people", state="present") == 0


def test_alerts_are_counted_by_rule_and_for_each_team_until_acknowledged():
    figures = LiveFigures()
    figures.hear_feed(alert("a1"))
    figures.hear_feed(alert("a2"))
    figures.hear_feed(alert("a3", rule="a_rule_of_tomorrow"))
    figures.hear_feed(alert("a2", state="acknowledged"))
    figures.show(NOON)
    assert shown("open_alerts", rule="dropped_out", state="open") == 1
    assert shown("open_alerts", rule="dropped_out", state="acknowledged") == 1
    assert shown("open_alerts", rule="other", state="open") == 1
    assert shown("team_alerts", team="tech") == 2
    figures.hear_feed(alert("a3", rule="a_rule_of_tomorrow", explained_by="incident"))
    figures.show(NOON)
    assert shown("open_alerts", rule="other", state="open") == 1
    assert shown("team_alerts", team="tech") == 1  # held back: nobody is told of it
    figures.hear_feed(alert("a1", state="resolved"))
    figures.show(NOON)
    assert shown("open_alerts", rule="dropped_out", state="open") == 0


def test_an_outcome_counts_once_and_its_revisions_apart():
    figures = LiveFigures()
    before = shown("sessions_attended_total", outcome="missed")
    revised = shown("attendance_revised_total", outcome="attended")
    for event in (
        attended("s1", "p1", "missed"),
        attended("s1", "p1", "missed"),
        attended("s1", "p2", "missed"),
        attended("s1", "p1", "attended", revision=1),
        attended("s1", "p1", "missed"),  # a redelivery after the revision
    ):
        figures.hear_participant(event)
    assert shown("sessions_attended_total", outcome="missed") - before == 2
    assert shown("attendance_revised_total", outcome="attended") - revised == 1


def test_the_memory_of_revisions_is_bounded():
    figures = LiveFigures()
    figures._revisions.update({("old", str(n)): 0 for n in range(REMEMBERED)})
    figures.hear_participant(attended("s1", "p1"))
    assert len(figures._revisions) == REMEMBERED
    assert ("old", "0") not in figures._revisions
