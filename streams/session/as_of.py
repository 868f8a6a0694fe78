"""The facts as known at an instant, from the ledger: only what has a `ts` up to then."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from streams.episodes import NEVER, Why
from streams.events import Millis, OnOff, Role
from streams.session import attempts, breaks, engagement, lines, media, opening, presence
from streams.session.facts import Incident, Person, Room
from streams.session.ledger import (
    UNMAPPED,
    Check,
    Failure,
    Joined,
    Ledger,
    LineState,
    PersonFacts,
    Wire,
)
from streams.session.presence import Connection, Span
from streams.session.schedule import Schedule
from streams.session.troubles import troubles


def owner(ledger: Ledger, participant_id: str, at: Millis) -> str | None:
    """Who an unmatched person was said to be, as known at `at`; `NOBODY` for no patient."""
    told = [person for ts, person in ledger.identified.get(participant_id, ()) if ts <= at]
    return told[-1] if told else None


def sources(ledger: Ledger, participant_id: str, at: Millis) -> list[PersonFacts]:
    """The person's own facts and those of the unmatched ones who turned out to be them."""
    names = [participant_id]
    names += [name for name in ledger.identified if owner(ledger, name, at) == participant_id]
    return [ledger.people[name] for name in names if name in ledger.people]


def person(ledger: Ledger, participant_id: str, schedule: Schedule | None, at: Millis) -> Person:
    """The person as known at `at`."""
    known = sources(ledger, participant_id, at)
    starts_at = schedule.plan.starts_at if schedule else 0
    ends_at = schedule.plan.ends_at if schedule else NEVER
    wires = _wires(known)
    joins = [join for _, wire in wires for join in wire.joins if join.ts <= at]
    joins.sort(key=lambda join: (join.ts, join.role))
    connections = presence.pair(wires, at, ends_at)
    presence.end_at_exclusive(connections, [join.ts for join in joins if join.exclusive])
    line = sorted(_until((facts.line for facts in known), at), key=_since)
    stays = presence.stays(connections, line)
    early = [stay for stay in stays if stay.end < starts_at]
    waiting = sorted(one for facts in known for one in facts.waiting if one[0] <= at)
    waits = attempts.waits(waiting, connections)
    links = sorted(ts for facts in known for ts in facts.links if ts <= at)
    failures = _until((facts.failures for facts in known), at)
    checks = _until((facts.checks for facts in known), at)
    roles = {join.role for join in joins}
    is_host = "host" in roles or (schedule is not None and schedule.plan.host_id == participant_id)
    is_bot = "bot" in roles
    unmatched = participant_id.startswith(UNMAPPED) and owner(ledger, participant_id, at) is None
    excuses = sorted(one for facts in known for one in facts.excuses if one[0] <= at)
    in_person = sorted(one for facts in known for one in facts.in_person if one[0] <= at)
    with_others = sorted(one for facts in known for one in facts.present_with if one[0] <= at)
    profiles = _until((facts.profiles for facts in known), at)
    reports = _until((facts.reports for facts in known), at)
    told: list[Failure | Check | Joined] = sorted([*failures, *checks, *joins], key=_ts)
    admitted = [ts for ts, state in waiting if state == "admitted"]
    spans = presence.union((one.start, one.end) for one in connections if one.joined)
    tries = attempts.tries(starts_at, links, failures, checks, connections, early, waits)
    best = lines.stretches(connections, line)
    seen = media.media(
        _until((facts.media for facts in known), at),
        _switched((facts.cameras for facts in known), at),
        _switched((facts.microphones for facts in known), at),
        connections,
        bool(joins) and all(one.device and one.device.kind == "landline" for one in joins),
    )
    bad_line = [(one.start, one.end) for told in best for one in told if one.bad]
    return Person(
        participant_id=participant_id,
        seat=schedule.seats.get(participant_id) if schedule else None,
        is_host=is_host,
        is_bot=is_bot,
        role=_role(is_bot, is_host, roles),
        unmatched=unmatched and not is_host and not is_bot,
        added_at=schedule.added.get(participant_id, 0) if schedule else 0,
        exempt=_exempt(participant_id, schedule, excuses, in_person, with_others),
        excuses=tuple(excuses),
        how_in_person=in_person[-1][1] if in_person else None,
        present_with=with_others[-1][1] if with_others else None,
        connections=tuple(connections),
        connected_spans=spans,
        stays=tuple(stay for stay in stays if stay.end >= starts_at),
        early=tuple(early),
        waits=waits,
        unsettled=_unsettled(connections, waits, [*links, *admitted]),
        tries=tries,
        looked_in_at=attempts.looked_in(connections, early),
        line=best,
        troubles=troubles(spans, stays, tries, waits, bad_line, seen),
        profile=profiles[-1] if profiles else None,
        reports=tuple(reports),
        device=next((one.device for one in reversed(told) if one.device), None),
        network=next((one.network for one in reversed(told) if one.network), None),
        checks=tuple(checks),
        media=seen,
        engagement=engagement.known(known, at),
        counted_since=engagement.counted_since(known, at),
    )


def _role(is_bot: bool, is_host: bool, roles: set[Role]) -> Role:
    if is_bot or is_host:
        return "bot" if is_bot else "host"
    return "observer" if "observer" in roles else "participant"


def _wires(known: Sequence[PersonFacts]) -> list[tuple[str, Wire]]:
    """By connection id; a join of an unmatched one may pair with the known person's `left`."""
    if len(known) == 1:
        return list(known[0].wires.items())
    merged: dict[str, Wire] = {}
    for facts in known:
        for name, wire in facts.wires.items():
            whole = merged.setdefault(name, Wire())
            whole.joins = sorted([*whole.joins, *wire.joins], key=_ts)
            whole.lefts = sorted([*whole.lefts, *wire.lefts])
    return list(merged.items())


def _unsettled(
    connections: Sequence[Connection], waits: Sequence[Span], links: Sequence[Millis]
) -> tuple[Span, ...]:
    """Pending connections, waiting, and 60 s for each link opened or admission given."""
    pending = [(one.start, one.settled_at) for one in connections if one.joined]
    return (*pending, *waits, *attempts.on_the_way(links, connections, waits))


def _exempt(
    participant_id: str,
    schedule: Schedule | None,
    excuses: Sequence[tuple[Millis, str]],
    in_person: Sequence[tuple[Millis, str]],
    with_others: Sequence[tuple[Millis, str]],
) -> Why | None:
    """Why no presence rule applies to the person, the first that fits."""
    seat = schedule.seats.get(participant_id) if schedule else None
    if schedule is None or seat is None or seat.member != "patient":
        return Why("off_roster", schedule.removed.get(participant_id, 0) if schedule else 0)
    if schedule.cancelled_at is not None:
        return Why("cancelled", schedule.cancelled_at)
    if in_person:
        return Why("in_person", in_person[0][0])
    if (seat.modality or schedule.plan.modality) == "in_person":
        return Why("in_person", schedule.added[participant_id])
    if with_others:
        return Why("present_with", with_others[0][0])
    absent = [ts for ts, kind in excuses if kind == "absent"]
    return Why("excused", absent[0]) if absent else None


def room(
    session_id: str,
    ledger: Ledger,
    schedule: Schedule,
    people: Mapping[str, Person],
    closes_at: Millis,
    limits: Mapping[str, Any],
    at: Millis,
) -> Room:
    """The room as known at `at`, of people known at the same instant."""
    plan = schedule.plan
    counted = [one for one in people.values() if not one.is_bot]
    hosts = [stay for one in counted if one.is_host for stay in one.stays]
    present = presence.union((stay.start, stay.end) for stay in hosts)
    patients = [one for one in counted if one.patient and not one.is_host]
    opened = opening.opening(
        plan.starts_at,
        plan.ends_at,
        hosts,
        [
            (one.stays, schedule.rostered.get(one.participant_id, ()))
            for one in people.values()
            if one.patient
        ],
    )
    taps = [tap for tap in ledger.taps if tap[0] <= at]
    announced = presence.union([*plan.breaks, *breaks.tapped(taps)])
    seen = breaks.seen([one.stays for one in patients], present, announced)
    pauses = presence.union([*announced, *seen])
    joins = sorted(one.start for each in counted for one in each.connections if one.joined)
    ended = [ts for ts in ledger.ended if ts <= at]
    heard = sorted(
        (one.media.heard_at, one.participant_id)
        for one in counted
        if one.media.heard_at is not None
    )
    return Room(
        session_id=session_id,
        schedule=schedule,
        closes_at=closes_at,
        people=people,
        opening=opened,
        breaks=pauses,
        stopped=breaks.stopped(pauses),
        endings=opening.endings(
            opened,
            ended,
            joins,
            [(one.is_host, one.stays) for one in counted],
            announced,
        ),
        hosts=present,
        unmatched=presence.union(
            (stay.start, stay.end) for one in counted if one.unmatched for stay in one.stays
        ),
        incidents=_incidents(ledger, at),
        ended=tuple(ended),
        heard=tuple(heard[:2]),
        limits=limits,
        now=at,
    )


def _incidents(ledger: Ledger, at: Millis) -> tuple[Incident, ...]:
    """Those that touched the room; one that is not known to be over lasts."""
    known = [fact for fact in ledger.incidents if fact[0] <= at]
    ends = {name: ts for ts, name, opened, _ in known if not opened}
    return tuple(
        Incident(ts, ends.get(name, NEVER), trait) for ts, name, opened, trait in known if opened
    )


class _Dated(Protocol):
    @property
    def ts(self) -> Millis: ...


_Fact = TypeVar("_Fact", bound=_Dated)


def _until(kept: Iterable[Iterable[_Fact]], at: Millis) -> list[_Fact]:
    return sorted((fact for facts in kept for fact in facts if fact.ts <= at), key=_ts)


def _switched(
    kept: Iterable[Iterable[tuple[Millis, OnOff]]], at: Millis
) -> list[tuple[Millis, OnOff]]:
    return sorted(one for switched in kept for one in switched if one[0] <= at)


def _ts(fact: _Dated) -> Millis:
    return fact.ts


def _since(state: LineState) -> Millis:
    return state.since
