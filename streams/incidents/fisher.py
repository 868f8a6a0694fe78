"""Fisher's exact test, one-sided, and the relative risk of a two-by-two table.

Exact in integers: a clinic's tables are small, and no library is worth its weight for one sum.
"""

from math import comb


def p_value(affected: int, people: int, control_affected: int, control_people: int) -> float:
    """The chance of so many affected among `people` or more, were the `affected` drawn at random
    from all: the hypergeometric distribution's upper tail.

    Raises `ValueError` for a table with more affected than people.
    """
    if not (0 <= affected <= people and 0 <= control_affected <= control_people):
        raise ValueError("more affected than people")
    drawn = affected + control_affected
    ways = comb(people, affected) * comb(control_people, control_affected)
    tail = 0
    for hit in range(affected, min(people, drawn) + 1):
        tail += ways
        missed = drawn - hit
        spared = control_people - missed + 1
        ways = ways * (people - hit) * missed // ((hit + 1) * spared)
    return tail / comb(people + control_people, drawn)


def relative_risk(affected: int, people: int, control_affected: int, control_people: int) -> float:
    """The share of affected among `people` over that of the control group. Where a cell of the
    table is empty, 0.5 is added to each, so that the ratio is finite."""
    cells = [
        float(affected),
        float(people - affected),
        float(control_affected),
        float(control_people - control_affected),
    ]
    if 0 in cells:
        cells = [cell + 0.5 for cell in cells]
    hit, spared, control_hit, control_spared = cells
    return hit / (hit + spared) * (control_hit + control_spared) / control_hit
