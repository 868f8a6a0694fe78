"""One person under watch: the facts, what was said of them, and when they are due again."""

from collections.abc import Iterator
from datetime import date
from heapq import heapify, heappop, heappush
from typing import Any, Final
from zlib import compress, decompress

import msgspec
from msgspec import Struct, field

from streams.episodes import (
    NEVER,
    About,
    Alert,
    Episode,
    Said,
    Why,
    compare,
    deadline,
    gravest,
    signal_id,
)
from streams.events import Kind, Millis, ParticipantProfiled, Signal
from streams.participant import as_of, days
from streams.participant.detectors import DETECTORS, FACTS
from streams.participant.facts import Person
from streams.participant.keeping import SETTLED_AFTER, keep
from streams.participant.ledger import RECORDERS, Ledger
from streams.participant.profile import AHEAD, profile
from streams.rules import Rules
from streams.topics import DAY_MS

RULES = {module: module.__name__.rpartition(".")[2] for module in DETECTORS}
FORGOTTEN_AFTER = 400 * DAY_MS
"""As long as the log keeps a person's events."""
CORRECTED = "corrected"
FAST: Final = 1
"""Of compressing: what repeats are the names of figures, and any level finds those."""
COMPRESSED: Final = b"\x78"
"""How zlib begins, and no array of msgpack."""
KIND: Kind = "group"
"""Weeks have no kind of session: the thresholds of groups are in force for them."""


class State(Struct, array_like=True):
    """All that is stored of a person; the rest is made from it."""

    ledger: Ledger = field(default_factory=Ledger)
    alerts: list[Alert] = field(default_factory=list)
    late: bool = False
    """Facts came after the clock had passed them, and are not judged yet."""
    corrected_at: Millis = 0
    """When staff made the newest correction among those."""
    heard_at: Millis = 0
    """The newest fact's `ts`."""
    judged: Millis = 0
    offset: int = -1
    parked: str | None = None


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(State).decode


def unpacked(stored: bytes) -> State:
    """Of compressed msgpack arrays, or as they were stored before, of plain ones."""
    return decode(decompress(stored) if stored.startswith(COMPRESSED) else stored)


class Outcome(Struct):
    """What one step of one person caused."""

    signals: list[Signal] = field(default_factory=list)
    profiles: list[ParticipantProfiled] = field(default_factory=list)
    over: bool = False
    """Nothing more can come of it: the state is to be dropped."""


class Watch:
    """Facts go in by `hear`; `step` judges whatever is due at an instant.

    Between two records the state lies packed: a tenth of its size unpacked.
    """

    __slots__ = ("_agenda", "_ahead", "_packed", "_rules", "_state", "due", "participant_id")

    def __init__(self, participant_id: str, rules: Rules, state: State) -> None:
        self.participant_id = participant_id
        self._packed = b""
        self._state: State | None = state
        self.due: Millis = NEVER
        """The next instant at which something is to be judged."""
        self._rules = rules
        self._ahead: list[Millis] = []
        self._agenda: Millis = NEVER

    @property
    def state(self) -> State:
        if self._state is None:
            self._state = unpacked(self._packed)
        return self._state

    def packed(self, clock: Millis) -> bytes:
        """The state, judged up to the clock; it is kept so from here on."""
        if self._state is not None:
            self._state.judged = max(self._state.judged, clock)
            self._packed, self._state = compress(encode(self._state), FAST), None
        return self._packed

    def hear(self, event: Any, clock: Millis) -> bool:
        """Keep a fact; false when it was known already."""
        state = self.state
        if not RECORDERS[type(event)](state.ledger, event):
            return False
        state.heard_at = max(event.ts, state.heard_at)
        if event.ts > clock:
            heappush(self._ahead, event.ts)
        else:
            state.late = True
            if type(event).__struct_config__.tag == "attendance.corrected":
                state.corrected_at = max(event.ts, state.corrected_at)
        self._set_due()
        return True

    def restore(self) -> None:
        """Make the deadlines anew, saying nothing."""
        state = self.state
        self._ahead = [ts for ts in as_of.instants(state.ledger) if ts > state.judged]
        heapify(self._ahead)
        person = self._person(state.judged)
        episodes = [one for _, found in self._episodes(person) for one in found]
        self._agenda = self._next(person, episodes)
        self._set_due()

    def park(self, reason: str) -> None:
        """Facts go on being kept; they are judged again after the next start."""
        self.state.parked = reason
        self._set_due()

    def step(self, at: Millis, now: Millis, late: bool = False) -> Outcome:
        """Judge what is due at `at`. With `late`, what late facts changed up to then.

        `now` is the clock: whoever's session is over by it needs no profile any more.
        """
        state, outcome = self.state, Outcome(over=at >= self._forgotten_at())
        if state.parked is not None:
            return outcome
        while self._ahead and self._ahead[0] <= at:
            heappop(self._ahead)
        person = self._person(at)
        episodes: list[Episode] = []
        whole: dict[str, list[Episode]] = {}
        for module, found in self._episodes(person):
            whole[RULES[module]] = found
            told = [one for one in found if not self._settled(module, one, person)]
            episodes += told
            outcome.signals += self._say(module, person, told, late)
        outcome.profiles = list(self._profiles(person, now))
        if late:
            state.late, state.corrected_at = False, 0
        self._keep(person, whole)
        state.judged = max(at, state.judged)
        self._agenda = self._next(person, episodes)
        self._set_due()
        return outcome

    # --- what is known --------------------------------------------------------------------------

    def _person(self, at: Millis) -> Person:
        ledger = self.state.ledger
        program_id = ledger.home.program_id
        infers = self._rules.inference(program_id) == "on"
        return as_of.person(ledger, at, self._rules.of(program_id, KIND), infers)

    def _keep(self, person: Person, found: dict[str, list[Episode]]) -> None:
        keep(self.state.ledger, person, found)
        settled = person.at - SETTLED_AFTER - DAY_MS
        self.state.alerts = [
            alert
            for alert in self.state.alerts
            if (alert.raised_at if alert.rule in FACTS else alert.cleared_at or NEVER) > settled
        ]

    def _next(self, person: Person, episodes: list[Episode]) -> Millis:
        """The next instant at which a rule may find something else."""
        weeks = (end for _, end in person.week_ends() if end > person.at)
        profiles = (
            due for due in (self._profile_due(key) for key in self._plans()) if due > person.at
        )
        return min(
            deadline(episodes, person.at),
            person.care.next_change,
            min(weeks, default=NEVER),
            min(profiles, default=NEVER),
        )

    def _forgotten_at(self) -> Millis:
        return self.state.heard_at + FORGOTTEN_AFTER

    def _set_due(self) -> None:
        if self.state.parked is not None:
            self.due = self._forgotten_at()
            return
        ahead = self._ahead[0] if self._ahead else NEVER
        self.due = min(ahead, self._agenda, self._forgotten_at())

    # --- profiles -------------------------------------------------------------------------------

    def _plans(self) -> Iterator[int]:
        for key, entry in self.state.ledger.sessions.items():
            if entry.plan is not None and entry.plan.status == 0 and not entry.plan.profiled:
                yield key

    def _profile_due(self, key: int) -> Millis:
        plan = self.state.ledger.sessions[key].plan
        return NEVER if plan is None else max(plan.starts_at - AHEAD, plan.told_at)

    def _profiles(self, person: Person, now: Millis) -> Iterator[ParticipantProfiled]:
        ledger, at = self.state.ledger, person.at
        for key in sorted(self._plans()):
            plan = ledger.sessions[key].plan
            if plan is None or self._profile_due(key) > at or now >= plan.ends_at:
                continue
            if person.care.active_at(at):
                plan.profiled = True
                yield profile(person, self.participant_id, plan.session_id, ledger.parts, at)

    # --- what is said ---------------------------------------------------------------------------

    def _episodes(self, person: Person) -> Iterator[tuple[Any, list[Episode]]]:
        """Rule by rule, of what is kept."""
        off = self._rules.in_state("off", self.state.ledger.home.program_id, KIND)
        for module in DETECTORS:
            rule = RULES[module]
            if rule in off:
                yield module, []
                continue
            yield module, list(module.episodes(person, person.limits[rule]))

    def _settled(self, module: Any, episode: Episode, person: Person) -> bool:
        """Whether it ended so long ago that nothing is said of it any more."""
        if RULES[module] in FACTS:
            return _of_the_past(episode.subject, person)
        return episode.over(person.at - SETTLED_AFTER)

    def _say(
        self, module: Any, person: Person, episodes: list[Episode], late: bool
    ) -> Iterator[Signal]:
        """Compare with what was said, and write the difference as signals."""
        rule = RULES[module]
        alerts = [alert for alert in self.state.alerts if alert.rule == rule]
        if rule in FACTS:  # an old fact is not over: it is only not looked at any more
            alerts = [alert for alert in alerts if not _of_the_past(alert.subject, person)]
        if not alerts and not episodes:
            return
        known = len(alerts)
        about = About(rule, "", self.participant_id)
        why = self._why(rule, alerts, person, late)
        trial = rule in self._rules.in_state("trial", self.state.ledger.home.program_id, KIND)
        for said in compare(alerts, episodes, person.at, about, late=late, why=why):
            if said.status == "raised":
                said.alert.trial = trial
            yield self._signal(said)
        for alert in alerts:
            alert.who = ""  # the state's key says it
            if alert.cleared_at is not None:
                alert.audience = {}
        self.state.alerts += alerts[known:]

    def _why(self, rule: str, alerts: list[Alert], person: Person, late: bool) -> Why | None:
        """Why an alert ends of which no episode is left."""
        standing = [alert.raised_at for alert in alerts if alert.cleared_at is None]
        if standing and min(standing) < person.care.ended_before:
            return Why("discharged", person.care.ended_before)
        if rule == "fatigue_trend" and not person.consents:
            return Why("consent_withdrawn", person.at)
        if late and self.state.corrected_at:
            return Why(CORRECTED, self.state.corrected_at)
        entries = self.state.ledger.sessions.values()
        corrections = (ts for entry in entries for ts, _ in entry.corrected)
        if not late and person.at in corrections:
            return Why(CORRECTED, person.at)
        return None

    def _signal(self, said: Said) -> Signal:
        alert, home = said.alert, self.state.ledger.home
        return Signal(
            id=signal_id(alert.alert_id, said.status, said.ts),
            alert_id=alert.alert_id,
            rule=alert.rule,
            status=said.status,
            severity=gravest(alert.audience),
            audience=alert.audience,
            ts=said.ts,
            raised_at=alert.raised_at,
            evidence={**said.evidence, "time_zone": as_of.zone_of(self.state.ledger)},
            rules=self._rules.hash,
            program_id=home.program_id or None,
            participant_id=self.participant_id,
            clinician_id=home.clinician_id or None,
            subject=alert.subject,
            trial=alert.trial,
        )


def _of_the_past(subject: str | None, person: Person) -> bool:
    """Whether the day or week that a fact is about is settled, whenever it was told."""
    unit, _, first = (subject or "").partition(":")
    if not first:
        return False
    day = date.fromisoformat(first)
    over = days.day_after(day, 7 if unit == "week" else 0)
    return over <= days.day_of(person.at - SETTLED_AFTER, person.zone)
