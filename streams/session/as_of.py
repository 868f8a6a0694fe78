"""The room as known at an instant, from the ledger and the people known at the same instant."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from streams.episodes import NEVER
from streams.events import Millis
from streams.session import breaks, opening, persons, presence
from streams.session.facts import Incident, Person, Room
from streams.session.ledger import Ledger
from streams.session.presence import Span, Stay
from streams.session.schedule import Schedule

T = TypeVar("T")


class Memo:
    """The last value of each part of a room, and what it was made of.

    Most facts leave most parts as they were: of the same a part is not made again. What a part
    is made of never changes in place.
    """

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[Callable[..., Any], tuple[tuple[Any, ...], Any]] = {}

    def __call__(self, make: Callable[..., T], *of: Any) -> T:
        """`make(*of)`."""
        made = self._made.get(make)
        value: T = make(*of) if made is None or made[0] != of else made[1]
        self._made[make] = (of, value)  # of the same as well: what was equal to it can be let go
        return value


def room(
    session_id: str,
    ledger: Ledger,
    schedule: Schedule,
    people: Mapping[str, Person],
    closes_at: Millis,
    limits: Mapping[str, Any],
    at: Millis,
    memo: Memo,
) -> Room:
    """The room as known at `at`, of people known at the same instant."""
    plan = schedule.plan
    counted = [one for one in people.values() if not one.is_bot]
    hosts = tuple([one.stays for one in counted if one.is_host])
    others = [one for one in counted if not one.is_host]
    present = memo(_present, hosts)
    patients = tuple([(people[name].stays if name in people else ()) for name in schedule.rostered])
    rostered = tuple(schedule.rostered.values())
    opened = memo(_opening, plan.starts_at, plan.ends_at, hosts, patients, rostered)
    announced = memo(_announced, plan.breaks, tuple([tap for tap in ledger.taps if tap[0] <= at]))
    stays = tuple([one.stays for one in others if one.patient])
    pauses = memo(_pauses, stays, present, announced)
    ended = tuple([ts for ts in ledger.ended if ts <= at])
    connections = tuple([one.connections for one in counted])
    others_stays = tuple([one.stays for one in others])
    heard = sorted(
        [
            (one.media.heard_at, one.participant_id)
            for one in counted
            if one.media.heard_at is not None
        ]
    )
    return Room(
        session_id=session_id,
        schedule=schedule,
        closes_at=closes_at,
        people=people,
        opening=opened,
        breaks=pauses,
        stopped=memo(breaks.stopped, pauses),
        endings=memo(opening.endings, opened, ended, connections, hosts, others_stays, announced),
        hosts=present,
        unmatched=_unmatched(ledger, schedule, counted, at),
        incidents=_incidents(ledger, at),
        ended=ended,
        heard=tuple(heard[:2]),
        limits=limits,
        now=at,
    )


def _present(hosts: Sequence[Sequence[Stay]]) -> tuple[Span, ...]:
    """While a host was there."""
    return presence.union([(stay.start, stay.end) for stays in hosts for stay in stays])


def _opening(
    starts_at: Millis,
    ends_at: Millis,
    hosts: Sequence[Sequence[Stay]],
    patients: Sequence[Sequence[Stay]],
    rostered: Sequence[Sequence[Span]],
) -> Millis | None:
    stays = chain.from_iterable(hosts)
    return opening.opening(starts_at, ends_at, stays, [*zip(patients, rostered, strict=True)])


def _announced(scheduled: Sequence[Span], taps: Sequence[tuple[Millis, str]]) -> tuple[Span, ...]:
    """The breaks that were scheduled or tapped."""
    return presence.union([*scheduled, *breaks.tapped(taps)])


def _pauses(
    patients: Sequence[Sequence[Stay]], hosts: Sequence[Span], announced: Sequence[Span]
) -> tuple[Span, ...]:
    """All breaks, those that nobody announced among them."""
    return presence.union([*announced, *breaks.seen(patients, hosts, announced)])


def _unmatched(
    ledger: Ledger, schedule: Schedule, people: Iterable[Person], at: Millis
) -> tuple[Span, ...]:
    """While somebody was here whom nobody had matched yet: also who is matched by now."""
    spans = [(stay.start, stay.end) for one in people if one.unmatched for stay in one.stays]
    if not spans and not ledger.identified:
        return ()
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
    if not known:
        return ()
    ends = {name: ts for ts, name, opened, _ in known if not opened}
    return tuple(
        Incident(ts, ends.get(name, NEVER), trait) for ts, name, opened, trait in known if opened
    )
