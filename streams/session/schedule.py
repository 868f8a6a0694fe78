"""What is scheduled as of an instant: the latest plan, and since when each person is on it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from streams.episodes import NEVER
from streams.events import Millis
from streams.session.ledger import Ledger, Plan, Seat
from streams.session.presence import Span


class Schedule(Struct, frozen=True):
    """`added`: `ts` of the first schedule of the unbroken run that holds the person; a cancelled
    session holds nobody. `reinstated_at`: when it was scheduled again, 0 for never: every delay
    counts from there on (`Room.timer`).
    `rostered`: in which spans each patient was on the roster; the first plan holds from ever.
    """

    plan: Plan
    seats: Mapping[str, Seat]
    added: Mapping[str, Millis]
    removed: Mapping[str, Millis]
    rostered: Mapping[str, tuple[Span, ...]]
    cancelled_at: Millis | None
    reinstated_at: Millis
    moved_at: Millis | None


def schedule(ledger: Ledger, at: Millis) -> Schedule | None:
    """As known at `at`; `None` while nothing is scheduled."""
    versions = [(ts, ledger.plans[index]) for ts, _, index in ledger.versions if ts <= at]
    if not versions:
        return None
    plan = versions[-1][1]
    added: dict[str, Millis] = {}
    removed: dict[str, Millis] = {}
    spans: dict[str, list[Span]] = {}
    moved_at: Millis | None = None
    before: Plan | None = None
    for ts, version in versions:
        if before is not None and (
            (version.starts_at, version.ends_at) != (before.starts_at, before.ends_at)
        ):
            moved_at = ts
        listed = {seat.participant_id for seat in version.roster}
        for person in listed - added.keys():
            added[person] = ts
            removed.pop(person, None)
        for person in added.keys() - listed:
            del added[person]
            removed[person] = ts
        patients = {seat.participant_id for seat in version.roster if seat.member == "patient"}
        _roster(spans, patients, 0 if before is None else ts)
        before = version
    last_cancel = max((ts for ts in ledger.cancels if ts <= at), default=-1)
    cancelled = last_cancel >= versions[-1][0]
    reinstated = 0
    if last_cancel >= 0 and not cancelled:
        reinstated = min(ts for ts, _ in versions if ts > last_cancel)
    return Schedule(
        plan=plan,
        seats={seat.participant_id: seat for seat in plan.roster},
        added={person: max(ts, reinstated) for person, ts in added.items()},
        removed=removed,
        rostered=_shared(spans),
        cancelled_at=_first_cancel(ledger, versions[-1][0], at) if cancelled else None,
        reinstated_at=reinstated,
        moved_at=moved_at,
    )


def _roster(spans: dict[str, list[Span]], patients: set[str], ts: Millis) -> None:
    """Begin and end spans: these patients are on the roster from `ts` on."""
    on = {person for person, known in spans.items() if known[-1][1] == NEVER}
    for person in patients - on:
        spans.setdefault(person, []).append((ts, NEVER))
    for person in on - patients:
        spans[person][-1] = (spans[person][-1][0], ts)


def _shared(spans: Mapping[str, Sequence[Span]]) -> dict[str, tuple[Span, ...]]:
    """Nearly all were on it from the first plan on: what is equal is one object."""
    found: dict[tuple[Span, ...], tuple[Span, ...]] = {}
    return {
        person: found.setdefault(rostered, rostered)
        for person, rostered in ((person, tuple(known)) for person, known in spans.items())
    }


def _first_cancel(ledger: Ledger, since: Millis, at: Millis) -> Millis:
    """The first cancellation that no later schedule has taken back."""
    return min(ts for ts in ledger.cancels if since <= ts <= at)
