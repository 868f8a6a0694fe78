"""Shadow mode: all is detected and recorded, and nobody is told what the program concludes. Pure.

What somebody says of themselves is no conclusion: whoever presses a button of the join page reaches
people as always, and so does it that they are gone after a crisis.
"""

from alerts.holding import NEVER_HELD
from alerts.lifecycle import is_closed
from streams.events import Millis, Signal

SAID_BY_PEOPLE = NEVER_HELD | {"tech_requested", "privacy_reported"}

IN_WORDS = (
    "all is detected and recorded, and nobody is told; only what people ask for themselves, by the "
    "join page's buttons, reaches those on duty"
)


def is_told(rule: str) -> bool:
    """Whether people hear of it in shadow mode."""
    return rule in SAID_BY_PEOPLE


def stands(signal: Signal, now: Millis) -> bool:
    """Whether what was kept to oneself is still worth telling once the shadow ends: it is not over,
    nor its session, and somebody has something to do about it."""
    return signal.status != "cleared" and signal.severity != "info" and not is_closed(signal, now)
