"""What an incident names, and what is held back for it, against the truth of a scenario.

Held back is what the alert service's own rule (`alerts/holding.py`) says of the signals so far.
"""

from collections.abc import Iterator, Sequence

from alerts.holding import INCIDENTS, MAX_HOLD, Incident, explained_by, notice_at
from alerts.lifecycle import Alert
from producers.simulator.truth import Truth
from streams.events import Millis, Signal


def differences(wanted: Truth, one: Signal, signals: Sequence[Signal]) -> Iterator[str]:
    """In words; nothing where the alert is as it should be, or nothing is asked."""
    if wanted.explains is not None:
        found = named(one.alert_id, signals)
        missing, beyond = set(wanted.explains) - found, found - set(wanted.explains)
        if missing or beyond:
            yield f"{one.rule} does not name {missing or 'nobody'}, and names {beyond or 'no'} else"
    if wanted.held is not None:
        at = notice_at(one)
        if (held_by(one, signals, at) is not None) != wanted.held:
            yield f"{one.rule} of {one.participant_id}: held is not {wanted.held}"
    if wanted.shown_at and shown_at(one, signals) != wanted.shown_at:
        yield f"{one.rule} of {one.participant_id} is not shown at {wanted.shown_at}"


def named(alert_id: str, signals: Sequence[Signal]) -> set[tuple[str, str, str | None]]:
    """Rule, room and person of each alert that an incident names in all."""
    names = {name for one in signals if one.alert_id == alert_id for name in one.explains or ()}
    return {
        (one.rule, one.session_id or "", one.participant_id)
        for one in signals
        if one.alert_id in names
    }


def held_by(one: Signal, signals: Sequence[Signal], at: Millis) -> str | None:
    """The incident for which an alert is held back at `at`, as known by then."""
    newest: dict[str, Signal] = {}
    names: dict[str, set[str]] = {}
    for signal in sorted((told for told in signals if told.ts <= at), key=_instant):
        newest[signal.alert_id] = signal
        names.setdefault(signal.alert_id, set()).update(signal.explains or ())
    rooms = {alert_id: signal.session_id for alert_id, signal in newest.items()}
    incidents = [
        Incident(
            signal,
            frozenset(names[alert_id]),
            frozenset(room for name in {alert_id, *names[alert_id]} if (room := rooms.get(name))),
        )
        for alert_id, signal in newest.items()
        if signal.rule in INCIDENTS and signal.status != "cleared"
    ]
    return explained_by(Alert(one.alert_id, newest.get(one.alert_id, one)), incidents, at)


def shown_at(one: Signal, signals: Sequence[Signal]) -> Millis:
    """When it is no longer held back."""
    at = notice_at(one)
    later = {told.ts for told in signals if told.ts > at} | {one.raised_at + MAX_HOLD}
    return next(at for at in sorted({at, *later}) if held_by(one, signals, at) is None)


def _instant(signal: Signal) -> Millis:
    return signal.ts
