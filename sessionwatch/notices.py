"""Whom alerts would have interrupted, and when, as far as a log tells.

The alert service's own rules (`alerts/grouping.py`, `alerts/holding.py`) over recorded signals:
one notice a case and role, absences one case a room, nothing of what was over before its notice,
of what an incident explained while it held it, or for whoever hosts the session at that time. A
log does not tell who was on duty or had taken a case: each role counts once, and no call for help
waits long enough to reach more people (`alerts/escalation.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from msgspec import Struct

from alerts.grouping import cases, depends_on_others
from alerts.holding import INCIDENTS, NEVER_HELD, notice_at
from streams.events import STATUS_ORDER, Millis, Severity, Signal, Told

QUIET = "info"
"""Appears on a page without a notice."""
NO_PROGRAM = "~all"
"""What concerns several programs at once."""
NEVER: Millis = 2**62


class Notice(Struct, frozen=True, order=True):
    """One role's interruption for one case."""

    at: Millis
    program_id: str
    role: Told
    case_id: str
    rule: str
    room: str | None = None
    severity: Severity = "high"


class _Incident(Struct, frozen=True):
    begin: Millis
    end: Millis
    names: frozenset[str]


def notices(signals: Iterable[Signal], max_hold: Millis) -> list[Notice]:
    """Of any signals, in any order; those of rules on trial interrupt nobody."""
    alerts: dict[str, list[Signal]] = defaultdict(list)
    for signal in signals:
        if not signal.trial:
            alerts[signal.alert_id].append(signal)
    for told in alerts.values():
        told.sort(key=lambda one: (one.ts, STATUS_ORDER[one.status]))
    incidents = _by_alert(alerts.values())
    case_of = _cases(alerts)
    first: dict[tuple[str, Told], Notice] = {}
    for alert_id, told in alerts.items():
        for at, role in _interruptions(told, incidents.get(alert_id, ()), max_hold):
            case_id = case_of[alert_id]
            one = told[0]
            program, severity = one.program_id or NO_PROGRAM, one.audience.get(role, one.severity)
            made = Notice(at, program, role, case_id, one.rule, one.session_id, severity)
            known = first.get((case_id, role))
            if known is None or made < known:
                first[case_id, role] = made
    return sorted(first.values())


def _interruptions(
    told: Sequence[Signal], incidents: Iterable[_Incident], max_hold: Millis
) -> Iterable[tuple[Millis, Told]]:
    """Each role that is told more than quietly, at the first instant at which it is."""
    cleared = next((one.ts for one in told if one.status == "cleared"), NEVER)
    seen: set[Told] = set()
    for signal in told:
        if signal.status == "cleared":
            continue
        at = _held(signal, max(signal.ts, notice_at(signal)), incidents, max_hold)
        for role, severity in signal.audience.items():
            if severity == QUIET or role in seen:
                continue
            if at < cleared and not _is_hosting(signal, role, at):
                seen.add(role)
                yield at, role


def _held(signal: Signal, at: Millis, incidents: Iterable[_Incident], max_hold: Millis) -> Millis:
    if signal.rule in NEVER_HELD:
        return at
    for incident in incidents:
        if incident.begin <= at < incident.end:
            at = max(at, min(incident.end, signal.raised_at + max_hold))
    return at


def _is_hosting(signal: Signal, role: Told, at: Millis) -> bool:
    """The host of a session that is on: they are not interrupted, but for what is urgent."""
    if signal.rule in NEVER_HELD or signal.starts_at is None or signal.ends_at is None:
        return False
    hosts = role == "host" or (role == "clinician" and signal.clinician_id == signal.host_id)
    return hosts and signal.starts_at <= at < signal.ends_at


def _by_alert(alerts: Iterable[Sequence[Signal]]) -> dict[str, list[_Incident]]:
    """The incidents that name an alert."""
    found: dict[str, list[_Incident]] = defaultdict(list)
    for told in alerts:
        if told[0].rule not in INCIDENTS:
            continue
        end = next((one.ts for one in told if one.status == "cleared"), NEVER)
        names = frozenset(chain.from_iterable(one.explains or () for one in told))
        for name in names:
            found[name].append(_Incident(told[0].raised_at, end, names))
    return found


def _cases(alerts: Mapping[str, Sequence[Signal]]) -> dict[str, str]:
    made = {alert_id: alert_id for alert_id in alerts}
    together: dict[tuple[str | None, str | None], list[Signal]] = defaultdict(list)
    for told in alerts.values():
        newest = told[-1]
        if depends_on_others(newest):
            together[newest.session_id, newest.participant_id].append(newest)
    for group in together.values():
        made |= cases(group)
    return made
