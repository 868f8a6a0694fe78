"""What is not told at all: somebody left after a report that staff had closed as no crisis. Pure.

Only what can no longer be undone counts, so that nothing is lost by a slip of the finger.
"""

from collections.abc import Iterable

from alerts.lifecycle import UNDO_MS, Alert
from streams.events import Signal

SEQUEL = "left_after_crisis"
REPORTS = frozenset({"crisis_reported", "help_requested"})
NO_CRISIS = frozenset({"no_crisis", "not_needed"})
"""Results that say there was none."""


def is_answered(signal: Signal, alerts: Iterable[Alert]) -> bool:
    """Whether all that the person had reported in that session by then was closed as no crisis.
    `alerts` may hold others as well."""
    reports = [
        alert
        for alert in alerts
        if alert.signal.rule in REPORTS
        and alert.signal.session_id == signal.session_id
        and alert.signal.participant_id == signal.participant_id
        and alert.signal.raised_at <= signal.raised_at
    ]
    return bool(reports) and all(_is_no_crisis(report, signal.raised_at) for report in reports)


def _is_no_crisis(report: Alert, at: int) -> bool:
    closed = report.closed
    return closed is not None and closed.result in NO_CRISIS and closed.ts + UNDO_MS <= at
