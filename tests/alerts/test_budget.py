"""The noise budget: six an hour and three in ten minutes, the rest in one quiet line."""

from hypothesis import given
from hypothesis import strategies as st

from alerts.budget import Budget, Digest, Due, spend
from streams.events import HOUR, MINUTE
from tests.alerts.signals import at


def due(minute, room="room-1", rule="missed_session", severity="high", audience="outreach"):
    return Due(at(minute), audience, room, rule, severity)


def minutes(dues):
    return [(one.at - at(0)) / MINUTE for one in dues]


def test_three_in_ten_minutes_interrupt_and_the_rest_is_one_line():
    dues = [due(n, room) for n, room in enumerate(["a", "b", "c", "d", "e", "d", "f"])]
    notices, digests = spend(dues)
    assert minutes(notices) == [0, 1, 2]
    assert digests == [Digest("outreach", at(3), at(6), 4, frozenset("def"))]


def test_six_an_hour():
    notices, digests = spend([due(10 * n) for n in range(8)])
    assert minutes(notices) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert digests == []
    notices, digests = spend([due(8 * n) for n in range(9)])
    assert minutes(notices) == [0, 8, 16, 24, 32, 40, 64]
    assert [(d.since, d.until, d.number) for d in digests] == [(at(48), at(56), 2)]


def test_a_stretch_is_open_at_its_beginning():
    assert minutes(spend([due(0), due(0), due(0), due(9.99), due(10)])[0]) == [0, 0, 0, 10]


def test_after_a_notice_another_digest_begins():
    _, digests = spend([due(0), due(1), due(2), due(3), due(10), due(10.5), due(20)])
    assert [(d.since, d.number) for d in digests] == [(at(3), 1), (at(10.5), 1)]


def test_a_call_for_help_always_interrupts_and_counts():
    calls = [due(n, rule="help_requested") for n in range(3)]
    late = [due(2.5), due(3, rule="crisis_reported", severity="critical"), due(4)]
    notices, digests = spend([*calls, *late])
    assert minutes(notices) == [0, 1, 2, 3]
    assert [(d.since, d.number) for d in digests] == [(at(2.5), 1), (at(4), 1)]


def test_of_one_instant_the_graver_goes_first():
    dues = [due(0, severity="warning", rule="left_early"), *[due(0, room) for room in "abc"]]
    notices, digests = spend(dues)
    assert {one.rule for one in notices} == {"missed_session"}
    assert digests[0].number == 1


def test_each_audience_has_its_own():
    dues = [due(0, audience=name) for name in ["one", "two"] for _ in range(4)]
    notices, digests = spend(dues)
    assert (len(notices), len(digests)) == (6, 2)


def test_of_a_clock_that_was_set_back_what_was_given_later_does_not_count():
    budget = Budget([at(60), at(61), at(62)])
    assert budget.spend(at(0), "missed_session") is None


DUES = st.lists(
    st.builds(
        due,
        st.integers(0, 180),
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["missed_session", "dropped_out", "crisis_reported"]),
        st.sampled_from(["info", "warning", "high", "critical"]),
        st.sampled_from(["one", "two"]),
    ),
    max_size=60,
)


@given(DUES, st.randoms())
def test_nothing_is_lost_nothing_is_over_and_the_order_heard_does_not_matter(dues, random):
    notices, digests = spend(dues)
    assert len(notices) + sum(one.number for one in digests) == len(dues)
    for audience in ("one", "two"):
        quiet = [n.at for n in notices if n.audience == audience and n.rule != "crisis_reported"]
        for span, most in ((10 * MINUTE, 3), (HOUR, 6)):
            assert all(sum(one <= n < one + span for n in quiet) <= most for one in quiet)
    calls = [one for one in dues if one.rule == "crisis_reported"]
    assert len([one for one in notices if one.rule == "crisis_reported"]) == len(calls)
    random.shuffle(dues)
    assert spend(dues) == (notices, digests)


@given(DUES)
def test_one_at_a_time_says_the_same_as_all_at_once(dues):
    mine = sorted((one for one in dues if one.audience == "one"), key=lambda one: one.at)
    by_instant = {one.at: one for one in mine}  # one of each instant: no order to choose
    notices, _ = spend(by_instant.values())
    given, digest, kept = [], None, []
    for one in by_instant.values():
        digest = Budget(given, digest).spend(one.at, one.rule)
        if one in notices:
            kept.append(one)
            given.append(one.at)
    assert kept == notices
