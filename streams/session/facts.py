"""What is true in one room as of an instant: what detectors ask.

Made by `as_of.py` from the ledger whenever a fact comes; open connections, breaks and links are
taken to go on, so that what is still to come can be told without a state of anybody's own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from streams.episodes import NEVER, Audience, Why, graver
from streams.events import MINUTE, Device, Kind, Millis, Network, Role
from streams.session import attempts, breaks, opening, presence
from streams.session.attempts import Try
from streams.session.engagement import Engagement
from streams.session.feeds import Feed
from streams.session.ledger import Check, Profile, Report, Seat
from streams.session.lines import Line
from streams.session.media import Media
from streams.session.opening import Ending
from streams.session.presence import Connection, Span, Stay
from streams.session.schedule import Schedule


class Person(Struct, frozen=True, gc=False):
    """One person. `stays` reached the start; `early` were over before it."""

    participant_id: str
    seat: Seat | None
    is_host: bool
    is_bot: bool
    role: Role
    """As the platform says; whoever the schedule names as host is one."""
    unmatched: bool
    added_at: Millis
    exempt: Why | None
    """Why no presence rule applies, and since when."""
    excuses: tuple[tuple[Millis, str], ...]
    how_in_person: str | None
    present_with: str | None
    connections: tuple[Connection, ...]
    connected_spans: tuple[Span, ...]
    """While any connection was open, pending ones included."""
    stays: tuple[Stay, ...]
    early: tuple[Stay, ...]
    waits: tuple[Span, ...]
    unsettled: tuple[Span, ...]
    """While it is open whether the person is coming: pending, waiting, on the way."""
    tries: tuple[Try, ...]
    looked_in_at: Millis | None
    line: Line
    """How good the best connection was, for each time on end with one."""
    troubles: tuple[Span, ...]
    """While something technical is wrong for this person."""
    profile: Profile | None
    reports: tuple[Report, ...]
    device: Device | None
    network: Network | None
    checks: tuple[Check, ...]
    media: Media
    engagement: Engagement
    counted_since: Millis
    """Signs of taking part count from then on; `NEVER` once consent is taken back."""

    @property
    def check(self) -> Check | None:
        """The latest device check."""
        return self.checks[-1] if self.checks else None

    @property
    def patient(self) -> bool:
        return self.seat is not None and self.seat.member == "patient"

    @property
    def virtual(self) -> bool:
        """A patient on the roster who should be there by video."""
        return self.exempt is None or self.exempt.reason == "excused"

    def excused(self, kind: str) -> bool:
        return any(told == kind for _, told in self.excuses)

    def bad_line(self) -> list[Span]:
        """While the best of the person's connections was poor or lost."""
        return self.line.bad_spans()

    def postpone(self, instant: Millis) -> Millis:
        """When absence can be judged that is due at `instant`; `NEVER` while waiting lasts."""
        return attempts.settle(instant, self.unsettled)

    def present(self, instant: Millis) -> bool:
        return any(stay.start <= instant < stay.end for stay in self.stays)

    def connected(self, instant: Millis) -> bool:
        return presence.within(self.connected_spans, instant)

    def waiting(self, instant: Millis) -> bool:
        return presence.within(self.waits, instant)


class Incident(Struct, frozen=True, gc=False):
    """While the people of many rooms failed together, and what they shared, as `carrier:acme`."""

    start: Millis
    end: Millis
    trait: str


class Room(Struct):
    """The room's words. `feed` is put in anew whenever the room's own rules are judged."""

    session_id: str
    schedule: Schedule
    closes_at: Millis
    people: Mapping[str, Person]
    opening: Millis | None
    breaks: tuple[Span, ...]
    stopped: tuple[Span, ...]
    endings: tuple[Ending, ...]
    hosts: tuple[Span, ...]
    unmatched: tuple[Span, ...]
    incidents: tuple[Incident, ...]
    ended: tuple[Millis, ...]
    """When the platform said that it was over."""
    heard: tuple[tuple[Millis, str], ...]
    """The first two people whose voice was heard, and when: so that sound is measured here."""
    limits: Mapping[str, Any]
    """Every rule's thresholds in force here: one rule may have to know another's."""
    now: Millis
    """Up to when all of this is known; put in anew as well."""
    feed: Feed = Feed()
    readings: Mapping[str, Sequence[int]] = {}
    """The fatigue index of each person at each look so far, as `fatigue.told` reads them."""

    @property
    def starts_at(self) -> Millis:
        return self.schedule.plan.starts_at

    @property
    def ends_at(self) -> Millis:
        return self.schedule.plan.ends_at

    @property
    def due_from(self) -> Millis:
        """Since when somebody should be there: the start, or when it was reinstated later."""
        return max(self.starts_at, self.schedule.reinstated_at)

    @property
    def kind(self) -> Kind:
        return self.schedule.plan.kind

    @property
    def off(self) -> bool:
        """Cancelled, or in person: that nobody is in the room means nothing."""
        return self.schedule.cancelled_at is not None or (
            self.schedule.plan.modality == "in_person"
        )

    @property
    def seen_at(self) -> Millis:
        """When the platform first told of anybody here; `NEVER` when it has not."""
        people = self.people.values()
        seen = [one.start for person in people for one in person.connections]
        seen += [start for person in people for start, _ in person.waits]
        return min(seen, default=NEVER)

    def words(self) -> dict[str, object]:
        """What everybody's rules depend on, by name: when it changes, all who read it are judged
        again."""
        return {
            "schedule": self.schedule,
            "opening": self.opening,
            "stopped": (self.breaks, self.stopped),
            "endings": self.endings,
            "hosts": self.hosts,
            "unmatched": self.unmatched,
            "ended": self.ended,
            "heard": self.heard,
        }

    def timer(self, since: Millis, delay: Millis) -> Millis:
        """When so much time outside breaks (and 3 min after each) has passed.

        Who was told that it is cancelled needs the time anew once it is not: nothing is due before
        that delay has passed since the session was reinstated.
        """
        return breaks.timer(max(since, self.schedule.reinstated_at), delay, self.stopped)

    def real_end(self, at: Millis) -> Millis:
        """The real end as known at that instant."""
        return opening.real_end(self.endings, self.ends_at, at)

    def goes_on(self, at: Millis) -> Millis:
        """That instant while the room is held; the end of the ending that it falls in, and 3 min
        to come back, where the ending lifts; else `NEVER`. In those 3 min it is their end too.

        A platform that says "ended" while everybody only moves (a meeting's time limit, a restart)
        has ended nothing: whose absence was due meanwhile is judged once people had the time to
        come back, as after a break.
        """
        if not self.endings or at >= self.ends_at:
            return at if at < self.ends_at else NEVER
        back = breaks.COMING_BACK
        while (over := opening.lifts(self.endings, self.ends_at, at, back)) is not None:
            at = self.timer(over, back)
        return at if at < self.ends_at else NEVER

    def wrongly_ended(self, at: Millis) -> bool:
        """Whether an ending about then has lifted, so that it explains nobody's leaving."""
        return any(abs(one.at - at) <= MINUTE and one.known[-1][1] < NEVER for one in self.endings)

    def judged(self, due: Millis, unsettled: Sequence[Span]) -> Millis:
        """When absence due then can be judged: the room held, nobody awaited on the way."""
        while (later := self.goes_on(attempts.settle(due, unsettled))) > due:
            due = later
        return due

    def due(self, person: Person, delay: Millis) -> Millis:
        """So long after the opening, or after the person was added; `NEVER` when not opened."""
        if self.opening is None:
            return NEVER
        return self.timer(max(self.opening, person.added_at), delay)

    def told(self, audience: Audience) -> Audience:
        """In individual sessions the host takes the place of outreach."""
        if self.kind != "individual" or "outreach" not in audience:
            return audience
        rest: Audience = {role: what for role, what in audience.items() if role != "outreach"}
        rest["host"] = graver(audience["outreach"], rest.get("host"))
        return rest
