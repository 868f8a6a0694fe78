"""Whom a call for help reaches while nobody takes it. Pure.

Its audience widens at instants that follow from what is stored: the supervisor and everybody in
care in its program, then the manager. They count from its raising, or from when somebody last gave
it back. Taking or closing it ends that; that somebody has seen it, or asks for another to come,
does not. Who was told of it stays told. The figures are of the rules file; chosen.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from alerts.holding import NEVER_HELD
from alerts.lifecycle import Alert
from streams.events import SECOND, AlertChanged, Millis, Told


class Step(Struct, frozen=True):
    """Who is told as well once nobody has had it for `after` (ms)."""

    after: Millis
    told: tuple[Told, ...]


def steps(escalate: Millis, manager: Millis) -> tuple[Step, ...]:
    """The rules file's `escalate_seconds` and `manager_seconds`, in ms."""
    return Step(escalate, ("supervisor", "care_team")), Step(manager, ("manager",))


STEPS: Final = steps(120 * SECOND, 300 * SECOND)
"""Unless others are given."""


def settled(alert: Alert, now: Millis, known: Sequence[Step] = STEPS) -> Alert:
    """The alert with whom it reaches by `now`, and the instant at which it reaches more; the same
    object where that changes nothing. A newer signal of it does not narrow its audience."""
    if alert.signal.rule not in NEVER_HELD:
        return alert
    since, widened, coming = waits_since(alert), alert.widened, None
    if since is not None:
        while widened < len(known) and since + known[widened].after <= now:
            widened += 1
        coming = since + known[widened].after if widened < len(known) else None
    signal = alert.signal
    also = {told: signal.severity for step in known[:widened] for told in step.told}
    if not also.keys() <= signal.audience.keys():
        signal = replace(signal, audience=also | signal.audience)
    elif (widened, coming) == (alert.widened, alert.widens_at):
        return alert
    return replace(alert, signal=signal, widened=widened, widens_at=coming)


def waits_since(alert: Alert | AlertChanged) -> Millis | None:
    """Since when nobody has it; None while somebody does, or once it is over."""
    if alert.state == "resolved" or alert.assignee is not None:
        return None
    given_back = (act.ts for act in alert.acts if act.what == "give-back")
    return max(given_back, default=alert.signal.raised_at)
