"""Who is absent, late or excused, and who only looks so."""

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Stage
from streams.events import (
    MINUTE,
    ParticipantAttendedInPerson,
    ParticipantExcused,
    ParticipantIdentified,
    ParticipantPresentWith,
    ParticipantWaiting,
    SessionCancelled,
)


@of_rooms("absent", "One of eight never comes.")
def absent(stage: Stage) -> None:
    room = stage.room()
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", 10)


@of_rooms("absent_from_one_to_one", "Alone with the clinician, and nobody comes.", "empty_room")
def absent_from_one_to_one(stage: Stage) -> None:
    room = stage.room(1, kind="individual", length=50)
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", 5)


@of_rooms("excused", "One is excused before the start.", "missed_session")
def excused(stage: Stage) -> None:
    room = stage.room()
    room.of(ParticipantExcused, "p1-0", -stage.seconds(60, 3000))


@of_rooms("in_person", "One sits in the clinic; the host taps it.", "missed_session")
def in_person(stage: Stage) -> None:
    room = stage.room()
    room.of(ParticipantAttendedInPerson, "p1-0", stage.seconds(30, 500))


@of_rooms("present_with_another", "Two sit before one screen; the host taps it.", "missed_session")
def present_with_another(stage: Stage) -> None:
    room = stage.room()
    room.comes("p1-1")
    room.of(ParticipantPresentWith, "p1-0", stage.seconds(30, 500), with_="p1-1")


@of_rooms(
    "excused_late", "Said before that it will be late, and is.", "missed_session", "joined_late"
)
def excused_late(stage: Stage) -> None:
    room = stage.room()
    room.of(ParticipantExcused, "p1-0", -stage.seconds(60, 3000), kind="late")
    room.stays("p1-0", stage.seconds(660, 800))


@of_rooms("very_late", "Comes a quarter of an hour late.")
def very_late(stage: Stage) -> None:
    room = stage.room()
    came = stage.seconds(12 * 60, 14 * 60)
    room.stays("p1-0", came)
    room.expects("missed_session", "p1-0", 10)
    room.expects("joined_late", "p1-0", came + 0.5)


@of_rooms("late_within_the_grace", "Comes some minutes late.", "missed_session", "joined_late")
def late_within_the_grace(stage: Stage) -> None:
    stage.room().stays("p1-0", stage.seconds(60, 550))


@of_rooms(
    "headset_test",
    "Tests the headset before the start, then comes in time.",
    "could_not_connect",
    "left_early",
    "dropped_out",
)
def headset_test(stage: Stage) -> None:
    room = stage.room()
    tested = -stage.seconds(1200, 2400)
    room.stays("p1-0", tested, tested + stage.seconds(12, 80))
    room.comes("p1-0")


@of_rooms("looked_in", "Looks in before the start, and never comes.", "could_not_connect")
def looked_in(stage: Stage) -> None:
    room = stage.room()
    seen = -stage.seconds(400, 800)
    room.stays("p1-0", seen, seen + stage.seconds(40, 80))
    room.expects("missed_session", "p1-0", 10)


@of_rooms("late_webhook", "In time, but told of minutes later.", "missed_session", "joined_late")
def late_webhook(stage: Stage) -> None:
    room = stage.room()
    room.joins("p1-0", -1, stage.seconds(240, 560))
    room.leaves("p1-0", room.goes())


@of_rooms("host_late", "The host is three minutes late, most others too: the grace begins then.")
def host_late(stage: Stage) -> None:
    room = stage.room()
    came = stage.seconds(120, 270)
    room.stays(room.host, came)
    for who in room.patients[1:]:
        room.stays(who, came + stage.seconds(5, 60))
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", came + 10)


@of_rooms(
    "eight_in_the_waiting_room",
    "Eight wait for a host who is four minutes late.",
    "could_not_connect",
    "missed_session",
    "waiting_to_be_admitted",
    "host_missing",
    "session_incident",
    "empty_room",
)
def eight_in_the_waiting_room(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    came = stage.seconds(200, 280)
    room.stays(room.host, came)
    for who in room.patients:
        admitted = came + stage.seconds(10, 90)
        room.of(ParticipantWaiting, who, room.early(), state="entered")
        room.of(ParticipantWaiting, who, admitted, state="admitted")
        room.stays(who, admitted + 1 / 60)


@of_rooms("nobody_comes", "No host, nobody: neither opened nor held.", "missed_session")
def nobody_comes(stage: Stage) -> None:
    room = stage.room(4)
    room.none_of(room.host, *room.patients)
    room.expects("host_missing", None, 5)
    room.expects("empty_room", None, 10)


@of_rooms("iphone", 'One is on screen as "iPhone" and never matched.', "not_on_roster")
def iphone(stage: Stage) -> None:
    room = stage.room()
    came = stage.seconds(0, 120)
    room.none_of("p1-0")
    room.stays("unmapped:guest", came)
    room.expects("unrecognised_people", None, came + 1)
    room.expects("missed_session", "p1-0", 15)


@of_rooms("iphone_matched", 'On screen as "iPhone" until staff say who it is.', "missed_session")
def iphone_matched(stage: Stage) -> None:
    room = stage.room()
    came = stage.seconds(0, 120)
    room.none_of("p1-0")
    room.stays("unmapped:guest", came)
    room.says(
        ParticipantIdentified,
        stage.seconds(300, 560),
        unmapped_id="unmapped:guest",
        participant_id="p1-0",
    )
    room.expects("unrecognised_people", None, came + 1)


@of_rooms(
    "wrong_door", "A stranger looks in for some seconds.", "unrecognised_people", "not_on_roster"
)
def wrong_door(stage: Stage) -> None:
    came = stage.seconds(100, 2000)
    stage.room().stays("unmapped:guest", came, came + stage.seconds(35, 55))


@of_rooms(
    "group_moved",
    "The group was moved by an hour; one of it never comes.",
    "missed_session",
    "host_missing",
    "empty_room",
)
def group_moved(stage: Stage) -> None:
    room = stage.room(length=60, starts_at=None)
    old, ended = room.starts_at, room.ends_at
    room.starts_at, room.ends_at = old + 60 * MINUTE, ended + 60 * MINUTE
    room.schedules(-70 - stage.seconds(60, 2400))
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", 10)


@of_rooms(
    "moved_by_ten_minutes",
    "Moved by ten minutes shortly before the start; some are there early.",
    "missed_session",
    "joined_late",
    "host_missing",
)
def moved_by_ten_minutes(stage: Stage) -> None:
    room = stage.room()
    room.schedules(-stage.seconds(120, 600), starts=10, ends=70)
    room.ends_at += 10 * MINUTE
    for who in room.patients[4:]:
        room.stays(who, 10 + stage.seconds(-60, 400))
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", 20)


@of_rooms(
    "cancelled", "Cancelled before the start.", "missed_session", "host_missing", "empty_room"
)
def cancelled(stage: Stage) -> None:
    room = stage.room()
    room.says(SessionCancelled, -stage.seconds(60, 3000))
    room.none_of(room.host, *room.patients)


@of_rooms("added_late", "Put on the roster in mid-session: the grace begins then.")
def added_late(stage: Stage) -> None:
    room = stage.room(6)
    added = stage.seconds(300, 900)
    everybody = [*room.patients, "p1-6"]
    room.schedules(added, patients=everybody)
    room.expects("missed_session", "p1-6", added + 10)


@of_rooms("taken_off_the_roster", "Discharged before the grace is over.", "missed_session")
def taken_off_the_roster(stage: Stage) -> None:
    room = stage.room()
    room.none_of("p1-0")
    room.schedules(stage.seconds(60, 500), patients=room.patients[1:])


@of_rooms("not_on_the_roster", "Somebody of another group is here.", "unrecognised_people")
def not_on_the_roster(stage: Stage) -> None:
    room = stage.room()
    came = stage.seconds(60, 1200)
    room.stays("p9-1", came)
    room.expects("not_on_roster", "p9-1", came + 1)


@of_rooms("recorder", "A recording bot comes into the group.", "unrecognised_people")
def recorder(stage: Stage) -> None:
    room = stage.room()
    came = stage.seconds(60, 1200)
    room.joins("bot-1", came, role="bot")
    room.leaves("bot-1", room.goes())
    room.expects("not_on_roster", "bot-1", came + 1)


@of_rooms(
    "back_to_back_on_one_link",
    "The next group comes on the same link while the first still goes; one of it is absent.",
    "not_on_roster",
    "dropped_out",
    "left_early",
    "session_short",
    "joined_late",
)
def back_to_back_on_one_link(stage: Stage) -> None:
    first = stage.room()
    second = stage.room(starts_at=first.ends_at)
    second.none_of("p2-0")
    second.expects("missed_session", "p2-0", 10)


@of_rooms(
    "clocks_go_back",
    "A night session while the clocks go back.",
    "missed_session",
    "joined_late",
    "host_missing",
    "session_short",
)
def clocks_go_back(stage: Stage) -> None:
    room = stage.room(starts_at=1_793_511_000_000, time_zone="America/New_York")
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", 10)


@of_rooms(
    "clocks_go_forward",
    "A night session while the clocks go forward.",
    "missed_session",
    "joined_late",
    "host_missing",
    "session_short",
)
def clocks_go_forward(stage: Stage) -> None:
    room = stage.room(starts_at=1_772_951_400_000, time_zone="America/New_York")
    room.none_of("p1-0")
    room.expects("missed_session", "p1-0", 10)


SCENARIOS = (
    absent,
    absent_from_one_to_one,
    excused,
    in_person,
    present_with_another,
    excused_late,
    very_late,
    late_within_the_grace,
    headset_test,
    looked_in,
    late_webhook,
    host_late,
    eight_in_the_waiting_room,
    nobody_comes,
    iphone,
    iphone_matched,
    wrong_door,
    group_moved,
    moved_by_ten_minutes,
    cancelled,
    added_late,
    taken_off_the_roster,
    not_on_the_roster,
    recorder,
    back_to_back_on_one_link,
    clocks_go_back,
    clocks_go_forward,
)
