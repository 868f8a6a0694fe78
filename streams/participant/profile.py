"""What a session's detectors may know of a person: `participant.profiled`, an hour before."""

from datetime import timedelta
from statistics import median

from streams.events import HOUR, MINUTE, Millis, ParticipantProfiled
from streams.participant import days
from streams.participant.detectors.often_late import minutes_late
from streams.participant.engagement import usual
from streams.participant.facts import Person, last

AHEAD = HOUR
"""So long before a session's start its profile is written."""
KEPT_PARTS = 10
"""Sessions whose engagement parts make the person's own usual: full weight is from ten."""
USUAL_WEEKS = 4
GAPS_AT_LEAST = 20
"""So many stretches without a sign make a 90th percentile."""
GAPS_SESSIONS = 10


def profile(
    person: Person, participant_id: str, session_id: str, parts: list[str], at: Millis
) -> ParticipantProfiled:
    """As known at `at`; `parts` are the names of the engagement parts."""
    attended = [session for session in person.judged if session.present]
    since_14 = days.days_later(at, -14, person.zone)
    since_30 = days.days_later(at, -30, person.zone)
    late = person.limits["joined_late"].tolerance_minutes
    measured = [one.result for one in person.by_video if one.result is not None]
    seen_at = attended[-1].ends_at if attended else person.past.last_attended_at
    gaps = [gap for result in measured[-GAPS_SESSIONS:] for gap in result.gaps]
    half_hours = [result.parts for result in measured if result.parts][-KEPT_PARTS:]
    return ParticipantProfiled(
        id=f"{session_id}|{participant_id}|profile",
        ts=at,
        session_id=session_id,
        participant_id=participant_id,
        sessions=person.past.attended + len(attended),
        missed_14d=sum(
            one.outcome == "missed" and one.ends_at > since_14 for one in person.counted
        ),
        late_last_5=sum(minutes_late(one) > late for one in last(person.by_video, 5)),
        privacy_30d=sum(
            one.result.privacy
            for one in person.judged
            if one.result is not None and one.ends_at > since_30
        ),
        minutes_week=_minutes(person, 0, at) or 0.0,
        last_attended_at=seen_at or None,
        usual_minutes_week=_usual_minutes(person, at),
        gap_p90_minutes=_p90(gaps) if person.consents else None,
        usual=usual(half_hours, parts) if person.consents else [],
    )


def _minutes(person: Person, weeks_ago: int, at: Millis) -> float | None:
    """Minutes attended in one week; None for one without a session."""
    week = days.week_of(days.day_of(at, person.zone)) - timedelta(weeks=weeks_ago)
    sessions = [one for one in person.judged if one.week == week]
    return sum(one.attended for one in sessions) / MINUTE if sessions else None


def _usual_minutes(person: Person, at: Millis) -> float | None:
    """The median of the last whole weeks, two at least."""
    weeks = [_minutes(person, ago, at) for ago in range(1, USUAL_WEEKS + 1)]
    known = [minutes for minutes in weeks if minutes is not None]
    return median(known) if len(known) > 1 else None


def _p90(gaps: list[int]) -> float | None:
    """The least gap that nine of ten do not exceed."""
    if len(gaps) < GAPS_AT_LEAST:
        return None
    return float(sorted(gaps)[-(-len(gaps) * 9 // 10) - 1])
