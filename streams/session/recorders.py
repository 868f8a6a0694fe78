"""What each type of event adds to a room's ledger; a fact that is known already adds nothing."""

from bisect import bisect_right, insort
from collections.abc import Callable
from typing import Any, TypeAlias

from streams.events import (
    ConnectionChanged,
    DeviceChecked,
    IncidentClosed,
    IncidentOpened,
    MediaChanged,
    MediaObserved,
    Millis,
    OnOff,
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
    SessionBreak,
    SessionCancelled,
    SessionEnded,
    SessionScheduled,
)
from streams.session import switches
from streams.session.ledger import (
    NOBODY,
    ROOM,
    Check,
    Failure,
    Joined,
    Ledger,
    Medium,
    Part,
    PersonFacts,
    Plan,
    Profile,
    Report,
    Seat,
    Wire,
)
from streams.session.measured import BAD, Figures, LineState

SWITCHES_KEPT = 100
"""Of a person's camera, and of the microphone."""


def plan_of(event: SessionScheduled) -> Plan:
    seats = tuple(
        Seat(
            entry.participant_id,
            entry.member,
            entry.language,
            entry.clinician_id,
            entry.modality,
            entry.prescribed_hours_per_week,
        )
        for entry in event.roster
    )
    return Plan(
        event.program_id,
        event.track,
        event.kind,
        event.starts_at,
        event.ends_at,
        event.host_id,
        event.modality,
        event.time_zone,
        event.platform,
        tuple(sorted((pause.starts_at, pause.ends_at) for pause in event.breaks)),
        seats,
    )


def _keep(facts: PersonFacts | Ledger | Wire, kind: str, fact: Any) -> bool:
    """Put a fact in its place; false when it was there already."""
    known = getattr(facts, kind)
    more = _added(known, fact)
    if more is known:
        return False
    setattr(facts, kind, more)
    return True


def _added(known: tuple[Any, ...], fact: Any) -> tuple[Any, ...]:
    """With a fact in its place, mostly the last; the same when it was there already."""
    if not known or _ts(known[-1]) < _ts(fact):
        return (*known, fact)
    if fact in known:
        return known
    place = bisect_right(known, _instant(fact), key=_instant)
    return (*known[:place], fact, *known[place:])


def _ts(fact: Any) -> Millis:
    if isinstance(fact, tuple):
        fact = fact[0]
    return fact if isinstance(fact, int) else fact.ts


def _instant(fact: Any) -> tuple[Any, ...]:
    """The order of facts: by `ts`, doubles at one `ts` by their contents."""
    if isinstance(fact, int):
        return (fact,)
    if isinstance(fact, tuple):
        return fact
    return (fact.ts, repr(fact))


def _scheduled(ledger: Ledger, event: SessionScheduled) -> str | None:
    if any(ts == event.ts and name == event.id for ts, name, _ in ledger.versions):
        return None
    plan = plan_of(event)
    if plan in ledger.plans:
        index = ledger.plans.index(plan)
    else:
        index = len(ledger.plans)
        ledger.plans.append(plan)
    insort(ledger.versions, (event.ts, event.id, index))
    return ROOM


def _cancelled(ledger: Ledger, event: SessionCancelled) -> str | None:
    return ROOM if _keep(ledger, "cancels", event.ts) else None


def _ended(ledger: Ledger, event: SessionEnded) -> str | None:
    return ROOM if _keep(ledger, "ended", event.ts) else None


def _tapped(ledger: Ledger, event: SessionBreak) -> str | None:
    return ROOM if _keep(ledger, "taps", (event.ts, event.state)) else None


def _identified(ledger: Ledger, event: ParticipantIdentified) -> str | None:
    person = NOBODY if event.not_a_patient else event.participant_id or NOBODY
    known = ledger.identified.get(event.unmapped_id, ())
    more = ledger.identified[event.unmapped_id] = _added(known, (event.ts, person))
    return event.unmapped_id if more is not known else None


def _joined(ledger: Ledger, event: ParticipantJoined) -> str | None:
    wire = ledger.person(event.participant_id).wire(event.connection_id)
    join = Joined(event.ts, event.role, event.exclusive, event.device, event.network)
    return event.participant_id if _keep(wire, "joins", join) else None


def _left(ledger: Ledger, event: ParticipantLeft) -> str | None:
    wire = ledger.person(event.participant_id).wire(event.connection_id)
    return event.participant_id if _keep(wire, "lefts", (event.ts, event.reason)) else None


def _waited(ledger: Ledger, event: ParticipantWaiting) -> str | None:
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "waiting", (event.ts, event.state)) else None


def _opened_link(ledger: Ledger, event: ParticipantJoinStarted) -> str | None:
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "links", event.ts) else None


def _failed(ledger: Ledger, event: ParticipantJoinFailed) -> str | None:
    fact = Failure(event.ts, event.stage, event.device, event.network)
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "failures", fact) else None


def _checked(ledger: Ledger, event: DeviceChecked) -> str | None:
    failures = tuple(event.failures)
    fact = Check(event.ts, event.result == "pass", event.device, event.network, failures)
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "checks", fact) else None


def _line(ledger: Ledger, event: ConnectionChanged) -> str | None:
    """The figures are evidence of a bad line, and kept of no other."""
    figures = None
    if event.state in BAD:
        measured = event.mos, event.rtt_ms, event.jitter_ms, event.loss
        figures = Figures(*measured, event.cause, event.path)
    state = LineState(event.since, event.ts, event.connection_id, event.state, figures)
    facts = ledger.person(event.participant_id)
    before, facts.line = facts.line, facts.line.added(state)
    return event.participant_id if facts.line is not before else None


def _excused(ledger: Ledger, event: ParticipantExcused) -> str | None:
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "excuses", (event.ts, event.kind)) else None


def _in_person(ledger: Ledger, event: ParticipantAttendedInPerson) -> str | None:
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "in_person", (event.ts, event.how)) else None


def _present_with(ledger: Ledger, event: ParticipantPresentWith) -> str | None:
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "present_with", (event.ts, event.with_)) else None


def _consented(ledger: Ledger, event: ParticipantConsented) -> str | None:
    """Of the line nothing comes any more without consent; of signs, silence would be read."""
    if event.scope != "engagement":
        return None
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "consents", (event.ts, event.granted)) else None


def _profiled(ledger: Ledger, event: ParticipantProfiled) -> str | None:
    fact = Profile(
        event.ts,
        event.missed_14d,
        event.late_last_5,
        event.last_attended_at,
        event.sessions,
        event.privacy_30d,
        event.minutes_week,
        event.usual_minutes_week,
        event.gap_p90_minutes,
        tuple(
            (one.half_hour, one.part, round(one.median * 1000), round(one.mad * 1000), one.count)
            for one in event.usual
        ),
    )
    facts = ledger.person(event.participant_id)
    return event.participant_id if _keep(facts, "profiles", fact) else None


def _reported(ledger: Ledger, event: ParticipantReported) -> str | None:
    facts = ledger.person(event.participant_id)
    if any(report.id == event.id for report in facts.reports):
        return None
    fact = Report(event.ts, event.id, event.kind, event.score)
    return event.participant_id if _keep(facts, "reports", fact) else None


def _observed(ledger: Ledger, event: MediaObserved) -> str | None:
    facts = ledger.person(event.participant_id)
    states = [state for state in (event.audio, event.video) if state is not None]
    new = [_keep(facts, "media", Medium(event.ts, event.connection_id, state)) for state in states]
    return event.participant_id if any(new) else None


def _switched(ledger: Ledger, event: MediaChanged) -> str | None:
    facts = ledger.person(event.participant_id)
    before = facts.cameras, facts.microphones
    facts.cameras = _switch(facts.cameras, event.ts, event.camera)
    facts.microphones = _switch(facts.microphones, event.ts, event.microphone)
    return event.participant_id if (facts.cameras, facts.microphones) != before else None


def _switch(known: bytes, ts: Millis, state: OnOff | None) -> bytes:
    """Only the latest are kept: some people unmute for every word."""
    if state is None:
        return known
    return switches.latest(switches.added(known, ts, state), SWITCHES_KEPT)


def _incident(ledger: Ledger, event: IncidentOpened | IncidentClosed) -> str | None:
    fact = (event.ts, event.alert_id, isinstance(event, IncidentOpened), event.trait)
    return ROOM if _keep(ledger, "incidents", fact) else None


Recorder: TypeAlias = Callable[[Ledger, Any], str | None]

RECORDERS: dict[type, Recorder] = {
    SessionScheduled: _scheduled,
    SessionCancelled: _cancelled,
    SessionEnded: _ended,
    SessionBreak: _tapped,
    ParticipantIdentified: _identified,
    ParticipantJoined: _joined,
    ParticipantLeft: _left,
    ParticipantWaiting: _waited,
    ParticipantJoinStarted: _opened_link,
    ParticipantJoinFailed: _failed,
    DeviceChecked: _checked,
    ConnectionChanged: _line,
    ParticipantExcused: _excused,
    ParticipantAttendedInPerson: _in_person,
    ParticipantPresentWith: _present_with,
    ParticipantConsented: _consented,
    ParticipantProfiled: _profiled,
    ParticipantReported: _reported,
    MediaChanged: _switched,
    MediaObserved: _observed,
    IncidentOpened: _incident,
    IncidentClosed: _incident,
}
"""What each type of event adds. A recorder gives whom the fact concerns, or `None` when it was
known already; types that are not here change nothing that a room remembers."""

PARTS: dict[type, frozenset[Part]] = {
    ConnectionChanged: frozenset({"line"}),
    MediaChanged: frozenset({"media"}),
    MediaObserved: frozenset({"media"}),
    ParticipantConsented: frozenset({"staff"}),
    ParticipantExcused: frozenset({"staff"}),
    ParticipantAttendedInPerson: frozenset({"staff"}),
    ParticipantPresentWith: frozenset({"staff"}),
    ParticipantProfiled: frozenset({"staff"}),
    ParticipantReported: frozenset({"staff"}),
    ParticipantJoined: frozenset({"presence"}),
    ParticipantLeft: frozenset({"presence"}),
    ParticipantWaiting: frozenset({"presence"}),
    ParticipantJoinStarted: frozenset({"presence"}),
    ParticipantJoinFailed: frozenset({"presence"}),
    DeviceChecked: frozenset({"presence"}),
}
"""Of a person, what each type of event can change; every part where none is named."""
