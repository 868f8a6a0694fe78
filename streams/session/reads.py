"""What each rule reads: a rule is judged anew only when some of it has changed.

Names are fields of `Person`, and words of `Room.words`. A rule about the room reads those fields
of everybody. A rule that is not listed is judged whatever changes.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from streams.session.detectors import (
    ABOUT_PEOPLE,
    ABOUT_ROOMS,
    DETECTORS,
    LOOKING_AT_PEOPLE,
    LOOKING_AT_ROOMS,
    session_incident,
)
from streams.session.facts import Person

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
