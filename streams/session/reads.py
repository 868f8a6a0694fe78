"""What each rule reads: a rule is judged anew only when some of it has changed.

Names are fields of `Person`, and words of `Room.words`. A rule about the room reads those fields
of everybody. A rule that is not listed is judged whatever changes. Of most people most rules have
nothing to say, whatever the room's words: those are not asked.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

from streams.events import MINUTE
from streams.session.detectors import (
    ABOUT_PEOPLE,
    ABOUT_ROOMS,
    DETECTORS,
    LOOKING_AT_PEOPLE,
    LOOKING_AT_ROOMS,
    session_incident,
)
from streams.session.facts import Person, Room

TIME: Final = frozenset({"schedule", "opening", "stopped", "endings", "ended"})
"""The words by which time is told: when any changes, every rule about the room is judged."""
EVERYTHING: Final = TIME | frozenset(Person.__struct_fields__) | {"hosts", "unmatched", "heard"}
OF_EVERYBODY: Final = frozenset(
    {"is_bot", "is_host", "seat", "unmatched", "stays", "connections", "heard_at"}
)
"""What the room's words are made of."""
COUNTED: Final = frozenset(
    {"is_bot", "exempt", "connections", "troubles", "device", "network", "schedule", "endings"}
)
"""What the counts of people are made of."""

_HELD = frozenset({"schedule", "stopped", "endings"})
"""How long something has lasted while the room was held."""
_TRIES = _HELD | {"exempt", "tries", "early", "stays", "unsettled", "added_at", "opening"}
_TRIES |= {"device", "network", "checks"}
READS: Mapping[str, frozenset[str]] = {
    "left_after_crisis": frozenset({"reports", "connections", "schedule", "endings", "ended"}),
    "missed_session": _TRIES
    | {"excuses", "connected_spans", "looked_in_at", "profile", "unmatched"},
    "could_not_connect": _TRIES | {"unmatched"},
    "waiting_to_be_admitted": frozenset(
        {"exempt", "stays", "waits", "hosts", "schedule", "stopped"}
    ),
    "dropped_out": _HELD | frozenset({"exempt", "stays", "unsettled"}),
    "unstable_connection": _HELD | frozenset({"exempt", "stays", "device", "network"}),
    "poor_connection": _HELD | frozenset({"exempt", "line"}),
    "no_media": _HELD
    | frozenset({"exempt", "media", "connected_spans", "line", "device", "heard", "opening"}),
    "not_on_roster": _HELD | frozenset({"is_bot", "is_host", "seat", "role", "stays"}),
    "device_check_failed": frozenset(
        {"exempt", "connections", "checks", "profile", "device", "added_at", "schedule"}
    ),
    "joined_late": _HELD
    | frozenset({"exempt", "excuses", "stays", "profile", "added_at", "opening"}),
    "left_early": _HELD | frozenset({"exempt", "excuses", "stays", "unsettled", "opening"}),
    "partial_attendance": _HELD | frozenset({"exempt", "stays", "opening"}),
    "feed_silent": TIME | frozenset({"connections", "waits"}),
    "session_incident": TIME
    | frozenset({"is_bot", "troubles", "exempt", "connected_spans", "device", "network"}),
    "empty_room": TIME | frozenset({"is_bot", "stays", "unsettled", "connections", "waits"}),
    "host_missing": TIME | frozenset({"is_bot", "is_host", "stays", "connections", "waits"}),
    "host_dropped": TIME
    | frozenset({"is_bot", "is_host", "stays", "connections", "waits", "hosts"}),
    "unrecognised_people": TIME | frozenset({"exempt", "unmatched", "stays"}),
    "break_due": TIME | frozenset({"exempt", "stays"}),
    "session_short": TIME,
}


def _in_time(person: Person, room: Room, minutes: int) -> bool:
    """Present before so much time can have passed since the opening, whenever that was."""
    latest = room.starts_at + minutes * MINUTE
    return any(one.start <= latest for one in person.stays)


def _missed(person: Person, room: Room) -> bool:
    return not _in_time(person, room, room.limits["missed_session"].grace_minutes)


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


def _gap(person: Person) -> float | None:
    return person.profile.gap_p90_minutes if person.profile else None


_MATTERS: Mapping[str, Callable[[Person, Room], bool]] = {
    "left_after_crisis": lambda person, _: bool(person.reports),
    "missed_session": _missed,
    "could_not_connect": lambda person, _: bool(person.tries),
    "waiting_to_be_admitted": lambda person, _: bool(person.waits),
    "dropped_out": _dropped,
    "unstable_connection": _dropped,
    "poor_connection": lambda person, _: any(one.bad for told in person.line for one in told),
    "no_media": _unheard,
    "not_on_roster": lambda person, _: person.is_bot or person.seat is None,
    "joined_late": _late,
    "left_early": _gone_early,
    "partial_attendance": lambda person, _: bool(person.stays),
    "screen_fatigue": lambda person, room: person.participant_id in room.readings,
    "withdrawn": lambda person, _: _gap(person) is not None,
}
_OF_THE_ROSTER: Final = frozenset(_MATTERS) - {"left_after_crisis", "not_on_roster"}
"""They say nothing of who is exempt, but may of who is excused."""
NOTHING: Final[frozenset[str]] = frozenset()

Rule = tuple[Any, str]
"""A detector's module, and its name."""


def name_of(module: Any) -> str:
    name: str = module.__name__.rpartition(".")[2]
    return name


LOOKING_AT: Final[Mapping[bool, tuple[Rule, ...]]] = {
    True: tuple((module, name_of(module)) for module in LOOKING_AT_ROOMS),
    False: tuple((module, name_of(module)) for module in LOOKING_AT_PEOPLE),
}
"""The rules that look every five minutes, by whether they are about the room."""
INCIDENT: Final = name_of(session_incident)
MODULES: Final = {name_of(module): module for module in DETECTORS}


@cache
def about(changed: frozenset[str], *, a_room: bool) -> tuple[Rule, ...]:
    """The rules about a person, or about a room, that read any of this (a room's, of anybody)."""
    modules = ABOUT_ROOMS if a_room else ABOUT_PEOPLE
    named = ((module, name_of(module)) for module in modules)
    return tuple((module, rule) for module, rule in named if changed & READS.get(rule, changed))


def worth_asking(rules: Iterable[Rule], person: Person, room: Room) -> list[Rule]:
    """The others have no episode of this person on this schedule, whatever the other words."""
    silent = NOTHING if person.virtual else _OF_THE_ROSTER
    found = []
    for one in rules:
        asked = _MATTERS.get(one[1])
        if one[1] not in silent and (asked is None or asked(person, room)):
            found.append(one)
    return found
