"""Boards, alerts and outcomes as the topics carry them, with only what a test cares about."""

from typing import Any

from streams.events import AlertChanged, BoardChanged, BoardPerson, SessionAttended, Signal

NOON = 1_764_000_000_000
HOUR = 3_600_000


def person(participant_id: str, state: str = "present", **more: Any) -> BoardPerson:
    made = {"role": "participant", "since": NOON, "present_ms": 0} | more
    return BoardPerson(participant_id=participant_id, state=state, **made)


def board(session_id: str, *people: BoardPerson, state: str = "held", **more: Any) -> BoardChanged:
    made: dict[str, Any] = {
        "program_id": "prog",
        "ts": NOON,
        "starts_at": NOON,
        "ends_at": NOON + 3 * HOUR,
        "kind": "group",
        "track": "morning",
        "host_id": "host",
        "time_zone": "UTC",
    }
    return BoardChanged(session_id=session_id, state=state, people=list(people), **(made | more))


def alert(
    alert_id: str,
    rule: str = "dropped_out",
    state: str = "open",
    explained_by: str | None = None,
    **more: Any,
) -> AlertChanged:
    made: dict[str, Any] = {
        "status": "raised",
        "severity": "high",
        "audience": {"tech": "high", "clinician": "info"},
        "ts": NOON,
        "raised_at": NOON,
        "evidence": {},
        "rules": "0123456789ab",
    }
    signal = Signal(id=f"{alert_id}-1", alert_id=alert_id, rule=rule, **(made | more))
    return AlertChanged(
        seq=1,
        case_id=alert_id,
        state=state,
        changed_at=NOON,
        signal=signal,
        explained_by=explained_by,
    )


def attended(
    session_id: str, participant_id: str, outcome: str = "attended", revision: int = 0
) -> SessionAttended:
    return SessionAttended(
        id=f"{session_id}-{participant_id}-{revision}",
        ts=NOON,
        session_id=session_id,
        participant_id=participant_id,
        program_id="prog",
        kind="group",
        revision=revision,
        scheduled_ms=HOUR,
        held_ms=HOUR,
        present_ms=HOUR,
        outcome=outcome,
        drops=0,
        lost_ms=0,
        poor_ms=0,
        reconnects=0,
        privacy_reports=0,
        technical_reports=0,
        crisis_reports=0,
        time_zone="UTC",
    )
