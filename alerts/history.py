"""What was raised about one person and what was done about it, in words: for looking back.

Who did it is not said, nor how long it took.
"""

from msgspec import Struct

from alerts import render
from alerts.lifecycle import Alert
from streams.events import AlertState, Millis, Severity, Signal

DROPS = frozenset({"dropped_out", "unstable_connection"})


class Past(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One alert. `result` is what somebody closed it with, at `done_at`; without one it is over by
    itself (`state` resolved) or still stands. `dropped`: when the line dropped, where it tells."""

    alert_id: str
    rule: str
    severity: Severity
    title: str
    reason: str
    looked: list[tuple[str, str, str]]
    raised_at: Millis
    state: AlertState
    taken: bool = False
    session_id: str | None = None
    result: str | None = None
    done_at: Millis | None = None
    dropped: list[Millis] = []
    explained: bool = False


def past(
    alert: Alert, signal: Signal, severity: Severity, language: str, time_zone: str, now: Millis
) -> Past:
    """`signal` and `severity` are the alert's as the viewer may see them."""
    over = signal.ends_at is not None and now > signal.ends_at
    closed = alert.closed
    done_at = closed.ts if closed else signal.ts if alert.state == "resolved" else None
    return Past(
        alert_id=signal.alert_id,
        rule=signal.rule,
        severity=severity,
        title=render.title(signal, language, closed=over),
        reason=render.reason(signal, language, time_zone),
        looked=render.looked_at(signal, language, time_zone),
        raised_at=signal.raised_at,
        state=alert.state,
        taken=alert.assignee is not None,
        session_id=signal.session_id,
        result=render.result_label(closed.result, language) if closed and closed.result else None,
        done_at=done_at,
        dropped=_dropped(signal),
        explained=alert.explained_by is not None,
    )


def _dropped(signal: Signal) -> list[Millis]:
    at = signal.evidence.get("at") if signal.rule in DROPS else None
    told = at if isinstance(at, list) else [at]
    return [one for one in told if isinstance(one, int)]
