"""One room under watch: its facts, what was said of it, and when it is due again."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from streams.episodes import (
    NEVER,
    About,
    Episode,
    Said,
    Why,
    alert_id,
    begin,
    compare,
    deadline,
    explain,
)
from streams.events import MINUTE, Kind, Millis, SessionAttended, Signal
from streams.rules import THRESHOLDS, Rules
from streams.rules import State as RuleState
from streams.session import as_of, attendance
from streams.session.counting import Counted, counted
from streams.session.detectors import (
    ABOUT_PEOPLE,
    ABOUT_REPORTS,
    ABOUT_ROOMS,
    DETECTORS,
    URGENT,
    session_incident,
)
from streams.session.explaining import unexplained
from streams.session.facts import Person, Room
from streams.session.feeds import Feeds
from streams.session.judging import until_closing, why_person, why_room
from streams.session.ledger import NOBODY, ROOM
from streams.session.recorders import RECORDERS
from streams.session.schedule import Schedule, schedule
from streams.session.state import State
from streams.session.telling import signal

FEED = "~feed"
"""Whom a word about the platform concerns: the room's own rules, but none of its facts."""
FEED_BEFORE = 2 * MINUTE
ORDER = {rule: number for number, rule in enumerate(THRESHOLDS)}
RULES = {module: module.__name__.rpartition(".")[2] for module in DETECTORS}


class Outcome(Struct):
    """What one step of one room caused."""

    signals: list[Signal] = field(default_factory=list)
    attended: list[SessionAttended] = field(default_factory=list)
    over: bool = False
    """Nothing more can come of it: the state is to be dropped."""


class Watch:
    """Facts go in by `hear`; `step` judges whatever is due at an instant."""

    def __init__(self, session_id: str, rules: Rules, feeds: Feeds, state: State) -> None:
        self.session_id = session_id
        self.state = state
        self.room: Room | None = None
        self.due: Millis = NEVER
        """The next instant at which something is to be judged."""
        self._rules = rules
        self._feeds = feeds
        self._schedule: Schedule | None = None
        self._moved_at: Millis | None = None
        """When the session was moved, if a fact of this step did it."""
        self._people: dict[str, Person] = {}
        self._words: tuple[object, ...] = ()
        self._agenda: dict[str, Millis] = {}
        self._ahead: list[tuple[Millis, str]] = []
        self._counted: Counted | None = None
        self._incidents: tuple[Episode, ...] = ()
        self._limits: dict[tuple[str, Kind], dict[str, Any]] = {}
        self._set_due()

    def hear(self, event: Any, clock: Millis) -> bool:
        """Keep a fact; false when it was known already."""
        who = RECORDERS[type(event)](self.state.ledger, event)
        if who is None:
            return False
        self.touch(who, event.ts, clock)
        return True

    def touch(self, who: str, ts: Millis, clock: Millis) -> None:
        """Something about `who` is to be judged at `ts`, or at the next tick if that is past."""
        if ts > clock:
            heappush(self._ahead, (ts, who))
            self.due = min(self.due, ts)
        elif who not in self.state.late:
            self.state.late.append(who)

    def restore(self) -> None:
        """Make the deadlines anew, saying nothing."""
        state = self.state
        for who, ts in state.ledger.instants():
            if ts > state.judged:
                heappush(self._ahead, (ts, who))
        self._refresh({ROOM}, state.judged)
        for who in self._everybody():
            episodes = [one for _, known in self._episodes(who, state.judged) for one in known]
            self._agenda[who] = deadline(episodes, state.judged)
        self._set_due()

    def park(self, reason: str, clock: Millis) -> None:
        """Judge nothing more; the state is dropped a day later."""
        self.state.parked = reason
        self.state.judged = max(clock, self.state.judged)
        self._set_due()

    def waits_for(self, platform: str, ts: Millis) -> bool:
        """Whether a word about that platform matters: nobody has come to this room so far."""
        room = self.room
        return (
            room is not None
            and room.schedule.plan.platform == platform
            and room.starts_at - FEED_BEFORE <= ts <= room.ends_at
            and not any(person.stays for person in room.people.values())
        )

    def as_of(self, at: Millis) -> Room | None:
        """The room with every fact that has come up to `at`, judged or not."""
        pending = {who for _, who in self._ahead} | set(self.state.late)
        if not pending:
            return self.room
        ledger = self.state.ledger
        plan = schedule(ledger, at) if ROOM in pending else self._schedule
        if plan is None:
            return None
        for name in list(pending):
            pending.update(person for _, person in ledger.identified.get(name, ()))
        kept = {name: one for name, one in self._people.items() if name not in pending}
        if plan != self._schedule:
            kept = {}
        return self._room(plan, self._known(plan, at, kept), at)

    def counted(self, at: Millis) -> Counted | None:
        """The room's people for `presence.counted`, made anew only when they may have changed."""
        if self.room is None:
            return None
        known = self._counted
        if known is None or known.room is not self.room or at >= known.until:
            known = self._counted = counted(self.room, at)
        return known

    def step(self, at: Millis, late: bool = False) -> Outcome:
        """Judge what is due at `at`. With `late`, what late facts changed up to then."""
        if self.state.parked is not None:
            return Outcome(over=True)
        heard = set()
        while self._ahead and self._ahead[0][0] <= at:
            heard.add(heappop(self._ahead)[1])
        if late:
            heard.update(self.state.late)
            self.state.late = []
        expired = {who for who, due in self._agenda.items() if due <= at}
        if FEED in heard:
            heard.discard(FEED)
            expired.add(ROOM)
        outcome = Outcome()
        self._moved_at = None
        if heard:
            heard = self._refresh(heard, at)
        said: list[tuple[int, str, Signal]] = []
        for who in heard | expired:
            said += self._judge(who, at, late)
        self._explain(at, late, said)
        said.sort(key=_order)
        outcome.signals = [signal for _, _, signal in said]
        room = self.room
        if room is not None and at >= room.closes_at:
            outcome.attended = attendance.changed(room, self.state.attended)
        self.state.judged = max(at, self.state.judged)
        self._set_due()
        outcome.over = at >= self._dropped_at()
        return outcome

    def report(self, participant_id: str, ts: Millis, at: Millis | None = None) -> list[Signal]:
        """Judge a report of that instant at once, on the facts known up to it.

        Every report is an alert of its own; two at one millisecond are one. `at` is when the
        session was scheduled, if only then: before, nothing but a call for help is told.
        """
        ledger = self.state.ledger
        at = ts if at is None else at
        plan = schedule(ledger, at)
        people = {
            name: as_of.person(ledger, name, plan, ts) for name in {participant_id, *ledger.people}
        }
        reporter = people[participant_id]
        signals = []
        for module in ABOUT_REPORTS if plan is not None else URGENT:
            if RULES[module] in self._in_state("off", plan):
                continue
            about = About(RULES[module], self.session_id, participant_id)
            known = {one.alert_id for one in self.state.alerts}
            for episode in module.episodes(reporter, people.values()):
                if episode.raised == ts and alert_id(about, None, ts) not in known:
                    said = begin(self.state.alerts, episode, ts, ts, about)
                    said.alert.trial = RULES[module] in self._in_state("trial", plan)
                    signals.append(self._signal(said, reporter, at))
                    break
        return signals

    def kept_reports(self, at: Millis) -> list[Signal]:
        """What was reported before the session was scheduled, told at its first schedule."""
        told = [
            (report.ts, name)
            for name, facts in self.state.ledger.people.items()
            for report in facts.reports
        ]
        return [one for ts, name in sorted(set(told)) for one in self.report(name, ts, max(ts, at))]

    # --- what is known ----------------------------------------------------------------------

    def _refresh(self, heard: set[str], at: Millis) -> set[str]:
        """Make anew what the facts of these people changed; who is to be judged then."""
        ledger = self.state.ledger
        before = self._schedule
        if ROOM in heard or before is None:
            self._schedule = schedule(ledger, at)
            self._people = {}
        plan = self._schedule
        if plan is None:
            return set()
        if before is not None and plan.moved_at != before.moved_at:
            self._moved_at = plan.moved_at
        for name in list(heard):
            heard.update(person for _, person in ledger.identified.get(name, ()))
        heard.discard(NOBODY)
        self._people = self._known(
            plan, at, {name: person for name, person in self._people.items() if name not in heard}
        )
        self.room = self._room(plan, self._people, at)
        words = self.room.words()
        if words != self._words:
            self._words = words
            return self._everybody()
        return heard | {ROOM}

    def _known(
        self, plan: Schedule, at: Millis, kept: Mapping[str, Person] | None = None
    ) -> dict[str, Person]:
        """Everybody as known at `at`, in order; `kept` are those who need not be made anew."""
        ledger, kept = self.state.ledger, kept or {}
        names = plan.seats.keys() | ledger.people.keys() | {plan.plan.host_id}
        return {
            name: kept.get(name) or as_of.person(ledger, name, plan, at)
            for name in sorted(names)
            if as_of.owner(ledger, name, at) in (None, NOBODY)
        }

    def _room(self, plan: Schedule, people: Mapping[str, Person], at: Millis) -> Room:
        planned = plan.plan
        key = (planned.program_id, planned.kind)
        if key not in self._limits:
            self._limits[key] = {rule: self._rules.limits(rule, *key) for rule in THRESHOLDS}
        closes_at = planned.ends_at + self._rules.general.closes_after
        return as_of.room(
            self.session_id, self.state.ledger, plan, people, closes_at, self._limits[key], at
        )

    def _everybody(self) -> set[str]:
        return {ROOM, *self._people, *(alert.who for alert in self.state.alerts)}

    def _dropped_at(self) -> Millis:
        if self.room is None:
            return self.state.born + self._rules.general.kept_for
        return self.room.closes_at + self._rules.general.revised_for

    def _set_due(self) -> None:
        if self.state.parked is not None:
            self.due = self.state.judged + self._rules.general.kept_for
            return
        ahead = self._ahead[0][0] if self._ahead else NEVER
        closing = NEVER
        if self.room is not None and self.room.closes_at > self.state.judged:
            closing = self.room.closes_at
        self.due = min(ahead, closing, self._dropped_at(), *self._agenda.values())

    # --- what is said -----------------------------------------------------------------------

    def _episodes(self, who: str, at: Millis) -> Iterator[tuple[Any, list[Episode]]]:
        """Rule by rule, the person's (or the room's) episodes, up to the closing."""
        room = self.room
        if room is None:
            return
        if who == ROOM:
            room.feed = self._feeds.feed(room.schedule.plan.platform, at)
            for module in ABOUT_ROOMS:
                off = RULES[module] in self._in_state("off")
                found = () if off else tuple(module.episodes(room, room.limits[RULES[module]]))
                if module is session_incident:
                    self._incidents = found
                yield module, list(until_closing(found, RULES[module], room.closes_at))
            return
        person = self._people.get(who)
        for module in ABOUT_PEOPLE:
            found = ()
            if person is not None and RULES[module] not in self._in_state("off"):
                found = module.episodes(person, room, room.limits[RULES[module]])
            yield module, list(until_closing(found, RULES[module], room.closes_at))

    def _in_state(self, state: RuleState, schedule: Schedule | None = None) -> frozenset[str]:
        """The rules in this state for this room's program and kind."""
        known = schedule or self._schedule
        if known is None:
            return frozenset()
        return self._rules.in_state(state, known.plan.program_id, known.plan.kind)

    def _explain(self, at: Millis, late: bool, said: list[tuple[int, str, Signal]]) -> None:
        """Name what the room's open incident explains by now: in what is said of it just now, or
        in an update."""
        rule = RULES[session_incident]
        for alert in self.state.alerts:
            if self.room is None or alert.rule != rule or alert.cleared_at is not None:
                continue
            new = unexplained(alert, self.state.alerts, self._incidents, self.room)
            if not new:
                continue
            update = explain(
                alert,
                [one.alert_id for one in new],
                max(one.raised_at for one in new) if late else at,
            )
            own = [n for n, one in enumerate(said) if one[2].alert_id == alert.alert_id]
            if own:
                told = replace(said[own[-1]][2], explains=alert.explains)
                said[own[-1]] = (ORDER[rule], ROOM, told)
                alert.last_ts = told.ts
            else:
                said.append((ORDER[rule], ROOM, self._signal(update, None, at)))

    def _signal(self, said: Said, person: Person | None, at: Millis) -> Signal:
        ledger = self.state.ledger
        return signal(said, self.session_id, ledger, person, self._rules.hash, at)

    def _judge(self, who: str, at: Millis, late: bool) -> list[tuple[int, str, Signal]]:
        said = []
        soonest = NEVER
        for module, episodes in self._episodes(who, at):
            new = self._say(module, who, episodes, at, late)
            said += [(ORDER[signal.rule], who, signal) for signal in new]
            soonest = min(soonest, deadline(episodes, at))
        self._agenda[who] = soonest
        return said

    def _say(
        self,
        module: Any,
        who: str,
        episodes: Sequence[Episode],
        at: Millis,
        late: bool,
    ) -> list[Signal]:
        """Compare with what was said, and write the difference as signals."""
        rule = RULES[module]
        alerts = [one for one in self.state.alerts if one.rule == rule and one.who == who]
        if not alerts and not episodes:
            return []
        known = len(alerts)
        about = About(rule, self.session_id, who)
        why = self._why(who, at, late)
        on_trial = rule in self._in_state("trial")
        signals = []
        for said in compare(alerts, episodes, at, about, late=late, why=why):
            if said.status == "raised":
                said.alert.trial = on_trial
            person = self._people.get(who)
            signals.append(self._signal(said, person, at))
        self.state.alerts += alerts[known:]
        return signals

    def _why(self, who: str, at: Millis, late: bool) -> Why | None:
        plan = self._schedule
        if plan is None:
            return None
        if who == ROOM:
            return why_room(plan, self._moved_at)
        return why_person(plan, who, self._people.get(who), self._moved_at, at, late)


def _order(said: tuple[int, str, Signal]) -> tuple[int, str]:
    return said[0], said[1]
