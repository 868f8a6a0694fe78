"""The rules about one session, listed by hand in the order in which they speak.

A rule is a module: its `Thresholds`, and `episodes`, a pure function from facts to episodes.
"""

from typing import Any

from streams.session.detectors import (
    break_due,
    could_not_connect,
    crisis_reported,
    device_check_failed,
    dropped_out,
    empty_room,
    feed_silent,
    group_tiring,
    help_requested,
    host_dropped,
    host_missing,
    joined_late,
    left_after_crisis,
    left_early,
    missed_session,
    no_media,
    not_on_roster,
    partial_attendance,
    poor_connection,
    privacy_reported,
    screen_fatigue,
    session_incident,
    session_short,
    tech_requested,
    unrecognised_people,
    unstable_connection,
    waiting_to_be_admitted,
    withdrawn,
)

URGENT: tuple[Any, ...] = (crisis_reported, help_requested)
"""Told even of a session that is not scheduled."""
ABOUT_REPORTS: tuple[Any, ...] = (*URGENT, tech_requested, privacy_reported)
"""Judged the moment they come: `episode(person, report, people)`, of reports of its `KIND`."""
ABOUT_ROOMS: tuple[Any, ...] = (
    feed_silent,
    session_incident,
    empty_room,
    host_missing,
    host_dropped,
    unrecognised_people,
    break_due,
    session_short,
)
"""`episodes(room, limits)`."""
ABOUT_PEOPLE: tuple[Any, ...] = (
    left_after_crisis,
    missed_session,
    could_not_connect,
    waiting_to_be_admitted,
    dropped_out,
    unstable_connection,
    poor_connection,
    no_media,
    not_on_roster,
    device_check_failed,
    joined_late,
    left_early,
    partial_attendance,
)
"""`episodes(person, room, limits)`."""
LOOKING_AT_ROOMS: tuple[Any, ...] = (group_tiring,)
"""As about rooms, but judged every five minutes only."""
LOOKING_AT_PEOPLE: tuple[Any, ...] = (screen_fatigue, withdrawn)
"""As about people, but judged every five minutes only."""
INFERRED = frozenset({"screen_fatigue", "withdrawn"})
"""What rests on a person's signs of taking part, and ends with their consent."""
EXCUSED_BY = {"missed_session": "late", "joined_late": "late", "left_early": "leaves_early"}
"""Which kind of excuse, beside `absent`, ends what."""
DETECTORS: tuple[Any, ...] = (
    *ABOUT_REPORTS,
    *ABOUT_ROOMS,
    *LOOKING_AT_ROOMS,
    *ABOUT_PEOPLE,
    *LOOKING_AT_PEOPLE,
)
AT_CLOSE = frozenset({"partial_attendance"})
"""What is judged at the instant of closing; nothing else is raised from then on."""
LASTING = frozenset(
    {
        "crisis_reported",
        "help_requested",
        "tech_requested",
        "privacy_reported",
        "left_after_crisis",
        "missed_session",
        "could_not_connect",
        "dropped_out",
        "joined_late",
        "left_early",
        "partial_attendance",
        "session_short",
    }
)
"""What stands when a session closes, until a person resolves it; the rest is cleared then."""
