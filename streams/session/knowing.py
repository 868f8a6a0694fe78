"""What is known of one room by now: its schedule, its people, and what the whole room goes by."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from streams.events import Kind, Millis
from streams.rules import THRESHOLDS, Rules
from streams.rules import State as RuleState
from streams.session import as_of, engagement
from streams.session.facts import Person, Room
from streams.session.ledger import NOBODY, ROOM, Ledger
from streams.session.looking import Looks
from streams.session.schedule import Schedule, schedule


class Known:
    """Made anew, as far as it may have changed, whenever facts have come."""

    def __init__(self, session_id: str, ledger: Ledger, rules: Rules) -> None:
        self.room: Room | None = None
        self.schedule: Schedule | None = None
        self.people: dict[str, Person] = {}
        self.moved_at: Millis | None = None
        """When the session was moved, if a fact of this step did it."""
        self.looks = Looks()
        self._session_id = session_id
        self._ledger = ledger
        self._rules = rules
        self._words: tuple[object, ...] = ()
        self._looked_by: tuple[object, ...] = ()
        self._limits: dict[tuple[str, Kind], dict[str, Any]] = {}

    def refresh(self, heard: set[str], at: Millis, late: bool = False) -> set[str] | None:
        """Make anew what the facts of these people changed; who is to be judged then, `None`
        where it is everybody."""
        ledger, before = self._ledger, self.schedule
        if ROOM in heard or before is None:
            self.schedule = schedule(ledger, at)
            self.people = {}
        plan = self.schedule
        if plan is None:
            return set()
        if before is not None and plan.moved_at != before.moved_at:
            self.moved_at = plan.moved_at
        told = [person for name in heard for _, person in ledger.identified.get(name, ())]
        heard = (heard | set(told)) - {NOBODY}
        known = self.people
        kept = {name: one for name, one in known.items() if name not in heard}
        self.people = self._everybody(plan, at, kept)
        self.looks.forget(_consent_changed(known, self.people))
        self.room = self._room(plan, self.people, at)
        self._forget_readings(heard if late or told else set())
        words = self.room.words()
        if words != self._words:
            self._words = words
            return None
        return heard | {ROOM}

    def _forget_readings(self, people: set[str]) -> None:
        room = self.room
        if room is None:
            return
        looked_by = (room.starts_at, room.ends_at, room.kind, room.opening, room.stopped)
        if looked_by != self._looked_by:
            self._looked_by = looked_by
            self.looks.forget()
        self.looks.forget(people)
        room.readings = self.looks.readings

    def look(self, at: Millis) -> None:
        """Bring what was counted, and the readings, up to `at`."""
        for name, one in self.people.items():
            counted = engagement.known(as_of.sources(self._ledger, name, at), at)
            if counted != one.engagement:
                self.people[name] = replace(one, engagement=counted)
        if self.room is not None:
            self.looks.look(self.room, at, self.room.limits["screen_fatigue"])
            self.room.readings = self.looks.readings

    def as_of(self, pending: set[str], at: Millis) -> Room | None:
        """The room with every fact that has come up to `at`, those of `pending` people too."""
        ledger = self._ledger
        plan = schedule(ledger, at) if ROOM in pending else self.schedule
        if plan is None:
            return None
        for name in list(pending):
            pending.update(person for _, person in ledger.identified.get(name, ()))
        kept = {name: one for name, one in self.people.items() if name not in pending}
        if plan != self.schedule:
            kept = {}
        return self._room(plan, self._everybody(plan, at, kept), at)

    def in_state(self, state: RuleState, plan: Schedule | None = None) -> frozenset[str]:
        """The rules in this state for this room's program and kind."""
        known = plan or self.schedule
        if known is None:
            return frozenset()
        return self._rules.in_state(state, known.plan.program_id, known.plan.kind)

    def _everybody(
        self, plan: Schedule, at: Millis, kept: Mapping[str, Person]
    ) -> dict[str, Person]:
        """As known at `at`, in order; `kept` are those who need not be made anew."""
        ledger = self._ledger
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
            self._session_id, self._ledger, plan, people, closes_at, self._limits[key], at
        )


def _consent_changed(before: Mapping[str, Person], now: Mapping[str, Person]) -> list[str]:
    return [
        name
        for name, one in now.items()
        if one.counted_since != (before[name].counted_since if name in before else 0)
    ]
