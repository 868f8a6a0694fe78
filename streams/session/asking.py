"""Which rules are worth asking: of most people, and of most rooms, most have nothing to say.

Whatever the room's other words, the rules left out have no episode of this person, or this room,
on this schedule.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from streams.events import MINUTE
from streams.session.facts import Person, Room
from streams.session.presence import Stay


def _missed(person: Person, room: Room) -> bool:
    """Not present before so much time can have passed since the opening, whenever that was."""
    latest = room.starts_at + room.limits["missed_session"].grace_minutes * MINUTE
    return not any(one.start <= latest for one in person.stays)


def _late(person: Person, room: Room) -> bool:
    """Whose first stay has no length is late by the second one."""
    latest = room.starts_at + room.limits["joined_late"].tolerance_minutes * MINUTE
    return any(one.start > latest for one in person.stays)


def _dropped(person: Person, _: Room) -> bool:
    return any(one.broke_off for one in person.stays)


def _gone_early(person: Person, room: Room) -> bool:
    """Before the tolerance at the scheduled end: the real one is no later."""
    end = room.ends_at - room.limits["left_early"].tolerance_minutes * MINUTE
    return any(one.end < end for one in person.stays)


def _unheard(person: Person, room: Room) -> bool:
    """Or a picture or sound that failed."""
    media = person.media
    if media.frozen or media.concealed or media.unmuted_at is None:
        return bool(media.frozen or media.concealed)
    first = media.unmuted_at + room.limits["no_media"].never_heard_minutes * MINUTE
    return media.heard_at is None or media.heard_at > first


def _to_be_checked(person: Person, room: Room) -> bool:
    return bool(person.checks) or room.limits["device_check_failed"].required


def _gap(person: Person) -> float | None:
    return person.profile.gap_p90_minutes if person.profile else None


_ABOUT_PEOPLE: Final[Mapping[str, Callable[[Person, Room], bool]]] = {
    "left_after_crisis": lambda person, _: bool(person.reports),
    "not_on_roster": lambda person, _: person.is_bot or person.seat is None,
    "missed_session": _missed,
    "could_not_connect": lambda person, _: bool(person.tries),
    "waiting_to_be_admitted": lambda person, _: bool(person.waits),
    "dropped_out": _dropped,
    "unstable_connection": _dropped,
    "poor_connection": lambda person, _: person.line.bad,
    "no_media": _unheard,
    "device_check_failed": _to_be_checked,
    "joined_late": _late,
    "left_early": _gone_early,
    "partial_attendance": lambda person, _: bool(person.stays),
}
_ABOUT_OTHERS: Final = {
    rule: _ABOUT_PEOPLE[rule] for rule in ("left_after_crisis", "not_on_roster")
}
"""The rules of who is exempt; who is excused is asked as the rest."""
_LOOKING: Final[Mapping[str, Callable[[Person, Room], bool]]] = {
    "screen_fatigue": lambda person, room: person.participant_id in room.readings,
    "withdrawn": lambda person, _: _gap(person) is not None,
}


def _first_came(stays: Iterable[Sequence[Stay]], room: Room, rule: str) -> bool:
    """Whether the first of them came before so much time can have passed."""
    latest = room.starts_at + room.limits[rule].delay_minutes * MINUTE
    return any(one[0].start <= latest for one in stays if one)


def _hosts(room: Room) -> list[Sequence[Stay]]:
    return [one.stays for one in room.people.values() if one.is_host and not one.is_bot]


def _anybody(room: Room) -> list[Sequence[Stay]]:
    return [one.stays for one in room.people.values() if not one.is_bot]


def _several_troubled(room: Room) -> bool:
    troubled = [1 for one in room.people.values() if one.troubles and not one.is_bot]
    return bool(len(troubled) >= room.limits["session_incident"].affected)


def _unseen(room: Room) -> bool:
    delay = room.limits["feed_silent"].delay_minutes * MINUTE
    return bool(room.seen_at > room.starts_at + delay)


_ABOUT_ROOMS: Final[Mapping[str, Callable[[Room], bool]]] = {
    "session_incident": _several_troubled,
    "unrecognised_people": lambda room: bool(room.unmatched),
    "host_dropped": lambda room: any(stay.broke_off for one in _hosts(room) for stay in one),
    "host_missing": lambda room: not _first_came(_hosts(room), room, "host_missing"),
    "empty_room": lambda room: not _first_came(_anybody(room), room, "empty_room"),
    "feed_silent": _unseen,
}


def of_person(person: Person, room: Room) -> frozenset[str]:
    """Of the rules about people; it holds for as long as the person and the schedule do."""
    asked = _ABOUT_PEOPLE if person.virtual else _ABOUT_OTHERS
    return _one(tuple([rule for rule, worth in asked.items() if worth(person, room)]))


def looking(person: Person, room: Room, rule: str) -> bool:
    """Whether it is one of the rules that look at people every five minutes, and worth asking."""
    worth = _LOOKING.get(rule)
    return worth is not None and person.virtual and worth(person, room)


def of_room(room: Room, rule: str) -> bool:
    """Whether a rule about the room is worth asking; it holds until the next fact."""
    worth = _ABOUT_ROOMS.get(rule)
    return worth is None or worth(room)


@cache
def _one(rules: tuple[str, ...]) -> frozenset[str]:
    """The same object for the same rules: there are few, and every person has some."""
    return frozenset(rules)
