"""The truth of a day: for every episode the rule that should fire and when, or that none should.

Read off what really happened (`scene.py`), never off what the system was told of it: a second,
plain reading of the detectors' catalogue with its default thresholds.
"""

from collections.abc import Iterator

from msgspec import Struct

from privacy.pseudonyms import Pseudonyms
from producers.simulator import expected
from producers.simulator.expected import Due
from producers.simulator.happened import Happened, seen_late
from producers.simulator.scene import Day, Room
from producers.simulator.timeline import Names, happenings
from streams.codec import encode
from streams.events import Millis


class Truth(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. Without a `rule` nothing may be said about this person in this session.

    `habit` says why, for people who read the file; it is never compared.
    """

    session_id: str
    habit: str
    rule: str | None = None
    participant_id: str | None = None
    earliest: Millis = 0
    latest: Millis = 0
    explains: tuple[tuple[str, str, str | None], ...] | None = None
    """Of an incident: rule, room and person of every alert that it names, and of no other; None
    where nothing is said about it."""
    held: bool | None = None
    """Whether an incident holds it back when somebody would be told of it."""
    shown_at: Millis = 0
    """Of one that is held and outlasts it: when it is shown."""


def truths(day: Day, pseudonyms: Pseudonyms) -> Iterator[Truth]:
    """All of a day's, by room."""
    names = Names(pseudonyms)
    told = happenings(day, pseudonyms)
    for room in day.rooms:
        happened = Happened(room, seen_late(room, told))
        for due in expected.of_room(happened):
            yield _truth(names, room, due, "room", None)
        for conduct in room.patients:
            said = list(expected.of_person(happened, conduct))
            person = names.patient(conduct.person)
            for due in said:
                yield _truth(names, room, due, conduct.habit, person)
            if not said:
                yield Truth(
                    session_id=names.session(room), habit=conduct.habit, participant_id=person
                )


def as_lines(day: Day, pseudonyms: Pseudonyms) -> Iterator[bytes]:
    """JSON lines, each ended by a newline."""
    for truth in truths(day, pseudonyms):
        yield encode(truth) + b"\n"


def _truth(names: Names, room: Room, due: Due, habit: str, person: str | None) -> Truth:
    return Truth(
        session_id=names.session(room),
        habit=habit,
        rule=due.rule,
        participant_id=person,
        earliest=due.earliest,
        latest=due.latest,
    )
