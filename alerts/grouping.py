"""Which alerts are one case: what one person takes and works on. Pure.

Absences are one case a room. Who could not connect after counting as absent stays in that case.
A line that drops again within ten minutes of coming back continues its case. Every other alert
is its own. The answer depends on the alerts alone, not on the order in which they were heard.
"""

from collections.abc import Iterable
from uuid import NAMESPACE_URL, uuid5

from streams.events import MINUTE, Signal

ABSENT, TRIED, DROPPED = "missed_session", "could_not_connect", "dropped_out"
GROUPED = frozenset({ABSENT, TRIED, DROPPED})
AGAIN_WITHIN = 10 * MINUTE


def depends_on_others(signal: Signal) -> bool:
    """Whether its case can only be told beside the person's other alerts of the session."""
    return (
        signal.rule in GROUPED
        and signal.session_id is not None
        and signal.participant_id is not None
    )


def cases(signals: Iterable[Signal]) -> dict[str, str]:
    """`alert_id` to `case_id`, for the newest signals of one person's alerts in one session."""
    ordered = sorted(signals, key=lambda signal: (signal.raised_at, signal.alert_id))
    absent = any(signal.rule == ABSENT for signal in ordered)
    made: dict[str, str] = {}
    before: Signal | None = None
    for signal in ordered:
        made[signal.alert_id] = signal.alert_id
        if signal.rule == ABSENT or (signal.rule == TRIED and absent):
            made[signal.alert_id] = _absences(signal)
        elif signal.rule == DROPPED:
            if before is not None and _continues(before, signal):
                made[signal.alert_id] = made[before.alert_id]
            before = signal
    return made


def _absences(signal: Signal) -> str:
    return str(uuid5(NAMESPACE_URL, f"{ABSENT}|{signal.session_id}"))


def _continues(before: Signal, signal: Signal) -> bool:
    dropped_at = signal.evidence.get("at")
    began = dropped_at if isinstance(dropped_at, int) else signal.raised_at
    return before.status != "cleared" or began - before.ts <= AGAIN_WITHIN
