"""The noise budget of one person on outreach: what interrupts, and what goes into a digest. Pure.

Six notices an hour and three in ten minutes at most (docs/evaluation.md; alarm fatigue is a known
harm). What comes beyond them goes into a digest: one quiet line, updated in place ("4 more in 3
groups since 18:05"), which runs until the next notice. A call for help always interrupts, and
counts.

Counted are notices, not alerts: of a case that several alerts make up, give the first alone.
The alert service writes down what it decided (`store/telling.py`); the evaluation asks `spend`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, get_args

from msgspec import Struct

from alerts.holding import NEVER_HELD, notice_at
from alerts.lifecycle import Alert, is_closed
from streams.events import HOUR, MINUTE, AlertChanged, Millis, Severity, Signal, Told

OUTREACH: Final[Told] = "outreach"
EVERY_PROGRAM = "*"
GRAVER_LAST: Final[tuple[Severity, ...]] = get_args(Severity)


class Limit(Struct, frozen=True):
    """So many notices at most in any stretch of so long (ms)."""

    notices: int
    span: Millis


LIMITS = (Limit(3, 10 * MINUTE), Limit(6, HOUR))


class Due(Struct, frozen=True):
    """What somebody would be interrupted for. `audience` names those who share one budget: a
    role, or a role of some programs."""

    at: Millis
    audience: str
    room: str | None
    rule: str
    severity: Severity


class Digest(Struct, frozen=True):
    """What was told in one line in place of notices, from `since` to `until`."""

    audience: str
    since: Millis
    until: Millis
    number: int
    rooms: frozenset[str]


class Budget:
    """One audience's, as it stands. `given` are the instants of its notices, in any order;
    `digest` is since when the digest runs, if one does."""

    def __init__(
        self,
        given: Iterable[Millis] = (),
        digest: Millis | None = None,
        limits: Sequence[Limit] = LIMITS,
    ) -> None:
        self._given = sorted(given)
        self._digest = digest
        self._limits = limits

    def spend(self, at: Millis, rule: str) -> Millis | None:
        """None where it interrupts; else the instant since which the digest runs that takes it.

        Of a clock that was set back, what was given later than `at` counts no more.
        """
        if rule not in NEVER_HELD and any(self._full(limit, at) for limit in self._limits):
            self._digest = at if self._digest is None else self._digest
            return self._digest
        self._digest = None
        self._given.append(at)
        return None

    def _full(self, limit: Limit, at: Millis) -> bool:
        return sum(at - limit.span < given <= at for given in self._given) >= limit.notices


def spend(dues: Iterable[Due], limits: Sequence[Limit] = LIMITS) -> tuple[list[Due], list[Digest]]:
    """The notices and the digests, both in order of time, whatever order `dues` come in; of one
    instant the graver goes first."""
    budgets: dict[str, Budget] = {}
    notices: list[Due] = []
    taken: dict[tuple[str, Millis], list[Due]] = {}
    for due in sorted(dues, key=_order):
        budget = budgets.setdefault(due.audience, Budget(limits=limits))
        since = budget.spend(due.at, due.rule)
        if since is None:
            notices.append(due)
        else:
            taken.setdefault((due.audience, since), []).append(due)
    return notices, [
        Digest(audience, since, into[-1].at, len(into), frozenset(d.room for d in into if d.room))
        for (audience, since), into in sorted(taken.items(), key=lambda item: item[0][::-1])
    ]


def _order(due: Due) -> tuple[Millis, int, str, str, str]:
    return due.at, -GRAVER_LAST.index(due.severity), due.rule, due.room or "", due.audience


def due_at(alert: Alert) -> Millis | None:
    """From when outreach is to be told of it; None when they were, or need not be: it is taken,
    over, held back, for others, or only to be seen."""
    signal = alert.signal
    told = alert.signal.audience.get(OUTREACH, "info") != "info"
    if not told or alert.notified_at is not None or alert.explained_by or alert.state != "open":
        return None
    return notice_at(signal)


def is_past(signal: Signal, now: Millis) -> bool:
    """Whether its session is closed: it waits in the list, and interrupts nobody any more."""
    return is_closed(signal, now) and signal.rule not in NEVER_HELD


def is_quiet(alert: AlertChanged, roles: Collection[Told]) -> bool:
    """Whether who stands in these roles to it, outreach among them, is not interrupted by it: it
    is in the digest, or not decided yet."""
    signal = alert.signal
    if OUTREACH not in roles or signal.audience.get(OUTREACH, "info") == "info":
        return False
    return signal.rule not in NEVER_HELD and (alert.notified_at is None or alert.digest is not None)


class Audiences(Struct, frozen=True):
    """Whose budget a program's notices spend. Programs that one person works in share one, so
    that nobody has more than one budget; `covered` are the programs of each person on outreach,
    "*" all."""

    covered: tuple[frozenset[str], ...] = ()

    def of(self, program_id: str | None) -> str:
        """The name of the audience, the same for all programs that share it."""
        if any(EVERY_PROGRAM in programs for programs in self.covered):
            return EVERY_PROGRAM
        shared = {program_id or ""}
        while True:
            more = shared.union(*(own for own in self.covered if own & shared))
            if more == shared:
                return min(shared)
            shared = more
