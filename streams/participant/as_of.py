"""The person as of an instant, from the ledger: every fact with a `ts` up to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from streams.episodes import NEVER
from streams.events import SECOND, Millis
from streams.participant import days
from streams.participant.facts import PRESENT, SEEN, SKIPPED, Act, Care, Person, Session
from streams.participant.ledger import (
    ACTS,
    DRIFTING,
    KINDS,
    OUTCOMES,
    SIGNS,
    STATES,
    STATUSES,
    Entry,
    Ledger,
    Past,
    Plan,
    Result,
    enrolment,
)


def person(ledger: Ledger, at: Millis, limits: Mapping[str, Any], infers: bool = True) -> Person:
    """What detectors may know at `at`; `infers`: whether the program lets anything be inferred."""
    care_now = care(ledger, at)
    inferring, withdrawn_at = _consent(ledger, at)
    known = (
        _session(ledger, key, entry, care_now, at, withdrawn_at)
        for key, entry in ledger.sessions.items()
    )
    sessions = [one for one in known if one is not None and one.ends_at > care_now.start]
    sessions.sort(key=_by_end)
    return Person(
        at=at,
        care=care_now,
        sessions=tuple(one for one in sessions if one.status != "removed" or one.outcome),
        judged=tuple(one for one in sessions if one.outcome is not None),
        past=_past(ledger, care_now, withdrawn_at),
        settled=ledger.settled,
        stood={rule: since for rule, since in ledger.stood if since >= care_now.start},
        acts=tuple(
            Act(ts, ACTS[kind], result)
            for ts, kind, result, _ in ledger.acts
            if care_now.start <= ts <= at
        ),
        earlier_causes=tuple(one for one in ledger.causes if one[0] > care_now.start),
        consents=inferring,
        inferring=inferring and infers,
        zone=zone_of(ledger),
        limits=limits,
    )


def _past(ledger: Ledger, care_now: Care, withdrawn_at: Millis) -> Past:
    """What is remembered of this episode of care, without what consent was taken back for."""
    if ledger.past.care != care_now.start:
        return Past(care_now.start, drifting=_nothing(), withdrawn_at=withdrawn_at)
    kept = ledger.past
    sums = [list(one) for one in kept.drifting or _nothing()]
    past = replace(kept, drifting=sums, reasons=list(kept.reasons))
    if past.withdrawn_at != withdrawn_at:
        past.drifting[SIGNS], past.withdrawn_at = [0, 0], withdrawn_at
    return past


def _nothing() -> list[list[int]]:
    return [[0, 0] for _ in DRIFTING]


def zone_of(ledger: Ledger) -> str:
    """The time zone of the person's newest session."""
    return ledger.zones[ledger.home.zone] if ledger.zones else "UTC"


def _by_end(session: Session) -> tuple[Millis, int]:
    return session.ends_at, session.key


def care(ledger: Ledger, at: Millis) -> Care:
    """The episode of care at `at`: it begins with the first `active`, or after a discharge."""
    start, known, ended_before, state = 0, False, 0, ""
    active: list[tuple[Millis, Millis]] = [(0, NEVER)]
    pauses: list[tuple[Millis, str]] = []
    next_change = NEVER
    for since, _, number in enrolment(ledger, at):
        if since > at:
            next_change = min(next_change, since)
            continue
        before, state = state, STATES[number]
        if state == "active":
            if before in ("", "discharged"):
                ended_before = pauses[-1][0] if pauses else 0
                start, known, active, pauses = since, True, [(since, NEVER)], []
            elif before == "on_leave":
                active.append((since, NEVER))
        elif before != state:
            if active and active[-1][1] == NEVER:
                active[-1] = active[-1][0], since
            pauses.append((since, state))
    return Care(start, known, tuple(active), tuple(pauses), next_change, ended_before)


def _consent(ledger: Ledger, at: Millis) -> tuple[bool, Millis]:
    """Whether engagement may be looked at, and what of before which instant may not."""
    told = [one for one in ledger.consents if one[0] <= at]
    withdrawn_at = max((ts for ts, granted in told if not granted), default=0)
    return not told or told[-1][1], withdrawn_at


def _session(
    ledger: Ledger, key: int, entry: Entry, care_now: Care, at: Millis, withdrawn_at: Millis
) -> Session | None:
    plan = entry.plan if entry.plan is not None and entry.plan.told_at <= at else None
    result = entry.result if entry.result is not None and entry.result.ends_at <= at else None
    if result is not None:
        ends_at = result.ends_at
        starts_at = ends_at - result.scheduled * SECOND
    elif plan is not None:
        starts_at, ends_at = plan.starts_at, plan.ends_at
    else:
        return None
    corrections = [told for ts, told in entry.corrected if ts <= at]
    number = result.outcome if result is not None else None
    if corrections and ends_at <= at:
        number = corrections[-1]
    if result is not None and ends_at <= withdrawn_at:
        result = _without_engagement(result)
    outcome = None if number is None else OUTCOMES[number]
    day = days.day_of(starts_at, ledger.zones[entry.zone])
    faulted = result is not None and result.fault and not corrections
    present = outcome in PRESENT
    skipped = outcome is None or outcome in SKIPPED or faulted
    hours = entry.hours[1]
    return Session(
        key=key,
        starts_at=starts_at,
        ends_at=ends_at,
        day=day,
        week=days.week_of(day),
        kind=KINDS[entry.kind],
        told_at=plan.told_at if plan is not None else 0,
        changed_at=plan.changed_at if plan is not None else 0,
        status=_status(plan, at) if plan is not None else "scheduled",
        outcome=outcome,
        corrected=bool(corrections),
        result=result,
        faulted=faulted,
        present=present,
        counted=not skipped and (present or care_now.active_at(ends_at)),
        measured=result if outcome in SEEN and not faulted else None,
        hours=None if hours < 0 else hours,
    )


def _status(plan: Plan, at: Millis) -> str:
    """As last said up to `at`; a change still to come leaves it expected."""
    return STATUSES[plan.status] if plan.changed_at <= at else "scheduled"


def _without_engagement(result: Result) -> Result:
    kept = {name: getattr(result, name) for name in result.__struct_fields__}
    return Result(**(kept | {"fatigue": None, "signs": None, "parts": [], "gaps": []}))


def instants(ledger: Ledger) -> Iterator[Millis]:
    """When each fact is dated."""
    for entry in ledger.sessions.values():
        if entry.plan is not None:
            yield entry.plan.changed_at
            yield entry.plan.told_at
        if entry.result is not None:
            yield entry.result.ends_at
        yield from (ts for ts, _ in entry.corrected)
    yield from (ts for _, ts, _ in ledger.enrolled)
    yield from (ts for ts, _ in ledger.consents)
    yield from (act[0] for act in ledger.acts)
