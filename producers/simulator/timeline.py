"""A day as the list of what the system is told, when, by whom: late, doubled, and in any order.

Each happening carries the contract's event that it must become; `platforms.py` gives it the
shape of a webhook, a beacon or a request, `log.py` writes it straight onto a log.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from privacy.pseudonyms import Pseudonyms
from producers.simulator.day import dice
from producers.simulator.people import Person
from producers.simulator.scene import Conduct, Day, Room, Stay
from streams.events import (
    SECOND,
    Break,
    Device,
    MediaChanged,
    Millis,
    Network,
    ParticipantAttendedInPerson,
    ParticipantExcused,
    ParticipantIdentified,
    ParticipantJoined,
    ParticipantJoinFailed,
    ParticipantJoinStarted,
    ParticipantLeft,
    ParticipantReported,
    ParticipantWaiting,
    RosterEntry,
    SessionBreak,
    SessionEnded,
    SessionEvent,
    SessionScheduled,
    SessionStarted,
)

Source = Literal["calendar", "platform", "page", "link", "staff"]
TIME_ZONE = "America/Phoenix"
DOUBLED = 0.02
"""Share of webhooks that the platform delivers twice."""
EMPTY_ROOM_MS = 20 * SECOND
"""A room without anybody ends so much later (LiveKit's departure timeout)."""


class Connection(Struct, frozen=True, kw_only=True):
    """One person's connection as the platform knows it."""

    person: Person
    number: int
    identity: str
    """Empty for a guest of whom the platform knows nothing but the name shown."""
    shown: str
    host: bool = False
    device: Device
    network: Network
    occupancy: int = 0


class Happening(Struct, frozen=True, kw_only=True):
    """`due` is when the system is told of it; the event's `ts` is when it was."""

    due: Millis
    source: Source
    event: SessionEvent
    room: Room
    connection: Connection | None = None
    occupancy: int = 0


class Names(Struct, frozen=True):
    """Everybody's and every session's pseudonym, as this installation makes them."""

    pseudonyms: Pseudonyms

    def session(self, room: Room) -> str:
        return self.pseudonyms.session(room.uid, room.original_start)

    def patient(self, person: Person) -> str:
        return self.pseudonyms.participant(person.person_id)

    def host(self, person: Person) -> str:
        return self.pseudonyms.staff(person.person_id)

    def unmapped(self, room: Room, person: Person) -> str:
        return self.pseudonyms.unmapped(room.platform, guest(person))


def guest(person: Person) -> str:
    """The only handle that a platform has on somebody who did not sign in."""
    return f"guest-{person.person_id.lower()}"


def happenings(day: Day, pseudonyms: Pseudonyms) -> list[Happening]:
    """All of them but the connection samples, in the order in which they arrive."""
    names = Names(pseudonyms)
    made = [item for room in day.rooms for item in _RoomStory(day, room, names).told()]
    return sorted(_delivered(day, made), key=lambda item: item.due)


def _delivered(day: Day, made: Iterable[Happening]) -> Iterator[Happening]:
    """The network's own delay, the outages, and what comes twice."""
    random = dice(day.seed, "delivery")
    for item in made:
        if item.source == "calendar":
            yield item
            continue
        item = replace(item, due=_late(day, item, item.due + random.randint(100, 1_200)))
        if item.source == "platform":
            item = replace(item, event=replace(item.event, received_at=item.due))
            if random.random() < DOUBLED:
                yield replace(item, due=_late(day, item, item.due + random.randint(500, 40_000)))
        yield item


def _late(day: Day, item: Happening, due: Millis) -> Millis:
    if item.source == "platform":
        for outage in day.outages:
            if outage.platform == item.room.platform and outage.start <= due < outage.end:
                return outage.end + (due - outage.start) // 1_000  # the backlog, in its order
    return due


class _RoomStory:
    """One room's happenings."""

    def __init__(self, day: Day, room: Room, names: Names) -> None:
        self._day = day
        self._room = room
        self._names = names
        self._session = names.session(room)
        self._blocks = occupied(room)

    def told(self) -> Iterator[Happening]:
        yield from self._schedule()
        yield from self._opened_and_closed()
        yield from self._breaks()
        for seat, conduct in enumerate(self._room.conducts):
            who = _Who(conduct, seat, self._room, self._names)
            yield from self._joins(who)
            yield from self._waits(who)
            yield from self._tries(who)
            yield from self._says(who)
            yield from self._marks(who)

    def _schedule(self) -> Iterator[Happening]:
        room = self._room
        moved = room.starts_at - room.original_start
        yield self._item(self._day.starts_at, "calendar", self._scheduled(0, -moved))
        if room.moved_at is not None:
            yield self._item(room.moved_at, "calendar", self._scheduled(room.moved_at, 0))

    def _scheduled(self, ts: Millis, shift: int) -> SessionScheduled:
        room = self._room
        ts = ts or self._day.starts_at
        return SessionScheduled(
            id=f"{self._session}.scheduled.{ts}",
            session_id=self._session,
            ts=ts,
            program_id=self._names.pseudonyms.program(room.program),
            track=room.track,
            kind=room.kind,
            starts_at=room.starts_at + shift,
            ends_at=room.ends_at + shift,
            time_zone=TIME_ZONE,
            host_id=self._names.host(room.host),
            platform=room.platform,
            modality=room.modality,
            roster=[
                RosterEntry(
                    participant_id=self._names.patient(person),
                    language=person.language,
                    clinician_id=self._names.host(room.host),
                )
                for person in room.roster
            ],
            breaks=[
                Break(pause.start + shift, pause.end + shift)
                for pause in room.pauses
                if pause.how == "scheduled"
            ],
        )

    def _opened_and_closed(self) -> Iterator[Happening]:
        for number, (start, end) in enumerate(self._blocks):
            same: dict[str, Any] = {"session_id": self._session}
            for what, ts in (("started", start), ("ended", end)):
                event_id = f"{self._session}.{what}.{number}"
                event: SessionEvent = (
                    SessionStarted(id=event_id, ts=ts, **same)
                    if what == "started"
                    else SessionEnded(id=event_id, ts=ts, **same)
                )
                yield self._item(ts, "platform", event, occupancy=number)

    def _breaks(self) -> Iterator[Happening]:
        for pause in self._room.pauses:
            if pause.how != "tapped":
                continue
            for state, ts in (("started", pause.start), ("ended", pause.end)):
                event = SessionBreak(
                    id=f"{self._session}.break.{ts}",
                    session_id=self._session,
                    ts=ts,
                    state=state,  # type: ignore[arg-type]  # one of the two above
                )
                yield self._item(ts, "staff", event)

    def _joins(self, who: "_Who") -> Iterator[Happening]:
        for number, stay in enumerate(who.conduct.stays):
            link = who.connection(number, stay, self._occupancy(stay.start))
            same: dict[str, Any] = {
                "session_id": self._session,
                "participant_id": who.participant_id,
                "connection_id": f"{self._session[:8]}.{link.number}",
            }
            joined = ParticipantJoined(
                id=f"{same['connection_id']}.joined",
                ts=stay.start,
                role="host" if link.host else "participant",
                device=link.device,
                network=link.network,
                exclusive=self._room.platform == "livekit",
                **same,
            )
            left = ParticipantLeft(
                id=f"{same['connection_id']}.left", ts=stay.end, reason=stay.ending, **same
            )
            yield self._item(stay.start + stay.told_late, "platform", joined, link)
            yield self._item(stay.end + stay.left_told_late, "platform", left, link)

    def _waits(self, who: "_Who") -> Iterator[Happening]:
        for number, wait in enumerate(who.conduct.waits):
            link = who.connection(100 + number, None, self._occupancy(wait.end))
            states = ("entered", "admitted" if wait.admitted else "left")
            for state, ts in zip(states, (wait.start, wait.end), strict=True):
                event = ParticipantWaiting(
                    id=f"{self._session[:8]}.{link.number}.{state}",
                    session_id=self._session,
                    participant_id=who.participant_id,
                    ts=ts,
                    state=state,  # type: ignore[arg-type]  # one of the words above
                )
                yield self._item(ts, "platform", event, link)

    def _tries(self, who: "_Who") -> Iterator[Happening]:
        for number, failed in enumerate(who.conduct.tries):
            link = who.connection(200 + number, None, self._occupancy(failed.at))
            same: dict[str, Any] = {
                "id": f"{self._session[:8]}.{link.number}.try",
                "session_id": self._session,
                "participant_id": who.participant_id,
                "ts": failed.at,
            }
            if failed.told:
                aborted = ParticipantJoinFailed(stage=failed.stage, **same)
                yield self._item(failed.at, "platform", aborted, link)
            else:
                opened = ParticipantJoinStarted(**same)
                yield self._item(failed.at, "link", opened, link)

    def _says(self, who: "_Who") -> Iterator[Happening]:
        link = who.connection(300, None, 0)
        same: dict[str, Any] = {"session_id": self._session, "participant_id": who.participant_id}
        for at in who.conduct.links:
            opened = ParticipantJoinStarted(id=f"{link.number}.link.{at}", ts=at, **same)
            yield self._item(at, "link", opened, link)
        for report in who.conduct.reports:
            said = ParticipantReported(
                id=f"{self._session[:8]}.{link.number}.report",
                ts=report.at,
                kind=report.kind,
                **same,
            )
            yield self._item(report.at, "page", said, link)
        if who.conduct.camera_off_at is not None:
            at = who.conduct.camera_off_at
            off = MediaChanged(
                id=f"{self._session[:8]}.{link.number}.camera", ts=at, camera="off", **same
            )
            yield self._item(at, "page", off, link)

    def _marks(self, who: "_Who") -> Iterator[Happening]:
        conduct, at = who.conduct, who.conduct.marked_at
        same: dict[str, Any] = {
            "session_id": self._session,
            "ts": at,
            "id": f"{self._session[:8]}.{who.seat}.mark",
        }
        if conduct.mark == "in_person":
            marked = ParticipantAttendedInPerson(participant_id=who.participant_id, **same)
            yield self._item(at, "staff", marked)
        elif conduct.mark is not None:
            excuse = ParticipantExcused(
                participant_id=who.participant_id,
                kind=conduct.mark,
                **same,
            )
            yield self._item(at, "staff", excuse)
        if conduct.identified_at is not None:
            known = ParticipantIdentified(
                id=f"{self._session[:8]}.{who.seat}.identified",
                session_id=self._session,
                ts=conduct.identified_at,
                unmapped_id=who.participant_id,
                participant_id=self._names.patient(conduct.person),
            )
            yield self._item(conduct.identified_at, "staff", known)

    def _occupancy(self, at: Millis) -> int:
        begun = [number for number, (start, _) in enumerate(self._blocks) if start <= at]
        return begun[-1] if begun else 0

    def _item(
        self,
        due: Millis,
        source: Source,
        event: SessionEvent,
        connection: Connection | None = None,
        occupancy: int = 0,
    ) -> Happening:
        return Happening(
            due=due,
            source=source,
            event=event,
            room=self._room,
            connection=connection,
            occupancy=connection.occupancy if connection else occupancy,
        )


class _Who(Struct, frozen=True):
    """One seat of a room: under which id it stands on the log, and its connections."""

    conduct: Conduct
    seat: int
    room: Room
    names: Names

    @property
    def host(self) -> bool:
        return self.seat == 0

    @property
    def participant_id(self) -> str:
        if self.host:
            return self.names.host(self.conduct.person)
        if self.conduct.unmatched:
            return self.names.unmapped(self.room, self.conduct.person)
        return self.names.patient(self.conduct.person)

    def connection(self, number: int, stay: Stay | None, occupancy: int) -> Connection:
        person = self.conduct.person
        unmatched = self.conduct.unmatched
        return Connection(
            person=person,
            number=self.seat * 1_000 + number,
            identity="" if unmatched else person.identity(self.room.platform),
            shown="iPhone" if unmatched else person.name,
            host=self.host,
            device=stay.device if stay and stay.device else person.device,
            network=person.network,
            occupancy=occupancy,
        )


def occupied(room: Room) -> list[tuple[Millis, Millis]]:
    """From when to when the platform has the room open: somebody in it, or just gone."""
    blocks: list[tuple[Millis, Millis]] = []
    stays = sorted((stay.start, stay.end) for conduct in room.conducts for stay in conduct.stays)
    for start, end in stays:
        if blocks and start <= blocks[-1][1]:
            blocks[-1] = (blocks[-1][0], max(blocks[-1][1], end + EMPTY_ROOM_MS))
        else:
            blocks.append((start, end + EMPTY_ROOM_MS))
    return blocks
