"""What is known of one room by now: its schedule, its people, and what the whole room goes by."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from streams.events import Millis
from streams.rules import Rules
from streams.rules import State as RuleState
from streams.session import as_of, asking, engagement, persons
from streams.session.facts import Person, Room
from streams.session.ledger import NOBODY, ROOM, Ledger, Part
from streams.session.looking import Looks
from streams.session.reads import EVERYTHING, OF_EVERYBODY
from streams.session.schedule import Schedule, schedule

Heard = Mapping[str, Collection[Part]]
"""Whom facts concern, `ROOM` among them, and which parts of them."""


class Changes(Struct):
    """What facts have changed: fields of people, by whom, and the room's words."""

    people: dict[str, frozenset[str]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


class Known:
    """Made anew, as far as it may have changed, whenever facts have come."""

    __slots__ = (
        "_ledger",
        "_looked_by",
        "_memo",
        "_rules",
        "_session_id",
        "_words",
        "_worth",
        "looks",
        "moved_at",
        "off",
        "on_trial",
        "people",
        "room",
        "schedule",
    )

    def __init__(self, session_id: str, ledger: Ledger, rules: Rules) -> None:
        self.room: Room | None = None
        self.schedule: Schedule | None = None
        self.people: dict[str, Person] = {}
        self.moved_at: Millis | None = None
        """When the session was moved, if a fact of this step did it."""
        self.looks = Looks()
        self.off: frozenset[str] = frozenset()
        self.on_trial: frozenset[str] = frozenset()
        """The rules in these states for this room's program and kind."""
        self._session_id = session_id
        self._ledger = ledger
        self._rules = rules
        self._memo = as_of.Memo()
        self._worth: dict[str, frozenset[str]] = {}
        self._words: dict[str, object] = {}
        self._looked_by: tuple[object, ...] = ()

    def refresh(self, heard: Heard, at: Millis, late: bool = False) -> Changes:
        """Make anew what these facts concern, and tell what is different then."""
        ledger, before = self._ledger, self.schedule
        changes = Changes()
        if ROOM in heard or before is None:
            plan = schedule(ledger, at)
            if plan != before:
                self._plan(plan)
                self.people = {}
        plan = self.schedule
        if plan is None:
            return changes
        if before is not None and plan.moved_at != before.moved_at:
            self.moved_at = plan.moved_at
        told = {
            person
            for name in (heard if ledger.identified else ())
            for _, person in ledger.identified.get(name, ())
        }
        concerned = (heard.keys() | told) - {NOBODY}
        if told or not self.people or not concerned <= self.people.keys():
            known = self.people
            kept = {name: one for name, one in known.items() if name not in concerned}
            self.people = self._everybody(plan, at, kept)
            self._worth = {}
            self.looks.forget(_looked_at_anew(known, self.people))
            changes.people = dict.fromkeys(concerned, EVERYTHING)
            self._see_room(at, changes)
        else:
            for name in concerned:
                self._renew(name, heard[name], at, changes)
            others = any(OF_EVERYBODY & one for one in changes.people.values())
            if ROOM in heard or others or not self._words:
                self._see_room(at, changes)
        self._forget_readings(concerned if late or told else ())
        return changes

    def unjudged(self) -> None:
        """Late facts are known that nobody was judged by: the next one that is heard tells of all
        words."""
        self._words = {}

    def _plan(self, plan: Schedule | None) -> None:
        self.schedule = plan
        self.off, self.on_trial = self.in_state("off"), self.in_state("trial")

    def worth(self, who: str) -> Callable[[str], bool]:
        """Which rules are worth asking about a person, or the room."""
        room, person = self.room, self.people.get(who)
        if room is None or (person is None and who != ROOM):
            return _every_rule
        if person is None:
            return partial(asking.of_room, room)
        worth = self._worth.get(who)
        if worth is None:
            worth = self._worth[who] = asking.of_person(person, room)
        return partial(_one_of, worth, person, room)

    def _renew(self, name: str, parts: Collection[Part], at: Millis, changes: Changes) -> None:
        before = self.people[name]
        new = persons.renewed(before, self._ledger, self.schedule, parts, at)
        if not new:
            return
        self.people[name] = replace(before, **new)
        self._worth.pop(name, None)
        changed = set(new)
        if "media" in new and new["media"].heard_at != before.media.heard_at:
            changed.add("heard_at")
        if "counted_since" in new or "is_host" in new:
            self.looks.forget([name])
        changes.people[name] = frozenset(changed)

    def _see_room(self, at: Millis, changes: Changes) -> None:
        """Make the room's words anew, and tell which of them are others."""
        if self.schedule is None:
            return
        before = self.room
        room = self.room = self._room(self.schedule, self.people, at)
        if before is not None:
            room.feed = before.feed
        words = room.words()
        changes.words = frozenset(
            name
            for name, value in words.items()
            if name not in self._words or value != self._words[name]
        )
        self._words = words

    def _forget_readings(self, people: Collection[str]) -> None:
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
            counted = engagement.known(persons.sources(self._ledger, name, at), at)
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
        matched = {persons.owner(ledger, name, at) for name in ledger.identified}
        names = plan.seats.keys() | ledger.people.keys() | {plan.plan.host_id}
        names |= {name for name in matched if name not in (None, NOBODY)}
        return {
            name: kept.get(name) or persons.person(ledger, name, plan, at)
            for name in sorted(names)
            if persons.owner(ledger, name, at) in (None, NOBODY)
        }

    def _room(self, plan: Schedule, people: Mapping[str, Person], at: Millis) -> Room:
        planned = plan.plan
        limits = self._rules.of(planned.program_id, planned.kind)
        closes_at = planned.ends_at + self._rules.general.closes_after
        return as_of.room(
            self._session_id, self._ledger, plan, people, closes_at, limits, at, self._memo
        )


def _every_rule(_: str) -> bool:
    """Of whom nothing is known any more, all are asked."""
    return True


def _one_of(worth: frozenset[str], person: Person, room: Room, rule: str) -> bool:
    return rule in worth or asking.looking(person, room, rule)


def _looked_at_anew(before: Mapping[str, Person], now: Mapping[str, Person]) -> list[str]:
    """Whose consent has changed, or who turned out to be a host: nobody looks at hosts."""
    return [
        name
        for name, one in now.items()
        if (one.counted_since, one.is_host)
        != ((before[name].counted_since, before[name].is_host) if name in before else (0, False))
    ]
