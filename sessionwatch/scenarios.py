"""The labelled scenarios through the cores: what was said, and how right it was.

Rooms go through the session core and the incident monitor, each told of the other; weeks through
the participant core. Everything that was raised counts, also of rules a scenario is not about.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from producers.simulator.scenarios import IN_ROOMS, OVER_WEEKS
from producers.simulator.scenarios.registry import Scenario
from producers.simulator.scenarios.stage import Stage
from producers.simulator.scenarios.weeks import Weeks
from producers.simulator.truth import Truth
from sessionwatch.holds import differences
from sessionwatch.tape import Tape
from streams import rules as thresholds
from streams.codec import encode, participant_events
from streams.events import HOUR, MINUTE, ClockTicked, Millis, ParticipantEvent, Signal
from streams.incidents.monitor import Monitor as Incidents
from streams.participant.monitor import Monitor as People
from streams.rules import Rules

TICK_MS = HOUR


class Hit(Struct, frozen=True):
    """A truth that was found: `off` ms after the rule's instant by its `ts`; written `after`."""

    rule: str
    off: Millis
    after: Millis


class Verdict(Struct, frozen=True):
    """One scenario under one seed. A false signal is neither expected nor withdrawn later."""

    name: str
    seed: int
    found: tuple[Hit, ...]
    missed: tuple[Truth, ...]
    false: tuple[Signal, ...]
    withdrawn: tuple[str, ...]
    signals: tuple[Signal, ...]
    named: int = 0
    """Of how many alerts it was asked what they explain, or whether they are held back."""
    misnamed: tuple[str, ...] = ()
    """What differs there, in words."""

    @property
    def right(self) -> bool:
        return not self.missed and not self.false and not self.misnamed


Written = tuple[Millis, Signal]
"""A signal, and the log's time at which it was written."""


def judge(name: str, seed: int, rules: Rules | None = None) -> Verdict:
    """One scenario. Raises `KeyError` for a name that is not known."""
    if name in IN_ROOMS:
        room = IN_ROOMS[name]
        stage = Stage(seed, name)
        room.tell(stage)
        said = list(through_rooms(stage.log(), rules or _rules_of(room)))
        return compare(name, seed, stage.truth, said)
    one = OVER_WEEKS[name]
    weeks = Weeks(seed, name)
    one.tell(weeks)
    log = logged(weeks.told, weeks.ends_at())
    return compare(name, seed, weeks.truth, through_weeks(log, rules or _rules_of(one)))


def through_rooms(log: Iterable[tuple[Millis, bytes]], rules: Rules) -> Iterator[Written]:
    """The session core and the incident monitor, as they hear each other."""
    tape, incidents = Tape(rules), Incidents(1, rules)
    for now, line in log:
        waiting = [line]
        while waiting:
            for step in tape.play(waiting.pop(0)):
                for record in step.signals:
                    if isinstance(record, Signal):
                        yield now, record
                    told = incidents.apply(record)
                    yield from ((now, one) for one in told.signals)
                    waiting += [encode(one) for one in told.told]


def through_weeks(
    log: Iterable[tuple[Millis, ParticipantEvent]], rules: Rules
) -> Iterator[Written]:
    """The participant core."""
    people = People(0, rules)
    for offset, (now, event) in enumerate(log):
        step = people.apply(participant_events.decode(encode(event)), offset)
        yield from ((now, one) for one in step.signals)


def logged(
    told: Iterable[tuple[Millis, ParticipantEvent]], until: Millis, every: Millis = TICK_MS
) -> Iterator[tuple[Millis, ParticipantEvent]]:
    """All of it in the order of arrival, with ticks between."""
    arrived = sorted(told, key=_arrival)
    begin = arrived[0][0] - every
    ticks = [(at, ClockTicked(id=str(at), ts=at)) for at in range(begin, until + every, every)]
    ticks.append((until + MINUTE, ClockTicked(id="last", ts=until + MINUTE)))
    yield from sorted([*arrived, *ticks], key=_arrival)


def _arrival(one: tuple[Millis, ParticipantEvent]) -> Millis:
    return one[0]


def _rules_of(scenario: Scenario[Stage] | Scenario[Weeks]) -> Rules:
    if not scenario.rules:
        return thresholds.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.toml"
        path.write_text(scenario.rules, encoding="utf-8")
        return thresholds.load(path)


def compare(name: str, seed: int, truth: Iterable[Truth], said: Iterable[Written]) -> Verdict:
    """Each truth takes the first signal of its rule, room and person in its window."""
    written = list(said)
    withdrawn = {
        one.alert_id
        for _, one in written
        if one.status == "cleared" and one.evidence.get("reason") == "late_event"
    }
    raised = sorted((one for one in written if one[1].status == "raised"), key=_instant)
    signals = [one for _, one in written]
    found, missed = [], []
    named, misnamed = 0, []
    for wanted in sorted(truth, key=_latest):
        fits = [one for one in raised if _fits(wanted, one[1])]
        if not fits:
            missed.append(wanted)
            continue
        raised.remove(fits[0])
        now, one = fits[0]
        found.append(Hit(one.rule, one.ts - wanted.earliest, now - wanted.earliest))
        named += wanted.explains is not None or wanted.held is not None
        misnamed += list(differences(wanted, one, signals))
    return Verdict(
        name=name,
        seed=seed,
        found=tuple(found),
        missed=tuple(missed),
        false=tuple(one for _, one in raised if one.alert_id not in withdrawn),
        withdrawn=tuple(one.rule for _, one in raised if one.alert_id in withdrawn),
        signals=tuple(signals),
        named=named,
        misnamed=tuple(misnamed),
    )


def _instant(written: Written) -> Millis:
    return written[1].ts


def _latest(truth: Truth) -> Millis:
    return truth.latest


def _fits(wanted: Truth, one: Signal) -> bool:
    same = (wanted.rule, wanted.session_id, wanted.participant_id) == (
        one.rule,
        one.session_id or "",
        one.participant_id,
    )
    return same and wanted.earliest <= one.ts <= wanted.latest
