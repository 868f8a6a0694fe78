"""Zoom's words that its meetings, its Video SDK and its quality of service have in common."""

import hashlib
import re
from typing import Final, TypeAlias

from producers.gateway.adapter import instant, rfc3339
from streams.events import LeaveReason

Text: TypeAlias = str | int | None
"""Ids are strings in most events and numbers in some."""

REASONS: Final[tuple[tuple[re.Pattern[str], LeaveReason], ...]] = (
    (
        re.compile(
            r"host (ended|closed|started a new|did not join)|meeting (has )?ended"
            r"|(time|minutes) limit"
        ),
        "ended",
    ),
    (re.compile(r"unknown reason"), "unknown"),
    (re.compile(r"removed|kicked|expel"), "removed"),
    (re.compile(r"connect|network|client close|crash"), "connection_lost"),
    (re.compile(r"\bleft\b|\bleave\b|breakout"), "left"),
)
"""Looked for in this order: "leave breakout room to join main meeting" is a leave, and what Zoom
says it does not know is not looked for in the words before."""

_NAMED = re.compile(
    r"^.*?((?:has |was |got )?(?:left|disconnected|removed)\b)", re.IGNORECASE | re.DOTALL
)
"""What comes before the verb is the name."""


def text(value: Text) -> str:
    return str(value) if value is not None else ""


def reason_of(said: str, name: str) -> LeaveReason:
    """`Jill left the meeting.<br>Reason: Host ended the meeting.` -> `ended`.

    Whoever it is about is named first, and may be called like a reason.
    """
    before, marked, after = said.rpartition("Reason")
    told = (after if marked else said).lstrip(" :")
    unnamed = [_NAMED.sub(r"\1", each.removeprefix(name)) for each in (told, before)]
    for each in (unnamed[0], told if marked else "", unnamed[1]):
        for pattern, reason in REASONS:
            if pattern.search(each.lower()):
                return reason
    return "unknown"


def when(event_ts: int, *texts: str | None) -> int:
    """The first time given, else when Zoom says that it happened (ms)."""
    given = next(filter(None, texts), None)
    return rfc3339(given) if given else instant(event_ts)


def event_id(event: str, meeting_id: Text, uuid: str, who: str, ts: int) -> str:
    """Zoom numbers nothing; these words are the same when it sends an event again, and when its
    dashboard tells of the same."""
    words = "\x00".join((event, text(meeting_id), uuid, who, str(ts)))
    return "zoom:" + hashlib.sha256(words.encode()).hexdigest()[:32]
