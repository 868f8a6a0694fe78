"""A signal as it is written: what was said, and whom and what it is about."""

from streams.episodes import Said, gravest, signal_id
from streams.events import Millis, Signal, Traits
from streams.session.facts import Person
from streams.session.ledger import Ledger


def signal(
    said: Said, session_id: str, ledger: Ledger, person: Person | None, rules: str, at: Millis
) -> Signal:
    """Of the plan in force at `at`; the person's clinician is that of the latest roster by then
    that has them."""
    alert, plan = said.alert, ledger.plan(at)
    seat = ledger.seat(alert.who, at)
    return Signal(
        id=signal_id(alert.alert_id, said.status, said.ts),
        alert_id=alert.alert_id,
        rule=alert.rule,
        status=said.status,
        severity=gravest(alert.audience),
        audience=alert.audience,
        ts=said.ts,
        raised_at=alert.raised_at,
        evidence=said.evidence,
        rules=rules,
        program_id=plan.program_id if plan else None,
        session_id=session_id,
        participant_id=alert.who or None,
        clinician_id=seat.clinician_id if seat else None,
        host_id=plan.host_id if plan else None,
        subject=alert.subject,
        kind=plan.kind if plan else None,
        track=plan.track if plan else None,
        starts_at=plan.starts_at if plan else None,
        ends_at=plan.ends_at if plan else None,
        traits=_traits(plan.platform if plan else None, person),
        explains=list(alert.explains) or None,
        trial=alert.trial,
    )


def _traits(platform: str | None, person: Person | None) -> Traits | None:
    network = person.network if person else None
    device = person.device if person else None
    traits = Traits(
        platform=platform,
        carrier=network.carrier if network else None,
        region=network.region if network else None,
        browser=device.browser if device else None,
        device=device.kind if device else None,
    )
    return None if traits == Traits() else traits
