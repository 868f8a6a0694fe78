"""Golden values: made once with SciPy 1.17's `fisher_exact(..., alternative="greater")`."""

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.incidents.fisher import p_value, relative_risk

GOLDEN = [
    ((5, 15, 2, 20), 0.1006919452986979),
    ((12, 15, 2, 60), 1.4476985234473084e-09),
    ((6, 8, 0, 22), 4.7155909224874743e-05),
    ((5, 5, 0, 25), 7.017248396558741e-06),
    ((8, 20, 4, 80), 0.0002033742733020494),
    ((5, 50, 1, 400), 7.741098849957373e-05),
    ((40, 50, 8, 30), 2.9920663185436534e-06),
    ((3, 10, 9, 30), 0.6447388665005762),
    ((0, 4, 3, 9), 1.0),
    ((300, 900, 150, 1500), 2.2107823578132697e-44),
]


@pytest.mark.parametrize(("table", "p"), GOLDEN)
def test_the_exact_test_has_the_known_values(table, p):
    assert isclose(p_value(*table), p, rel_tol=1e-12)


tables = st.tuples(st.integers(0, 40), st.integers(0, 40)).flatmap(
    lambda people: st.tuples(
        st.integers(0, people[0]), st.just(people[0]), st.integers(0, people[1]), st.just(people[1])
    )
)


@given(tables)
def test_it_is_the_tail_said_plainly(table):
    affected, people, control_affected, control = table
    drawn = affected + control_affected
    ways = [
        comb(people, hit) * comb(control, drawn - hit)
        for hit in range(affected, min(people, drawn) + 1)
    ]
    tail = Fraction(sum(ways), comb(people + control, drawn))
    assert isclose(p_value(*table), float(tail), rel_tol=1e-12)


@pytest.mark.parametrize("table", [(6, 5, 0, 9), (1, 5, 10, 9), (-1, 5, 0, 9)])
def test_a_table_that_cannot_be_is_refused(table):
    with pytest.raises(ValueError, match="more affected than people"):
        p_value(*table)


@pytest.mark.parametrize(
    ("table", "ratio"),
    [
        pytest.param((5, 15, 2, 20), 10 / 3, id="as counted"),
        pytest.param((5, 15, 0, 20), (5.5 / 16) / (0.5 / 21), id="nobody elsewhere"),
        pytest.param((5, 5, 2, 20), (5.5 / 6) / (2.5 / 21), id="everybody here"),
        pytest.param((0, 15, 0, 20), (0.5 / 16) / (0.5 / 21), id="nobody at all"),
    ],
)
def test_the_relative_risk_is_finite(table, ratio):
    assert isclose(relative_risk(*table), ratio)
