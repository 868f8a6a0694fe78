"""The agenda against a plain table of what is due."""

from hypothesis import given
from hypothesis import strategies as st

from streams.episodes import NEVER
from streams.session.agenda import Agenda

PEOPLE = st.sampled_from(("", "p1", "p2"))
RULES = st.sampled_from(("left_early", "dropped_out"))
PLANNED = st.tuples(PEOPLE, RULES, st.one_of(st.integers(1, 20), st.just(NEVER)))
MOVES = st.lists(st.one_of(PLANNED, st.integers(0, 20)), max_size=30)


@given(MOVES)
def test_what_is_planned_comes_once_in_order_of_time(moves):
    agenda, table = Agenda(), {}
    for move in moves:
        if isinstance(move, int):
            due = sorted((when, *one) for one, when in table.items() if when <= move)
            assert [*agenda.pop(move)] == [(who, rule) for _, who, rule in due]
            table = {one: when for one, when in table.items() if when > move}
        else:
            who, rule, when = move
            agenda.plan(who, rule, when)
            table[who, rule] = when
            table = {one: when for one, when in table.items() if when < NEVER}
        assert agenda.next == min(table.values(), default=NEVER)
        for name in ("", "p1", "p2"):
            assert sorted(agenda.rules(name)) == sorted(rule for who, rule in table if who == name)
