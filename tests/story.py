"""Stories: one room's events in readable words, told to a real monitor tick by tick.

A story runs all detectors and names all signals. Times are `HH:MM` or `HH:MM:SS` of one day.
"""

from collections.abc import Callable, Sequence
from typing import Any

from streams.codec import encode, session_events
from streams.events import (
    MINUTE,
    SECOND,
    BoardChanged,
    Break,
    ClockTicked,
    ConnectionChanged,
    Device,
    DeviceChecked,
    EngagementObserved,
    FeedObserved,
    IncidentClosed,
    IncidentOpened,
    MediaChanged,
    MediaObserved,
    Network,
    ParticipantAttendedInPerson,
    ParticipantConsented,
    ParticipantExcused,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantJoinFailed,
    ParticipantJoinStarted,
    ParticipantLeft,
    ParticipantPresentWith,
    ParticipantProfiled,
    ParticipantReported,
    ParticipantWaiting,
    PresenceCounted,
    RosterEntry,
    SessionAttended,
    SessionBreak,
    SessionCancelled,
    SessionEnded,
    SessionEvent,
    SessionScheduled,
    Signal,
)
from streams.rules import Rules, load
from streams.session.monitor import Monitor

DAY = 1_790_000_000_000 - 1_790_000_000_000 % (24 * 60 * MINUTE)
LATENESS = 5 * SECOND
RULES = load()


def at(clock: str) -> int:
    """Milliseconds of `HH:MM[:SS[.mmm]]` on the stories' day; a day earlier with `-1d `."""
    days = 0
    if clock.startswith("-1d "):
        days, clock = -1, clock[4:]
    hours, minutes, *seconds = clock.split(":")
    millis = round(float(seconds[0]) * SECOND) if seconds else 0
    return DAY + ((days * 24 + int(hours)) * 60 + int(minutes)) * MINUTE + millis


def clock_of(ts: int) -> str:
    """The inverse of `at`."""
    seconds, millis = divmod((ts - DAY), 1000)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    if second or millis:
        text += f":{second:02}"
    return text + (f".{millis:03}" if millis else "")


class Expected:
    """A signal as a test names it: only the figures it mentions are compared."""

    def __init__(self, status: str, rule: str, who: str | None, when: str, **figures: Any) -> None:
        self.status, self.rule, self.who, self.when, self.figures = (
            status,
            rule,
            who,
            when,
            figures,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Signal):
            return NotImplemented
        same = (other.status, other.rule, other.participant_id, clock_of(other.ts)) == (
            self.status,
            self.rule,
            self.who,
            self.when,
        )
        return same and all(
            self._figure(other, key) == value for key, value in self.figures.items()
        )

    @staticmethod
    def _figure(signal: Signal, key: str) -> Any:
        if key == "told":
            return signal.audience
        if key in ("severity", "subject", "clinician_id"):
            return getattr(signal, key)
        return signal.evidence.get(key)

    def __repr__(self) -> str:
        return f"{self.status}({self.rule!r}, {self.who!r}, {self.when!r}, {self.figures})"


def raised(rule: str, who: str | None = None, *, when: str, **figures: Any) -> Expected:
    return Expected("raised", rule, who, when, **figures)


def updated(rule: str, who: str | None = None, *, when: str, **figures: Any) -> Expected:
    return Expected("updated", rule, who, when, **figures)


def cleared(rule: str, who: str | None = None, *, when: str, **figures: Any) -> Expected:
    return Expected("cleared", rule, who, when, **figures)


class Story:
    """Collects events with the instant at which each arrives, then tells them."""

    def __init__(
        self,
        roster: Sequence[str],
        kind: str = "group",
        starts: str = "10:00",
        ends: str = "11:00",
        rules: Rules = RULES,
        **plan: Any,
    ) -> None:
        self.rules = rules
        self._number = 0
        self._arrivals: list[tuple[int, SessionEvent]] = []
        self._crashes: list[int] = []
        self._open: dict[str, str] = {}
        self._told: tuple[list[Signal], list[SessionAttended], list[BoardChanged]] | None = None
        self._plan = {"kind": kind, "starts": starts, "ends": ends, **plan}
        self.tick_every = 5 * SECOND
        self.schedules(roster, when="09:00")

    # --- what happens ---------------------------------------------------------------------

    def _add(self, make: Callable[..., SessionEvent], when: str, late: str | None, **f: Any) -> Any:
        ts = at(when)
        self._number += 1
        name = f"e{self._number}"
        event = make(id=name, ts=ts, **f)
        if not isinstance(event, FeedObserved | ClockTicked):
            assert event.session_id == "s1"
        self._arrivals.append((at(late) if late else ts, event))
        self._told = None
        return self

    def _person(self, make: Any, who: str, when: str, late: str | None = None, **f: Any) -> Any:
        return self._add(make, when, late, session_id="s1", participant_id=who, **f)

    def schedules(
        self, roster: Sequence[Any], when: str, late: str | None = None, **plan: Any
    ) -> Any:
        told = {**self._plan, **plan}
        entries = [
            one if isinstance(one, RosterEntry) else RosterEntry(one, clinician_id=f"c-{one}")
            for one in roster
        ]
        return self._add(
            SessionScheduled,
            when,
            late,
            session_id="s1",
            program_id=told.get("program", "prog"),
            track="morning",
            kind=told["kind"],
            starts_at=at(told["starts"]),
            ends_at=at(told["ends"]),
            host_id="h1",
            platform=told.get("platform"),
            modality=told.get("modality", "virtual"),
            roster=entries,
            breaks=[Break(at(a), at(b)) for a, b in told.get("breaks", ())],
        )

    def cancels(self, when: str, late: str | None = None) -> Any:
        return self._add(SessionCancelled, when, late, session_id="s1")

    def ends(self, when: str, late: str | None = None) -> Any:
        return self._add(SessionEnded, when, late, session_id="s1")

    def taps_break(self, when: str, state: str = "started") -> Any:
        return self._add(SessionBreak, when, None, session_id="s1", state=state)

    def joins(
        self,
        who: str,
        when: str,
        late: str | None = None,
        *,
        on: str | None = None,
        role: str | None = None,
        device: Device | None = None,
        network: Network | None = None,
        exclusive: bool = False,
    ) -> Any:
        connection = on or f"{who.replace(':', '.')}-{self._number}"
        self._open[who] = connection
        return self._person(
            ParticipantJoined,
            who,
            when,
            late,
            role=role or ("host" if who.startswith("h") else "participant"),
            connection_id=connection,
            device=device,
            network=network,
            exclusive=exclusive,
        )

    def leaves(
        self,
        who: str,
        when: str,
        reason: str = "left",
        late: str | None = None,
        on: str | None = None,
    ) -> Any:
        connection = on or self._open.get(who, f"{who}-unseen")
        return self._person(
            ParticipantLeft, who, when, late, connection_id=connection, reason=reason
        )

    def drops(self, who: str, when: str, late: str | None = None, on: str | None = None) -> Any:
        return self.leaves(who, when, "connection_lost", late, on)

    def waits(self, who: str, when: str, late: str | None = None, state: str = "entered") -> Any:
        return self._person(ParticipantWaiting, who, when, late, state=state)

    def opens_link(self, who: str, when: str, late: str | None = None) -> Any:
        return self._person(ParticipantJoinStarted, who, when, late)

    def fails(self, who: str, when: str, stage: str = "media", late: str | None = None) -> Any:
        return self._person(ParticipantJoinFailed, who, when, late, stage=stage)

    def checks(
        self, who: str, when: str, result: str = "fail", failures: Sequence[str] = ()
    ) -> Any:
        return self._person(DeviceChecked, who, when, result=result, failures=list(failures))

    def switches(
        self,
        who: str,
        when: str,
        camera: str | None = None,
        microphone: str | None = None,
        late: str | None = None,
    ) -> Any:
        return self._person(MediaChanged, who, when, late, camera=camera, microphone=microphone)

    def media(
        self,
        who: str,
        when: str,
        audio: str | None = None,
        video: str | None = None,
        on: str = "page",
        late: str | None = None,
    ) -> Any:
        return self._person(
            MediaObserved,
            who,
            when,
            late,
            connection_id=on,
            since=at(when),
            audio=audio,
            video=video,
        )

    def line(
        self, who: str, when: str, state: str, on: str = "page", late: str | None = None
    ) -> Any:
        return self._person(
            ConnectionChanged,
            who,
            when,
            late,
            connection_id=on,
            state=state,
            since=at(when),
            mos=2.5,
            rtt_ms=400.0,
            jitter_ms=30.0,
            loss=0.1,
            cause="loss",
        )

    def excuses(self, who: str, when: str, kind: str = "absent", late: str | None = None) -> Any:
        return self._person(ParticipantExcused, who, when, late, kind=kind)

    def in_person(self, who: str, when: str, how: str = "in_person") -> Any:
        return self._person(ParticipantAttendedInPerson, who, when, how=how)

    def present_with(self, who: str, other: str, when: str) -> Any:
        return self._person(ParticipantPresentWith, who, when, with_=other)

    def identifies(self, unmapped: str, who: str | None, when: str, late: str | None = None) -> Any:
        return self._add(
            ParticipantIdentified,
            when,
            late,
            session_id="s1",
            unmapped_id=unmapped,
            participant_id=who,
            not_a_patient=who is None,
        )

    def consents(self, who: str, when: str, granted: bool = True, late: str | None = None) -> Any:
        """To counting signs of taking part."""
        return self._person(
            ParticipantConsented, who, when, late, scope="engagement", granted=granted
        )

    def profiles(self, who: str, when: str = "09:00", **figures: Any) -> Any:
        known = {"sessions": 5, "missed_14d": 0, "late_last_5": 0, "privacy_30d": 0}
        told = {**known, "minutes_week": 0, **figures}
        return self._person(ParticipantProfiled, who, when, **told)

    def reports(
        self,
        who: str,
        when: str,
        kind: str = "crisis",
        late: str | None = None,
        score: int | None = None,
    ) -> Any:
        return self._person(ParticipantReported, who, when, late, kind=kind, score=score)

    def shows(
        self,
        who: str,
        when: str,
        kind: str = "spoke",
        ms: int | None = None,
        late: str | None = None,
    ) -> Any:
        """A sign of taking part."""
        return self._person(EngagementObserved, who, when, late, kind=kind, ms=ms)

    def incident(
        self, trait: str, when: str, until: str | None = None, late: str | None = None
    ) -> Any:
        """What the incident monitor tells the room, some seconds later."""
        said = {"session_id": "s1", "alert_id": f"incident-{trait}-{when}", "trait": trait}
        self._add(IncidentOpened, when, late, **said)
        if until is not None:
            self._add(IncidentClosed, until, late, **said)
        return self

    def feed(self, when: str, last: str, platform: str = "zoom") -> Any:
        return self._add(FeedObserved, when, None, platform=platform, last_event_at=at(last))

    def feeds(self, first: str, until: str, last: str, platform: str = "zoom") -> Any:
        """The gateway's word every 30 s: nothing heard since `last`."""
        for ts in range(at(first), at(until), 30 * SECOND):
            self.feed(clock_of(ts), last, platform)
        return self

    def crashes_at(self, when: str) -> Any:
        self._crashes.append(at(when))
        self._told = None
        return self

    # --- what comes of it -----------------------------------------------------------------

    def tell(self, until: str = "11:20") -> tuple[list[Any], list[Any], list[Any]]:
        if self._told is None:
            self._told = play(
                sorted(self._arrivals, key=lambda one: one[0]),
                at(until),
                self.rules,
                crashes=self._crashes,
                tick_every=self.tick_every,
            )
        return self._told

    @property
    def signals(self) -> list[Signal]:
        return self.tell()[0]

    def of(self, *rules: str) -> list[Signal]:
        return [signal for signal in self.signals if signal.rule in rules]

    @property
    def attended(self) -> list[SessionAttended]:
        return self.tell()[1]

    @property
    def outcomes(self) -> dict[str, str]:
        """By person, the highest revision's outcome."""
        return {one.participant_id: one.outcome for one in self.attended}

    @property
    def boards(self) -> list[BoardChanged]:
        return self.tell()[2]

    @property
    def events(self) -> list[SessionEvent]:
        return [event for _, event in sorted(self._arrivals, key=lambda one: one[0])]


def tick(ts: int) -> ClockTicked:
    return ClockTicked(id=f"tick-{ts // SECOND}", ts=ts)


def play(
    arrivals: Sequence[tuple[int, SessionEvent]],
    until: int,
    rules: Rules = RULES,
    *,
    crashes: Sequence[int] = (),
    tick_every: int = 5 * SECOND,
    starts: str = "08:59",
) -> tuple[list[Signal], list[SessionAttended], list[BoardChanged]]:
    """Tell a monitor the events as they arrive, with ticks between; a crash stores and restores."""
    monitor, states = Monitor(0, rules), {}
    log: list[tuple[int, SessionEvent]] = [
        *arrivals,
        *((ts, tick(ts)) for ts in range(at(starts), until + LATENESS + 1, tick_every)),
    ]
    log.sort(key=lambda one: (one[0], isinstance(one[1], ClockTicked)))
    signals, attended, boards = [], [], []
    crashes = sorted(crashes)
    for offset, (arrives, event) in enumerate(log):
        if crashes and arrives >= crashes[0]:
            crashes = crashes[1:]
            monitor = Monitor(0, rules)
            monitor.restore(states)
        step = monitor.apply(session_events.decode(encode(event)), offset)
        assert not step.failed, step.failed
        signals += [one for one in step.signals if not isinstance(one, PresenceCounted)]
        attended += step.attended
        boards += step.boards
        states.update({key: monitor.stored(key) for key in step.changed})
        for key in step.dropped:
            states.pop(key, None)
    return signals, attended, boards


def group(roster: Sequence[Any], **plan: Any) -> Story:
    """A group of an hour from 10:00, its host `h1` not there yet."""
    return Story(roster, **plan)


def individual(patient: str = "p1", **plan: Any) -> Story:
    return Story([patient], kind="individual", **plan)
