"""Calls for help, and words that are none."""

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Room, Stage
from streams.events import ParticipantReported, SessionEnded


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


SCENARIOS = (
    crisis,
    help_asked,
    gone_after_a_crisis,
    crisis_before_the_end,
    something_does_not_work,
    not_alone,
    says_that_screens_tire,
)
