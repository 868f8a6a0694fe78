"""Hosts, breaks, feeds, calls for help, and many failing together."""

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Room, Stage
from streams.events import (
    Device,
    Network,
    ParticipantExcused,
    ParticipantReported,
    SessionBreak,
    SessionEnded,
)

ACME = Network(type="cellular", carrier="acme", region="az")
OTHER = Network(type="cellular", carrier="valley", region="az")
PHONE = Device(kind="phone", os="android", browser="chrome")


@of_rooms("host_missing", "Everybody is there but the host.", "empty_room", "missed_session")
def host_missing(stage: Stage) -> None:
    room = stage.room(5)
    room.none_of(room.host)
    room.expects("host_missing", None, 5)


@of_rooms("host_a_little_late", "The host comes within five minutes.", "host_missing")
def host_a_little_late(stage: Stage) -> None:
    room = stage.room(5)
    room.stays(room.host, stage.seconds(30, 290), room.goes() + 0.5)


@of_rooms("host_drops", "The host's line breaks for minutes.", "session_short", "left_early")
def host_drops(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(600, 2000)
    room.stays(room.host, -1, gone, "connection_lost")
    room.stays(room.host, gone + stage.seconds(100, 200))
    room.expects("host_dropped", None, gone + 1)


@of_rooms("host_reconnects", "The host is back within a minute.", "host_dropped", "session_short")
def host_reconnects(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(600, 2000)
    room.stays(room.host, -1, gone, "connection_lost")
    room.stays(room.host, gone + stage.seconds(5, 55))


@of_rooms("leaves_early", "Goes in the middle, and does not return.", "dropped_out")
def leaves_early(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(1500, 2400)
    room.stays("p1-0", -1, gone)
    room.expects("left_early", "p1-0", gone + 5)
    room.expects_partial("p1-0")


@of_rooms("leaves_early_excused", "Said so before, and stays for three quarters.", "left_early")
def leaves_early_excused(stage: Stage) -> None:
    room = stage.room(length=72)
    room.stays("p1-0", -1, stage.seconds(3270, 3400))
    room.of(ParticipantExcused, "p1-0", -20, kind="leaves_early")


@of_rooms("steps_out", "Away for some minutes.", "left_early", "dropped_out")
def steps_out(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(600, 2400)
    room.stays("p1-0", -1, gone)
    room.stays("p1-0", gone + stage.seconds(60, 270))


@of_rooms(
    "everybody_hangs_up_for_the_break",
    "Nobody announced it; the host stays.",
    "left_early",
    "dropped_out",
    "session_incident",
    "session_short",
    "partial_attendance",
    "break_due",
)
def everybody_hangs_up(stage: Stage) -> None:
    room = stage.room(length=110)
    away = 45 + stage.seconds(0, 300)
    for who in room.patients:
        room.stays(who, room.early(), away + stage.seconds(0, 40))
        room.stays(who, away + 13 + stage.seconds(0, 60))


@of_rooms(
    "scheduled_break",
    "Everybody, the host too, goes for the scheduled break.",
    "left_early",
    "session_short",
    "host_dropped",
    "break_due",
)
def scheduled_break(stage: Stage) -> None:
    room = stage.room(length=120, breaks=[(50, 65)])
    for who in (room.host, *room.patients):
        room.stays(who, room.early(), 50 + stage.seconds(0, 60))
        room.stays(who, 65 - stage.seconds(0, 90))


@of_rooms("break_due", "Everybody sits there for long without a break.", "group_tiring")
def break_due(stage: Stage) -> None:
    room = stage.room(length=100)
    room.expects("break_due", None, 75)


@of_rooms("break_tapped", "The host taps a break in time.", "break_due", "left_early")
def break_tapped(stage: Stage) -> None:
    room = stage.room(length=120)
    begun = stage.seconds(3000, 4200)
    room.says(SessionBreak, begun, state="started")
    room.says(SessionBreak, begun + 10, state="ended")


@of_rooms(
    "host_closes_early_without_reasons",
    "The host closes the room early on a platform that gives no reasons.",
    "left_early",
    "dropped_out",
    "partial_attendance",
    "host_dropped",
    "session_incident",
)
def host_closes_early(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    over = stage.seconds(1800, 2500)
    for who in (room.host, *room.patients):
        room.stays(who, room.early(), over + stage.seconds(0, 8), "unknown")
    room.expects("session_short", None, 60)


@of_rooms("ends_a_little_early", "Five minutes before the time all go.", "session_short")
def ends_a_little_early(stage: Stage) -> None:
    stage.room().closes_at = 60 - stage.seconds(120, 600)


@of_rooms(
    "feed_dead_before_the_start",
    "The platform's webhooks have not come since before the session.",
    "host_missing",
    "empty_room",
    "missed_session",
)
def feed_dead(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    room.none_of(room.host, *room.patients)
    last = room.at(-stage.seconds(400, 3000))
    for half_minute in range(-20, 160):
        stage.feed("zoom", room.at(half_minute / 2), last)
    room.expects("feed_silent", None, 5)


@of_rooms(
    "feed_dies_in_mid_session",
    "The webhooks stop while all are there, and nobody goes.",
    "feed_silent",
    "missed_session",
    "dropped_out",
    "left_early",
    "host_dropped",
    "empty_room",
    "session_short",
)
def feed_dies(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    last = stage.seconds(600, 2400)
    for who in (room.host, *room.patients):
        room.joins(who, room.early())
    for half_minute in range(-20, 160):
        heard = min(half_minute / 2, last)
        stage.feed("zoom", room.at(half_minute / 2), room.at(heard))


def _reports(room: Room, who: str, at: float, kind: str) -> None:
    room.says(ParticipantReported, at, participant_id=who, kind=kind)


@of_rooms("crisis", "Calls for help in a crisis, and stays.", "left_after_crisis")
def crisis(stage: Stage) -> None:
    room = stage.room()
    at = stage.seconds(60, 3000)
    _reports(room, "p1-0", at, "crisis")
    room.expects("crisis_reported", "p1-0", at)


@of_rooms("help", "Asks for help, then the page is loaded anew.", "left_after_crisis")
def help_asked(stage: Stage) -> None:
    room = stage.room()
    at = stage.seconds(300, 1800)
    _reports(room, "p1-0", at, "help")
    gone = at + stage.seconds(30, 300)
    room.stays("p1-0", -1, gone)
    room.stays("p1-0", gone + stage.seconds(3, 12))
    room.expects("help_requested", "p1-0", at)


@of_rooms("gone_after_a_crisis", "Calls for help, and is gone.", "dropped_out")
def gone_after_a_crisis(stage: Stage) -> None:
    room = stage.room()
    at = stage.seconds(300, 1200)
    _reports(room, "p1-0", at, "crisis")
    gone = at + stage.seconds(30, 300)
    room.stays("p1-0", -1, gone)
    room.expects("crisis_reported", "p1-0", at)
    room.expects("left_after_crisis", "p1-0", gone + 0.25)
    room.expects("left_early", "p1-0", gone + 5)
    room.expects_partial("p1-0")


@of_rooms(
    "crisis_just_before_the_end", "The platform ends the session for all.", "left_after_crisis"
)
def crisis_before_the_end(stage: Stage) -> None:
    room = stage.room()
    at = stage.seconds(3200, 3400)
    _reports(room, "p1-0", at, "crisis")
    over = 58.5
    for who in (room.host, *room.patients):
        room.stays(who, room.early(), over, "ended")
    room.says(SessionEnded, over)
    room.expects("crisis_reported", "p1-0", at)


@of_rooms("something_does_not_work", "Asks for tech support.", "could_not_connect")
def something_does_not_work(stage: Stage) -> None:
    room = stage.room()
    at = stage.seconds(60, 3000)
    _reports(room, "p1-0", at, "technical")
    room.expects("tech_requested", "p1-0", at)


@of_rooms("not_alone", "Reports that somebody listens.", "tech_requested", "help_requested")
def not_alone(stage: Stage) -> None:
    room = stage.room()
    at = stage.seconds(60, 3000)
    _reports(room, "p1-0", at, "privacy")
    room.expects("privacy_reported", "p1-0", at)


@of_rooms(
    "says_that_screens_tire",
    "A word about fatigue is no call for help.",
    "crisis_reported",
    "help_requested",
    "privacy_reported",
    "tech_requested",
)
def says_that_screens_tire(stage: Stage) -> None:
    room = stage.room()
    room.says(
        ParticipantReported, stage.seconds(60, 1500), participant_id="p1-0", kind="fatigue", score=1
    )


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
    room.expects("session_incident", None, gone[4])  # 5 of 11, the host among them
    for who, at in zip(room.patients, gone, strict=False):
        room.expects("dropped_out", who, at + 2)


@of_rooms("four_troubles_apart", "Four of ten fail, minutes apart.", "session_incident")
def four_troubles_apart(stage: Stage) -> None:
    room = stage.room(10)
    for number, who in enumerate(room.patients[:4]):
        gone = 12 + 6 * number + stage.seconds(0, 60)
        room.stays(who, -1, gone, "connection_lost")
        room.stays(who, gone + 3)
        room.expects("dropped_out", who, gone + 2)


@of_rooms(
    "absent_while_the_room_is_down",
    "An incident lasts for the whole session, and one person is truly absent.",
    "left_early",
)
def absent_while_the_room_is_down(stage: Stage) -> None:
    room = stage.room(10)
    room.none_of("p1-9")
    gone = _break_off(room, room.patients[:6], 2 + stage.seconds(0, 60), None)
    room.expects("session_incident", None, gone[5])  # in the first ten minutes half of 11
    room.expects("missed_session", "p1-9", 10)
    for who, at in zip(room.patients, gone, strict=False):
        room.expects("dropped_out", who, at + 2)
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
            room.expects("dropped_out", who, instant + 2)
    # Against 24 others, by 1 % over six traits tried: C(16, 7) / C(40, 7) is the first under it.
    stage.expects_platform_incident(gone, 7)


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
        room.expects("dropped_out", who, instant + 2)


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
        room.expects("dropped_out", who, gone + 2)


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
            room.expects("dropped_out", who, instant + 2)
        room.expects("session_incident", None, told[3])  # 4 of 9, the host among them
    stage.expects_platform_incident(gone, 14)  # half of 27, as there is nobody to compare with


SCENARIOS = (
    host_missing,
    host_a_little_late,
    host_drops,
    host_reconnects,
    leaves_early,
    leaves_early_excused,
    steps_out,
    everybody_hangs_up,
    scheduled_break,
    break_due,
    break_tapped,
    host_closes_early,
    ends_a_little_early,
    feed_dead,
    feed_dies,
    crisis,
    help_asked,
    gone_after_a_crisis,
    crisis_before_the_end,
    something_does_not_work,
    not_alone,
    says_that_screens_tire,
    room_breaks_down,
    four_troubles_apart,
    absent_while_the_room_is_down,
    carrier_breaks_down,
    carrier_trouble_in_one_room,
    single_troubles,
    platform_breaks_down,
)
