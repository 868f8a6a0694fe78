"""Hosts, breaks, early ends and dead feeds."""

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Stage
from streams.events import ParticipantExcused, SessionBreak


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
)
