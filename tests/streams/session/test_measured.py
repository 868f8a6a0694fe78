"""Packed states of a line against the same kept as plain structs."""

from hypothesis import given
from hypothesis import strategies as st

from streams.events import MINUTE
from streams.session.measured import BAD, STATES, UNMEASURED, Figures, LineState, together

START = 1_795_536_000_000


def state(minute: int, lag: int, name: str, what: str, mos: float, path: str | None) -> LineState:
    ts = START + minute * MINUTE
    figures = Figures(mos, 250.5, 31.25, 0.0123, "jitter", path) if what in BAD else None
    return LineState(ts - lag, ts, name, what, figures)


STATE = st.builds(
    state,
    st.integers(0, 8),
    st.sampled_from((0, 5_000, 3 * MINUTE, -1_000)),
    st.sampled_from(("a", "b", "c")),
    st.sampled_from(STATES),
    st.sampled_from((1.0, 2.53)),
    st.sampled_from((None, "direct", "relay", "tcp")),
)
TOLD = st.lists(STATE, max_size=12)


def order(one: LineState):
    return one.ts, repr(one)


def packed(told):
    known = UNMEASURED
    for one in told:
        known = known.added(one)
    return known


@given(TOLD)
def test_they_are_a_set_in_order(told):
    plain = sorted(set(told), key=order)
    known = packed(told)
    assert known.states() == plain
    assert known.instants() == [one.ts for one in plain]
    assert all(known.added(one) is known for one in told)


@given(TOLD)
def test_each_is_found_at_its_place(told):
    known = packed(told)
    for place, one in enumerate(known.states()):
        assert (known.since(place), known.state(place)) == (one.since, one.state)
        if one.figures is not None:
            assert known.figures_of(place) == one.figures


@given(TOLD)
def test_moments_are_in_order_of_since(told):
    known = packed(told)
    plain = known.states()
    assert known.moments() == sorted(
        (one.since, place, one.connection_id, STATES.index(one.state))
        for place, one in enumerate(plain)
    )


@given(st.lists(TOLD, min_size=1, max_size=3), st.integers(-1, 9))
def test_up_to_an_instant_under_all_names(names, minute):
    at = START + minute * MINUTE
    told = together([packed(told) for told in names], at).states()
    plain = [one for told in names for one in sorted(set(told), key=order) if one.ts <= at]
    assert told == sorted(plain, key=lambda one: one.ts)
