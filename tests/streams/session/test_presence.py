"""What is searched by halves finds what a look at each would."""

from hypothesis import given
from hypothesis import strategies as st

from streams.session.presence import Connection, covered, end_at_exclusive, union, within

instants = st.integers(0, 20)
spans = st.tuples(instants, instants).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(spans), instants)
def test_covered_is_within_the_union(found, instant):
    assert covered(union(found), instant) == within(found, instant)


@given(st.lists(spans), st.lists(instants).map(sorted))
def test_the_first_exclusive_join_within_a_connection_ends_it(found, exclusive):
    connections = [Connection(start, end, "left", "c") for start, end in found]
    end_at_exclusive(connections, exclusive)
    ends = [
        min([end, *(instant for instant in exclusive if start < instant < end)])
        for start, end in found
    ]
    assert [one.end for one in connections] == ends
