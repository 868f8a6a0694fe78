"""Every rule's reason, from its evidence, reads easily in both languages."""

import pytest

from alerts.render import reason, title
from streams.metrics import RULES
from tests.alerts.signals import raised
from tests.alerts.test_render import EVIDENCE
from tests.plain_words import flesch_kincaid, inflesz


def words(rule, language):
    signal = raised(rule, evidence=EVIDENCE[rule])
    return f"{title(signal, language)}. {reason(signal, language, 'UTC')}"


@pytest.mark.parametrize("rule", RULES)
def test_english_needs_no_more_than_eight_years_of_school(rule):
    assert flesch_kincaid(words(rule, "en")) <= 8


@pytest.mark.parametrize("rule", RULES)
def test_spanish_is_of_ordinary_ease_at_least(rule):
    assert inflesz(words(rule, "es")) >= 55


def test_the_formulas_tell_hard_words_from_plain_ones():
    assert flesch_kincaid("The cat sat on the mat.") < 1
    assert flesch_kincaid("Institutional accountability necessitates documentation.") > 20
    assert inflesz("El sol sale por la mañana.") > 70
    assert inflesz("Responsabilidades institucionales extraordinariamente complicadas.") < 0
