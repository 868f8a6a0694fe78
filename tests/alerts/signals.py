"""Signals as detectors write them, short enough to read in a test."""

from uuid import NAMESPACE_URL, uuid5

from streams.events import MINUTE, Signal, Traits

TEN = 1_767_261_600_000
"""2026-01-01 10:00 UTC."""


def at(minutes: float) -> int:
    return TEN + round(minutes * MINUTE)


def raised(rule="missed_session", person="pat-1", *, minute=10.0, room="room-1", **more) -> Signal:
    return _signal("raised", rule, person, room, minute, minute, **more)


def updated(signal: Signal, *, minute: float, **more) -> Signal:
    return _again("updated", signal, minute, **more)


def cleared(signal: Signal, *, minute: float, **more) -> Signal:
    return _again("cleared", signal, minute, **more)


def incident(
    status="raised", *, minute=20.0, raised_minute=20.0, rule="platform_incident", room=None, **more
) -> Signal:
    """An incident across rooms on one carrier, or that of one room; `explains` are alert ids."""
    given = {
        "severity": "critical",
        "audience": {"tech": "critical", "on_duty": "high", "manager": "high"},
        "explains": [],
        "subject": None if room else "carrier:acme",
        "traits": Traits(carrier="acme"),
        "program_id": None,
        "clinician_id": None,
        "host_id": None,
    }
    first = minute if status == "raised" else raised_minute
    return _signal(status, rule, None, room, minute, first, **given | more)


def _signal(status, rule, person, room, minute, raised_minute, **more) -> Signal:
    alert_id = str(uuid5(NAMESPACE_URL, f"{rule}|{room}|{person}|-|{at(raised_minute)}"))
    given = {
        "severity": "high",
        "audience": {"outreach": "high", "clinician": "high"},
        "evidence": {"minutes": 10, "grace_minutes": 10},
        "program_id": "program-1",
        "clinician_id": "dr-1",
        "host_id": "dr-host",
        "kind": "group",
        "track": "morning",
        "starts_at": TEN,
        "ends_at": at(180),
    } | more
    return Signal(
        id=str(uuid5(NAMESPACE_URL, f"{alert_id}|{status}|{at(minute)}")),
        alert_id=alert_id,
        rule=rule,
        status=status,
        ts=at(minute),
        raised_at=at(raised_minute),
        session_id=room,
        participant_id=person,
        rules="0123456789ab",
        **given,
    )


def _again(status, signal, minute, **more) -> Signal:
    same = {field: getattr(signal, field) for field in ("severity", "audience", "evidence")}
    raised_minute = (signal.raised_at - TEN) / MINUTE
    return _signal(
        status,
        signal.rule,
        signal.participant_id,
        signal.session_id,
        minute,
        raised_minute,
        **same | more,
    )
