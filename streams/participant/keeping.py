"""What of a person's facts is kept on, and in which form, so that a year stays within 4 KB."""

from streams.events import Millis
from streams.participant import days
from streams.participant.detectors import care_fit_review
from streams.participant.facts import Person, Session
from streams.participant.ledger import Entry, Ledger, Past
from streams.participant.profile import GAPS_SESSIONS, KEPT_PARTS

KEPT_SESSIONS = 24
"""The rules look at 18 sessions that count, and three weeks beside what was before them."""
KEPT_DAYS = 43
"""However many sessions there are: a care fit review looks at 28 days, and what stood for 14."""
PLANS_DAYS = 8
"""How a week was planned is asked until the next one is over."""
ACTS_DAYS = 60
SETTLED_DAYS = 14
KEPT_CHANGES = 8


def keep(ledger: Ledger, person: Person) -> None:
    """Called once all up to `person.at` is judged; the same from any state before it."""
    recent, planned = _ago(person, KEPT_DAYS), _ago(person, PLANS_DAYS)
    ends = sorted((_end(entry), key) for key, entry in ledger.sessions.items())
    over = [(ends_at, key) for ends_at, key in ends if ends_at <= planned]
    views = {session.key: session for session in person.sessions}
    for _, key in over:
        ledger.sessions[key].plan = None
    for ends_at, key in ends:
        plan = ledger.sessions[key].plan
        if plan is not None and ends_at <= person.at:
            plan.session_id = ""  # no profile is written of it any more
    for ends_at, key in over[: max(0, len(ends) - KEPT_SESSIONS)]:
        if ends_at > recent:
            break
        del ledger.sessions[key]
        _remember(ledger, person, views.get(key))
    _thin_out(ledger)
    _remember_causes(ledger, person)
    ledger.acts = [act for act in ledger.acts if act[0] > _ago(person, ACTS_DAYS)]
    ledger.enrolled = ledger.enrolled[-KEPT_CHANGES:]
    ledger.consents = ledger.consents[-KEPT_CHANGES:]


def _ago(person: Person, number: int) -> Millis:
    return days.days_later(person.at, -number, person.zone)


def _remember_causes(ledger: Ledger, person: Person) -> None:
    """Of a review that is still to come, before the facts that say so are gone."""
    reviewed_at = max((act.ts for act in person.acts if act.kind == "review"), default=0)
    settled = _ago(person, SETTLED_DAYS)
    found = care_fit_review.causes(person, person.limits["care_fit_review"])
    ledger.causes = [one for one in found if reviewed_at < one[0] <= settled]


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
