"""All rooms at once: `signals` in; incidents raised, updated and cleared out, and each room told.

Pure and deterministic. The clock is the least `ts` of the partitions' `presence.counted`; an
instant is judged when all have counted it, on the alerts heard until then. So the order in which
the partitions are read changes nothing.
"""

from collections import deque
from heapq import heappop, heappush
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct, field

from streams.episodes import About, Status, alert_id, figures, gravest, signal_id
from streams.events import (
    HOUR,
    MINUTE,
    SECOND,
    IncidentClosed,
    IncidentOpened,
    Millis,
    PresenceCounted,
    Signal,
    SignalRecord,
    Traits,
)
from streams.incidents.detectors import platform_incident
from streams.incidents.detectors.platform_incident import TOLD, PlatformIncident, Thresholds
from streams.incidents.facts import Counts, Single, Value, total
from streams.rules import Rules

RULE = "platform_incident"
EXPLAINED = frozenset(
    {
        "missed_session",
        "could_not_connect",
        "dropped_out",
        "unstable_connection",
        "poor_connection",
        "no_media",
        "session_incident",
    }
)
"""Alerts of one person, or of one room, that an incident over rooms may explain."""
FORGOTTEN_AFTER = HOUR
"""A cleared alert is kept so long, since what a crash repeats may come after it."""

Told = TypeVar("Told", IncidentOpened, IncidentClosed)

LONGEST_LABEL = 64


class Step(Struct):
    """All that one record caused."""

    signals: list[Signal] = field(default_factory=list)
    told: list[IncidentOpened | IncidentClosed] = field(default_factory=list)
    """For the sessions that an incident touches."""


class Incident(Struct):
    """One that stands. `height` is the highest share so far."""

    alert_id: str
    value: Value
    raised_at: Millis
    evidence: PlatformIncident
    height: float
    explains: dict[str, None] = field(default_factory=dict)
    sessions: dict[str, None] = field(default_factory=dict)
    low_since: Millis | None = None

    @property
    def subject(self) -> str:
        return _subject(self.value)


class Monitor:
    """`partitions`: how many count their people."""

    def __init__(self, partitions: int, rules: Rules) -> None:
        self._rules = rules
        self._limits: Thresholds = rules.limits(RULE, "", "group")
        self._off = RULE in rules.in_state("off", "", "group")
        self._trial = RULE in rules.in_state("trial", "", "group")
        self._ahead: dict[int, deque[PresenceCounted]] = {n: deque() for n in range(partitions)}
        self._latest: dict[int, PresenceCounted] = {}
        self._counts: Counts | None = None
        """Of the latest, and what they meet; none when they have changed since."""
        self._met: list[PlatformIncident] = []
        self._singles: dict[str, Single] = {}
        self._open: dict[Value, Incident] = {}
        self._cleared: dict[Value, Millis] = {}
        self._forgetting: list[tuple[Millis, str]] = []

    def apply(self, record: SignalRecord) -> Step:
        """One record of `signals`; each partition's counts in their order."""
        step = Step()
        if isinstance(record, PresenceCounted):
            self._count(record, step)
        else:
            self._hear(record)
        return step

    @property
    def standing(self) -> int:
        """Incidents that stand now."""
        return len(self._open)

    def counted_at(self, partition: int) -> Millis | None:
        """The newest count of people heard of a partition. The oldest of them is this clock."""
        ahead, latest = self._ahead[partition], self._latest.get(partition)
        newest = ahead[-1] if ahead else latest
        return newest.ts if newest else None

    # --- what comes in ----------------------------------------------------------------------

    def _hear(self, signal: Signal) -> None:
        if signal.rule not in EXPLAINED or signal.trial or signal.session_id is None:
            return
        known = self._singles.get(signal.alert_id)
        cleared_at = known.cleared_at if known else None
        if signal.status == "cleared":
            cleared_at = signal.ts
            heappush(self._forgetting, (cleared_at + FORGOTTEN_AFTER, signal.alert_id))
        self._singles[signal.alert_id] = Single(
            signal.alert_id,
            signal.session_id,
            signal.raised_at,
            _traits(signal),
            cleared_at,
        )

    def _count(self, record: PresenceCounted, step: Step) -> None:
        ahead = self._ahead.get(record.partition)
        if ahead is None:
            return
        newest = ahead[-1] if ahead else self._latest.get(record.partition)
        if newest is not None and record.ts <= newest.ts:
            return  # written again after a crash
        ahead.append(record)
        while all(self._ahead.values()):
            self._advance(step)

    def _advance(self, step: Step) -> None:
        """To the next instant that a partition counted: all have counted it, or a later one."""
        at = min(ahead[0].ts for ahead in self._ahead.values())
        for partition, ahead in self._ahead.items():
            if ahead[0].ts == at:
                before, now = self._latest.get(partition), ahead.popleft()
                self._latest[partition] = now
                if before is None or before.people != now.people or before.by != now.by:
                    self._counts = None
        if len(self._latest) == len(self._ahead):  # else one has only begun later
            if self._counts is None:
                self._counts = total(self._latest.values())
                self._met = [] if self._off else platform_incident.found(self._counts, self._limits)
            self._judge(at, self._counts, step)

    # --- an instant -------------------------------------------------------------------------

    def _judge(self, at: Millis, counts: Counts, step: Step) -> None:
        for incident in list(self._open.values()):
            self._watch(incident, at, counts, step)
        self._raise(at, counts, step)
        for incident in self._open.values():
            self._explain(incident, at, step)
        if self._trial:
            step.told.clear()
        self._forget(at)

    def _watch(self, incident: Incident, at: Millis, counts: Counts, step: Step) -> None:
        """It is over once the share has been under half of its height for some minutes."""
        share = _share(counts, incident.value, incident.evidence)
        incident.height = max(incident.height, share)
        if share >= incident.height / 2 and share > 0:
            incident.low_since = None
            return
        if incident.low_since is None:
            incident.low_since = at
        if at - incident.low_since < self._limits.cleared_minutes * MINUTE:
            return
        del self._open[incident.value]
        self._cleared[incident.value] = at
        step.signals.append(self._signal(incident, "cleared", at))
        step.told += [_told(IncidentClosed, incident, session, at) for session in incident.sessions]

    def _raise(self, at: Millis, counts: Counts, step: Step) -> None:
        """One new incident at an instant at most: one cause shows in several traits. Beside those
        that stand, another needs as many affected again as the rule asks for; not beside those of
        its own trait, since nobody has two values of one."""
        for one in self._met:
            value = (one.trait, one.value)
            cooled = self._cleared.get(value, -HOUR) + self._limits.cooldown_seconds * SECOND
            if value in self._open or at < cooled:
                continue
            accounted = sum(
                counts.by[other].affected
                for other in self._open
                if other[0] != one.trait and other in counts.by
            )
            if one.affected - accounted < self._limits.people:
                continue
            name = alert_id(About(RULE, "", ""), _subject(value), at)
            height = _share(counts, value, one)
            incident = self._open[value] = Incident(name, value, at, one, height)
            self._claim(incident, at, step)
            step.signals.append(self._signal(incident, "raised", at))
            return

    def _explain(self, incident: Incident, at: Millis, step: Step) -> None:
        """Alerts that have come since."""
        if incident.raised_at != at and self._claim(incident, at, step):
            step.signals.append(self._signal(incident, "updated", at))

    def _claim(self, incident: Incident, at: Millis, step: Step) -> bool:
        """Take the standing alerts with the trait that began with it; tell their rooms."""
        since = incident.raised_at - self._limits.onset_minutes * MINUTE
        new = sorted(
            (
                single
                for single in self._singles.values()
                if single.raised_at >= since
                and single.stands(at)
                and single.has(incident.value)
                and single.alert_id not in incident.explains
            ),
            key=_began,
        )
        for single in new:
            incident.explains[single.alert_id] = None
            if single.session_id not in incident.sessions:
                incident.sessions[single.session_id] = None
                opened = _told(IncidentOpened, incident, single.session_id, incident.raised_at)
                step.told.append(opened)
        return bool(new)

    def _forget(self, at: Millis) -> None:
        while self._forgetting and self._forgetting[0][0] <= at:
            single = self._singles.get(heappop(self._forgetting)[1])
            if single is None or single.cleared_at is None:
                continue
            if single.cleared_at + FORGOTTEN_AFTER <= at:
                del self._singles[single.alert_id]

    # --- what is said -----------------------------------------------------------------------

    def _signal(self, incident: Incident, status: Status, ts: Millis) -> Signal:
        trait, value = incident.value
        return Signal(
            id=signal_id(incident.alert_id, status, ts),
            alert_id=incident.alert_id,
            rule=RULE,
            status=status,
            severity=gravest(TOLD),
            audience=TOLD,
            ts=ts,
            raised_at=incident.raised_at,
            evidence=figures(incident.evidence),
            rules=self._rules.hash,
            subject=incident.subject,
            traits=Traits(**{trait: value}),
            explains=list(incident.explains),
            trial=self._trial,
        )


def _subject(value: Value) -> str:
    return ":".join(value)[:LONGEST_LABEL]


def _share(counts: Counts, value: Value, evidence: PlatformIncident) -> float:
    """Now, of those of whom the evidence has it; that of the evidence is rounded."""
    return platform_incident.share_of(counts, value, compared=evidence.p is not None)


def _traits(signal: Signal) -> Traits:
    """The person's; a room's incident says what all of its people share."""
    if signal.rule != "session_incident":
        return signal.traits or Traits()
    shared = {trait: signal.evidence.get(trait) for trait in Traits.__struct_fields__}
    return Traits(**{trait: value for trait, value in shared.items() if isinstance(value, str)})


def _began(single: Single) -> tuple[Millis, str]:
    return single.raised_at, single.alert_id


def _told(kind: type[Told], incident: Incident, session_id: str, ts: Millis) -> Told:
    """One room's word of it; the same again has the same id."""
    name = f"{incident.alert_id}|{kind.__name__}|{session_id}"
    return kind(
        id=str(uuid5(NAMESPACE_URL, name)),
        ts=ts,
        session_id=session_id,
        alert_id=incident.alert_id,
        trait=incident.subject,
    )
