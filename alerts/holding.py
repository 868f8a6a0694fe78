"""Held back: what an incident explains is neither shown nor notified while it stands. Pure.

The incident names the alerts (`explains`); what is later raised in the same rooms for the same
condition is held likewise. Fifteen minutes of an alert's own age at the longest: an absence is a
matter of safety, whatever explains it. Nothing that a person has put a hand to is taken away.
"""

from collections.abc import Iterable

from msgspec import Struct

from alerts.lifecycle import Alert
from streams.events import HOUR, MINUTE, SECOND, Millis, Signal

INCIDENTS = frozenset({"session_incident", "platform_incident"})
NEVER_HELD = frozenset({"crisis_reported", "help_requested", "left_after_crisis"})
"""Whatever names them."""
TECHNICAL = frozenset(
    {
        "could_not_connect",
        "dropped_out",
        "unstable_connection",
        "poor_connection",
        "no_media",
    }
)
SAME_CONDITION = TECHNICAL | {"missed_session"}
"""What an incident in a room explains without naming it, when it comes later."""
MAX_HOLD = 15 * MINUTE
"""The rules file's `max_hold_minutes`, unless another is given."""
MAX_WAIT = HOUR
"""However long a rules file says: by then an absence is told."""
CLAIM_WITHIN = 15 * SECOND
"""Technical alerts are shown at once, but nobody is notified of them before: an incident's
counts come every 10 s and may claim them."""


class Incident(Struct, frozen=True):
    """One that stands, what it names, and the rooms it touches."""

    signal: Signal
    names: frozenset[str]
    rooms: frozenset[str]


def explained_by(
    alert: Alert, incidents: Iterable[Incident], now: Millis, max_hold: int = MAX_HOLD
) -> str | None:
    """The incident for which the alert is held back at `now`; those across rooms come first."""
    signal = alert.signal
    if alert.state != "open" or signal.rule in NEVER_HELD or now >= signal.raised_at + max_hold:
        return None
    claims = [one.signal for one in incidents if _claims(one, signal)]
    return min(claims, key=_breadth).alert_id if claims else None


def _claims(incident: Incident, signal: Signal) -> bool:
    if incident.signal.alert_id == signal.alert_id:
        return False
    if signal.alert_id in incident.names:
        return True
    return (
        signal.rule in SAME_CONDITION
        and signal.session_id in incident.rooms
        and signal.raised_at >= incident.signal.raised_at
        and _same_trait(incident.signal, signal)
    )


def _same_trait(incident: Signal, signal: Signal) -> bool:
    """Nothing known of the person speaks against it: another carrier is another cause."""
    if incident.rule != "platform_incident" or incident.traits is None or signal.traits is None:
        return True
    for trait in incident.traits.__struct_fields__:
        shared, own = getattr(incident.traits, trait), getattr(signal.traits, trait)
        if shared is not None and own is not None and shared != own:
            return False
    return True


def _breadth(incident: Signal) -> tuple[bool, Millis, str]:
    return incident.session_id is not None, incident.raised_at, incident.alert_id


def notice_at(signal: Signal) -> Millis:
    """From when somebody may be notified of it: technical alerts wait for an incident to claim
    them, absences as long as their rule says; they are shown at once all the same."""
    if signal.rule in TECHNICAL:
        return signal.raised_at + CLAIM_WITHIN
    wait = signal.evidence.get("notify_after_minutes")
    return signal.raised_at + (min(wait * MINUTE, MAX_WAIT) if isinstance(wait, int) else 0)


def is_quiet(signal: Signal, hosting: frozenset[str]) -> bool:
    """Whether somebody who is present as host in these sessions is not to be notified of it."""
    return bool(hosting) and not (signal.rule in NEVER_HELD and signal.session_id in hosting)
