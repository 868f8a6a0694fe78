"""What each rule reads: a rule is judged anew only when some of it has changed.

Names are fields of `Person`, and words of `Room.words`. A rule about the room reads those fields
of everybody. A rule that is not listed is judged whatever changes.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from streams.session.detectors import ABOUT_PEOPLE, ABOUT_ROOMS
from streams.session.facts import Person

TIME: Final = frozenset({"schedule", "opening", "stopped", "endings", "ended"})
"""The words by which time is told: when any changes, everything is judged."""
EVERYTHING: Final = TIME | frozenset(Person.__struct_fields__) | {"hosts", "unmatched", "heard"}
OF_EVERYBODY: Final = frozenset(
    {"is_bot", "is_host", "seat", "unmatched", "stays", "connections", "heard_at"}
)
"""What the room's words are made of."""
COUNTED: Final = frozenset(
    {"is_bot", "exempt", "connections", "troubles", "device", "network", "schedule", "endings"}
)
"""What the counts of people are made of."""

_TRIES = frozenset({"exempt", "tries", "early", "stays", "unsettled", "added_at"})
_TRIES |= {"device", "network", "checks"}
READS: Mapping[str, frozenset[str]] = {
    "left_after_crisis": frozenset({"reports", "connections"}),
    "missed_session": _TRIES
    | {"excuses", "connected_spans", "looked_in_at", "profile", "unmatched"},
    "could_not_connect": _TRIES,
    "waiting_to_be_admitted": frozenset({"exempt", "stays", "waits", "hosts"}),
    "dropped_out": frozenset({"exempt", "stays", "unsettled"}),
    "unstable_connection": frozenset({"exempt", "stays", "device", "network"}),
    "poor_connection": frozenset({"exempt", "line"}),
    "no_media": frozenset({"exempt", "media", "connected_spans", "line", "device", "heard"}),
    "not_on_roster": frozenset({"is_bot", "is_host", "seat", "role", "stays"}),
    "device_check_failed": frozenset(
        {"exempt", "connections", "checks", "profile", "device", "added_at"}
    ),
    "joined_late": frozenset({"exempt", "excuses", "stays", "profile", "added_at"}),
    "left_early": frozenset({"exempt", "excuses", "stays", "unsettled"}),
    "partial_attendance": frozenset({"exempt", "stays"}),
    "feed_silent": frozenset({"connections", "waits"}),
    "session_incident": frozenset(
        {"is_bot", "troubles", "exempt", "connected_spans", "device", "network"}
    ),
    "empty_room": frozenset({"is_bot", "stays", "unsettled", "connections", "waits"}),
    "host_missing": frozenset({"is_bot", "is_host", "stays", "connections", "waits"}),
    "host_dropped": frozenset({"is_bot", "is_host", "stays", "connections", "waits", "hosts"}),
    "unrecognised_people": frozenset({"exempt", "unmatched", "stays"}),
    "break_due": frozenset({"exempt", "stays"}),
    "session_short": frozenset(),
}

Rule = tuple[Any, str]
"""A detector's module, and its name."""


def name_of(module: Any) -> str:
    name: str = module.__name__.rpartition(".")[2]
    return name


@cache
def about_person(changed: frozenset[str]) -> tuple[Rule, ...]:
    """The rules about a person that read any of this."""
    return _readers(ABOUT_PEOPLE, changed)


@cache
def about_room(changed: frozenset[str]) -> tuple[Rule, ...]:
    """The rules about a room that read any of this, of anybody."""
    return _readers(ABOUT_ROOMS, changed)


def _readers(modules: tuple[Any, ...], changed: frozenset[str]) -> tuple[Rule, ...]:
    named = ((module, name_of(module)) for module in modules)
    return tuple(
        (module, rule)
        for module, rule in named
        if changed & TIME or changed & READS.get(rule, changed)
    )
