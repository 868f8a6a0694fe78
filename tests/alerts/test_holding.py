"""What is held back, for whom nothing makes a noise, and from when on somebody is notified."""

import pytest

from alerts import lifecycle
from alerts.holding import CLAIM_WITHIN, Incident, explained_by, is_quiet, notice_at
from alerts.lifecycle import Alert
from streams.events import MINUTE, Traits
from tests.alerts.signals import at, cleared, incident, raised

NONE = frozenset()


def alert(rule="dropped_out", minute=22.0, **more):
    signal = raised(rule, minute=minute, **more)
    return Alert(signal.alert_id, signal)


def standing(*names, minute=20.0, rooms=(), **more):
    signal = incident(minute=minute, explains=[one.signal.alert_id for one in names], **more)
    return Incident(signal, frozenset(signal.explains), frozenset(rooms))


def held(one, *incidents, minute=23.0):
    by = explained_by(one, incidents, at(minute))
    return by is not None


@pytest.mark.parametrize(
    "rule", ["dropped_out", "missed_session", "poor_connection", "session_incident", "of_tomorrow"]
)
def test_what_an_incident_names_is_held(rule):
    one = alert(rule)
    assert held(one, standing(one))
    assert not held(one, standing(alert("could_not_connect")))
    assert not held(one)


@pytest.mark.parametrize("rule", ["crisis_reported", "help_requested", "left_after_crisis"])
def test_a_crisis_is_never_held_whatever_names_it(rule):
    one = alert(rule)
    assert not held(one, standing(one, rooms=["room-1"]))


@pytest.mark.parametrize(
    ("one", "is_held"),
    [
        pytest.param(alert(), True, id="a line that drops"),
        pytest.param(alert("missed_session"), True, id="an absence"),
        pytest.param(alert("joined_late"), False, id="another condition"),
        pytest.param(alert("host_dropped"), False, id="people without their host"),
        pytest.param(alert(room="room-2"), False, id="another room"),
        pytest.param(alert(minute=19), False, id="before the incident"),
        pytest.param(alert(traits=Traits(carrier="acme")), True, id="the same carrier"),
        pytest.param(alert(traits=Traits(carrier="bell")), False, id="another carrier"),
        pytest.param(alert(traits=Traits(platform="zoom")), True, id="a carrier not known"),
    ],
)
def test_what_comes_later_in_its_rooms_is_held_likewise(one, is_held):
    assert held(one, standing(rooms=["room-1"])) is is_held


def test_the_incident_of_one_room_asks_for_no_trait():
    its = standing(rule="session_incident", room="room-1", rooms=["room-1"], traits=None)
    assert held(alert(traits=Traits(carrier="bell")), its)


@pytest.mark.parametrize(("minute", "is_held"), [(36.9, True), (37, False), (90, False)])
def test_fifteen_minutes_of_its_own_age_at_the_longest(minute, is_held):
    one = alert(minute=22)
    assert held(one, standing(one, minute=30), minute=minute) is is_held


@pytest.mark.parametrize("what", ["acknowledge", "take", "resolve"])
def test_what_a_person_has_put_a_hand_to_is_not_taken_away(what):
    one = alert()
    acted = lifecycle.act(one, what, "rosa", at(23), "left_message" if what == "resolve" else None)
    assert not held(acted, standing(one))


def test_what_is_over_is_not_held():
    one = alert()
    over = lifecycle.hear(one, cleared(one.signal, minute=22.5))
    assert not held(over, standing(one))


def test_the_incident_across_rooms_comes_before_the_room_s_and_the_first_before_the_next():
    one = alert()
    broad, later = standing(one, minute=21), standing(one, minute=22)
    of_room = standing(one, minute=20, rule="session_incident", room="room-1")
    for order in ([broad, later, of_room], [of_room, later, broad]):
        assert explained_by(one, order, at(23)) == broad.signal.alert_id


def test_an_incident_does_not_explain_itself():
    its = standing(rule="session_incident", room="room-1", rooms=["room-1"])
    own = Incident(its.signal, frozenset({its.signal.alert_id}), its.rooms)
    assert explained_by(Alert("case", its.signal), [own], at(21)) is None


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        ("dropped_out", CLAIM_WITHIN),
        ("could_not_connect", CLAIM_WITHIN),
        ("poor_connection", CLAIM_WITHIN),
        ("missed_session", 5 * MINUTE),
        ("waiting_to_be_admitted", 0),
        ("host_missing", 0),
        ("host_dropped", 0),
        ("platform_incident", 0),
        ("crisis_reported", 0),
    ],
)
def test_from_when_on_somebody_is_notified(rule, after):
    told = {"notify_after_minutes": 5} if rule == "missed_session" else {}
    assert notice_at(raised(rule, minute=22, evidence=told)) == at(22) + after


@pytest.mark.parametrize(
    ("rule", "hosting", "quiet"),
    [
        ("dropped_out", NONE, False),
        ("dropped_out", {"room-1"}, True),
        ("dropped_out", {"room-9"}, True),
        ("missed_session", {"room-1"}, True),
        ("host_missing", {"room-9"}, True),
        ("platform_incident", {"room-9"}, True),
        ("crisis_reported", {"room-1"}, False),
        ("help_requested", {"room-1"}, False),
        ("left_after_crisis", {"room-1"}, False),
        ("crisis_reported", {"room-9"}, True),
        ("crisis_reported", NONE, False),
    ],
)
def test_who_hosts_is_not_interrupted_but_by_a_crisis_of_their_room(rule, hosting, quiet):
    assert is_quiet(raised(rule), frozenset(hosting)) is quiet
