"""The weeks before the demonstration's day: what the first group's sessions came to, as the
installation would have written it had it run then.

What a session came to is the installation's own word, so it goes onto the log, not to the gateway.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from privacy.pseudonyms import Pseudonyms
from producers.simulator.people import Person
from producers.simulator.scene import Room
from producers.simulator.timeline import TIME_ZONE, Names
from streams.codec import encode
from streams.events import MINUTE, EnrolmentChanged, Millis, SessionAttended
from streams.kafka import KafkaSettings, partition_of, producer
from streams.topics import DAY_MS, PARTICIPANT_EVENTS

WEEKDAYS: Final = (0, 2, 4)


class Came(NamedTuple):
    """How a session went, the times in minutes."""

    outcome: str
    late: int = 0
    early: int = 0
    drops: int = 0
    lost: int = 0
    fault: str | None = None


HOW: Final = {
    "A": Came("attended"),
    "L": Came("attended", late=19),
    "P": Came("partial", late=12, early=52, drops=2, lost=9),
    "M": Came("missed"),
    "E": Came("excused"),
    "C": Came("could_not_connect"),
    "I": Came("in_person"),
    "F": Came("could_not_connect", fault="platform"),
}
PAST: Final = (
    *("AAAAAFLAAAMM", "AAEAAFAAAAAA", "AACAPFACAPCA", "ALALAFLALLAL", "AAAAAFAAAIAA"),
    *("AAAAAFAAAAAA", "AAAMAFAAAAPA", "AAAAAFEAAAAA", "IAAIAFIAAIAA", "AALAAFAAAAAA"),
)
"""For each of the first group's ten, four weeks; on one evening the platform failed everybody."""


def past(room: Room, pseudonyms: Pseudonyms) -> Iterator[EnrolmentChanged | SessionAttended]:
    """That they were admitted, and what the sessions of the weeks before this one came to."""
    names = Names(pseudonyms)
    for person, hows in zip(room.roster, PAST, strict=True):
        starts = _starts(room.starts_at, len(hows))
        yield _admitted(names.patient(person), starts[0] - DAY_MS)
        for at, how in zip(starts, hows, strict=True):
            yield _attended(room, names, person, at, HOW[how])


def _admitted(who: str, at: Millis) -> EnrolmentChanged:
    return EnrolmentChanged(id=f"{who}|past", ts=at, participant_id=who, state="active", from_=at)


def _starts(today: Millis, number: int) -> list[Millis]:
    """The same hour on the weekdays before, the oldest first."""
    day, found = datetime.fromtimestamp(today / 1000, ZoneInfo(TIME_ZONE)), list[Millis]()
    while len(found) < number:
        day -= timedelta(days=1)
        if day.weekday() in WEEKDAYS:
            found.append(int(day.timestamp() * 1000))
    return found[::-1]


def _attended(
    room: Room, names: Names, person: Person, starts: Millis, came: Came
) -> SessionAttended:
    length = room.ends_at - room.starts_at
    there = length - (came.late + came.early + came.lost) * MINUTE
    who = names.patient(person)
    session = names.pseudonyms.session(room.uid, starts)
    return SessionAttended(
        id=f"{session}|{who}|0",
        ts=starts + length,
        participant_id=who,
        session_id=session,
        program_id=names.pseudonyms.program(room.program),
        kind=room.kind,
        revision=0,
        scheduled_ms=length,
        held_ms=length,
        present_ms=there if came.outcome in ("attended", "partial") else 0,
        outcome=came.outcome,  # type: ignore[arg-type]
        drops=came.drops,
        lost_ms=came.lost * MINUTE,
        poor_ms=came.lost * 2 * MINUTE,
        reconnects=came.drops,
        privacy_reports=0,
        technical_reports=0,
        crisis_reports=0,
        time_zone=TIME_ZONE,
        fault=came.fault,  # type: ignore[arg-type]
        joined_late_ms=came.late * MINUTE or None,
        left_early_ms=came.early * MINUTE or None,
        prescribed_hours_per_week=9.0,
        clinician_id=names.host(room.host),
    )


async def tell(room: Room, pseudonyms: Pseudonyms, kafka: KafkaSettings) -> None:
    """Writes them onto the log, each person's in order. The directory must know the people."""
    writer = producer(kafka)
    await writer.start()
    try:
        for event in past(room, pseudonyms):
            await writer.send(
                kafka.topic(PARTICIPANT_EVENTS),
                encode(event),
                key=event.participant_id.encode(),
                partition=partition_of(event.participant_id, kafka.partitions),
            )
    finally:
        await writer.stop()
