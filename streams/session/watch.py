"""One room under watch: its facts, what was said of it, and when it is due again."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from streams.episodes import (
    NEVER,
    About,
    Alert,
    Episode,
    Said,
    Why,
    alert_id,
    begin,
    compare,
    deadline,
    explain,
)
from streams.events import MINUTE, EngagementObserved, Millis, SessionAttended, Signal
from streams.rules import THRESHOLDS, Rules
from streams.session import as_of, attendance, engagement
from streams.session.detectors import (
    ABOUT_PEOPLE,
    ABOUT_REPORTS,
    ABOUT_ROOMS,
    DETECTORS,
    LOOKING_AT_PEOPLE,
    LOOKING_AT_ROOMS,
    URGENT,
    session_incident,
)
from streams.session.explaining import unexplained
from streams.session.facts import Person, Room
from streams.session.feeds import Feeds
from streams.session.judging import until_closing, why_person, why_room
from streams.session.knowing import Known
from streams.session.ledger import ROOM
from streams.session.looking import Looks
from streams.session.recorders import RECORDERS
from streams.session.schedule import schedule
from streams.session.state import State
from streams.session.telling import signal

LOOK = "~look"
"""Whom the end of a block of engagement concerns: everybody, but only rules that look then."""
FEED = "~feed"
"""Whom a word about the platform concerns: the room's own rules, but none of its facts."""
FEED_BEFORE = 2 * MINUTE
ORDER = {rule: number for number, rule in enumerate(THRESHOLDS)}
RULES = {module: module.__name__.rpartition(".")[2] for module in DETECTORS}

MODULES: dict[tuple[bool, bool], list[tuple[Any, str]]] = {
    key: [(module, RULES[module]) for module in modules]
    for key, modules in {
        (True, False): ABOUT_ROOMS,
        (True, True): LOOKING_AT_ROOMS,
        (False, False): ABOUT_PEOPLE,
        (False, True): LOOKING_AT_PEOPLE,
    }.items()
}
"""By whether it is about the room, and looks every five minutes."""


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
        self.due: Millis = NEVER
        """The next instant at which something is to be judged."""
        self._rules = rules
        self._feeds = feeds
        self._known = Known(session_id, state.ledger, rules)
        self._agenda: dict[tuple[str, bool], Millis] = {}
        """By whom it is about, and whether by the rules that look every five minutes."""
        self._look_at: Millis = NEVER
        self._ahead: list[tuple[Millis, str]] = []
        self._blocks: set[Millis] = set()
        """Ends of blocks of engagement at which everybody is to be looked at."""
        self._incidents: list[Episode] = []
        self._set_due()

    @property
    def room(self) -> Room | None:
        return self._known.room

    def count(self, event: EngagementObserved, clock: Millis) -> bool | None:
        """Count a sign of taking part; false when it was counted, `None` when it is too late."""
        counted = engagement.count(self.state.ledger, event, clock)
        if counted:
            over_at = engagement.ends_at(event)
            if over_at <= clock or event.participant_id not in self._known.people:
                self.touch(event.participant_id, over_at, clock)
            elif over_at not in self._blocks:
                self._blocks.add(over_at)
                self.touch(LOOK, over_at, clock)
        return counted

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
        for over_at in state.ledger.blocks_over():
            if over_at > state.judged:
                self._blocks.add(over_at)
                heappush(self._ahead, (over_at, LOOK))
        self._known.refresh({ROOM}, state.judged)
        self._known.look(state.judged)
        for who in self._everybody():
            for looking in (False, True):
                found = self._episodes(who, looking, state.judged)
                episodes = [one for _, known in found for one in known]
                self._agenda[who, looking] = deadline(episodes, state.judged)
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
        return self._known.as_of(pending, at)

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
        judged = {key for key, due in self._agenda.items() if due <= at}
        if FEED in heard:
            heard.discard(FEED)
            judged.add((ROOM, False))
        looking = LOOK in heard
        heard.discard(LOOK)
        outcome = Outcome()
        judged |= self._learn(heard, at, late, looking or at >= self._look_at)
        said: list[tuple[int, str, Signal]] = []
        for who, looking in judged:
            said += self._judge(who, looking, at, late)
        self._explain(at, late, said)
        said.sort(key=_order)
        outcome.signals = [signal for _, _, signal in said]
        room = self.room
        if room is not None and at >= room.closes_at:
            self._known.look(at)
            plan = room.schedule.plan
            inferring = self._rules.inference(plan.program_id) != "off"
            outcome.attended = attendance.changed(room, self.state.attended, inferring)
        self.state.judged = max(at, self.state.judged)
        self._set_due()
        outcome.over = at >= self._dropped_at()
        return outcome

    def _learn(
        self, heard: set[str], at: Millis, late: bool, looking: bool
    ) -> set[tuple[str, bool]]:
        """Take in what was heard; whom it makes to be judged, and by which rules."""
        known = self._known
        known.moved_at = None
        concerned = known.refresh(heard, at, late) if heard else set()
        if known.room is not None:
            known.room.now = at
        everybody = self._everybody()
        judged = {(who, False) for who in (everybody if concerned is None else concerned)}
        if looking or (heard and (late or concerned is None)):
            known.look(at)
            judged |= {(who, True) for who in everybody}
            self._blocks = {one for one in self._blocks if one > at}
        return judged

    def report(self, participant_id: str, ts: Millis) -> list[Signal]:
        """Judge a report of that instant at once, on the facts known up to it.

        Every report is an alert of its own; two at one millisecond are one. While nothing is
        scheduled, nothing but a call for help is told; of what was scheduled later than `ts`, the
        first plan counts.
        """
        ledger = self.state.ledger
        at = max(ts, ledger.versions[0][0]) if ledger.versions else ts
        plan = schedule(ledger, at)
        people = {
            name: as_of.person(ledger, name, plan, ts) for name in {participant_id, *ledger.people}
        }
        reporter = people[participant_id]
        signals = []
        for module in ABOUT_REPORTS if plan is not None else URGENT:
            if RULES[module] in self._known.in_state("off", plan):
                continue
            about = About(RULES[module], self.session_id, participant_id)
            known = {one.alert_id for one in self.state.alerts}
            for episode in module.episodes(reporter, people.values()):
                if episode.raised == ts and alert_id(about, None, ts) not in known:
                    said = begin(self.state.alerts, episode, ts, ts, about)
                    said.alert.trial = RULES[module] in self._known.in_state("trial", plan)
                    signals.append(self._signal(said, reporter, at))
                    break
        return signals

    def kept_reports(self) -> list[Signal]:
        """What was reported before the session was scheduled, told at its first schedule."""
        told = [
            (report.ts, name)
            for name, facts in self.state.ledger.people.items()
            for report in facts.reports
        ]
        return [one for ts, name in sorted(set(told)) for one in self.report(name, ts)]

    # --- when it is due ---------------------------------------------------------------------

    def _everybody(self) -> set[str]:
        return {ROOM, *self._known.people, *(alert.who for alert in self.state.alerts)}

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
        self._look_at = Looks.due(self.room, self.state.judged)
        self.due = min(ahead, closing, self._look_at, self._dropped_at(), *self._agenda.values())

    # --- what is said -----------------------------------------------------------------------

    def _episodes(self, who: str, looking: bool, at: Millis) -> Iterator[tuple[str, list[Episode]]]:
        """Rule by rule, the person's (or the room's) episodes, up to the closing."""
        room, off = self.room, self._known.in_state("off")
        if room is None:
            return
        if who == ROOM and not looking:
            room.feed = self._feeds.feed(room.schedule.plan.platform, at)
        person = self._known.people.get(who)
        for module, rule in MODULES[who == ROOM, looking]:
            found: list[Episode] = []
            if rule in off:
                pass
            elif who == ROOM:
                found = [*module.episodes(room, room.limits[rule])]
            elif person is not None:
                found = [*module.episodes(person, room, room.limits[rule])]
            if module is session_incident:
                self._incidents = found
            yield rule, until_closing(found, rule, room.closes_at) if found else found

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

    def _judge(
        self, who: str, looking: bool, at: Millis, late: bool
    ) -> list[tuple[int, str, Signal]]:
        said = []
        soonest = NEVER
        alerts: dict[str, list[Alert]] = {}
        for alert in self.state.alerts:
            if alert.who == who:
                alerts.setdefault(alert.rule, []).append(alert)
        for rule, episodes in self._episodes(who, looking, at):
            own = alerts.get(rule, [])
            if not own and not episodes:
                continue
            new = self._say(rule, who, own, episodes, at, late)
            said += [(ORDER[rule], who, signal) for signal in new]
            soonest = min(soonest, deadline(episodes, at))
        self._agenda[who, looking] = soonest
        return said

    def _say(
        self,
        rule: str,
        who: str,
        alerts: list[Alert],
        episodes: Sequence[Episode],
        at: Millis,
        late: bool,
    ) -> list[Signal]:
        """Compare with what was said, and write the difference as signals."""
        known = len(alerts)
        about = About(rule, self.session_id, who)
        why = self._why(rule, who, at, late)
        on_trial = rule in self._known.in_state("trial")
        signals = []
        for said in compare(alerts, episodes, at, about, late=late, why=why):
            if said.status == "raised":
                said.alert.trial = on_trial
            person = self._known.people.get(who)
            signals.append(self._signal(said, person, at))
        self.state.alerts += alerts[known:]
        return signals

    def _why(self, rule: str, who: str, at: Millis, late: bool) -> Why | None:
        plan = self._known.schedule
        if plan is None:
            return None
        if who == ROOM:
            return why_room(plan, self._known.moved_at)
        person, moved_at = self._known.people.get(who), self._known.moved_at
        return why_person(rule, plan, who, person, moved_at, at, late)


def _order(said: tuple[int, str, Signal]) -> tuple[int, str]:
    return said[0], said[1]
