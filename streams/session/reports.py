"""What people report of themselves: judged the moment it comes, on the facts known up to it."""

from collections.abc import Collection, Iterator

from streams.episodes import About, Said, alert_id, begin
from streams.events import Millis
from streams.session import persons
from streams.session.detectors import ABOUT_REPORTS, URGENT
from streams.session.facts import Person
from streams.session.ledger import Ledger
from streams.session.reads import name_of
from streams.session.schedule import Schedule
from streams.session.state import State


def begun(
    state: State,
    about: tuple[str, str],
    plan: Schedule | None,
    off: Collection[str],
    ts: Millis,
) -> Iterator[tuple[Said, Person]]:
    """What a report of that instant begins; `about` is the session and who reports.

    Every report is an alert of its own; two at one millisecond are one. While nothing is
    scheduled, nothing but a call for help is told.
    """
    session_id, reporter_id = about
    ledger = state.ledger
    names = {reporter_id, *ledger.people}
    people = {name: persons.person(ledger, name, plan, ts) for name in names}
    reporter = people[reporter_id]
    told = {one.kind: one for one in reversed(reporter.reports) if one.ts == ts}
    for module in ABOUT_REPORTS if plan is not None else URGENT:
        rule, report = name_of(module), told.get(module.KIND)
        if report is None or rule in off:
            continue
        of_rule = About(rule, session_id, reporter_id)
        name = alert_id(of_rule, None, ts)
        if not any(one.alert_id == name for one in state.alerts):
            episode = module.episode(reporter, report, people.values())
            yield begin(state.alerts, episode, ts, ts, of_rule), reporter


def kept(ledger: Ledger) -> list[tuple[Millis, str]]:
    """When who reported something so far."""
    told = {(one.ts, name) for name, facts in ledger.people.items() for one in facts.reports}
    return sorted(told)
