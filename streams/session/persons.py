"""A person as known at an instant, made of their facts part by part.

Facts of one kind leave most of a person as it was: `renewed` makes only what they can change.
Facts are kept in order, so what is known at an instant is nearly always all of it.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any, Protocol, TypeVar

from streams.episodes import NEVER, Why
from streams.events import Device, Millis, Network, Role
from streams.session import attempts, engagement, lines, media, presence, switches
from streams.session.facts import Person
from streams.session.ledger import (
    UNMAPPED,
    Check,
    Failure,
    Joined,
    Ledger,
    Part,
    PersonFacts,
    Wire,
)
from streams.session.measured import together
from streams.session.presence import Connection, Span
from streams.session.schedule import Schedule
from streams.session.troubles import troubles

Fields = dict[str, Any]
"""Fields of a `Person`, by name."""


def owner(ledger: Ledger, participant_id: str, at: Millis) -> str | None:
    """Who an unmatched person was said to be, as known at `at`; `NOBODY` for no patient."""
    told = [person for ts, person in ledger.identified.get(participant_id, ()) if ts <= at]
    return told[-1] if told else None


def sources(ledger: Ledger, participant_id: str, at: Millis) -> list[PersonFacts]:
    """The person's own facts and those of the unmatched ones who turned out to be them."""
    if not ledger.identified:
        own = ledger.people.get(participant_id)
        return [] if own is None else [own]
    names = [participant_id]
    names += [name for name in ledger.identified if owner(ledger, name, at) == participant_id]
    return [ledger.people[name] for name in names if name in ledger.people]


def person(ledger: Ledger, participant_id: str, schedule: Schedule | None, at: Millis) -> Person:
    """The person as known at `at`."""
    known = sources(ledger, participant_id, at)
    fields = _staff(known, participant_id, schedule, at)
    fields |= _presence(known, ledger, participant_id, schedule, at)
    fields["media"] = _media(known, fields["connections"], fields["connected_spans"], at)
    return Person(
        participant_id=participant_id,
        seat=schedule.seats.get(participant_id) if schedule else None,
        added_at=schedule.added.get(participant_id, 0) if schedule else 0,
        troubles=_troubles(fields),
        engagement=engagement.known(known, at),
        **fields,
    )


def renewed(
    before: Person,
    ledger: Ledger,
    schedule: Schedule | None,
    parts: Collection[Part],
    at: Millis,
) -> Fields:
    """What facts of these parts have changed of a person by `at`, on the same schedule."""
    name = before.participant_id
    known = sources(ledger, name, at)
    fields: Fields = {}
    if "staff" in parts:
        fields |= _staff(known, name, schedule, at)
    if "presence" in parts:
        fields |= _presence(known, ledger, name, schedule, at)
    connections = fields.get("connections", before.connections)
    spans = fields.get("connected_spans", before.connected_spans)
    if "line" in parts and "presence" not in parts:
        fields |= _line(known, connections, spans, _starts_at(schedule), at)
    if "presence" in parts or "media" in parts:
        fields["media"] = _media(known, connections, spans, at)
    if "signs" in parts:
        fields["engagement"] = engagement.known(known, at)
    new = {key: value for key, value in fields.items() if value != getattr(before, key)}
    if not _OF_TROUBLES.isdisjoint(new):
        troubled = _troubles({**_moving(before), **new})
        if troubled != before.troubles:
            new["troubles"] = troubled
    return new


_OF_TROUBLES = frozenset({"connected_spans", "stays", "early", "tries", "waits", "line", "media"})


def _moving(before: Person) -> Fields:
    return {key: getattr(before, key) for key in _OF_TROUBLES}


def _starts_at(schedule: Schedule | None) -> Millis:
    return schedule.plan.starts_at if schedule else 0


# --- the parts ----------------------------------------------------------------------------------


def _staff(
    known: Sequence[PersonFacts], name: str, schedule: Schedule | None, at: Millis
) -> Fields:
    """What staff and the person themselves have said, and what the weeks before came to."""
    excuses = _until([facts.excuses for facts in known], at)
    in_person = _until([facts.in_person for facts in known], at)
    with_others = _until([facts.present_with for facts in known], at)
    profiles = _dated([facts.profiles for facts in known], at)
    return {
        "exempt": _exempt(name, schedule, excuses, in_person, with_others),
        "excuses": tuple(excuses),
        "how_in_person": in_person[-1][1] if in_person else None,
        "present_with": with_others[-1][1] if with_others else None,
        "profile": profiles[-1] if profiles else None,
        "reports": tuple(_dated([facts.reports for facts in known], at)),
        "counted_since": engagement.counted_since(known, at),
    }


def _presence(
    known: Sequence[PersonFacts],
    ledger: Ledger,
    name: str,
    schedule: Schedule | None,
    at: Millis,
) -> Fields:
    """Coming and going, and trying to; and the line, which is that of connections."""
    starts_at = _starts_at(schedule)
    wires = _wires(known)
    joins = [join for wire in wires for join in wire.joins if join.ts <= at]
    connections = presence.pair(wires, at, schedule.plan.ends_at if schedule else NEVER)
    exclusive = sorted(
        (join.ts, wire.connection_id)
        for wire in wires
        for join in wire.joins
        if join.exclusive and join.ts <= at
    )
    if exclusive:
        presence.end_at_exclusive(connections, exclusive)
    waiting = _until([facts.waiting for facts in known], at)
    waits = attempts.waits(waiting, connections)
    links = _instants([facts.links for facts in known], at)
    failures = _dated([facts.failures for facts in known], at)
    checks = _dated([facts.checks for facts in known], at)
    spans = presence.union([(one.start, one.end) for one in connections if one.joined])
    line = _line(known, connections, spans, starts_at, at)
    roles = {join.role for join in joins}
    is_host = "host" in roles or (schedule is not None and schedule.plan.host_id == name)
    is_bot = "bot" in roles
    unmatched = name.startswith(UNMAPPED) and owner(ledger, name, at) is None
    joins.sort(key=_join_order)
    device, network = _equipment((*failures, *checks, *joins))
    admitted = [ts for ts, state in waiting if state == "admitted"]
    return {
        "is_host": is_host,
        "is_bot": is_bot,
        "role": _role(is_bot, is_host, roles),
        "unmatched": unmatched and not is_host and not is_bot,
        "connections": tuple(connections),
        "connected_spans": spans,
        "waits": waits,
        "unsettled": _unsettled(connections, waits, [*links, *admitted]),
        "tries": attempts.tries(
            starts_at, links, failures, checks, connections, spans, line["early"], waits
        ),
        "looked_in_at": attempts.looked_in(connections, line["early"]),
        "device": device,
        "network": network,
        "checks": tuple(checks),
        **line,
    }


def _line(
    known: Sequence[PersonFacts],
    connections: Sequence[Connection],
    spans: Sequence[Span],
    starts_at: Millis,
    at: Millis,
) -> Fields:
    """How good the line was, and the stays, which tell of it."""
    measured = together([facts.line for facts in known], at)
    moments = measured.moments()
    stays = presence.stays(connections, moments)
    return {
        "stays": tuple([stay for stay in stays if stay.end >= starts_at]),
        "early": tuple([stay for stay in stays if stay.end < starts_at]),
        "line": lines.line(connections, spans, measured, moments),
    }


def _media(
    known: Sequence[PersonFacts],
    connections: Sequence[Connection],
    spans: tuple[Span, ...],
    at: Millis,
) -> media.Media:
    return media.media(
        _dated([facts.media for facts in known], at),
        switches.until([facts.cameras for facts in known], at),
        switches.until([facts.microphones for facts in known], at),
        connections,
        spans,
        _dialled(known, at),
    )


def _dialled(known: Sequence[PersonFacts], at: Millis) -> bool:
    """Whether the person came by telephone alone."""
    came = False
    for wire in chain.from_iterable(facts.wires for facts in known):
        for join in wire.joins:
            if join.ts <= at:
                if join.device is None or join.device.kind != "landline":
                    return False
                came = True
    return came


def _troubles(fields: Fields) -> tuple[Span, ...]:
    return troubles(
        fields["connected_spans"],
        (*fields["early"], *fields["stays"]),
        fields["tries"],
        fields["waits"],
        fields["line"].bad_spans(),
        fields["media"],
    )


# --- their pieces -------------------------------------------------------------------------------


def _role(is_bot: bool, is_host: bool, roles: set[Role]) -> Role:
    if is_bot or is_host:
        return "bot" if is_bot else "host"
    return "observer" if "observer" in roles else "participant"


def _equipment(
    told: Iterable[Failure | Check | Joined],
) -> tuple[Device | None, Network | None]:
    """The latest known device and network."""
    device: Device | None = None
    network: Network | None = None
    device_at = network_at = -1
    for one in told:
        if one.device and one.ts >= device_at:
            device, device_at = one.device, one.ts
        if one.network and one.ts >= network_at:
            network, network_at = one.network, one.ts
    return device, network


def _wires(known: Sequence[PersonFacts]) -> Sequence[Wire]:
    """By connection id; a join of an unmatched one may pair with the known person's `left`."""
    if len(known) == 1:
        return known[0].wires
    merged: dict[str, Wire] = {}
    for one in chain.from_iterable(facts.wires for facts in known):
        whole = merged.setdefault(one.connection_id, Wire(one.connection_id))
        whole.joins = tuple(sorted([*whole.joins, *one.joins], key=_ts))
        whole.lefts = tuple(sorted([*whole.lefts, *one.lefts]))
    return list(merged.values())


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


# --- facts up to an instant ---------------------------------------------------------------------


class _Datable(Protocol):
    @property
    def ts(self) -> Millis: ...


_Fact = TypeVar("_Fact", bound=_Datable)
_Told = TypeVar("_Told", bound=tuple[Any, ...])


def _dated(kept: Sequence[Sequence[_Fact]], at: Millis) -> Sequence[_Fact]:
    """Facts up to `at` in their order, of one person under one or several names."""
    if len(kept) == 1:
        facts = kept[0]
        if not facts or facts[-1].ts <= at:
            return facts
        return facts[: bisect_right(facts, at, key=_ts)]
    return sorted((fact for fact in chain(*kept) if fact.ts <= at), key=_ts)


def _until(kept: Sequence[Sequence[_Told]], at: Millis) -> Sequence[_Told]:
    """As `_dated`, of facts that are tuples."""
    if len(kept) == 1 and (not kept[0] or kept[0][-1][0] <= at):
        return kept[0]
    return sorted(one for one in chain(*kept) if one[0] <= at)


def _instants(kept: Sequence[Sequence[Millis]], at: Millis) -> Sequence[Millis]:
    """As `_dated`, of facts that are no more than an instant."""
    if len(kept) == 1 and (not kept[0] or kept[0][-1] <= at):
        return kept[0]
    return sorted(ts for ts in chain(*kept) if ts <= at)


def _ts(fact: _Datable) -> Millis:
    return fact.ts


def _join_order(join: Joined) -> tuple[Millis, Role]:
    return join.ts, join.role
