"""What truly happens: a room, and how each person behaves in it. Pure data, in milliseconds.

The timeline (`day.py`) tells the system of it piece by piece; the truth (`truth.py`) is read
off it directly, without any of the ways in which news gets lost, doubled or late.
"""

from typing import Literal

from msgspec import Struct

from producers.simulator.people import Person
from streams.events import Device, Kind, LeaveReason, Millis, Modality, Stage

Mark = Literal["absent", "late", "leaves_early", "in_person"]


class Stay(Struct, frozen=True):
    """One connection. `told_late`, `left_told_late`: how late the platform tells of it, in ms."""

    start: Millis
    end: Millis
    ending: LeaveReason = "left"
    told_late: int = 0
    left_told_late: int = 0
    device: Device | None = None


class Wait(Struct, frozen=True):
    """In the waiting room, until admitted or gone."""

    start: Millis
    end: Millis
    admitted: bool = True


class Try(Struct, frozen=True):
    """An attempt that failed: told by the platform, or only a link that was opened."""

    at: Millis
    told: bool = True
    stage: Stage = "network"


class Stretch(Struct, frozen=True):
    """From when to when."""

    start: Millis
    end: Millis


class Report(Struct, frozen=True):
    """The person pressed a button."""

    at: Millis
    kind: Literal["help", "crisis"]


class Conduct(Struct, frozen=True, kw_only=True):
    """What one person does in one session."""

    person: Person
    habit: str
    stays: tuple[Stay, ...] = ()
    waits: tuple[Wait, ...] = ()
    links: tuple[Millis, ...] = ()
    """When the join link was opened and a connection followed."""
    tries: tuple[Try, ...] = ()
    bad: tuple[Stretch, ...] = ()
    """When the line is bad: poor by the score, not lost."""
    reports: tuple[Report, ...] = ()
    mark: Mark | None = None
    marked_at: Millis = 0
    unmatched: bool = False
    identified_at: Millis | None = None
    camera_off_at: Millis | None = None
    every_ms: int = 10_000
    """How often the browser measures."""
    fair: bool = False
    """An ordinary line of a phone on cellular: not good, never poor."""


class Pause(Struct, frozen=True):
    """A break, and how the system learns of it: everybody hangs up, the host taps, the schedule."""

    start: Millis
    end: Millis
    how: Literal["seen", "tapped", "scheduled"]


class Room(Struct, frozen=True, kw_only=True):
    """One session of one group or person."""

    uid: str
    """The calendar's id of the series."""
    name: str
    """The room's name, or the meeting's number, on the platform."""
    title: str
    program: str
    track: str
    kind: Kind
    platform: str
    original_start: Millis
    starts_at: Millis
    ends_at: Millis
    host: Person
    roster: tuple[Person, ...]
    conducts: tuple[Conduct, ...]
    """The host's first (even without any stay), then the roster's."""
    pauses: tuple[Pause, ...] = ()
    closes_at: Millis
    """When everybody goes: the end, or earlier."""
    moved_at: Millis | None = None
    """When the calendar moved it from its original start, if it did."""
    modality: Modality = "virtual"
    reasons: bool = True

    @property
    def host_conduct(self) -> Conduct:
        return self.conducts[0]

    @property
    def patients(self) -> tuple[Conduct, ...]:
        return self.conducts[1:]


class Outage(Struct, frozen=True):
    """A platform's webhooks stop coming and are delivered afterwards, in order."""

    platform: str
    start: Millis
    end: Millis


class Day(Struct, frozen=True, kw_only=True):
    """Everything that happens in a simulated day."""

    seed: int
    starts_at: Millis
    ends_at: Millis
    rooms: tuple[Room, ...]
    outages: tuple[Outage, ...] = ()
