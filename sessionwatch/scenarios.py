"""The labelled scenarios through the cores: what was said, and how right it was.

Rooms go through the session core and the incident monitor, each told of the other; weeks through
the participant core. Everything that was raised counts, also of rules a scenario is not about.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field

from producers.simulator.scenarios import IN_ROOMS, OVER_WEEKS
from producers.simulator.scenarios.registry import Scenario
from producers.simulator.scenarios.stage import Stage
from producers.simulator.scenarios.weeks import Weeks
from producers.simulator.truth import Truth
from sessionwatch.tape import Tape
from streams import rules as thresholds
from streams.codec import encode, participant_events
from streams.events import HOUR, MINUTE, ClockTicked, Millis, ParticipantEvent, Signal
from streams.incidents.monitor import Monitor as Incidents
from streams.participant.monitor import Monitor as People
from streams.rules import Rules

TICK_MS = HOUR


class Verdict(Struct, frozen=True):
    """One scenario under one seed. A false signal is neither expected nor withdrawn later."""

    name: str
    seed: int
    found: tuple[tuple[str, Millis], ...] = ()
    """Rule, and ms after the rule's earliest instant."""
    missed: tuple[Truth, ...] = ()
    false: tuple[Signal, ...] = ()
    withdrawn: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = field(default=())


def judge(name: str, seed: int, rules: Rules | None = None) -> Verdict:
    """One scenario. Raises `KeyError` for a name that is not known."""
    if name in IN_ROOMS:
        room = IN_ROOMS[name]
        stage = Stage(seed, name)
        room.tell(stage)
        said = list(through_rooms(stage.lines(), rules or _rules_of(room)))
        return compare(name, seed, stage.truth, said)
    one = OVER_WEEKS[name]
    weeks = Weeks(seed, name)
    one.tell(weeks)
    log = logged(weeks.told, weeks.ends_at())
    return compare(name, seed, weeks.truth, through_weeks(log, rules or _rules_of(one)))


def through_rooms(lines: Iterable[bytes], rules: Rules) -> Iterator[Signal]:
    """The session core and the incident monitor, as they hear each other."""
    tape, incidents = Tape(rules), Incidents(1, rules)
    waiting: list[bytes] = []
    for line in lines:
        waiting.append(line)
        while waiting:
            for step in tape.play(waiting.pop(0)):
                for record in step.signals:
                    if isinstance(record, Signal):
                        yield record
                    told = incidents.apply(record)
                    yield from told.signals
                    waiting += [encode(one) for one in told.told]


def through_weeks(events: Iterable[ParticipantEvent], rules: Rules) -> Iterator[Signal]:
    """The participant core."""
    people = People(0, rules)
    for offset, event in enumerate(events):
        yield from people.apply(participant_events.decode(encode(event)), offset).signals


def logged(
    told: Iterable[tuple[Millis, ParticipantEvent]], until: Millis, every: Millis = TICK_MS
) -> Iterator[ParticipantEvent]:
    """All of it in the order of arrival, with ticks between."""
    arrived = sorted(told, key=_arrival)
    begin = arrived[0][0] - every
    ticks = [(at, ClockTicked(id=str(at), ts=at)) for at in range(begin, until + every, every)]
    ticks.append((until + MINUTE, ClockTicked(id="last", ts=until + MINUTE)))
    for _, event in sorted([*arrived, *ticks], key=_arrival):
        yield event


def _arrival(one: tuple[Millis, ParticipantEvent]) -> Millis:
    return one[0]


def _rules_of(scenario: Scenario[Stage] | Scenario[Weeks]) -> Rules:
    if not scenario.rules:
        return thresholds.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text(scenario.rules, encoding="utf-8")
        return thresholds.load(path)


def compare(name: str, seed: int, truth: Iterable[Truth], said: Iterable[Signal]) -> Verdict:
    """Each truth takes the first signal of its rule, room and person in its window."""
    signals = tuple(said)
    withdrawn = {
        one.alert_id
        for one in signals
        if one.status == "cleared" and one.evidence.get("reason") == "late_event"
    }
    raised = sorted((one for one in signals if one.status == "raised"), key=_instant)
    found, missed = [], []
    for wanted in sorted(truth, key=_latest):
        fits = [one for one in raised if _fits(wanted, one)]
        if not fits:
            missed.append(wanted)
            continue
        raised.remove(fits[0])
        found.append((fits[0].rule, fits[0].ts - wanted.earliest))
    return Verdict(
        name=name,
        seed=seed,
        found=tuple(found),
        missed=tuple(missed),
        false=tuple(one for one in raised if one.alert_id not in withdrawn),
        withdrawn=tuple(one.rule for one in raised if one.alert_id in withdrawn),
        signals=signals,
    )


def _instant(signal: Signal) -> Millis:
    return signal.ts


def _latest(truth: Truth) -> Millis:
    return truth.latest


def _fits(wanted: Truth, one: Signal) -> bool:
    same = (wanted.rule, wanted.session_id, wanted.participant_id) == (
        one.rule,
        one.session_id or "",
        one.participant_id,
    )
    return same and wanted.earliest <= one.ts <= wanted.latest
