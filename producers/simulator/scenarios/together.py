"""Many failing together, in one room or in several, and troubles that are only near each other."""

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Room, Stage
from streams.events import Device, Network

ACME = Network(type="cellular", carrier="acme", region="az")
OTHER = Network(type="cellular", carrier="valley", region="az")
PHONE = Device(kind="phone", os="android", browser="chrome")


def _break_off(room: Room, who: list[str], at: float, back: float | None) -> list[float]:
    """They drop within a minute, and are back after so many minutes. When each was gone."""
    gone = sorted(at + room.stage.seconds(0, 55) + n / 60 for n in range(len(who)))
    for one, instant in zip(who, gone, strict=True):
        room.stays(one, room.early(), instant, "connection_lost")
        if back is not None:
            room.stays(one, instant + back + room.stage.seconds(0, 30))
    return gone


@of_rooms("room_breaks_down", "Five of ten drop within a minute.", "left_early", "session_short")
def room_breaks_down(stage: Stage) -> None:
    room = stage.room(10)
    gone = _break_off(room, room.patients[:5], 12 + stage.seconds(0, 1200), 3)
    names = room.named("dropped_out", room.patients[:5])
    room.expects("session_incident", None, gone[4], explains=names)  # 5 of 11, with the host
    for who, at in zip(room.patients, gone, strict=False):
        room.expects("dropped_out", who, at + 2, held=True)


@of_rooms(
    "one_more_after_the_incident",
    "Five of ten drop and return; a quarter of an hour later one more drops.",
    "session_incident",
)
def one_more_after_the_incident(stage: Stage) -> None:
    room = stage.room(10)
    *others, one = room.patients[:6]
    gone = _break_off(room, others, 12 + stage.seconds(0, 600), 3)
    names = room.named("dropped_out", others)
    room.expects("session_incident", None, gone[4], explains=names)
    for who, at in zip(others, gone, strict=True):
        room.expects("dropped_out", who, at + 2, held=True)
    later = gone[4] + 15
    room.stays(one, room.early(), later, "connection_lost")
    room.stays(one, later + 4)
    room.expects("dropped_out", one, later + 2, held=False)


@of_rooms("four_troubles_apart", "Four of ten fail, minutes apart.", "session_incident")
def four_troubles_apart(stage: Stage) -> None:
    room = stage.room(10)
    for number, who in enumerate(room.patients[:4]):
        gone = 12 + 6 * number + stage.seconds(0, 60)
        room.stays(who, -1, gone, "connection_lost")
        room.stays(who, gone + 3)
        room.expects("dropped_out", who, gone + 2, held=False)


@of_rooms(
    "absent_while_the_room_is_down",
    "An incident lasts for the whole session, and one person is truly absent.",
    "left_early",
)
def absent_while_the_room_is_down(stage: Stage) -> None:
    """The incident does not name who is absent; it hides the absence all the same, for 15 min."""
    room = stage.room(10)
    room.none_of("p1-9")
    gone = _break_off(room, room.patients[:6], 2 + stage.seconds(0, 60), None)
    names = room.named("dropped_out", room.patients[:6])
    room.expects("session_incident", None, gone[5], explains=names)  # at first half of 11
    room.expects("missed_session", "p1-9", 10, held=True, shown=25)
    for who, at in zip(room.patients, gone, strict=False):
        room.expects("dropped_out", who, at + 2, held=True, shown=at + 17)
        room.expects_partial(who)


def _rooms_with_carriers(stage: Stage, number: int) -> list[Room]:
    """In each of them four of ten are with one carrier, the rest with another."""
    first = stage.room(10)
    rooms = [first, *(stage.room(10, starts_at=first.starts_at) for _ in range(number - 1))]
    for room in rooms:
        room.devices = dict.fromkeys(room.patients, PHONE)
        room.networks = {who: ACME if seat < 4 else OTHER for seat, who in enumerate(room.patients)}
    return rooms


@of_rooms(
    "carrier_breaks_down",
    "In four rooms those with one carrier drop within a minute.",
    "session_incident",
    "left_early",
)
def carrier_breaks_down(stage: Stage) -> None:
    rooms = _rooms_with_carriers(stage, 4)
    at = 15 + stage.random.randrange(90) / 6
    gone: list[tuple[int, int]] = []
    for room in rooms:
        told = _break_off(room, room.patients[:4], at, 4)
        gone += [(room.at(instant), room.number) for instant in told]
        for who, instant in zip(room.patients, told, strict=False):
            room.expects("dropped_out", who, instant + 2, held=True)
    # Against 24 others, by 1 % over six traits tried: C(16, 7) / C(40, 7) is the first under it.
    names = [one for room in rooms for one in room.named("dropped_out", room.patients[:4])]
    stage.expects_platform_incident(gone, 7, names)


@of_rooms(
    "carrier_trouble_in_one_room",
    "Those with one carrier drop in one room of four.",
    "platform_incident",
    "session_incident",
)
def carrier_trouble_in_one_room(stage: Stage) -> None:
    room = _rooms_with_carriers(stage, 4)[0]
    gone = _break_off(room, room.patients[:4], 15 + stage.seconds(0, 600), 4)
    for who, instant in zip(room.patients, gone, strict=False):
        room.expects("dropped_out", who, instant + 2, held=False)


@of_rooms(
    "single_troubles_in_many_rooms",
    "In each of four rooms one drops, each with another carrier than the next.",
    "platform_incident",
    "session_incident",
)
def single_troubles(stage: Stage) -> None:
    for number, room in enumerate(_rooms_with_carriers(stage, 4)):
        who = room.patients[0 if number % 2 else 5]
        (gone,) = _break_off(room, [who], 15 + stage.seconds(0, 60), 4)
        room.expects("dropped_out", who, gone + 2, held=False)


@of_rooms(
    "platform_breaks_down",
    "Everybody on one platform drops in three rooms; nobody uses another.",
    "left_early",
    "session_short",
)
def platform_breaks_down(stage: Stage) -> None:
    first = stage.room(8, platform="zoom")
    rooms = [first, *(stage.room(8, platform="zoom", starts_at=first.starts_at) for _ in range(2))]
    at = 15 + stage.random.randrange(90) / 6
    gone: list[tuple[int, int]] = []
    for room in rooms:
        told = _break_off(room, room.patients, at, 4)
        gone += [(room.at(instant), room.number) for instant in told]
        for who, instant in zip(room.patients, told, strict=False):
            room.expects("dropped_out", who, instant + 2, held=True)
        names = room.named("dropped_out", room.patients)
        room.expects("session_incident", None, told[3], explains=names)  # 4 of 9, with the host
    names = [one for room in rooms for one in room.named("dropped_out", room.patients)]
    names += [("session_incident", room.session, None) for room in rooms]
    # Half of 27, as there is nobody to compare with.
    stage.expects_platform_incident(gone, 14, names)


SCENARIOS = (
    room_breaks_down,
    one_more_after_the_incident,
    four_troubles_apart,
    absent_while_the_room_is_down,
    carrier_breaks_down,
    carrier_trouble_in_one_room,
    single_troubles,
    platform_breaks_down,
)
