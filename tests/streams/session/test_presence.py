"""What is searched by halves finds what a look at each would."""

from hypothesis import given
from hypothesis import strategies as st

from streams.session.presence import Connection, covered, end_at_exclusive, union, within

instants = st.integers(0, 20)
spans = st.tuples(instants, instants).map(lambda pair: (min(pair), max(pair)))
names = st.sampled_from("abc")


@given(st.lists(spans), instants)
def test_covered_is_within_the_union(found, instant):
    assert covered(union(found), instant) == within(found, instant)


@given(st.lists(st.tuples(spans, names)), st.lists(st.tuples(instants, names)).map(sorted))
def test_the_first_exclusive_join_of_another_connection_within_one_ends_it(found, exclusive):
    connections = [Connection(start, end, "left", name) for (start, end), name in found]
    end_at_exclusive(connections, exclusive)
    ends = [
        min([end, *(ts for ts, other in exclusive if start < ts < end and other != name)])
        for (start, end), name in found
    ]
    assert [one.end for one in connections] == ends
