"""The room as known at an instant, from the ledger and the people known at the same instant."""

from collections.abc import Iterable, Mapping
from typing import Any

from streams.episodes import NEVER
from streams.events import Millis
from streams.session import breaks, opening, persons, presence
from streams.session.facts import Incident, Person, Room
from streams.session.ledger import Ledger
from streams.session.presence import Span
from streams.session.schedule import Schedule


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
    hosts = [one.stays for one in counted if one.is_host]
    host_stays = [stay for stays in hosts for stay in stays]
    present = presence.union((stay.start, stay.end) for stay in host_stays)
    others = [one for one in counted if not one.is_host]
    opened = opening.opening(
        plan.starts_at,
        plan.ends_at,
        host_stays,
        [
            (people[name].stays if name in people else (), rostered)
            for name, rostered in schedule.rostered.items()
        ],
    )
    taps = [tap for tap in ledger.taps if tap[0] <= at]
    announced = presence.union([*plan.breaks, *breaks.tapped(taps)])
    seen = breaks.seen([one.stays for one in others if one.patient], present, announced)
    pauses = presence.union([*announced, *seen])
    joins = sorted([one.start for each in counted for one in each.connections if one.joined])
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
            hosts,
            [one.stays for one in others],
            announced,
        ),
        hosts=present,
        unmatched=_unmatched(ledger, schedule, counted, at),
        incidents=_incidents(ledger, at),
        ended=tuple(ended),
        heard=tuple(heard[:2]),
        limits=limits,
        now=at,
    )


def _unmatched(
    ledger: Ledger, schedule: Schedule, people: Iterable[Person], at: Millis
) -> tuple[Span, ...]:
    """While somebody was here whom nobody had matched yet: also who is matched by now."""
    spans = [(stay.start, stay.end) for one in people if one.unmatched for stay in one.stays]
    for name, told in ledger.identified.items():
        if told[0][0] <= at:
            known = persons.person(ledger, name, schedule, at)
            if not known.is_host and not known.is_bot:
                stays = [(stay.start, stay.end) for stay in known.stays]
                spans += presence.clip(stays, 0, told[0][0])
    return presence.union(spans)


def _incidents(ledger: Ledger, at: Millis) -> tuple[Incident, ...]:
    """Those that touched the room; one that is not known to be over lasts."""
    known = [fact for fact in ledger.incidents if fact[0] <= at]
    ends = {name: ts for ts, name, opened, _ in known if not opened}
    return tuple(
        Incident(ts, ends.get(name, NEVER), trait) for ts, name, opened, trait in known if opened
    )
