"""What incidents name and hold back is held against the truth, and a difference is seen."""

import pytest
from msgspec.structs import replace

from producers.simulator.scenarios import IN_ROOMS
from producers.simulator.scenarios.stage import Stage
from producers.simulator.scenarios.together import SCENARIOS
from sessionwatch import scenarios
from sessionwatch.evaluating import evaluated
from sessionwatch.scenarios import compare, judge, through_rooms
from streams import rules
from streams.events import MINUTE

HARD = "absent_while_the_room_is_down"


def told(name):
    """The truth, and what was said when."""
    stage = Stage(1, name)
    IN_ROOMS[name].tell(stage)
    return stage.truth, list(through_rooms(stage.log(), rules.load()))


def misnamed(truth, said):
    return compare(HARD, 1, truth, said).misnamed


@pytest.mark.parametrize("name", [one.name for one in SCENARIOS])
def test_of_every_scenario_with_an_incident_it_is_known(name):
    truth, said = told(name)
    incidents = [one for one in truth if one.rule.endswith("_incident")]
    assert all(one.explains is not None for one in incidents)
    singles = [one for one in truth if one.rule in ("dropped_out", "missed_session")]
    assert singles
    assert all(one.held is not None for one in singles)
    assert compare(name, 1, truth, said).right


def test_who_is_truly_absent_is_not_named_and_is_shown_after_a_quarter_of_an_hour():
    truth, said = told(HARD)
    (absent,) = [one for one in truth if one.rule == "missed_session"]
    assert (absent.held, absent.shown_at - absent.earliest) == (True, 15 * MINUTE)
    (incident,) = [one for one in truth if one.rule == "session_incident"]
    assert {rule for rule, _, _ in incident.explains} == {"dropped_out"}
    more = replace(incident, explains=(*incident.explains, ("missed_session", "s", "p1-9")))
    assert misnamed([more, *truth], said)


def test_an_incident_that_names_too_few_or_too_many_is_seen():
    truth, said = told(HARD)
    assert misnamed(truth, said) == ()
    fewer = [(at, replace(one, explains=(one.explains or [])[1:] or None)) for at, one in said]
    assert "does not name" in misnamed(truth, fewer)[0]
    absent = next(one.alert_id for _, one in said if one.rule == "missed_session")
    more = [
        (at, replace(one, explains=[*one.explains, absent]) if one.explains else one)
        for at, one in said
    ]
    assert "missed_session" in misnamed(truth, more)[0]


def test_what_is_held_wrongly_or_for_too_long_is_seen():
    truth, said = told(HARD)
    free = [replace(one, held=False) if one.rule == "missed_session" else one for one in truth]
    assert misnamed(free, said) == ("missed_session of p1-9: held is not False",)
    sooner = [replace(one, shown_at=one.shown_at and one.shown_at - MINUTE) for one in truth]
    assert len(misnamed(sooner, said)) == 7


def test_it_makes_an_evaluation_wrong(monkeypatch):
    verdict = judge(HARD, 1)
    assert (verdict.right, verdict.named) == (True, 8)
    assert evaluated((HARD,), [verdict], "").right
    monkeypatch.setattr(scenarios, "differences", lambda *_: ["otherwise"])
    found = evaluated((HARD,), [judge(HARD, 1)], "")
    assert not found.right
    assert found.wrong == {HARD: [1]}
    assert found.misnamed >= 8
