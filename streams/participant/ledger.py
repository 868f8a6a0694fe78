"""All that is kept of one person's weeks: facts as sets, so that doubles and order do not matter.

Short forms (seconds, codes by number, an 8-byte hash for a session's name) keep a person with a
year's history within 4 KB. Nothing here is judged; `facts.py` reads it.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, get_args

from msgspec import Struct, field

from streams.events import (
    SECOND,
    AttendanceCorrected,
    CareActed,
    ConsentChanged,
    EnrolmentChanged,
    Kind,
    Millis,
    Outcome,
    SessionAttended,
    SessionExpected,
)
from streams.participant.engagement import packed, signs

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
STATUSES: Final = ("scheduled", "cancelled", "removed")
STATES: Final = ("active", "on_leave", "discharged")
LISTENING: Final = frozenset({"psychoeducation"})
"""Kinds of session in which to be silent says nothing."""
DEVICES: Final = ("", "desktop", "tablet", "phone", "landline", "unknown")
NETWORKS: Final = ("", "wifi", "cellular", "ethernet", "unknown")
DRIFTING: Final = ("attendance", "lateness", "leaving_early", "signs")
SIGNS: Final = DRIFTING.index("signs")

REASONS: Final[tuple[Outcome, ...]] = (
    "missed",
    "excused",
    "could_not_connect",
    "not_held",
    "unknown",
)
ACTS: Final = ("outreach", "help", "crisis", "review")


class Plan(Struct, array_like=True):
    """What the directory said of a session; kept until the session's week is over."""

    changed_at: Millis
    starts_at: Millis
    ends_at: Millis
    status: int
    told_at: Millis
    """When it was first heard of."""
    session_id: str
    profiled: bool = False


class Result(Struct, array_like=True):
    """What a session came to; durations in seconds."""

    revision: int
    ends_at: Millis
    scheduled: int
    outcome: int
    fault: bool
    present: int
    late: int
    early: int
    drops: int
    lost: int
    poor: int
    privacy: int
    fatigue: int | None
    """Thousandths."""
    signs: int | None
    """Signs of taking part in half an hour, in hundredths."""
    device: int
    network: int
    """Both only of sessions with trouble; their numbers in `DEVICES` and `NETWORKS`."""
    parts: list[list[int | None]]
    """For each half hour, in the order of `Ledger.parts`."""
    gaps: list[int]
    """Stretches without a sign of taking part, in minutes."""


class Entry(Struct, array_like=True):
    """One session of the person."""

    zone: int = 0
    kind: int = 0
    plan: Plan | None = None
    result: Result | None = None
    corrected: list[tuple[Millis, int]] = []
    """When staff corrected the outcome, and to which, sorted."""
    hours: tuple[Millis, float] = (0, -1.0)
    """What was prescribed a week, as last said of this session; below 0: nothing."""


class Home(Struct, array_like=True, order=True):
    """Where the person belongs, as the newest event says."""

    ts: Millis = 0
    program_id: str = ""
    zone: int = 0
    kind: int = 0
    clinician_id: str = ""


class Past(Struct, array_like=True):
    """Of sessions no longer kept, all of one episode of care."""

    care: Millis = 0
    """When that episode of care began."""
    sessions: int = 0
    """Whose outcome was known."""
    attended: int = 0
    last_attended_at: Millis = 0
    first_at: Millis = 0
    """When the first one began; 0 while all are kept."""
    missed: int = 0
    """Missed in a row up to the newest of them that counted."""
    counted_at: Millis = 0
    """When that one was over; some older ones may be kept for other reasons."""
    absent_since: Millis = 0
    """The last session attended before the newest of them, kept or not; 0 without any."""
    reasons: list[int] = []
    """Since then, how many of them had each of `REASONS`."""
    drifting: list[list[int]] = []
    """How many, and their sum, of each figure in which somebody may drift away."""
    withdrawn_at: Millis = 0
    """What was measured before it is in no sum: consent was taken back then."""


class Ledger(Struct, array_like=True):
    """One person's facts."""

    sessions: dict[int, Entry] = field(default_factory=dict)
    home: Home = field(default_factory=Home)
    zones: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    enrolled: list[tuple[Millis, Millis, int]] = field(default_factory=list)
    """(from, ts, state), sorted."""
    consents: list[tuple[Millis, bool]] = field(default_factory=list)
    """To `engagement`, sorted."""
    acts: list[tuple[Millis, int, str, int]] = field(default_factory=list)
    """What staff did: (ts, kind, result, hash of the id), sorted."""
    past: Past = field(default_factory=Past)
    causes: list[tuple[Millis, str]] = field(default_factory=list)
    """Of a care fit review that nobody has recorded yet, from facts that may be gone."""
    settled: Millis = 0
    """What was judged of the time up to here stays as it was judged."""
    stood: list[tuple[str, Millis]] = field(default_factory=list)
    """The rules that stood then, and since when: their begin may be forgotten, and still counts."""


def short(name: str) -> int:
    """64 bits of a name."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def enrolment(ledger: Ledger, at: Millis) -> list[tuple[Millis, Millis, int]]:
    """As told up to `at`, in its order: what is told later holds from its `from` on, whatever was
    told before of the time after it."""
    holds: list[tuple[Millis, Millis, int]] = []
    for change in sorted(ledger.enrolled, key=_told):
        if change[1] <= at:
            holds = [*(one for one in holds if one[0] < change[0]), change]
    return holds


def _told(change: tuple[Millis, Millis, int]) -> tuple[Millis, Millis]:
    return change[1], change[0]


def _expect(ledger: Ledger, event: SessionExpected) -> bool:
    entry = _entry(ledger, event)
    status = STATUSES.index(event.status)
    made = Plan(event.ts, event.starts_at, event.ends_at, status, event.ts, event.session_id)
    known = entry.plan
    if known is None:
        entry.plan = made
        return True
    told_at = min(known.told_at, event.ts)
    newer = _plan_order(made) > _plan_order(known)
    if not newer and told_at == known.told_at:
        return False
    if newer:
        made.profiled = known.profiled
        entry.plan = made
    entry.plan.told_at = told_at  # type: ignore[union-attr]  # set just above
    return True


def _plan_order(plan: Plan) -> tuple[int, int, int, int]:
    return plan.changed_at, plan.starts_at, plan.ends_at, plan.status


def _attend(ledger: Ledger, event: SessionAttended) -> bool:
    entry = _entry(ledger, event)
    if entry.result is not None and entry.result.revision >= event.revision:
        return False
    troubled = event.drops or event.lost_ms or event.poor_ms
    troubled = troubled or event.outcome == "could_not_connect"
    fatigue = event.fatigue_index
    entry.result = Result(
        revision=event.revision,
        ends_at=event.ts,
        scheduled=event.scheduled_ms // SECOND,
        outcome=OUTCOMES.index(event.outcome),
        fault=event.fault is not None,
        present=event.present_ms // SECOND,
        late=(event.joined_late_ms or 0) // SECOND,
        early=(event.left_early_ms or 0) // SECOND,
        drops=event.drops,
        lost=event.lost_ms // SECOND,
        poor=event.poor_ms // SECOND,
        privacy=event.privacy_reports,
        fatigue=None if fatigue is None else round(fatigue * 1000),
        signs=None if event.kind in LISTENING else signs(event.parts),
        device=DEVICES.index(event.device.kind if troubled and event.device else ""),
        network=NETWORKS.index(event.network.type if troubled and event.network else ""),
        parts=packed(event.parts, ledger.parts),
        gaps=[round(minutes) for minutes in event.gap_minutes or ()],
    )
    return True


def _entry(ledger: Ledger, event: SessionExpected | SessionAttended) -> Entry:
    """The session's entry; what the event says of the person is kept where it is the newest."""
    entry = ledger.sessions.setdefault(short(event.session_id), Entry())
    if event.time_zone not in ledger.zones:
        ledger.zones.append(event.time_zone)
    entry.zone, entry.kind = ledger.zones.index(event.time_zone), KINDS.index(event.kind)
    hours = event.prescribed_hours_per_week
    entry.hours = max(entry.hours, (event.ts, -1.0 if hours is None else hours))
    clinician_id = event.clinician_id or ""
    said = Home(event.ts, event.program_id, entry.zone, entry.kind, clinician_id)
    ledger.home = max(ledger.home, said)
    return entry


def _correct(ledger: Ledger, event: AttendanceCorrected) -> bool:
    entry = ledger.sessions.setdefault(short(event.session_id), Entry())
    return _insert(entry.corrected, (event.ts, OUTCOMES.index(event.outcome)))


def _act(ledger: Ledger, event: CareActed) -> bool:
    return _insert(ledger.acts, (event.ts, ACTS.index(event.kind), event.result, short(event.id)))


def _enrol(ledger: Ledger, event: EnrolmentChanged) -> bool:
    return _insert(ledger.enrolled, (event.from_, event.ts, STATES.index(event.state)))


def _consent(ledger: Ledger, event: ConsentChanged) -> bool:
    if event.scope != "engagement":
        return False
    return _insert(ledger.consents, (event.ts, event.granted))


def _insert(facts: list[Any], fact: Any) -> bool:
    if fact in facts:
        return False
    facts.append(fact)
    facts.sort()
    return True


RECORDERS: Final[dict[type, Callable[[Ledger, Any], bool]]] = {
    SessionExpected: _expect,
    SessionAttended: _attend,
    AttendanceCorrected: _correct,
    CareActed: _act,
    EnrolmentChanged: _enrol,
    ConsentChanged: _consent,
}
"""Each keeps one kind of event; false when it was known already."""
