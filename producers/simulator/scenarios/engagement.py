"""Signs of taking part against the person's own usual: counts, never what was said or shown.

These rules look every five minutes. Their windows are minutes wide, but for `withdrawn`.
"""

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Room, Stage
from streams.events import (
    MINUTE,
    EngagementObserved,
    MediaChanged,
    ParticipantProfiled,
    ParticipantReported,
    UsualPart,
)

LOOK_MS = 5 * MINUTE
USUAL = {"speaking": (0.12, 0.02), "chat": (5.0, 1.0), "reactions": (4.0, 1.0)}
"""Median and MAD of a half hour: share of time, and numbers."""


def profile(room: Room, who: str, gap: float | None = None, count: int = 12) -> None:
    """What the weeks before have told of a person."""
    usual = [
        UsualPart(half_hour=half_hour, part=part, median=median, mad=mad, count=count)
        for half_hour in range(4)
        for part, (median, mad) in USUAL.items()
    ]
    room.says(
        ParticipantProfiled,
        -30,
        participant_id=who,
        sessions=count,
        missed_14d=0,
        late_last_5=0,
        privacy_30d=0,
        minutes_week=540.0,
        usual_minutes_week=540.0,
        gap_p90_minutes=gap,
        usual=usual if count else [],
    )


def takes_part(room: Room, who: str, start: float, end: float, share: float = 1.0) -> None:
    """Speaks, writes and reacts about as usual, or a share of it."""
    for kind, each, ms in (("spoke", 5.0, 36_000), ("chat", 6.0, None), ("reaction", 7.5, None)):
        at = start + room.stage.seconds(0, 60 * each / 2)
        while at < end:
            if share >= 1 or room.stage.random.random() < share:
                room.says(EngagementObserved, at, participant_id=who, kind=kind, ms=ms)
            at += each * room.stage.random.uniform(0.8, 1.2)


@of_rooms("tires", "After half an hour one says, writes and shows nothing more.", "group_tiring")
def tires(stage: Stage) -> None:
    room = _measured(stage)
    since = 28 + stage.seconds(0, 120)
    takes_part(room, "p1-0", 0, since)
    room.expects("screen_fatigue", "p1-0", since + 10, within=30)


@of_rooms("takes_part_less", "A little less than usual.", "screen_fatigue", "group_tiring")
def takes_part_less(stage: Stage) -> None:
    room = _measured(stage)
    takes_part(room, "p1-0", 0, 73, 0.9)


@of_rooms(
    "turns_the_camera_off",
    "The camera goes off after half an hour; takes part as ever.",
    "screen_fatigue",
    "withdrawn",
    "no_media",
)
def turns_the_camera_off(stage: Stage) -> None:
    room = _measured(stage)
    room.says(MediaChanged, 0.5, participant_id="p1-0", camera="on")
    room.says(MediaChanged, 25 + stage.seconds(0, 600), participant_id="p1-0", camera="off")
    takes_part(room, "p1-0", 0, 73)


@of_rooms("says_it_is_too_much", "The person's own word, the highest, and held.", "crisis_reported")
def says_it_is_too_much(stage: Stage) -> None:
    room = _measured(stage)
    since = 31 + stage.seconds(0, 120)
    takes_part(room, "p1-0", 0, since)
    room.says(ParticipantReported, since, participant_id="p1-0", kind="fatigue", score=4)
    room.expects("screen_fatigue", "p1-0", since + 9, within=20)


@of_rooms(
    "new_and_quiet_after_a_while",
    "Without a usual of one's own, against the session's first half hour only.",
    "screen_fatigue",
    "withdrawn",
)
def new_and_quiet(stage: Stage) -> None:
    room = _measured(stage, count=0)
    takes_part(room, "p1-0", 0, 30)


@of_rooms("frozen_line_is_no_fatigue", "The line is bad for long.", "screen_fatigue", "withdrawn")
def frozen_line(stage: Stage) -> None:
    room = _measured(stage)
    room.comes("p1-0")
    since = 28 + stage.seconds(0, 120)
    takes_part(room, "p1-0", 0, since)
    room.line("p1-0", 0.5, "good")
    room.line("p1-0", since, "poor")
    room.expects("poor_connection", "p1-0", since + 1)


@of_rooms("group_tires", "Five of eight grow quiet after half an hour.")
def group_tires(stage: Stage) -> None:
    room = stage.room(length=74)
    since = 28 + stage.seconds(0, 120)
    for seat, who in enumerate(room.patients):
        profile(room, who)
        takes_part(room, who, 0, since if seat < 5 else 73)
        if seat < 5:
            room.expects("screen_fatigue", who, since + 10, within=30)
    room.expects("group_tiring", None, since + 2, within=28)


@of_rooms("two_of_eight_tire", "Two of eight grow quiet.", "group_tiring")
def two_of_eight_tire(stage: Stage) -> None:
    room = stage.room(length=74)
    since = 28 + stage.seconds(0, 120)
    for seat, who in enumerate(room.patients):
        profile(room, who)
        takes_part(room, who, 0, since if seat < 2 else 73)
        if seat < 2:
            room.expects("screen_fatigue", who, since + 10, within=30)


@of_rooms("quieter_than_usual", "No sign for longer than ever, while the others show some.")
def quieter_than_usual(stage: Stage) -> None:
    room = _quiet(stage, gap=30)
    last = stage.seconds(300, 1300)
    room.says(EngagementObserved, last, participant_id="p1-0", kind="chat")
    since = (room.at(last) // MINUTE + 1) * MINUTE
    look = -(-(since + 45 * MINUTE) // LOOK_MS) * LOOK_MS
    room.expects("withdrawn", "p1-0", (look - room.starts_at) / MINUTE)


@of_rooms("quiet_by_nature", "Long silences are usual for this person.", "withdrawn")
def quiet_by_nature(stage: Stage) -> None:
    room = _quiet(stage, gap=80)
    room.says(EngagementObserved, 5, participant_id="p1-0", kind="chat")


@of_rooms(
    "everybody_listens",
    "A round of greetings, then all are silent for long.",
    "withdrawn",
    "group_tiring",
)
def everybody_listens(stage: Stage) -> None:
    room = stage.room(length=74)
    for who in room.patients:
        profile(room, who, gap=20, count=0)
        greeting = 3 + stage.seconds(0, 50)
        room.says(EngagementObserved, greeting, participant_id=who, kind="spoke", ms=6_000)


@of_rooms("psychoeducation", "A lecture; one listens.", "withdrawn")
def psychoeducation(stage: Stage) -> None:
    room = _quiet(stage, gap=20, kind="psychoeducation")
    room.says(EngagementObserved, 5, participant_id="p1-0", kind="chat")


@of_rooms("camera_on_and_silent", "Says nothing, with the camera on.", "withdrawn")
def camera_on_and_silent(stage: Stage) -> None:
    room = _quiet(stage, gap=20)
    room.says(MediaChanged, 0.5, participant_id="p1-0", camera="on")


def _measured(stage: Stage, count: int = 12) -> Room:
    """Nobody but the first is measured much; a session without a break is under 75 minutes."""
    room = stage.room(length=74)
    profile(room, "p1-0", count=count)
    return room


def _quiet(stage: Stage, gap: float, kind: str = "group") -> Room:
    room = stage.room(length=74, kind=kind)  # type: ignore[arg-type]  # one of the kinds
    profile(room, "p1-0", gap=gap, count=0)
    for who in room.patients[1:]:
        takes_part(room, who, 0, 73)
    return room


SCENARIOS = (
    tires,
    takes_part_less,
    turns_the_camera_off,
    says_it_is_too_much,
    new_and_quiet,
    frozen_line,
    group_tires,
    two_of_eight_tire,
    quieter_than_usual,
    quiet_by_nature,
    everybody_listens,
    psychoeducation,
    camera_on_and_silent,
)
