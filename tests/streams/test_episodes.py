"""From episodes to signals: what is said, with which instants, in time and late."""

from streams.episodes import About, Alert, Episode, Evidence, Why, compare, deadline

ABOUT = About("rule", "s1", "p1")
LOW, HIGH = {"tech": "warning"}, {"tech": "high"}


class Figures(Evidence, frozen=True):
    at: int
    unknown: int | None = None


def episode(raised: int, cleared: int | None = None, **more) -> Episode:
    return Episode(raised, cleared, LOW, Figures(raised), **more)


def say(alerts: list[Alert], *episodes: Episode, at: int, **how):
    said = compare(alerts, episodes, at, ABOUT, **how)
    return [(one.status, one.ts, one.evidence.get("reason")) for one in said]


def test_raised_at_its_instant_and_cleared_at_its_own():
    alerts: list[Alert] = []
    assert say(alerts, episode(10, 20), at=5) == []
    assert say(alerts, episode(10, 20), at=10) == [("raised", 10, None)]
    assert say(alerts, episode(10, 20), at=15) == []
    assert say(alerts, episode(10, 20), at=20) == [("cleared", 20, None)]
    assert say(alerts, episode(10, 20), at=30) == []


def test_unknown_figures_are_left_out():
    (said,) = compare([], [episode(10)], 10, ABOUT)
    assert said.evidence == {"at": 10}


def test_an_event_that_completes_an_older_episode_dates_it():
    assert say([], episode(10), at=30) == [("raised", 30, None)]
    assert say([], episode(10, 20), at=30) == []


def test_the_audience_changes_in_its_time():
    alerts: list[Alert] = []
    changing = episode(10, changes=((15, HIGH),))
    say(alerts, changing, at=10)
    assert say(alerts, changing, at=15) == [("updated", 15, None)]
    assert alerts[0].audience == HIGH
    assert say(alerts, changing, at=16) == []


def test_the_next_deadline_is_whatever_comes_first():
    known = [episode(10, 50, changes=((15, HIGH),)), episode(60)]
    assert [deadline(known, after) for after in (5, 10, 15, 50)] == [10, 15, 50, 60]


def test_an_episode_that_is_gone_ends_with_the_reason():
    alerts: list[Alert] = []
    say(alerts, episode(10), at=10)
    assert say(alerts, at=30, why=Why("excused", 30)) == [("cleared", 30, "excused")]


def test_late_facts_keep_their_instants():
    alerts: list[Alert] = []
    assert say(alerts, episode(10, 20), at=50, late=True) == [
        ("raised", 10, None),
        ("cleared", 20, "late_event"),
    ]
    assert say(alerts, episode(10, 20), episode(30), at=50, late=True) == [("raised", 30, None)]


def test_a_late_fact_that_leaves_nothing_dates_the_end_a_millisecond_after():
    alerts: list[Alert] = []
    say(alerts, episode(10), at=10)
    assert say(alerts, at=50, late=True) == [("cleared", 11, "late_event")]


def test_what_stands_after_all_is_a_new_alert_from_that_cleared_on():
    alerts: list[Alert] = []
    say(alerts, episode(10), at=10)
    say(alerts, at=50, late=True)
    assert say(alerts, episode(10), at=60, late=True) == [("raised", 11, None)]
    assert len({alert.raised_at for alert in alerts}) == 2
    assert say(alerts, episode(10), at=70) == []
    assert say(alerts, episode(10, 80), at=80) == [("cleared", 80, None)]


def test_a_shifted_beginning_is_the_same_alert():
    alerts: list[Alert] = []
    say(alerts, episode(10), at=10)
    name = alerts[0].alert_id
    assert say(alerts, episode(12), at=50, late=True) == []
    assert say(alerts, episode(12, 60), at=60) == [("cleared", 60, None)]
    assert [alert.raised_at for alert in alerts] == [10]
    assert name


def test_two_of_one_and_one_of_two():
    alerts: list[Alert] = []
    say(alerts, episode(10), at=10)
    assert say(alerts, episode(10, 20), episode(30), at=50, late=True) == [
        ("cleared", 20, "late_event"),
        ("raised", 30, None),
    ]
    assert say(alerts, episode(10), at=60, late=True) == []
    assert [alert.cleared_at for alert in alerts] == [20, None]


def test_subjects_are_kept_apart():
    alerts: list[Alert] = []
    say(alerts, episode(10, subject="a"), episode(10, subject="b"), at=10)
    assert say(alerts, episode(10, 20, subject="a"), episode(10, subject="b"), at=20) == [
        ("cleared", 20, None)
    ]
