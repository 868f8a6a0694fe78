"""Lines, devices and waiting rooms that fail, and what only looks so."""

from itertools import count

from producers.simulator.scenarios.registry import of_rooms
from producers.simulator.scenarios.stage import Room, Stage
from streams.events import (
    MINUTE,
    SECOND,
    Device,
    DeviceChecked,
    MediaChanged,
    MediaObserved,
    ParticipantJoinFailed,
    ParticipantJoinStarted,
    ParticipantWaiting,
    Sample,
)

PHONE = Device(kind="phone", os="android", browser="chrome")


@of_rooms("fails_twice", "Two failed joins within five minutes, and never in.", "missed_session")
def fails_twice(stage: Stage) -> None:
    room = stage.room()
    first = stage.seconds(-60, 60)
    second = first + stage.seconds(40, 170)
    room.of(ParticipantJoinFailed, "p1-0", first, stage="network")
    room.of(ParticipantJoinFailed, "p1-0", second, stage="device")
    room.expects("could_not_connect", "p1-0", second)


@of_rooms("stuck_on_the_way", "Opened the link once, and nothing followed.", "missed_session")
def stuck_on_the_way(stage: Stage) -> None:
    room = stage.room()
    opened = stage.seconds(0, 200)
    room.of(ParticipantJoinStarted, "p1-0", opened)
    room.expects("could_not_connect", "p1-0", opened + 1 + 3)


@of_rooms("second_try_works", "One failed join, then in.", "could_not_connect", "missed_session")
def second_try_works(stage: Stage) -> None:
    room = stage.room()
    failed = stage.seconds(-120, 60)
    room.of(ParticipantJoinFailed, "p1-0", failed, stage="media")
    room.stays("p1-0", failed + stage.seconds(20, 150))


@of_rooms("breaks_at_once", "Two connections of some seconds, each broken.", "dropped_out")
def breaks_at_once(stage: Stage) -> None:
    room = stage.room()
    first = stage.seconds(0, 60)
    room.stays("p1-0", first, first + stage.seconds(5, 20), "connection_lost")
    second = first + stage.seconds(40, 150)
    over = second + stage.seconds(5, 20)
    room.stays("p1-0", second, over, "connection_lost")
    room.expects("could_not_connect", "p1-0", over)


@of_rooms("drops_and_returns", "The line breaks; back after some minutes.", "left_early")
def drops_and_returns(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(700, 1800)
    room.stays("p1-0", -1, gone, "connection_lost")
    room.stays("p1-0", gone + stage.seconds(200, 400))
    room.expects("dropped_out", "p1-0", gone + 2)


@of_rooms(
    "reconnects", "The line breaks; the client is back by itself.", "dropped_out", "left_early"
)
def reconnects(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(700, 2400)
    room.stays("p1-0", -1, gone, "connection_lost")
    room.stays("p1-0", gone + stage.seconds(5, 86))


@of_rooms(
    "goes_on_a_bad_line_without_a_reason",
    "The platform gives no reason; the line was bad just before.",
    "left_early",
    "poor_connection",
)
def goes_on_a_bad_line(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    gone = stage.seconds(2500, 2900)
    room.stays("p1-0", -1, gone, "unknown")
    room.line("p1-0", 5, "good")
    room.line("p1-0", gone - stage.seconds(10, 50), "poor")
    room.expects("dropped_out", "p1-0", gone + 2)
    _partial(room, "p1-0", gone)


def _partial(room: Room, who: str, gone: float) -> None:
    if gone < 0.75 * room.length:
        room.expects_partial(who)


@of_rooms("drops_near_the_end", "The line breaks minutes before the end.", "dropped_out")
def drops_near_the_end(stage: Stage) -> None:
    stage.room().stays("p1-0", -1, 60 - stage.seconds(120, 590), "connection_lost")


@of_rooms("drops_three_times", "Three drops in ten minutes, each time back.", "dropped_out")
def drops_three_times(stage: Stage) -> None:
    _drops(stage.room(), 3)


@of_rooms("drops_twice", "Two drops in ten minutes.", "unstable_connection", "dropped_out")
def drops_twice(stage: Stage) -> None:
    _drops(stage.room(), 2)


def _drops(room: Room, times: int) -> None:
    at = -1.0
    for number in range(times):
        gone = 12 + 4 * number + room.stage.seconds(0, 60)
        room.stays("p1-0", at, gone, "connection_lost")
        at = gone + room.stage.seconds(20, 60)
    room.stays("p1-0", at)
    if times >= 3:
        room.expects("unstable_connection", "p1-0", gone)


@of_rooms(
    "bad_line_never_drops",
    "Punctual, on a bad line for minutes, and never drops; by samples.",
    "dropped_out",
    "left_early",
    "session_incident",
    "no_media",
)
def bad_line_never_drops(stage: Stage) -> None:
    room = stage.room()
    room.stays("p1-0", -1)
    bad = stage.random.randrange(8 * 12, 40 * 12) / 12  # whole windows of 5 s
    _samples(room, "p1-0", every=5, bad=(bad, bad + 5))
    # The third bad window of the last five turns the state; then it is held.
    room.expects("poor_connection", "p1-0", bad + 0.25 + 1)


def _samples(
    room: Room,
    who: str,
    every: int,
    bad: tuple[float, float] | None = None,
    until: float = 59,
    page: str = "page",
) -> None:
    """What a page measures, every so many seconds, a second after the window's edge."""
    begin = room.at(0) - room.at(0) % (5 * SECOND) + SECOND
    for number in count():
        ts = begin + number * every * SECOND
        minutes = (ts - room.starts_at) / MINUTE
        if minutes > until:
            return
        poor = bad is not None and bad[0] <= minutes < bad[1]
        sample = Sample(
            session_id=room.session,
            participant_id=who,
            connection_id=page,
            ts=ts,
            rtt_ms=600.0 if poor else 40.0,
            jitter_ms=60.0 if poor else 4.0,
            loss=0.15 if poor else 0.0,
        )
        room.stage.measure([sample], ts + SECOND)


@of_rooms("bad_for_seconds", "The line is bad for less than a minute.", "poor_connection")
def bad_for_seconds(stage: Stage) -> None:
    room = stage.room()
    bad = stage.seconds(300, 2000)
    room.line("p1-0", 1, "good")
    room.line("p1-0", bad, "poor")
    room.line("p1-0", bad + stage.seconds(20, 55), "good")


@of_rooms(
    "samples_once_a_minute", "A good line, measured once a minute.", "poor_connection", "no_media"
)
def samples_once_a_minute(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    room.stays("p1-0", -1)
    _samples(room, "p1-0", every=60)


@of_rooms("bad_phone_beside_a_good_laptop", "Two devices, one bad.", "poor_connection")
def bad_phone_beside_a_good_laptop(stage: Stage) -> None:
    room = stage.room()
    room.stays("p1-0", -1)
    _samples(room, "p1-0", every=10)
    room.joins("p1-0", 0.5, on="phone")
    room.leaves("p1-0", room.goes(), on="phone")
    _samples(room, "p1-0", every=5, bad=(10, 40), page="phone")


@of_rooms(
    "phone_and_laptop",
    "Two devices at once; the first goes and returns.",
    "dropped_out",
    "left_early",
    "unstable_connection",
)
def phone_and_laptop(stage: Stage) -> None:
    room = stage.room()
    gone = stage.seconds(1200, 1500)
    room.joins("p1-0", -1, on="laptop")
    room.joins("p1-0", gone - 5, on="phone")
    room.leaves("p1-0", gone, "connection_lost", on="laptop")
    room.joins("p1-0", gone + 6, on="laptop2")
    room.leaves("p1-0", gone + 10, on="phone")
    room.leaves("p1-0", room.goes(), on="laptop2")


@of_rooms("frozen_picture", "The camera is on and the picture frozen.", "poor_connection")
def frozen_picture(stage: Stage) -> None:
    room = stage.room()
    frozen = stage.seconds(400, 2000)
    room.comes("p1-0")
    room.says(MediaChanged, 1, participant_id="p1-0", camera="on")
    _media(room, "p1-0", 2, video="flowing")
    _media(room, "p1-0", frozen, video="frozen")
    _media(room, "p1-0", frozen + 4, video="flowing")
    room.expects("no_media", "p1-0", frozen + 0.75)


def _media(room: Room, who: str, at: float, **seen: str) -> None:
    room.says(
        MediaObserved, at, participant_id=who, connection_id="page", since=room.at(at), **seen
    )


@of_rooms("camera_always_off", "Never turns the camera on; frames stand still.", "no_media")
def camera_always_off(stage: Stage) -> None:
    room = stage.room()
    room.comes("p1-0")
    room.says(MediaChanged, 0.5, participant_id="p1-0", camera="off")
    _media(room, "p1-0", stage.seconds(100, 400), video="frozen")


@of_rooms("freezes_shortly", "The picture stands still for half a minute.", "no_media")
def freezes_shortly(stage: Stage) -> None:
    room = stage.room()
    frozen = stage.seconds(400, 2000)
    room.comes("p1-0")
    room.says(MediaChanged, 1, participant_id="p1-0", camera="on")
    _media(room, "p1-0", frozen, video="frozen")
    _media(room, "p1-0", frozen + stage.seconds(15, 40), video="flowing")


@of_rooms("never_heard", "The microphone is on, and nothing was ever heard.")
def never_heard(stage: Stage) -> None:
    room = stage.room()
    on = stage.seconds(120, 900)
    room.comes("p1-0", "p1-1")
    room.line("p1-0", 0.5, "good")
    _media(room, "p1-1", 1, audio="heard")
    room.says(MediaChanged, on, participant_id="p1-0", microphone="on")
    room.expects("no_media", "p1-0", on + 3)


@of_rooms(
    "unmuted_listener",
    "Unmuted and heard once; then noise suppression sends nothing for long.",
    "no_media",
    "withdrawn",
)
def unmuted_listener(stage: Stage) -> None:
    room = stage.room()
    room.comes("p1-0", "p1-1")
    _media(room, "p1-1", 1, audio="heard")
    room.says(MediaChanged, 2, participant_id="p1-0", microphone="on")
    _media(room, "p1-0", 2 + stage.seconds(20, 150), audio="heard")


@of_rooms("device_check_failed", "Half an hour before the start the check still fails.")
def device_check_failed(stage: Stage) -> None:
    room = stage.room()
    room.comes("p1-0")
    _check(room, -stage.seconds(1900, 3400), "fail")
    room.expects("device_check_failed", "p1-0", -30)


@of_rooms("device_check_mended", "The check failed, then passed.", "device_check_failed")
def device_check_mended(stage: Stage) -> None:
    room = stage.room()
    room.comes("p1-0")
    failed = -stage.seconds(2600, 3400)
    _check(room, failed, "fail")
    _check(room, failed + stage.seconds(60, 600), "pass")


def _check(room: Room, at: float, result: str) -> None:
    failures = ["microphone"] if result == "fail" else []
    room.says(
        DeviceChecked, at, participant_id="p1-0", result=result, failures=failures, device=PHONE
    )


@of_rooms("forgotten_in_the_waiting_room", "The host sees nobody waiting.", "could_not_connect")
def forgotten(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    entered = -stage.seconds(20, 200)
    admitted = stage.seconds(180, 280)
    room.of(ParticipantWaiting, "p1-0", entered, state="entered")
    room.of(ParticipantWaiting, "p1-0", admitted, state="admitted")
    room.stays("p1-0", admitted + 1 / 60)
    room.expects("waiting_to_be_admitted", "p1-0", 2)


@of_rooms("admitted_at_once", "Waits some seconds.", "waiting_to_be_admitted", "could_not_connect")
def admitted_at_once(stage: Stage) -> None:
    room = stage.room(platform="zoom")
    entered = stage.seconds(0, 300)
    admitted = entered + stage.seconds(5, 100)
    room.of(ParticipantWaiting, "p1-0", entered, state="entered")
    room.of(ParticipantWaiting, "p1-0", admitted, state="admitted")
    room.stays("p1-0", admitted + 1 / 60)


SCENARIOS = (
    fails_twice,
    stuck_on_the_way,
    second_try_works,
    breaks_at_once,
    drops_and_returns,
    reconnects,
    goes_on_a_bad_line,
    drops_near_the_end,
    drops_three_times,
    drops_twice,
    bad_line_never_drops,
    bad_for_seconds,
    samples_once_a_minute,
    bad_phone_beside_a_good_laptop,
    phone_and_laptop,
    frozen_picture,
    camera_always_off,
    freezes_shortly,
    never_heard,
    unmuted_listener,
    device_check_failed,
    device_check_mended,
    forgotten,
    admitted_at_once,
)
