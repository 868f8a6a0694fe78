"""One room under watch: its facts, what was said of it, and when it is due again."""

from collections.abc import Collection, Iterable
from heapq import heappop, heappush
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from streams.episodes import (
    NEVER,
    About,
    Episode,
    Said,
    compare,
    deadline,
    explain,
)
from streams.events import MINUTE, EngagementObserved, Millis, SessionAttended, Signal
from streams.rules import THRESHOLDS, Rules
from streams.session import attendance, engagement, reads, reports
from streams.session.agenda import Agenda
from streams.session.alerts import Alerts
from streams.session.detectors import AT_CLOSE
from streams.session.explaining import unexplained
from streams.session.facts import Person, Room
from streams.session.feeds import Feeds
from streams.session.judging import until_closing, why
from streams.session.knowing import Known
from streams.session.ledger import BLOCK, EVERY_PART, ROOM, Part
from streams.session.looking import Looks
from streams.session.reads import (
    COUNTED,
    EVERYTHING,
    INCIDENT,
    LOOKING_AT,
    MODULES,
    NOTHING,
    Rule,
)
from streams.session.recorders import PARTS, RECORDERS
from streams.session.schedule import schedule
from streams.session.state import State
from streams.session.telling import signal

LOOK = "~look"
"""Whom the end of a block of engagement concerns: everybody, but only rules that look then."""
FEED = "~feed"
"""Whom a word about the platform concerns: the room's own rules, but none of its facts."""
FEED_BEFORE = 2 * MINUTE
ORDER = {rule: number for number, rule in enumerate(THRESHOLDS)}
LOOKING = "~looking"
"""In the agenda, the rules that look every five minutes: they are judged together."""
Judged = dict[str, dict[Rule, None]]
"""Whom rules are about, and which rules."""
FEED_RULES = frozenset({"feed_silent", "empty_room", "host_missing"})


class Outcome(Struct):
    """What one step of one room caused."""

    signals: list[Signal] = field(default_factory=list)
    attended: list[SessionAttended] = field(default_factory=list)
    recount: bool = False
    """Whether those who are counted, or what they share, may be others."""
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
        self._agenda = Agenda()
        self._look_at: Millis = NEVER
        self._ahead: list[tuple[Millis, str, Collection[Part]]] = []
        self._blocks: set[Millis] = set()
        """Ends of blocks of engagement at which everybody is to be looked at."""
        self._incidents: list[Episode] = []
        self._alerts = Alerts(state.alerts)
        self._set_due()

    @property
    def room(self) -> Room | None:
        return self._known.room

    def count(self, event: EngagementObserved, clock: Millis) -> bool | None:
        """Count a sign of taking part; false when it was counted, `None` when it is too late."""
        counted = engagement.count(self.state.ledger, event, clock)
        if counted:
            over_at = event.ts - event.ts % BLOCK + BLOCK
            if over_at <= clock or event.participant_id not in self._known.people:
                self.touch(event.participant_id, over_at, clock)
            if over_at > clock and over_at not in self._blocks:
                self._blocks.add(over_at)
                self.touch(LOOK, over_at, clock)
        return counted

    def hear(self, event: Any, clock: Millis) -> bool:
        """Keep a fact; false when it was known already."""
        who = RECORDERS[type(event)](self.state.ledger, event)
        if who is None:
            return False
        if who in self.state.ledger.people:
            self.state.ledger.people[who].kept += 1
        person = self._known.people.get(who)
        if person is not None:
            who = person.participant_id  # the same name, and not one more of each event
        self.touch(who, event.ts, clock, PARTS.get(type(event), EVERY_PART))
        return True

    def touch(
        self, who: str, ts: Millis, clock: Millis, parts: Collection[Part] = EVERY_PART
    ) -> None:
        """Something about `who` is to be judged at `ts`, or at the next tick if that is past."""
        if self.state.parked is not None:
            return
        if ts > clock:
            heappush(self._ahead, (ts, who, parts))
            self.due = min(self.due, ts)
        elif who not in self.state.late:
            self.state.late.append(who)

    def restore(self) -> None:
        """Make the deadlines anew, saying nothing."""
        state = self.state
        for who, ts in state.ledger.instants():
            if ts > state.judged:
                heappush(self._ahead, (ts, who, EVERY_PART))
        for over_at in state.ledger.blocks_over():
            if over_at > state.judged:
                self._blocks.add(over_at)
                heappush(self._ahead, (over_at, LOOK, EVERY_PART))
        self._known.refresh({ROOM: EVERY_PART}, state.judged)
        if state.late:
            self._known.unjudged()
        self._known.look(state.judged)
        for who in self._everybody():
            for module, rule in self._asked(who, reads.about(EVERYTHING, a_room=who == ROOM)):
                found = self._episodes(module, rule, who, state.judged)
                self._agenda.plan(who, rule, deadline(found, state.judged))
            looked = [self._episodes(*one, who, state.judged) for one in LOOKING_AT[who == ROOM]]
            self._agenda.plan(who, LOOKING, min(deadline(found, state.judged) for found in looked))
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
        pending = {one[1] for one in self._ahead} | set(self.state.late)
        if not pending:
            return self.room
        return self._known.as_of(pending, at)

    def step(self, at: Millis, late: bool = False) -> Outcome:
        """Judge what is due at `at`. With `late`, what late facts changed up to then."""
        if self.state.parked is not None:
            return Outcome(over=True)
        heard = self._heard(at, late)
        looking = at >= self._look_at or heard.pop(LOOK, None) is not None
        judged, looked = self._due_rules(at)
        if heard.pop(FEED, None) is not None:
            judged[ROOM] = dict.fromkeys(reads.about(EVERYTHING, a_room=True))
        outcome = Outcome()
        if heard:
            outcome.recount, anew = self._learn(heard, at, late, judged)
            looked |= anew
        if self.room is not None:
            self.room.now = at
        if looking or looked:  # a reading may have been forgotten since the last look
            self._known.look(at)
        if looking:
            looked = self._everybody()
            self._blocks = {one for one in self._blocks if one > at}
        said: list[tuple[int, str, Signal]] = []
        for who, rules in judged.items():
            for module, rule in rules:
                self._agenda.plan(who, rule, self._judge(module, rule, who, at, late, said))
        for who in looked:
            asked = self._asked(who, LOOKING_AT[who == ROOM])
            dues = [self._judge(*one, who, at, late, said) for one in asked]
            self._agenda.plan(who, LOOKING, min(dues, default=NEVER))
        self._explain(at, late, said)
        said.sort(key=lambda one: one[:2])
        outcome.signals = [signal for _, _, signal in said]
        self._close(at, outcome)
        self.state.judged = max(at, self.state.judged)
        self._set_due()
        outcome.over = at >= self._dropped_at()
        return outcome

    def _heard(self, at: Millis, late: bool) -> dict[str, Collection[Part]]:
        """Whom facts concern that came up to `at`, and which parts of them."""
        heard: dict[str, Collection[Part]] = {}
        while self._ahead and self._ahead[0][0] <= at:
            _, who, parts = heappop(self._ahead)
            known = heard.get(who)
            heard[who] = parts if known is None else {*known, *parts}
        if late:
            heard |= dict.fromkeys(self.state.late, EVERY_PART)
            self.state.late = []
        return heard

    def _due_rules(self, at: Millis) -> tuple[Judged, set[str]]:
        """What the agenda has for `at`: rules, and whom to look at."""
        judged: Judged = {}
        looked: set[str] = set()
        for who, rule in self._agenda.pop(at):
            if rule == LOOKING:
                looked.add(who)
            else:
                judged.setdefault(who, {})[MODULES[rule], rule] = None
        return judged, looked

    def _learn(
        self, heard: dict[str, Collection[Part]], at: Millis, late: bool, judged: Judged
    ) -> tuple[bool, set[str]]:
        """Take in what was heard, and add to `judged` the rules that read any of it. Whether
        people are to be counted anew, and who is to be looked at."""
        known = self._known
        known.moved_at = None
        changes = known.refresh(heard, at, late)
        people, words = changes.people, changes.words
        if late and known.schedule is not None:
            people = dict.fromkeys(heard.keys() | people.keys(), EVERYTHING)
            words = EVERYTHING if words else words
        of_room = words.union(*people.values())
        for who in self._everybody() if words else (ROOM, *people):
            changed = of_room if who == ROOM else words | people.get(who, NOTHING)
            if changed:
                rules = self._asked(who, reads.about(changed, a_room=who == ROOM))
                judged.setdefault(who, {}).update(dict.fromkeys(rules))
        recount = late or bool(COUNTED & of_room)
        if late or changes.words:
            return recount, self._everybody()
        consented = {who for who, changed in people.items() if "counted_since" in changed}
        return recount, consented | {ROOM} if consented else consented

    def _close(self, at: Millis, outcome: Outcome) -> None:
        """From the closing on, write what each patient's session came to."""
        room = self.room
        if room is None or at < room.closes_at:
            return
        self._known.look(at)
        inferring = self._rules.inference(room.schedule.plan.program_id) != "off"
        outcome.attended = attendance.changed(room, self.state.attended, inferring)

    def report(self, participant_id: str, ts: Millis) -> list[Signal]:
        """Judge a report of that instant at once, on the facts known up to it; of what was
        scheduled later than `ts`, the first plan counts."""
        ledger = self.state.ledger
        at = max(ts, ledger.versions[0][0]) if ledger.versions else ts
        plan = schedule(ledger, at)
        off, on_trial = (self._known.in_state(state, plan) for state in ("off", "trial"))
        signals = []
        about = (self.session_id, participant_id)
        for said, reporter in reports.begun(self.state, about, plan, off, ts):
            said.alert.trial = said.alert.rule in on_trial
            signals.append(self._signal(said, reporter, at))
        return signals

    def kept_reports(self) -> list[Signal]:
        """What was reported before the session was scheduled, told at its first schedule."""
        told = reports.kept(self.state.ledger)
        return [one for ts, name in told for one in self.report(name, ts)]

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
        self.due = min(ahead, closing, self._look_at, self._dropped_at(), self._agenda.next)

    # --- what is said -----------------------------------------------------------------------

    def _asked(self, who: str, rules: tuple[Rule, ...]) -> Iterable[Rule]:
        """Those that may say something by now, or have said or planned something."""
        if not rules:
            return rules
        told, planned = self._alerts.rules(who), self._agenda.rules(who)
        worth = self._known.worth(who)
        return [one for one in rules if one[1] in told or one[1] in planned or worth(one[1])]

    def _episodes(self, module: Any, rule: str, who: str, at: Millis) -> list[Episode]:
        """The rule's episodes about the person (or the room), up to the closing."""
        room = self.room
        found: list[Episode] = []
        if room is None:
            return found
        if rule in self._known.off:
            pass
        elif who == ROOM:
            if rule in FEED_RULES:
                room.feed = self._feeds.feed(room.schedule.plan.platform, at)
            found = [*module.episodes(room, room.limits[rule])]
        else:
            person = self._known.people.get(who)
            if person is not None:
                found = [*module.episodes(person, room, room.limits[rule])]
        if rule == INCIDENT:
            self._incidents = found
        return until_closing(found, rule, room.closes_at) if found else found

    def _explain(self, at: Millis, late: bool, said: list[tuple[int, str, Signal]]) -> None:
        """Name what the room's open incident explains by now: in what is said of it just now, or
        in an update."""
        for alert in self._alerts.of(ROOM, INCIDENT):
            if alert.cleared_at is not None:
                continue
            new = unexplained(alert, self.state.alerts, self._incidents)
            if not new:
                continue
            update = explain(
                alert,
                [one.alert_id for one in new],
                max(one.raised_at for one in new) if late else at,
            )
            own = [n for n, one in enumerate(said) if one[2].alert_id == alert.alert_id]
            if own:
                told = replace(said[own[-1]][2], explains=list(alert.explains))
                said[own[-1]] = (ORDER[INCIDENT], ROOM, told)
                alert.last_ts = told.ts
            else:
                said.append((ORDER[INCIDENT], ROOM, self._signal(update, None, at)))

    def _signal(self, said: Said, person: Person | None, at: Millis) -> Signal:
        ledger = self.state.ledger
        return signal(said, self.session_id, ledger, person, self._rules.hash, at)

    def _judge(
        self,
        module: Any,
        rule: str,
        who: str,
        at: Millis,
        late: bool,
        said: list[tuple[int, str, Signal]],
    ) -> Millis:
        """Compare a rule's episodes with what was said, add the difference to `said` as signals,
        and tell when it is to be judged again."""
        alerts = self._alerts.of(who, rule)
        if not alerts and rule in AT_CLOSE and self.room and at < self.room.closes_at:
            return self.room.closes_at
        episodes = self._episodes(module, rule, who, at)
        if not alerts and not episodes:
            return NEVER
        known = len(alerts)
        about = About(rule, self.session_id, who)
        reason = why(rule, self._known, who, at, late)
        for one in compare(alerts, episodes, at, about, late=late, why=reason):
            if one.status == "raised":
                one.alert.trial = rule in self._known.on_trial
            signal = self._signal(one, self._known.people.get(who), at)
            said.append((ORDER[rule], who, signal))
        if len(alerts) > known:
            self._alerts.add(who, alerts[known:])
        return deadline(episodes, at)
