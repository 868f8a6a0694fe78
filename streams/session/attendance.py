"""What each patient's session came to: `session.attended`, and again when facts change it."""

from hashlib import blake2b
from typing import Any

import msgspec

from streams.events import SECOND, Millis, Outcome, SessionAttended
from streams.session.detectors import feed_silent
from streams.session.facts import Person, Room
from streams.session.fatigue import gaps, half_hours, highest_held, measured, told
from streams.session.fault import fault
from streams.session.held import attended_share, back, held, presence, waited
from streams.session.presence import Span, clip, length, minus, union

_encode = msgspec.json.Encoder().encode


def changed(
    room: Room, written: dict[str, tuple[int, str]], inferring: bool
) -> list[SessionAttended]:
    """The outcomes that differ from what was written before; `written` follows."""
    found = []
    for name, person in room.people.items():
        if not person.patient:
            continue
        outcome = _attended(room, person, 0)
        if inferring and measured(person, room.closes_at):
            outcome = msgspec.structs.replace(outcome, **_engagement(room, person))
        said = blake2b(_encode(outcome), digest_size=8).hexdigest()
        revision, before = written.get(name, (-1, ""))
        if said == before:
            continue
        written[name] = (revision + 1, said)
        again = {"revision": revision + 1, "id": _id(room, person, revision + 1)}
        found.append(msgspec.structs.replace(outcome, **again))
    return found


def _id(room: Room, person: Person, revision: int) -> str:
    return f"{room.session_id}|{person.participant_id}|{revision}"


def outcome(room: Room, person: Person, followed: bool = True) -> Outcome:
    """The first that fits (docs/decisions/0013-absence-where-the-rules-are-silent.md)."""
    exempt = person.exempt.reason if person.exempt else None
    if exempt == "in_person" or person.how_in_person:
        return "attended" if person.how_in_person in ("phone", "other_group") else "in_person"
    there = presence(room, person)
    limits = room.limits["partial_attendance"]
    if attended_share(room, person) >= limits.share and length(there) > 0:
        return "attended"
    if length(there) >= limits.least_seconds * SECOND:
        return "partial"
    if person.excused("absent"):
        return "excused"
    other = room.people.get(person.present_with or "")
    if other is not None and followed:
        return outcome(room, other, followed=False)
    if exempt == "cancelled":
        return "not_held"
    if other is None and person.present_with:
        return "unknown"  # staff saw them beside somebody of whom nothing is known here
    silent = feed_silent.standing(room, room.limits["feed_silent"])
    if room.opening is None and not silent:
        return "not_held"
    if silent or any(stay.start == stay.end for stay in person.stays):
        return "unknown"
    if any(one.at < room.real_end(room.closes_at) for one in person.tries):
        return "could_not_connect"
    return "unknown" if waited(room, person) >= limits.least_seconds * SECOND else "missed"


def _attended(room: Room, person: Person, revision: int) -> SessionAttended:
    plan, seat = room.schedule.plan, person.seat
    there, whole = presence(room, person), held(room)
    end = room.real_end(room.closes_at)
    drops = [stay for stay in person.stays if stay.broke_off and stay.end < end]
    came = room.opening is not None and length(there) > 0
    late = early = None  # as for the rules, whoever is excused is neither
    if came and person.exempt is None and not person.excused("late"):
        late = max(0, there[0][0] - max(room.opening or 0, person.added_at))
    if came and person.exempt is None and not person.excused("leaves_early"):
        early = max(0, end - there[-1][1])
    came_to = outcome(room, person)
    reports = [report.kind for report in person.reports]
    return SessionAttended(
        id=_id(room, person, revision),
        ts=plan.ends_at,
        participant_id=person.participant_id,
        session_id=room.session_id,
        program_id=plan.program_id,
        kind=plan.kind,
        revision=revision,
        scheduled_ms=plan.ends_at - plan.starts_at,
        held_ms=length(whole),
        present_ms=length(there),
        outcome=came_to,
        drops=len(drops),
        lost_ms=sum(_away(person, stay.end, end) for stay in drops),
        poor_ms=_poor(person, there),
        reconnects=max(0, len(person.stays) - 1),
        privacy_reports=reports.count("privacy"),
        technical_reports=reports.count("technical"),
        crisis_reports=reports.count("crisis"),
        time_zone=plan.time_zone,
        fault=fault(room, person, came_to),
        joined_late_ms=late or None,
        left_early_ms=early or None,
        waited_ms=waited(room, person) or None,
        audio_only_ms=_audio_only(person, there),
        device=person.device,
        network=person.network,
        prescribed_hours_per_week=seat.prescribed_hours_per_week if seat else None,
        language=seat.language if seat else None,
        clinician_id=seat.clinician_id if seat else None,
    )


def _engagement(room: Room, person: Person) -> dict[str, Any]:
    """How the person took part, for their own usual."""
    limits = room.limits["screen_fatigue"]
    readings = told(room, person.participant_id)
    return {
        "parts": half_hours(person, room),
        "gap_minutes": gaps(person, room),
        "fatigue_index": highest_held(readings, limits.held_minutes),
    }


def _away(person: Person, since: Millis, end: Millis) -> Millis:
    """From a drop to the return, or to the real end."""
    return max(0, min(back(person, since, end), end) - since)


def _audio_only(person: Person, there: tuple[Span, ...]) -> Millis | None:
    """Time present with the camera off, or by telephone; `None` where nobody told of a camera.

    What lies before the first word about it, after each coming, is not known and not counted.
    """
    known = [clip(there, start, end) for start, end in person.media.camera_known]
    spans = [span for one in known for span in one]
    return length(minus(spans, person.media.camera)) if spans else None


def _poor(person: Person, there: tuple[Span, ...]) -> Millis:
    """Time present on a line that was poor or lost."""
    bad = union(person.bad_line())
    return sum(length(clip(there, start, end)) for start, end in bad)
