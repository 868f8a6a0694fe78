"""The raw facts of one room, as sets: doubles and order do not matter.

Everything is kept by its own `ts`; what is true as of an instant is made from here by
`facts.py`. Structs are arrays so that the stored state stays small; facts are tuples, for most
people have none of most kinds, and the empty tuple is one object. No fact is part of a cycle, so
the garbage collector need not know of them (`gc=False`).
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct, field

from streams.events import (
    MINUTE,
    Device,
    Kind,
    LeaveReason,
    Member,
    Millis,
    Modality,
    Network,
    Role,
)
from streams.session import switches
from streams.session.measured import UNMEASURED, Measured

BLOCK = 5 * MINUTE
"""Of engagement: it is looked at once it is over."""
WORD = 8
"""Bytes of a block's counts, and of the hash of an id."""
ROOM = ""
"""Who is concerned when it is the room itself."""
UNMAPPED = "unmapped:"
"""Begins the ids of those whom nobody has matched."""
NOBODY = ""
"""Whom an unmatched person was identified with when they are nobody's patient."""
Part: TypeAlias = Literal["presence", "line", "media", "staff", "signs"]
"""What a person's facts are about; a fact leaves the other parts of a person as they were."""
EVERY_PART: frozenset[Part] = frozenset({"presence", "line", "media", "staff", "signs"})


class Seat(Struct, frozen=True, array_like=True, gc=False):
    participant_id: str
    member: Member
    language: str | None
    clinician_id: str | None
    modality: Modality | None
    prescribed_hours_per_week: float | None


class Plan(Struct, frozen=True, array_like=True, gc=False):
    """What one `session.scheduled` said."""

    program_id: str
    track: str
    kind: Kind
    starts_at: Millis
    ends_at: Millis
    host_id: str
    modality: Modality
    time_zone: str
    platform: str | None
    breaks: tuple[tuple[Millis, Millis], ...]
    roster: tuple[Seat, ...]


class Joined(Struct, frozen=True, array_like=True, gc=False):
    ts: Millis
    role: Role
    exclusive: bool
    device: Device | None
    network: Network | None


class Failure(Struct, frozen=True, array_like=True, gc=False):
    ts: Millis
    stage: str
    device: Device | None
    network: Network | None


class Check(Struct, frozen=True, array_like=True, gc=False):
    ts: Millis
    passed: bool
    device: Device | None
    network: Network | None
    failures: tuple[str, ...] = ()


class Medium(Struct, frozen=True, array_like=True, gc=False):
    """One `media.observed`: `heard`, `concealed`, `flowing` or `frozen` from `ts` on."""

    ts: Millis
    connection_id: str
    state: str


class Profile(Struct, frozen=True, array_like=True, gc=False):
    """`participant.profiled`."""

    ts: Millis
    missed_14d: int
    late_last_5: int
    last_attended_at: Millis | None
    sessions: int = 0
    privacy_30d: int = 0
    minutes_week: float = 0.0
    usual_minutes_week: float | None = None
    gap_p90_minutes: float | None = None
    usual: tuple[tuple[int, str, int, int, int], ...] = ()
    """(half hour, part, median and MAD in thousandths, count)."""


class Report(Struct, frozen=True, array_like=True, gc=False):
    ts: Millis
    id: str
    kind: str
    score: int | None = None


class Wire(Struct, array_like=True, gc=False):
    """The joins and lefts that carry one connection id."""

    connection_id: str
    joins: tuple[Joined, ...] = ()
    lefts: tuple[tuple[Millis, LeaveReason], ...] = ()


class PersonFacts(Struct, array_like=True, gc=False):
    wires: tuple[Wire, ...] = ()
    waiting: tuple[tuple[Millis, str], ...] = ()
    links: tuple[Millis, ...] = ()
    failures: tuple[Failure, ...] = ()
    checks: tuple[Check, ...] = ()
    line: Measured = UNMEASURED
    excuses: tuple[tuple[Millis, str], ...] = ()
    in_person: tuple[tuple[Millis, str], ...] = ()
    present_with: tuple[tuple[Millis, str], ...] = ()
    profiles: tuple[Profile, ...] = ()
    reports: tuple[Report, ...] = ()
    media: tuple[Medium, ...] = ()
    cameras: bytes = b""
    microphones: bytes = b""
    """Switches, packed (`switches.py`)."""
    newest: int = 0
    """The block of five minutes of the latest sign of taking part, by its number since the epoch;
    0 without any."""
    counts: int = 0
    """What was counted in the newest block, packed (`engagement.py`)."""
    blocks: bytes = b""
    """The same of those before it without a gap, eight bytes each."""
    consents: tuple[tuple[Millis, bool], ...] = ()
    """To counting signs of taking part, as far as it was said while the session is watched."""
    kept: int = 0
    """How many facts of this person were kept."""

    def wire(self, connection_id: str) -> Wire:
        """The latest is the likeliest."""
        for wire in reversed(self.wires):
            if wire.connection_id == connection_id:
                return wire
        wire = Wire(connection_id)
        self.wires = (*self.wires, wire)
        return wire

    @property
    def first_block(self) -> int:
        """The number of the first of `blocks`; of the newest one without any before it."""
        return self.newest - len(self.blocks) // WORD

    def instants(self) -> Iterator[Millis]:
        """The `ts` of every fact that rules ask for."""
        for wire in self.wires:
            yield from (join.ts for join in wire.joins)
            yield from (left[0] for left in wire.lefts)
        for told in (self.waiting, self.excuses, self.in_person, self.present_with, self.consents):
            yield from (one[0] for one in told)
        yield from switches.instants(self.cameras)
        yield from switches.instants(self.microphones)
        yield from self.links
        yield from self.line.instants()
        for facts in (self.failures, self.checks, self.profiles, self.reports):
            yield from (fact.ts for fact in facts)
        yield from (fact.ts for fact in self.media)


class Ledger(Struct, array_like=True):
    """One room's facts. `versions` are (`ts`, id, index into `plans`) in order of `ts`."""

    plans: list[Plan] = field(default_factory=list)
    versions: list[tuple[Millis, str, int]] = field(default_factory=list)
    cancels: tuple[Millis, ...] = ()
    ended: tuple[Millis, ...] = ()
    taps: tuple[tuple[Millis, str], ...] = ()
    identified: dict[str, tuple[tuple[Millis, str], ...]] = field(default_factory=dict)
    people: dict[str, PersonFacts] = field(default_factory=dict)
    incidents: tuple[tuple[Millis, str, bool, str], ...] = ()
    """(`ts`, alert id, opened and not closed, what its people share)."""
    counted: dict[int, bytearray] = field(default_factory=dict)
    """By minute, hashes of the ids of what was counted, eight bytes each."""

    def person(self, participant_id: str) -> PersonFacts:
        facts = self.people.get(participant_id)
        if facts is None:
            listed = (seat.participant_id for plan in self.plans for seat in plan.roster)
            name = next((one for one in listed if one == participant_id), participant_id)
            facts = self.people[name] = PersonFacts()
        return facts

    def instants(self) -> Iterator[tuple[str, Millis]]:
        """Whom each fact concerns, and when."""
        for ts in (*self.cancels, *self.ended, *(known[0] for known in self.taps)):
            yield ROOM, ts
        for version in self.versions:
            yield ROOM, version[0]
        for incident in self.incidents:
            yield ROOM, incident[0]
        for name, told in self.identified.items():
            yield from ((name, ts) for ts, _ in told)
        for name, facts in self.people.items():
            yield from ((name, ts) for ts in facts.instants())

    def blocks_over(self) -> set[Millis]:
        """When each block of engagement is over."""
        return {
            (number + 1) * BLOCK
            for one in self.people.values()
            for number in range(one.first_block, one.newest + bool(one.counts))
        }

    def plan(self, at: Millis) -> Plan | None:
        """What was scheduled last by then."""
        return next(
            (self.plans[index] for ts, _, index in reversed(self.versions) if ts <= at), None
        )

    def seat(self, participant_id: str, at: Millis) -> Seat | None:
        """The person's place on the latest roster by then that has them."""
        for ts, _, index in reversed(self.versions):
            for seat in self.plans[index].roster:
                if ts <= at and seat.participant_id == participant_id:
                    return seat
        return None
