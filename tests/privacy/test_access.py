"""Every role against every relation: a line that is not here is a no."""

import pytest

from privacy.access import (
    Case,
    Cover,
    Viewer,
    is_hosting,
    may_act_on_alert,
    may_act_on_session,
    may_count_board,
    may_release_alert,
    may_see_alert,
    may_see_board,
    may_see_names,
    open_case,
    seen_by,
    severity_for,
)
from streams.events import HOUR, AlertChanged, BoardChanged, BoardPerson, Signal

HOUR_10 = 1_767_261_600_000


COORDINATED = Cover(coordinators=frozenset({"p1"}))
"""A coordinator is on duty."""
ATTENDED = Cover(clinicians=frozenset({"p1"}))
"""No coordinator is, a clinician is."""
ALONE = Cover()


def viewer(*roles, staff="dr-own", programs=("p1",), duty=(), cover=COORDINATED):
    within = frozenset(programs)
    return Viewer("u1", staff, "Someone", frozenset(roles), within, "en", frozenset(duty), cover)


def signal(rule="missed_session", *, participant="pat", treated_by="dr-own", **audience):
    return Signal(
        id="s1",
        alert_id="a1",
        rule=rule,
        status="raised",
        severity="high",
        audience=audience or {"clinician": "high", "outreach": "high"},
        ts=1,
        raised_at=1,
        evidence={"minutes": 12, "last_attended_at": 5, "missed_14d": 2},
        rules="abc",
        program_id="p1",
        session_id="room",
        participant_id=participant,
        clinician_id=treated_by,
        host_id="dr-host",
    )


CASES = [
    # who, signal, hosting, sees, acts
    ("own clinician", viewer("clinician"), signal(), (), True, True),
    ("another's clinician", viewer("clinician", staff="dr-x"), signal(), (), False, False),
    ("no staff id", viewer("clinician", staff=None), signal(treated_by=None), (), False, False),
    ("host, not told", viewer("clinician", staff="dr-host"), signal(), (), False, False),
    ("host told", viewer("clinician", staff="dr-host"), signal(host="high"), (), True, True),
    ("substitute", viewer("clinician", staff="dr-x"), signal(host="high"), ("room",), True, True),
    (
        "host of another",
        viewer("clinician", staff="dr-x"),
        signal(host="high"),
        ("r2",),
        False,
        False,
    ),
    ("outreach", viewer("outreach", staff=None), signal(), (), True, True),
    ("outreach elsewhere", viewer("outreach", programs=("p2",)), signal(), (), False, False),
    ("outreach of all", viewer("outreach", programs=("*",)), signal(), (), True, True),
    ("outreach not told", viewer("outreach"), signal(tech="high"), (), False, False),
    ("tech, absence", viewer("tech"), signal(tech="high"), (), False, False),
    ("tech, connection", viewer("tech"), signal("poor_connection", tech="high"), (), True, True),
    ("tech not told", viewer("tech"), signal("poor_connection", host="info"), (), False, False),
    (
        "tech elsewhere",
        viewer("tech", programs=("p2",)),
        signal("poor_connection", tech="high"),
        (),
        False,
        False,
    ),
    (
        "tech, crisis",
        viewer("tech", duty=("p1",)),
        signal("crisis_reported", on_duty="critical", tech="high"),
        (),
        False,
        False,
    ),
    (
        "on duty",
        viewer("clinician", staff="dr-x", duty=("p1",)),
        signal("crisis_reported", on_duty="critical"),
        (),
        True,
        True,
    ),
    (
        "off duty",
        viewer("clinician", staff="dr-x"),
        signal("crisis_reported", on_duty="critical"),
        (),
        False,
        False,
    ),
    (
        "on duty elsewhere",
        viewer("clinician", staff="dr-x", duty=("p2",)),
        signal("crisis_reported", on_duty="critical"),
        (),
        False,
        False,
    ),
    ("supervisor", viewer("supervisor"), signal(), (), True, True),
    ("supervisor elsewhere", viewer("supervisor", programs=("p2",)), signal(), (), False, False),
    (
        "supervisor, repair alone",
        viewer("supervisor"),
        signal("poor_connection", tech="high"),
        (),
        False,
        False,
    ),
    ("manager, a person", viewer("manager"), signal(manager="high"), (), False, False),
    (
        "manager, a room",
        viewer("manager"),
        signal("host_missing", participant=None, manager="high"),
        (),
        True,
        False,
    ),
    (
        "manager not told",
        viewer("manager"),
        signal("empty_room", participant=None, on_duty="high"),
        (),
        False,
        False,
    ),
    (
        "clinician on duty, no coordinator",
        viewer("clinician", staff="dr-x", duty=("p1",), cover=ATTENDED),
        signal(),
        (),
        True,
        True,
    ),
    (
        "clinician on duty beside a coordinator",
        viewer("clinician", staff="dr-x", duty=("p1",)),
        signal(),
        (),
        False,
        False,
    ),
    (
        "clinician off duty, no coordinator",
        viewer("clinician", staff="dr-x", cover=ATTENDED),
        signal(),
        (),
        False,
        False,
    ),
    (
        "clinician on duty elsewhere, nobody here",
        viewer("clinician", staff="dr-x", duty=("p2",), cover=Cover(clinicians=frozenset({"p2"}))),
        signal(),
        (),
        False,
        False,
    ),
    (
        "tech on duty, no coordinator",
        viewer("tech", staff="dr-x", duty=("p1",), cover=ATTENDED),
        signal(),
        (),
        False,
        False,
    ),
    (
        "outreach, nobody on duty",
        viewer("outreach", staff=None, cover=ALONE),
        signal(),
        (),
        True,
        True,
    ),
    (
        "host, a clinician on duty",
        viewer("clinician", staff="dr-host", cover=ATTENDED),
        signal(),
        (),
        False,
        False,
    ),
    (
        "host, nobody on duty",
        viewer("clinician", staff="dr-host", cover=ALONE),
        signal(),
        (),
        True,
        True,
    ),
    (
        "substitute, nobody on duty",
        viewer("clinician", staff="dr-x", cover=ALONE),
        signal(),
        ("room",),
        True,
        True,
    ),
    (
        "host, nobody on duty, not for outreach",
        viewer("clinician", staff="dr-host", cover=ALONE),
        signal(clinician="high"),
        (),
        False,
        False,
    ),
    (
        "care team",
        viewer("clinician", staff="dr-x"),
        signal("crisis_reported", on_duty="critical", care_team="critical"),
        (),
        True,
        True,
    ),
    (
        "care team elsewhere",
        viewer("clinician", staff="dr-x", programs=("p2",)),
        signal("crisis_reported", on_duty="critical", care_team="critical"),
        (),
        False,
        False,
    ),
    (
        "tech, care team told",
        viewer("tech"),
        signal("crisis_reported", on_duty="critical", care_team="critical"),
        (),
        False,
        False,
    ),
    (
        "manager, untaken call",
        viewer("manager"),
        signal("crisis_reported", care_team="critical", manager="critical"),
        (),
        True,
        False,
    ),
    (
        "manager elsewhere, untaken call",
        viewer("manager", programs=("p2",)),
        signal("crisis_reported", care_team="critical", manager="critical"),
        (),
        False,
        False,
    ),
    (
        "manager, call not widened so far",
        viewer("manager"),
        signal("crisis_reported", on_duty="critical", care_team="critical"),
        (),
        False,
        False,
    ),
    ("administrator", viewer("administrator", programs=("*",)), signal(), ("room",), False, False),
    ("auditor", viewer("auditor", programs=("*",)), signal(), ("room",), False, False),
    ("nobody", viewer(programs=("*",)), signal(), ("room",), False, False),
    (
        "clinician, nobody's alert",
        viewer("clinician", staff="dr-x"),
        signal("feed_silent", participant=None, clinician="info"),
        (),
        True,
        True,
    ),
]


@pytest.mark.parametrize(
    ("who", "what", "hosting", "sees", "acts"),
    [pytest.param(*case[1:], id=case[0]) for case in CASES],
)
def test_who_sees_and_who_acts(who, what, hosting, sees, acts):
    assert may_see_alert(who, what, frozenset(hosting)) is sees
    assert may_act_on_alert(who, what, frozenset(hosting)) is acts
    assert (severity_for(who, what, frozenset(hosting)) is not None) is sees


def test_severity_is_that_of_the_gravest_role_the_viewer_stands_in():
    said = signal("dropped_out", tech="high", host="info", clinician="warning")
    assert severity_for(viewer("clinician"), said) == "warning"
    assert severity_for(viewer("clinician", "tech"), said) == "high"


def test_only_a_supervisor_releases_what_somebody_took():
    assert may_release_alert(viewer("supervisor"), signal())
    assert not may_release_alert(viewer("outreach", "clinician"), signal())


def test_without_a_role_in_care_nobody_reads_who_treats_or_a_history():
    said = signal("could_not_connect", tech="high")
    shown = seen_by(viewer("tech"), said)
    assert (shown.clinician_id, shown.host_id, shown.evidence) == (None, None, {"minutes": 12})
    assert seen_by(viewer("clinician"), said) == said


def test_a_manager_reads_of_a_call_only_that_it_waits_and_in_which_program():
    said = signal("crisis_reported", on_duty="critical", care_team="critical", manager="critical")
    shown = seen_by(viewer("manager"), said)
    told = {name: getattr(shown, name) for name in shown.__struct_fields__}
    assert {name: value for name, value in told.items() if value} == {
        "id": "s1",
        "alert_id": "a1",
        "rule": "crisis_reported",
        "status": "raised",
        "severity": "high",
        "audience": said.audience,
        "ts": 1,
        "raised_at": 1,
        "rules": "abc",
        "program_id": "p1",
    }


@pytest.mark.parametrize("role", ["clinician", "outreach", "supervisor"])
def test_a_manager_who_is_in_care_as_well_reads_it_whole(role):
    said = signal("crisis_reported", on_duty="critical", care_team="critical", manager="critical")
    assert seen_by(viewer("manager", role), said) == said


def board(*people):
    return BoardChanged(
        session_id="room",
        program_id="p1",
        ts=HOUR_10,
        starts_at=HOUR_10,
        ends_at=HOUR_10 + 3 * HOUR,
        state="held",
        kind="group",
        track="morning",
        host_id="dr-host",
        time_zone="UTC",
        people=list(people),
    )


def person(id_, role="participant", state="present"):
    return BoardPerson(participant_id=id_, role=role, state=state, since=HOUR_10, present_ms=0)


BOARDS = [
    ("scheduled host", viewer("clinician", staff="dr-host"), board(), True),
    ("substitute", viewer("clinician", staff="dr-x"), board(person("dr-x", "host")), True),
    ("another clinician", viewer("clinician", staff="dr-x"), board(), False),
    ("host gone", viewer("clinician", staff="dr-x"), board(person("dr-x", "host", "left")), False),
    ("outreach", viewer("outreach"), board(), True),
    ("tech", viewer("tech"), board(), True),
    ("supervisor", viewer("supervisor"), board(), True),
    ("supervisor elsewhere", viewer("supervisor", programs=("p2",)), board(), False),
    ("manager", viewer("manager", programs=("*",)), board(), False),
    ("administrator", viewer("administrator", programs=("*",)), board(), False),
    ("no staff id", viewer("clinician", staff=None), board(), False),
]


@pytest.mark.parametrize(
    ("who", "room", "sees"), [pytest.param(*case[1:], id=case[0]) for case in BOARDS]
)
def test_who_sees_a_board(who, room, sees):
    assert may_see_board(who, room) is sees
    assert may_see_names(who, room, HOUR_10) is sees


def test_a_manager_counts_rooms_of_the_own_programs():
    assert may_count_board(viewer("manager", programs=("*",)), board())
    assert not may_count_board(viewer("manager", programs=("p2",)), board())
    assert not may_count_board(viewer("administrator", programs=("*",)), board())


def test_a_hosts_names_end_a_day_after_the_session_and_begin_half_an_hour_before():
    host, room = viewer("clinician", staff="dr-host"), board()
    assert not may_see_names(host, room, room.starts_at - HOUR)
    assert may_see_names(host, room, room.ends_at + 23 * HOUR)
    assert not may_see_names(host, room, room.ends_at + 25 * HOUR)
    assert may_see_names(viewer("outreach"), room, room.ends_at + 25 * HOUR)


def test_hosting_is_being_there_as_host():
    host = viewer("clinician", staff="dr-host")
    assert not is_hosting(host, board())
    assert is_hosting(host, board(person("dr-host")))
    assert not is_hosting(host, board(person("dr-host", "host", "left")))


def test_who_acts_on_a_session():
    def may(who, **more):
        return may_act_on_session(who, "dr-host", "p1", **more)

    assert may(viewer("clinician", staff="dr-host"))
    assert may(viewer("clinician", staff="dr-x"), hosting=True)
    assert may(viewer("outreach"))
    assert may(viewer("supervisor"))
    assert not may(viewer("clinician", staff="dr-x"))
    assert not may(viewer("outreach", programs=("p2",)))
    assert not may(viewer("tech", "manager", "administrator", "auditor", staff="dr-host"))


def test_names_are_cut_to_the_first_for_who_has_no_role_in_care():
    assert viewer("tech").first_names_only
    assert not viewer("tech", "clinician").first_names_only


@pytest.mark.parametrize(
    ("who", "told", "state", "found"),
    [
        (viewer("tech"), signal("dropped_out", tech="high"), "open", Case("a1")),
        (viewer("tech"), signal("dropped_out", tech="high"), "acknowledged", Case("a1")),
        (viewer("tech"), signal("dropped_out", tech="high"), "resolved", None),
        (viewer("tech"), signal("dropped_out", outreach="high"), "open", None),
        (viewer("tech"), signal("missed_session", tech="high"), "open", None),
        (viewer("tech"), signal("dropped_out", participant="other", tech="high"), "open", None),
        (viewer("tech", programs=("p2",)), signal("dropped_out", tech="high"), "open", None),
        (viewer("manager"), signal("dropped_out", tech="high", manager="high"), "open", None),
    ],
)
def test_tech_knows_a_person_for_the_life_of_a_case(who, told, state, found):
    alert = AlertChanged(seq=1, case_id="a1", state=state, signal=told, changed_at=1)
    assert open_case(who, [alert], "pat") == found


TAKEN = {"state": "acknowledged", "assignee": "dr-x"}


@pytest.mark.parametrize(
    ("who", "told", "changed", "found"),
    [
        ("clinician", {"on_duty": "high"}, TAKEN, Case("a1", for_care=True)),
        ("clinician", {"care_team": "high"}, TAKEN, Case("a1", for_care=True)),
        ("clinician", {"on_duty": "high"}, {}, None),  # not taken yet
        ("clinician", {"on_duty": "high"}, TAKEN | {"assignee": "dr-y"}, None),
        ("clinician", {"on_duty": "high"}, TAKEN | {"state": "resolved"}, None),
        ("clinician", {"host": "high"}, TAKEN, None),  # may not see it any more
        ("tech", {"tech": "high"}, TAKEN, Case("a1")),
        ("manager", {"manager": "high"}, TAKEN, None),
    ],
)
def test_who_took_a_case_for_care_may_reach_the_person_for_its_life(who, told, changed, found):
    one = viewer(who, staff="dr-x", duty=("p1",))
    for rule in ("dropped_out", "left_after_crisis"):
        alert = {"seq": 1, "case_id": "a1", "state": "open", "changed_at": 1}
        heard = AlertChanged(**alert | {"signal": signal(rule, **told)} | changed)
        expected = None if who == "tech" and rule == "left_after_crisis" else found
        assert open_case(one, [heard], "pat") == expected
        assert open_case(one, [heard], "other") is None
