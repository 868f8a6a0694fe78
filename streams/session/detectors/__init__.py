"""The rules about one session, listed by hand in the order in which they speak.

A rule is a module: its `Thresholds`, and `episodes`, a pure function from facts to episodes.
"""

from typing import Any

from streams.session.detectors import (
    could_not_connect,
    crisis_reported,
    dropped_out,
    empty_room,
    feed_silent,
    help_requested,
    host_missing,
    joined_late,
    left_early,
    missed_session,
    poor_connection,
    unrecognised_people,
    waiting_to_be_admitted,
)

ABOUT_REPORTS: tuple[Any, ...] = (crisis_reported, help_requested)
"""Judged the moment they come: `episodes(person, people)`."""
ABOUT_ROOMS: tuple[Any, ...] = (feed_silent, empty_room, host_missing, unrecognised_people)
"""`episodes(room, limits)`."""
ABOUT_PEOPLE: tuple[Any, ...] = (
    missed_session,
    could_not_connect,
    waiting_to_be_admitted,
    dropped_out,
    poor_connection,
    joined_late,
    left_early,
)
"""`episodes(person, room, limits)`."""
DETECTORS: tuple[Any, ...] = (*ABOUT_REPORTS, *ABOUT_ROOMS, *ABOUT_PEOPLE)
LASTING = frozenset(
    {
        "crisis_reported",
        "help_requested",
        "missed_session",
        "could_not_connect",
        "dropped_out",
        "joined_late",
        "left_early",
    }
)
"""What stands when a session closes, until a person resolves it; the rest is cleared then."""
