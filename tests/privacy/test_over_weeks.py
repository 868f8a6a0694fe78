"""Who may see what is said of a person's weeks: care staff, and tech only the technology."""

import pytest

from privacy.access import Viewer, may_act_on_alert, may_see_alert
from streams.participant.detectors import DETECTORS
from tests.alerts.signals import raised

RULES = {module.__name__.rpartition(".")[2]: module for module in DETECTORS}


def viewer(*roles, staff=None, programs=("program-1",)):
    return Viewer("u", staff, "Name", frozenset(roles), frozenset(programs))


def signal(rule):
    told = RULES[rule].TOLD
    more = {"audience": told, "host_id": None, "kind": None, "track": None}
    return raised(rule, room=None, starts_at=None, ends_at=None, **more)


@pytest.mark.parametrize("rule", RULES)
def test_the_persons_own_clinician_and_the_programs_supervisor_see_it(rule):
    assert may_see_alert(viewer("clinician", staff="dr-1"), signal(rule))
    assert may_act_on_alert(viewer("clinician", staff="dr-1"), signal(rule))
    assert may_see_alert(viewer("supervisor"), signal(rule))


@pytest.mark.parametrize("rule", RULES)
def test_tech_sees_the_technology_and_nothing_else(rule):
    assert may_see_alert(viewer("tech"), signal(rule)) == (rule == "technology_in_the_way")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "other",
    [
        viewer("clinician", staff="dr-2"),
        viewer("outreach"),
        viewer("manager"),
        viewer("administrator"),
        viewer("auditor"),
        viewer("supervisor", programs=("program-2",)),
    ],
    ids=["another clinician", "outreach", "manager", "administrator", "auditor", "elsewhere"],
)
def test_nobody_else_does(rule, other):
    assert not may_see_alert(other, signal(rule))
