"""What of a person's facts is kept on, and in which form, so that a year stays within 4 KB."""

from streams.events import Millis
from streams.participant import days
from streams.participant.facts import Person, Session
from streams.participant.ledger import Entry, Ledger, Past
from streams.participant.profile import GAPS_SESSIONS, KEPT_PARTS

KEPT_SESSIONS = 36
"""The rules look at 18 sessions that count, and three weeks beside what was before them."""
KEPT_DAYS = 9
"""However many sessions there are, those of the present week and the last are kept whole."""
ACTS_DAYS = 42
KEPT_CHANGES = 8


def keep(ledger: Ledger, person: Person) -> None:
    """Called once all up to `person.at` is judged; the same from any state before it."""
    recent = days.days_later(person.at, -KEPT_DAYS, person.zone)
    over = sorted(
        (ends_at, key)
        for key, entry in ledger.sessions.items()
        if (ends_at := _end(entry)) <= recent
    )
    views = {session.key: session for session in person.sessions}
    for _, key in over:
        ledger.sessions[key].plan = None
    for _, key in over[: max(0, len(ledger.sessions) - KEPT_SESSIONS)]:
        del ledger.sessions[key]
        _remember(ledger, person, views.get(key))
    _thin_out(ledger)
    oldest = days.days_later(person.at, -ACTS_DAYS, person.zone)
    ledger.acts = [act for act in ledger.acts if act[0] > oldest]
    ledger.enrolled = ledger.enrolled[-KEPT_CHANGES:]
    ledger.consents = ledger.consents[-KEPT_CHANGES:]


def _end(entry: Entry) -> Millis:
    """When a session was over; one of which only a correction is known counts as long over."""
    if entry.result is not None:
        return entry.result.ends_at
    return entry.plan.ends_at if entry.plan is not None else 0


def _remember(ledger: Ledger, person: Person, session: Session | None) -> None:
    """Counts a session that is not kept any more, if it is of the present episode of care."""
    if session is None or session.outcome is None:
        return
    if ledger.past.care != person.care.start:
        ledger.past = Past(person.care.start)
    ledger.past.sessions += 1
    if session.present:
        ledger.past.attended += 1
        ledger.past.last_attended_at = max(session.ends_at, ledger.past.last_attended_at)


def _thin_out(ledger: Ledger) -> None:
    """Of older sessions, without the half hours' parts and the gaps that no profile needs."""
    results = sorted(
        (entry.result.ends_at, key)
        for key, entry in ledger.sessions.items()
        if entry.result is not None and (entry.result.parts or entry.result.gaps)
    )
    for _, key in results[: -max(KEPT_PARTS, GAPS_SESSIONS)]:
        result = ledger.sessions[key].result
        if result is not None:
            result.parts, result.gaps = [], []
