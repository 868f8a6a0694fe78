"""A stage for one scenario: rooms, what happens in them, and what must be said of it.

What is told arrives up to 3 s late, in any order, and now and then twice: the same for the same
seed. Times are minutes from a room's start; the truth is the exact instant of a rule.
"""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, TypeVar

from msgspec import Struct, field

from producers.simulator.truth import Truth
from streams.codec import encode
from streams.events import (
    MINUTE,
    SECOND,
    Break,
    ClockTicked,
    ConnectionChanged,
    Device,
    FeedObserved,
    Kind,
    Millis,
    Network,
    ParticipantJoined,
    ParticipantLeft,
    RosterEntry,
    Sample,
    SampleBatch,
    SessionEvent,
    SessionScheduled,
)

TICK_MS = 5 * SECOND
AFTERWARDS_MS = 17 * MINUTE
"""It goes on until every room has closed."""
COUNTED_MS = 10 * SECOND
"""How often people are counted."""
ROOMS = 3
"""An incident over rooms needs so many."""
DOUBLED = 0.03
LATEST_MS = 3 * SECOND
"""So late a webhook may be, and still come in time: the clock runs 5 s behind."""
START: Millis = 1_795_536_000_000
"""Tue 24 Nov 2026, 9:00 in Phoenix."""
ZONE = "America/Phoenix"

E = TypeVar("E", bound=SessionEvent)


class Stage:
    """All rooms of one scenario, on one partition."""

    def __init__(self, seed: int, name: str) -> None:
        self.random = Random(f"{name}/{seed}")  # noqa: S311 - invented people, no secret
        self.truth: list[Truth] = []
        self._name = name
        self._told: list[tuple[Millis, bytes]] = []
        self._rooms: list[Room] = []
        self._number = 0

    def room(
        self,
        size: int = 8,
        *,
        length: int = 60,
        kind: Kind = "group",
        platform: str = "livekit",
        starts_at: Millis | None = None,
        scheduled: bool = True,
        **more: Any,
    ) -> "Room":
        """`more`: of the schedule: `modality`, `breaks` in minutes."""
        begin = START + self.random.randrange(300) * MINUTE if starts_at is None else starts_at
        number = len(self._rooms) + 1
        made = Room(
            stage=self,
            session=f"{self._name}-{number}",
            number=number,
            kind=kind,
            platform=platform,
            starts_at=begin,
            ends_at=begin + length * MINUTE,
            patients=[f"p{number}-{seat}" for seat in range(size)],
            more=more,
        )
        self._rooms.append(made)
        if scheduled:
            made.schedules(-60)
        return made

    def seconds(self, low: float, high: float) -> float:
        """A random whole number of seconds, in minutes."""
        return self.random.randint(round(low), round(high)) / 60

    def tell(self, event: SessionEvent, late: float = 0) -> None:
        """`late`: in minutes; otherwise up to 3 s."""
        delay = round(late * MINUTE) or self.random.randint(50, LATEST_MS)
        ts = event.ts
        self._told.append((ts + delay, encode(event)))
        if self.random.random() < DOUBLED:
            self._told.append((ts + delay + self.random.randint(100, 40_000), encode(event)))

    def measure(self, samples: list[Sample], at: Millis) -> None:
        self._told.append((at, encode(SampleBatch(samples))))

    def new_id(self) -> str:
        self._number += 1
        return f"e{self._number}"

    def log(self) -> Iterator[tuple[Millis, bytes]]:
        """When each record arrives, in that order, with the clock's ticks."""
        for room in self._rooms:
            room.fill()
        begin = min(at for at, _ in self._told) - TICK_MS
        end = max(room.ends_at for room in self._rooms) + AFTERWARDS_MS
        told = sorted(self._told, key=_arrival)
        position = 0
        for now in range(begin - begin % TICK_MS, end + TICK_MS, TICK_MS):
            while position < len(told) and told[position][0] <= now:
                yield told[position]
                position += 1
            yield now, encode(ClockTicked(id=str(now // SECOND), ts=now))

    def expects_platform_incident(
        self,
        gone: list[tuple[Millis, int]],
        people: int,
        explains: Iterable[tuple[str, str, str | None]],
    ) -> None:
        """Counts are taken every 10 s: at the first with so many `gone` (when, in which room) of
        three rooms."""
        for at, _ in sorted(gone):
            so_far = [room for instant, room in gone if instant <= at]
            if len(so_far) >= people and len(set(so_far)) >= ROOMS:
                counted = -(-at // COUNTED_MS) * COUNTED_MS
                self.truth.append(
                    Truth(
                        session_id="",
                        habit="",
                        rule="platform_incident",
                        earliest=counted,
                        latest=counted,
                        explains=tuple(explains),
                    )
                )
                return

    def feed(self, platform: str, at: Millis, last: Millis) -> None:
        """The gateway's word of when it last heard the platform."""
        self.tell(FeedObserved(id=self.new_id(), ts=at, platform=platform, last_event_at=last))


class Room(Struct, kw_only=True):
    """One session on the stage."""

    stage: Stage
    session: str
    number: int
    kind: Kind
    platform: str
    starts_at: Millis
    ends_at: Millis
    patients: list[str]
    more: dict[str, Any]
    acted: set[str] = field(default_factory=set)
    """Of whom the scenario told something; all others come, stay, and go at the end."""
    devices: dict[str, Device] = field(default_factory=dict)
    networks: dict[str, Network] = field(default_factory=dict)
    closes_at: float | None = None
    """Minutes after which everybody goes; the end if not said."""
    _open: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"h{self.number}"

    @property
    def length(self) -> float:
        return (self.ends_at - self.starts_at) / MINUTE

    def at(self, minutes: float) -> Millis:
        """So long after the start, in whole seconds."""
        return self.starts_at + round(minutes * 60) * SECOND

    # --- what must be said ------------------------------------------------------------------

    def expects(
        self,
        rule: str,
        who: str | None,
        at: float,
        *,
        within: float = 0,
        ms: int = 0,
        explains: Iterable[tuple[str, str, str | None]] | None = None,
        held: bool | None = None,
        shown: float | None = None,
    ) -> None:
        """At the very instant (minutes, and `ms`), or up to `within` minutes after it.

        `explains`, `held`, and `shown` (in minutes) as `Truth` has them.
        """
        instant = self.at(at) + ms
        self.stage.truth.append(
            Truth(
                session_id=self.session,
                habit="",
                rule=rule,
                participant_id=who,
                earliest=instant,
                latest=instant + round(within * MINUTE),
                explains=None if explains is None else tuple(explains),
                held=held,
                shown_at=0 if shown is None else self.at(shown),
            )
        )

    def named(self, rule: str, people: Iterable[str]) -> list[tuple[str, str, str | None]]:
        """Alerts of these people, as an incident names them."""
        return [(rule, self.session, who) for who in people]

    def expects_partial(self, *people: str) -> None:
        """Partial attendance is told when the session closes."""
        for who in people:
            self.expects("partial_attendance", who, self.length + 15)

    # --- what happens -----------------------------------------------------------------------

    def says(self, kind: type[E], at: float, late: float = 0, /, **fields: Any) -> Millis:
        """An event of the room. Returns its `ts`."""
        ts = self.at(at)
        made: Any = kind
        event = made(id=self.stage.new_id(), ts=ts, session_id=self.session, **fields)
        self.stage.tell(event, late)
        return ts

    def of(self, kind: type[E], who: str, at: float, late: float = 0, /, **fields: Any) -> Millis:
        """An event of a person, of whom nothing else is then made up."""
        self.acted.add(who)
        return self.says(kind, at, late, participant_id=who, **fields)

    def schedules(
        self,
        at: float,
        *,
        patients: list[str] | None = None,
        starts: float = 0,
        ends: float | None = None,
    ) -> None:
        """The schedule as known at a time; `starts` and `ends` in minutes from the start."""
        more = dict(self.more)
        breaks = [Break(self.at(a), self.at(b)) for a, b in more.pop("breaks", ())]
        self.says(
            SessionScheduled,
            at,
            program_id=more.pop("program", "iop"),
            track="morning",
            kind=self.kind,
            starts_at=self.at(starts),
            ends_at=self.ends_at if ends is None else self.at(ends),
            host_id=self.host,
            platform=self.platform,
            roster=[
                RosterEntry(one, clinician_id=self.host)
                for one in (self.patients if patients is None else patients)
            ],
            breaks=breaks,
            **({"modality": "virtual", "time_zone": ZONE} | more),
        )

    def joins(self, who: str, at: float, late: float = 0, *, on: str = "", role: str = "") -> None:
        name = on or f"{who}.{self.stage.new_id()}"
        self._open[who] = name
        self.of(
            ParticipantJoined,
            who,
            at,
            late,
            role=role or ("host" if who == self.host else "participant"),
            connection_id=name,
            device=self.devices.get(who),
            network=self.networks.get(who),
        )

    def leaves(self, who: str, at: float, reason: str = "left", *, on: str = "") -> None:
        self.of(ParticipantLeft, who, at, connection_id=on or self._open[who], reason=reason)

    def stays(self, who: str, start: float, end: float | None = None, reason: str = "left") -> None:
        """One connection; to the end of the session if `end` is not said."""
        self.joins(who, start)
        self.leaves(who, self.goes() if end is None else end, reason)

    def comes(self, *people: str) -> None:
        """In time, to the end."""
        for who in people:
            self.stays(who, self.early())

    def early(self) -> float:
        """Some time in the minutes before the start."""
        return -self.stage.seconds(20, 290)

    def goes(self) -> float:
        """When people go: about the end; nobody is there after it."""
        end = self.length if self.closes_at is None else self.closes_at
        return end + self.stage.seconds(0, 25)

    def none_of(self, *people: str) -> None:
        """They do nothing at all."""
        self.acted.update(people)

    def fill(self) -> None:
        """Whoever the scenario said nothing of comes and stays; the host goes last."""
        for who in self.patients:
            if who not in self.acted:
                self.comes(who)
        if self.host not in self.acted:
            self.stays(self.host, self.early(), self.goes() + 0.5)

    def line(self, who: str, at: float, state: str) -> None:
        """What the quality reducer says of the person's connection."""
        self.says(
            ConnectionChanged,
            at,
            participant_id=who,
            connection_id="page",
            state=state,
            since=self.at(at),
            mos=2.4,
            rtt_ms=420.0,
            jitter_ms=35.0,
            loss=0.12,
            cause="loss",
        )


def _arrival(one: tuple[Millis, bytes]) -> Millis:
    return one[0]
