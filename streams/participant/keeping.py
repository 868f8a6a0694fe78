"""What of a person's facts is kept on, and in which form, so that a year stays within 4 KB.

What was judged of the time before the last fifteen days is settled: nothing of it is told any
more, and what stood then is noted with its begin. Of what lies before, the sessions that a rule
looks back on are kept, and sums of the others: so nothing is said because it was forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence

from streams.episodes import Episode
from streams.events import Millis
from streams.participant import days
from streams.participant.detectors import care_fit_review, drifting_away
from streams.participant.facts import Person, Session
from streams.participant.ledger import REASONS, STATES, Entry, Ledger, Past, enrolment
from streams.participant.profile import GAPS_SESSIONS, KEPT_PARTS
from streams.topics import DAY_MS

SETTLED_AFTER = 14 * DAY_MS
"""What ended longer ago is not told any more, whatever is corrected then."""
KEPT_DAYS = 43
"""All sessions of so many days: the best week of four is told up to two weeks later, a care fit
review looks at 28 days, and drifting away at 21."""
PLANS_DAYS = 23
"""How a week was planned is asked as long as the week may be judged again."""
OLD_DAYS = 60
"""Acts, changes of enrolment and of consent older than that are thinned out."""
MARGIN_DAYS = 8
"""Whatever is judged by whole weeks was judged so long before at most."""
SERIES = {"counted": 18, "seen": 6, "by_video": 6}
"""How many sessions of each kind the rules look back on."""
INDICES = 10
"""As many with a fatigue index."""


def keep(ledger: Ledger, person: Person, found: Mapping[str, Sequence[Episode]]) -> None:
    """Called once all up to `person.at` is judged, with each rule's episodes; the same from any
    state before it."""
    _settle(ledger, person, found)
    _drop_plans(ledger, person)
    _drop_sessions(ledger, person)
    _thin_out(ledger)
    remember_causes(ledger, person)
    _drop_acts(ledger, person, found)
    _drop_changes(ledger, _ago(person, OLD_DAYS))


def _ago(person: Person, number: int) -> Millis:
    return days.days_later(person.at, -number, person.zone)


def _settle(ledger: Ledger, person: Person, found: Mapping[str, Sequence[Episode]]) -> None:
    ledger.settled = max(ledger.settled, person.at - SETTLED_AFTER - DAY_MS)
    ledger.stood = [
        (rule, one.raised)
        for rule, episodes in found.items()
        for one in episodes
        if one.raised <= ledger.settled and not one.over(ledger.settled)
    ]


def _drop_plans(ledger: Ledger, person: Person) -> None:
    old = _ago(person, PLANS_DAYS)
    for entry in ledger.sessions.values():
        plan = entry.plan
        if plan is None:
            continue
        if plan.ends_at <= person.at:
            plan.session_id = ""  # no profile is written of it any more
        if _end(entry) <= old:
            entry.plan = None


def _end(entry: Entry) -> Millis:
    """When a session was over, or else when staff corrected what is not known yet."""
    if entry.result is not None:
        return entry.result.ends_at
    if entry.plan is not None:
        return entry.plan.ends_at
    return entry.corrected[-1][0] if entry.corrected else 0


# --- sessions -----------------------------------------------------------------------------------


def _drop_sessions(ledger: Ledger, person: Person) -> None:
    recent, needed = _ago(person, KEPT_DAYS), set(_looked_back_on(person))
    old = sorted((_end(entry), key) for key, entry in ledger.sessions.items())
    views = {session.key: session for session in person.sessions}
    for ends_at, key in old:
        if ends_at > recent:
            break
        if key not in needed:
            del ledger.sessions[key]
            if key in views:
                _remember(ledger, person, views[key])


def _looked_back_on(person: Person) -> Iterator[int]:
    """The sessions on which a rule looks back from an instant that is not settled."""
    for series, number in SERIES.items():
        known: Sequence[Session] = getattr(person, series)
        over = [one.key for one in known if one.ends_at <= person.settled]
        yield from over[-number:]
    before = days.days_later(person.settled, -MARGIN_DAYS, person.zone)
    told = [one for one in person.judged if one.ends_at <= before]
    rated = [one.key for one in told if one.result and one.result.fatigue is not None]
    yield from rated[-INDICES:]
    yield from [one.key for one in told if not one.off(one.ends_at)][-1:]


def _remember(ledger: Ledger, person: Person, session: Session) -> None:
    """Adds a session that is not kept any more to the sums of the present episode of care."""
    past = ledger.past = person.past
    past.first_at = min(past.first_at or session.starts_at, session.starts_at)
    if session.outcome is None:
        return
    past.sessions += 1
    if session.present:
        past.attended += 1
        past.last_attended_at = max(session.ends_at, past.last_attended_at)
    else:
        _remember_reason(past, person, session)
    if session.counted and session.ends_at >= past.counted_at:
        came = any(one.present for one in person.in_a_row if one.ends_at < session.ends_at)
        before = 0 if came else past.missed
        past.missed = 0 if session.present else before + 1
        past.counted_at = session.ends_at
    drifts = drifting_away.figures(person, session, person.limits["drifting_away"])
    for sums, value in zip(past.drifting, drifts, strict=True):
        if value is not None:
            sums[0] += 1
            sums[1] += value


def _remember_reason(past: Past, person: Person, session: Session) -> None:
    """Why somebody did not come, since they last did."""
    seen = (one.ends_at for one in person.judged if one.present and one.ends_at < session.ends_at)
    since = max(past.last_attended_at, max(seen, default=0))
    if since != past.absent_since or not past.reasons:
        past.absent_since, past.reasons = since, [0] * len(REASONS)
    if session.outcome in REASONS:
        past.reasons[REASONS.index(session.outcome)] += 1


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


# --- the rest -----------------------------------------------------------------------------------


def remember_causes(ledger: Ledger, person: Person) -> None:
    """Of a review that is still to come, before the facts that say so are gone."""
    ends = [act.ts for act in person.acts if act.kind == "review"]
    ends += [instant for instant, _ in person.care.pauses]
    settled = person.at - SETTLED_AFTER
    found = care_fit_review.causes(person, person.limits["care_fit_review"])
    ledger.causes = [one for one in found if max(ends, default=0) < one[0] <= settled]


def _drop_acts(ledger: Ledger, person: Person, found: Mapping[str, Sequence[Episode]]) -> None:
    """But for the first help with what stands since: no later one must take its place."""
    limits = person.limits["care_fit_review"]
    standing = (one for rule in care_fit_review.HELPED for one in found.get(rule, ()))
    helped = {care_fit_review.first_help(person, one.raised, limits) for one in standing}
    old = _ago(person, OLD_DAYS)
    ledger.acts = [act for act in ledger.acts if act[0] > old or act[0] in helped]


def _drop_changes(ledger: Ledger, old: Millis) -> None:
    """Of older changes only what still counts: when care began, and the newest of each kind."""
    later = (change for change in ledger.enrolled if change[1] > old)
    ledger.enrolled = sorted([*enrolment(ledger, old), *later])
    number = 0
    while number < len(ledger.enrolled) and max(ledger.enrolled[number][:2]) <= old:
        number += 1
    began, state = None, ""
    for change in ledger.enrolled[:number]:
        before, state = state, STATES[change[2]]
        if state == "active" and before in ("", "discharged"):
            began = change
    kept = [began, ledger.enrolled[number - 1] if number and state != "active" else None]
    ledger.enrolled = [*(one for one in kept if one is not None), *ledger.enrolled[number:]]
    newest = {granted: (ts, granted) for ts, granted in ledger.consents if ts <= old}
    ledger.consents = [one for one in ledger.consents if one[0] > old or newest.get(one[1]) == one]
