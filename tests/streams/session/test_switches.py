"""Packed switches against the same kept as plain pairs."""

from hypothesis import given
from hypothesis import strategies as st

from streams.events import MINUTE
from streams.session import switches

START = 1_795_536_000_000
SWITCHED = st.lists(
    st.tuples(st.integers(0, 20).map(lambda minute: START + minute * MINUTE), st.booleans())
)


def packed(told) -> bytes:
    known = b""
    for ts, on in told:
        known = switches.added(known, ts, "on" if on else "off")
    return known


@given(SWITCHED)
def test_they_are_a_set_in_order(told):
    known = packed(told)
    plain = sorted(set(told))
    assert known == packed(plain)
    assert switches.instants(known) == [ts for ts, _ in plain]
    if plain:
        assert switches.state(known) == ("on" if plain[-1][1] else "off")


@given(SWITCHED)
def test_what_is_known_already_changes_nothing(told):
    known = packed(told)
    for ts, on in told:
        assert switches.added(known, ts, "on" if on else "off") == known


@given(SWITCHED, st.integers(0, 25))
def test_the_latest_are_kept(told, number):
    plain = sorted(set(told))
    if number:
        assert switches.latest(packed(told), number) == packed(plain[-number:])


@given(st.lists(SWITCHED, min_size=1, max_size=3), st.integers(-1, 21))
def test_up_to_an_instant_under_all_names(names, minute):
    at = START + minute * MINUTE
    plain = sorted({one for told in names for one in told if one[0] <= at})
    instants = switches.instants(switches.until([packed(told) for told in names], at))
    assert sorted(set(instants)) == sorted({ts for ts, _ in plain})


@given(SWITCHED, st.integers(0, 20), st.integers(1, 20))
def test_on_holds_from_on_to_the_next_switch_or_the_end(told, begin, minutes):
    start, end = START + begin * MINUTE, START + (begin + minutes) * MINUTE
    plain = sorted(one for one in set(told) if start <= one[0] < end)
    expected = [
        minute
        for minute in range(start, end, MINUTE)
        if (before := [on for ts, on in plain if ts <= minute]) and before[-1]
    ]
    spans = [*switches.on(packed(told), [(start, end)])]
    assert [
        minute
        for minute in range(start, end, MINUTE)
        if any(since <= minute < until for since, until in spans)
    ] == expected
