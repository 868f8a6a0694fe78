"""A session's board: its people and their state now, for the screens."""

from collections.abc import Mapping
from itertools import chain
from typing import Literal, TypeAlias

from msgspec.structs import replace

from streams.events import (
    MINUTE,
    BoardChanged,
    BoardPerson,
    BoardState,
    ConnectionState,
    Millis,
    OnOff,
    Role,
)
from streams.session import switches
from streams.session.facts import Person, Room
from streams.session.presence import Span, clip, length, within
from streams.session.state import State

POINTS = 30
MOST_MINUTES = 24 * 60
TROUBLES = ("could_not_connect", "dropped_out", "poor_connection", "missed_session")
"""Rules whose open alert is shown beside a person, the first that stands."""
Mark: TypeAlias = Literal["late", "leaves_early", "phone", "other_group", "present_with"]
EXCUSES: tuple[Mark, ...] = ("late", "leaves_early")
HOW: tuple[Mark, ...] = ("phone", "other_group", "present_with")


def board(room: Room, state: State, at: Millis, heard_at: Millis | None) -> BoardChanged:
    """As of `at`, with every fact that has come."""
    plan = room.schedule.plan
    cameras = {
        name: switches.state(facts.cameras)
        for name, facts in state.ledger.people.items()
        if facts.cameras
    }
    open_rules: dict[str, set[str]] = {}
    for alert in state.alerts:
        if alert.cleared_at is None and alert.rule in TROUBLES:
            open_rules.setdefault(alert.who, set()).add(alert.rule)
    people = [
        _person(person, room, at, cameras, open_rules.get(person.participant_id, set()))
        for person in room.people.values()
    ]
    in_break = next((start for start, end in room.breaks if start <= at < end), None)
    return BoardChanged(
        session_id=room.session_id,
        program_id=plan.program_id,
        ts=at,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        state=_state(room, at),
        kind=plan.kind,
        track=plan.track,
        host_id=plan.host_id,
        time_zone=plan.time_zone,
        people=people,
        platform=plan.platform,
        heard_at=heard_at,
        opened_at=room.opening if room.opening is not None and room.opening <= at else None,
        break_since=in_break,
        here=_here(room, at),
    )


def shape(made: BoardChanged) -> object:
    """What makes a new board worth writing: all but the figures that grow by themselves."""
    return (
        made.state,
        made.starts_at,
        made.ends_at,
        made.host_id,
        made.track,
        made.platform,
        made.opened_at,
        made.break_since,
        [replace(one, present_ms=0, recent=[]) for one in made.people],
    )


def _state(room: Room, at: Millis) -> Literal["before", "held", "break", "ended", "cancelled"]:
    if room.schedule.cancelled_at is not None:
        return "cancelled"
    if at >= room.real_end(at):
        return "ended"
    if room.opening is None or at < room.opening:
        return "before"
    return "break" if within(room.breaks, at) else "held"


def _person(
    person: Person, room: Room, at: Millis, cameras: Mapping[str, OnOff], rules: set[str]
) -> BoardPerson:
    spans = person.connected_spans
    if at >= room.closes_at:  # whatever is still open ended at the real end
        spans = clip(spans, 0, room.real_end(room.closes_at))
    state, since = _where(person, room, spans, at)
    line = _line_at(person, at) if state in ("present", "unmapped") else None
    marked = _marked(person, state)
    return BoardPerson(
        participant_id=person.participant_id,
        role=_role(person),
        state=state,
        since=since,
        present_ms=length(clip(spans, room.starts_at, min(at, room.ends_at))),
        connection=line[0] if line else None,
        connection_since=line[1] if line else None,
        camera=cameras.get(person.participant_id) if state in ("present", "unmapped") else None,
        trouble=next((rule for rule in TROUBLES if rule in rules), None),
        marked=marked[0] if marked else None,
        marked_at=marked[1] if marked else None,
        recent=_recent(person, room, spans, at),
    )


def _marked(person: Person, state: BoardState) -> tuple[Mark, Millis] | None:
    """What staff said of a patient beyond the state, and when."""
    if state == "in_person" and person.exempt:
        reason = person.exempt.reason
        how = reason if reason == "present_with" else person.how_in_person
        told = next((mark for mark in HOW if mark == how), None)
        return (told, person.exempt.since) if told else None
    if state == "excused" or not person.excuses:
        return None
    since, kind = person.excuses[-1]
    return next(((mark, since) for mark in EXCUSES if mark == kind), None)


def _role(person: Person) -> Role:
    if person.is_bot:
        return "bot"
    if person.is_host:
        return "host"
    return "observer" if person.seat and person.seat.member == "observer" else "participant"


def _where(
    person: Person, room: Room, spans: tuple[Span, ...], at: Millis
) -> tuple[BoardState, Millis]:
    exempt = person.exempt
    if person.patient and exempt and exempt.reason in ("in_person", "present_with"):
        return "in_person", exempt.since
    for start, end in spans:
        if start <= at < end:
            return ("unmapped" if person.unmatched else "present"), start
    for start, end in person.waits:
        if start <= at < end:
            return "waiting", start
    if exempt and exempt.reason == "excused":
        return "excused", exempt.since
    gone = [stay for stay in person.stays if stay.end <= at]
    if gone:
        away = gone[-1].broke_off or within(room.breaks, at)
        return ("away" if away else "left"), gone[-1].end
    if spans and spans[-1][1] <= at and (person.seat is None or at >= room.closes_at):
        return "left", spans[-1][1]
    return "expected", max(room.starts_at, person.added_at)


def _line_at(person: Person, at: Millis) -> tuple[ConnectionState, Millis] | None:
    for one in chain.from_iterable(person.line.times()):
        if one.state is not None and one.start <= at < one.end:
            return one.state, person.line.measured.since(one.place)
    return None


def _recent(person: Person, room: Room, spans: tuple[Span, ...], at: Millis) -> list[str]:
    """The last 30 minutes, a point each, oldest first: what held at each minute's last instant,
    in the running minute what holds now."""
    first = at - at % MINUTE - (POINTS - 1) * MINUTE
    before = min(POINTS, _minute(room.starts_at, first))
    points = ["none"] * before + ["away"] * (POINTS - before)
    known = [(start, end, "here") for start, end in spans]
    known += [
        (one.start, one.end, one.state)
        for one in chain.from_iterable(person.line.times())
        if one.state is not None
    ]
    for start, end, what in known:
        first_point, last_point = _minute(start, first), min(POINTS - 1, _minute(end, first))
        if first_point < last_point:
            points[first_point:last_point] = [what] * (last_point - first_point)
        if start <= at < end:
            points[-1] = what
    return points


def _minute(instant: Millis, first: Millis) -> int:
    """The first of the minutes since `first` whose last instant is not before this one."""
    return max(0, -((first - instant - 1) // MINUTE) - 1)


def _here(room: Room, at: Millis) -> list[int]:
    """How many patients were connected at each full minute since the start, for a day at most:
    a schedule that begins decades ago is an error and must not fill the memory."""
    minutes = min((min(at, room.ends_at) - room.starts_at) // MINUTE + 1, MOST_MINUTES)
    if minutes <= 0:
        return []
    steps = [0] * (minutes + 1)
    for person in room.people.values():
        if not person.patient:
            continue
        for start, end in person.connected_spans:
            first = max(0, -((room.starts_at - start) // MINUTE))
            last = min(minutes, -((room.starts_at - end) // MINUTE))
            if first < last:
                steps[first] += 1
                steps[last] -= 1
    here, now = [], 0
    for step in steps[:minutes]:
        now += step
        here.append(now)
    return here
