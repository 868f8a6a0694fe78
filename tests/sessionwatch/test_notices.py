"""Whom recorded signals would have interrupted, and when."""

from msgspec.structs import replace

from alerts.holding import MAX_HOLD
from sessionwatch.notices import NO_PROGRAM, notices
from tests.alerts.signals import at, cleared, incident, raised, updated

OUTREACH = {"outreach": "high"}


def told(*signals):
    """(role, minute, case) of each notice."""
    found = notices(signals, MAX_HOLD)
    return [(one.role, (one.at - at(0)) / 60_000, one.rule) for one in found]


def test_absences_are_one_notice_a_room_and_role():
    three = [raised(person=f"pat-{n}", room="room-1") for n in range(3)]
    other = raised(room="room-2")
    assert told(*three) == [("clinician", 10, "missed_session"), ("outreach", 10, "missed_session")]
    assert len(told(*three, other)) == 4


def test_an_absence_over_before_its_notice_interrupts_nobody():
    wait = {"notify_after_minutes": 5}
    missed = raised(evidence=wait, audience=OUTREACH)
    assert told(missed) == [("outreach", 15, "missed_session")]
    assert told(missed, cleared(missed, minute=15)) == []
    assert told(missed, cleared(missed, minute=16)) == [("outreach", 15, "missed_session")]


def test_what_is_quiet_or_on_trial_interrupts_nobody():
    assert told(raised("left_early", audience={"clinician": "info"})) == []
    assert told(raised("left_early", trial=True)) == []


def test_another_role_is_told_when_it_is_added_and_none_twice():
    tried = raised("could_not_connect", minute=5, audience={"tech": "high"})
    both = updated(tried, minute=10, audience={"tech": "high", "outreach": "high"})
    assert told(tried, both) == [
        ("tech", 5.25, "could_not_connect"),
        ("outreach", 10, "could_not_connect"),
    ]


def test_who_hosts_is_not_interrupted_but_for_what_is_urgent():
    own = {"clinician_id": "dr-host", "audience": {"host": "high", "clinician": "high"}}
    assert told(raised("left_early", minute=30, **own)) == []
    assert [role for role, _, _ in told(raised("crisis_reported", minute=30, **own))] == [
        "clinician",
        "host",
    ]
    assert len(told(raised("left_early", minute=181, **own))) == 2


def test_what_an_incident_explains_waits_until_it_is_over_and_a_quarter_of_an_hour_at_most():
    drop = raised("dropped_out", minute=20, audience={"tech": "high"})
    cause = incident(minute=20, explains=[drop.alert_id], audience={"manager": "info"})
    assert told(cause, drop) == [("tech", 35, "dropped_out")]
    over = replace(cause, status="cleared", ts=at(25))
    assert told(cause, over, drop) == [("tech", 25, "dropped_out")]
    assert told(cause, over, drop, cleared(drop, minute=24)) == []


def test_an_incident_across_programs_belongs_to_none():
    (one,) = notices([incident(audience={"tech": "critical"})], MAX_HOLD)
    assert one.program_id == NO_PROGRAM
