"""What each rule should say, and in which window of `ts`, of what really happened."""

from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from producers.simulator.happened import COUNTS_MS, Happened, presence, told_presence
from producers.simulator.scene import Conduct, Stay
from streams.events import MINUTE, SECOND, Millis

RULES = (
    "missed_session",
    "could_not_connect",
    "waiting_to_be_admitted",
    "unrecognised_people",
    "dropped_out",
    "poor_connection",
    "joined_late",
    "left_early",
    "host_missing",
    "empty_room",
    "feed_silent",
    "crisis_reported",
    "help_requested",
)
"""The rules of which a truth is written; nothing is said of others."""

GRACE_MS = {"group": 10 * MINUTE, "individual": 5 * MINUTE}
STRANGERS_EXTRA_MS = 5 * MINUTE
LATE_MS = 10 * MINUTE
TRY_WINDOW_MS = 5 * MINUTE
STUCK_MS = 3 * MINUTE
LINK_MS = 60 * SECOND
RETURN_MS = 2 * MINUTE
ENDING_MS = 10 * MINUTE
EARLY_RETURN_MS = 5 * MINUTE
EARLY_MS = 15 * MINUTE
WAIT_MS = 2 * MINUTE
STRANGER_MS = 60 * SECOND
HOST_MS = 5 * MINUTE
EMPTY_MS = 10 * MINUTE
POOR_MS = 60 * SECOND
SLACK_MS = 5 * SECOND


class Due(Struct, frozen=True):
    """A rule must speak with a `ts` between the two."""

    rule: str
    earliest: Millis
    latest: Millis


def _due(rule: str, at: Millis, width: Millis = 0) -> Due:
    return Due(rule, at - SECOND, at + width + SLACK_MS)


def of_person(happened: Happened, conduct: Conduct) -> Iterator[Due]:
    """About one patient of the roster."""
    yield from _reports(conduct)
    if conduct.mark in ("in_person", "absent"):
        return
    yield from _missed_session(happened, conduct)
    yield from _could_not_connect(happened, conduct)
    yield from _waiting(happened, conduct)
    yield from _late_and_gone(happened, conduct)
    yield from _poor(happened, conduct)


def of_room(happened: Happened) -> Iterator[Due]:
    """About the room itself."""
    room = happened.room
    yield from _strangers(happened)
    if happened.feed_silent:
        yield _due("feed_silent", room.starts_at + HOST_MS, 30 * SECOND)
        return
    host = presence(room.host_conduct)
    if not any(
        stay.start <= room.starts_at + HOST_MS and stay.end > room.starts_at for stay in host
    ):
        yield _due("host_missing", room.starts_at + HOST_MS)
    before = room.starts_at + EMPTY_MS
    came = [stay.start for conduct in room.conducts for stay in presence(conduct)]
    waited = [wait.start for conduct in room.conducts for wait in conduct.waits]
    if not any(at <= before for at in (*came, *waited)):
        yield _due("empty_room", before)


def _reports(conduct: Conduct) -> Iterator[Due]:
    for report in conduct.reports:
        rule = "crisis_reported" if report.kind == "crisis" else "help_requested"
        yield _due(rule, report.at)


def _missed_session(happened: Happened, conduct: Conduct) -> Iterator[Due]:
    opening = happened.opening
    if opening is None or conduct.mark == "late" or conduct.tries:
        return
    grace = GRACE_MS["individual" if happened.room.kind == "individual" else "group"]
    deadline = happened.after(opening, grace)
    if happened.strangers_at(deadline):
        deadline = happened.after(opening, grace + STRANGERS_EXTRA_MS)
    if any(
        stay.start <= deadline and stay.end > happened.room.starts_at
        for stay in told_presence(conduct)
    ):
        return
    for wait in conduct.waits:
        if wait.start <= deadline < wait.end:
            if wait.admitted:
                return
            deadline = wait.end
    if deadline < happened.real_end:
        yield _due("missed_session", deadline, COUNTS_MS)


def _could_not_connect(happened: Happened, conduct: Conduct) -> Iterator[Due]:
    start = happened.room.starts_at
    instants = sorted(failed.at if failed.told else failed.at + LINK_MS for failed in conduct.tries)
    came = min((stay.start for stay in presence(conduct)), default=None)
    for first, second in pairwise(instants):
        if second - first <= TRY_WINDOW_MS and (came is None or second < came):
            yield _due("could_not_connect", second, LINK_MS)
            return
    for tried in instants[:1]:
        stuck = happened.after(max(start, tried), STUCK_MS)
        if came is None or came > stuck:
            yield Due("could_not_connect", stuck - LINK_MS - SECOND, stuck + SLACK_MS)


def _waiting(happened: Happened, conduct: Conduct) -> Iterator[Due]:
    host = min((stay.start for stay in presence(happened.room.host_conduct)), default=None)
    for wait in conduct.waits:
        if host is None:
            return
        counted = max(happened.room.starts_at, wait.start, host)
        late = happened.after(counted, WAIT_MS)
        if late < wait.end:
            yield _due("waiting_to_be_admitted", late, COUNTS_MS)


def _late_and_gone(happened: Happened, conduct: Conduct) -> Iterator[Due]:
    opening, room = happened.opening, happened.room
    if opening is None:
        return
    stays = [stay for stay in told_presence(conduct) if stay.end > room.starts_at]
    if stays and stays[0].start > opening + LATE_MS and conduct.mark != "late":
        yield _due("joined_late", stays[0].start, COUNTS_MS)
    for stay, back in pairwise([*stays, None]):
        if stay is None:
            continue
        if _broke_off(conduct, stay):
            due = happened.after(stay.end, RETURN_MS)
            if stay.end < min(happened.real_end, room.ends_at - ENDING_MS) and _gone(back, due):
                yield _due("dropped_out", due)
        elif stay.ending in ("left", "unknown") and conduct.mark != "leaves_early":
            due = happened.after(stay.end, EARLY_RETURN_MS)
            if stay.end < happened.real_end - EARLY_MS and _gone(back, due):
                yield _due("left_early", due)


def _gone(back: Stay | None, due: Millis) -> bool:
    return back is None or back.start > due


def _broke_off(conduct: Conduct, stay: Stay) -> bool:
    if stay.ending == "connection_lost":
        return True
    return stay.ending in ("left", "unknown") and any(
        stretch.start < stay.end <= stretch.end for stretch in conduct.bad
    )


def _poor(happened: Happened, conduct: Conduct) -> Iterator[Due]:
    """Three of five windows must be bad, and the state held; windows wait for the next sample."""
    for stretch in conduct.bad:
        known = stretch.start + 3 * conduct.every_ms
        earliest = happened.after(stretch.start, POOR_MS)
        latest = happened.after(known + 4 * conduct.every_ms, POOR_MS)
        yield Due("poor_connection", earliest, latest)


def _strangers(happened: Happened) -> Iterator[Due]:
    start = happened.room.starts_at
    seen = [
        max(start, stay.start)
        for conduct in happened.room.patients
        if conduct.unmatched
        for stay in conduct.stays[:1]
    ]
    if seen:
        yield _due("unrecognised_people", happened.after(min(seen), STRANGER_MS))
