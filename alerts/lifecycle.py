"""The life of an alert: open, acknowledged, resolved. Pure; the store only keeps what this says.

An alert is its newest signal and what people did with it; its state follows from these two, so
signals may come in any order and twice. The newest is the one dated last; a `cleared` is dated
after its alert's other signals by contract, and closes the alert by itself unless only a person
may.
"""

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from alerts.results import allowed
from streams.bounds import CLOSE_MINUTES
from streams.events import MINUTE, SECOND, STATUS_ORDER, Act, AlertState, Millis, Signal

What: TypeAlias = Literal["acknowledge", "take", "give-back", "resolve"]
ACTS: Final[tuple[What, ...]] = get_args(What)
UNDO_MS = 10 * SECOND
"""How long an act can be taken back, by a person's own clock."""

MOST_ACTS = 100
"""An alert goes out whole at each change; to and fro without end would make it too long for the
feed. It can still be resolved."""

CLOSES_AFTER: Final = CLOSE_MINUTES * MINUTE
"""So long after its end a session closes, by the rules that come with the program."""
ONLY_A_PERSON_CLOSES = frozenset({"crisis_reported", "help_requested"})


def is_closed(signal: Signal, now: Millis) -> bool:
    """Whether its session is. Until then nobody in it has "missed" it."""
    return signal.ends_at is not None and now > signal.ends_at + CLOSES_AFTER


class Refused(Exception):
    """An act that cannot be done; `reason` is a code that says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Alert(Struct, frozen=True):
    """One alert as it stands. `acts` are in the order done, without those taken back;
    `explained_by` is the incident for which it is held back (`holding.py`), `notified_at` and
    `digest` are when and how outreach was told (`budget.py`), `widened` how often its audience was
    widened, and `widens_at` when it will be next while nobody takes it (`escalation.py`)."""

    case_id: str
    signal: Signal
    acts: tuple[Act, ...] = ()
    explained_by: str | None = None
    notified_at: Millis | None = None
    digest: Millis | None = None
    widened: int = 0
    widens_at: Millis | None = None

    @property
    def assignee(self) -> str | None:
        """Who has taken it."""
        for act in reversed(self.acts):
            if act.what in ("take", "give-back"):
                return act.by if act.what == "take" else None
        return None

    @property
    def closed(self) -> Act | None:
        """The act by which a person closed it."""
        return next((act for act in self.acts if act.what == "resolve"), None)

    @property
    def state(self) -> AlertState:
        if self.closed or (
            self.signal.status == "cleared" and self.signal.rule not in ONLY_A_PERSON_CLOSES
        ):
            return "resolved"
        return "acknowledged" if self.acts and self.acts[-1].what != "give-back" else "open"

    @property
    def changed_at(self) -> int:
        """The instant of its last signal or act, in ms; of an act taken back, not that."""
        return max(self.signal.ts, *(act.ts for act in self.acts), 0)


def hear(held: Alert | None, signal: Signal) -> Alert:
    """The alert after one more signal of it; the same object where that says nothing new."""
    if held is None:
        return Alert(signal.alert_id, signal)
    if _dated(signal) <= _dated(held.signal):
        return held
    return replace(held, signal=signal)


def _dated(signal: Signal) -> tuple[int, int, str]:
    return signal.ts, STATUS_ORDER[signal.status], signal.id


def act(
    alert: Alert, what: What, by: str, at: int, result: str | None = None, *, releases: bool = False
) -> Alert:
    """The alert after one person's act at `at` (ms); the same object when it is done already.

    `releases`: may give back what somebody else took. Raises `Refused`.
    """
    holder = alert.assignee
    releasing = what == "give-back" and releases
    if alert.closed:
        return _again(alert, what, by, result)
    if holder not in (None, by) and not releasing:
        raise Refused(409, "taken")
    if what == "resolve":
        if not allowed(alert.signal.rule, result):
            raise Refused(422, "unknown_result")
        return _with(alert, Act(at, what, by, result))
    if result is not None:
        raise Refused(422, "result_without_resolve")
    if len(alert.acts) >= MOST_ACTS:
        raise Refused(409, "too_many_acts")
    if _is_done(alert, what, holder, by):
        return alert
    return _with(alert, Act(at, what, by))


def _again(alert: Alert, what: What, by: str, result: str | None) -> Alert:
    closed = alert.closed
    if what == "resolve" and closed and (closed.by, closed.result) == (by, result):
        return alert
    raise Refused(409, "closed")


def _is_done(alert: Alert, what: What, holder: str | None, by: str) -> bool:
    if what == "take":
        return holder == by
    if what == "give-back":
        return holder is None
    return bool(alert.acts) and alert.acts[-1].what != "give-back"


def _with(alert: Alert, made: Act) -> Alert:
    return replace(alert, acts=(*alert.acts, made))


def undo(alert: Alert, by: str, at: int, window_ms: int = UNDO_MS) -> Alert:
    """The alert without its last act, if that was `by`'s within the window. Raises `Refused`."""
    if not alert.acts or alert.acts[-1].by != by:
        raise Refused(409, "nothing_to_undo")
    if abs(at - alert.acts[-1].ts) > window_ms:  # also where the clock was set back
        raise Refused(409, "too_late_to_undo")
    return replace(alert, acts=alert.acts[:-1])
