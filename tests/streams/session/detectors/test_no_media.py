"""No media: frozen, not understood, never heard; and the people who only look like it."""

from streams.events import Sample, SampleBatch
from streams.quality.monitor import QualityMonitor
from tests.story import at, cleared, group, individual, raised


def together():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    return story.line("p1", "10:00:15", "good").media("p2", "10:00:30", audio="heard")


def test_a_frozen_picture_while_the_camera_is_on():
    story = together().switches("p1", "10:00", camera="on").media("p1", "10:10", video="frozen")
    assert story.media("p1", "10:12", video="flowing").of("no_media") == [
        raised("no_media", "p1", when="10:10:45", medium="video", since=at("10:10")),
        cleared("no_media", "p1", when="10:12"),
    ]


def test_switching_the_camera_off_ends_it():
    story = together().switches("p1", "10:00", camera="on").media("p1", "10:10", video="frozen")
    assert story.switches("p1", "10:11", camera="off").of("no_media") == [
        raised("no_media", "p1", when="10:10:45"),
        cleared("no_media", "p1", when="10:11"),
    ]


def test_sound_that_cannot_be_understood():
    story = together().media("p1", "10:10", audio="concealed").media("p1", "10:11", audio="heard")
    assert story.of("no_media") == [
        raised("no_media", "p1", when="10:10:45", medium="audio"),
        cleared("no_media", "p1", when="10:11"),
    ]


def test_a_microphone_that_was_never_heard():
    story = together().switches("p1", "10:02", microphone="on")
    story.switches("p1", "10:04", microphone="off").switches("p1", "10:10", microphone="on")
    assert story.media("p1", "10:14", audio="heard").of("no_media") == [
        raised("no_media", "p1", when="10:11", medium="microphone", since=at("10:02")),
        cleared("no_media", "p1", when="10:14"),
    ]


def test_one_alert_while_anything_fails():
    story = together().switches("p1", "10:00", camera="on").media("p1", "10:10", video="frozen")
    story.media("p1", "10:10:30", audio="concealed").media("p1", "10:11", video="flowing")
    assert story.media("p1", "10:12", audio="heard").of("no_media") == [
        raised("no_media", "p1", when="10:10:45", medium="video"),
        cleared("no_media", "p1", when="10:11"),
        raised("no_media", "p1", when="10:11:15", medium="audio"),
        cleared("no_media", "p1", when="10:12"),
    ]
    story = together().switches("p1", "10:00", camera="on").media("p1", "10:10", video="frozen")
    story.media("p1", "10:10:30", audio="concealed").media("p1", "10:12", video="flowing")
    assert story.media("p1", "10:13", audio="heard").of("no_media") == [
        raised("no_media", "p1", when="10:10:45", medium="video"),
        cleared("no_media", "p1", when="10:13"),
    ]


def test_leaving_ends_it():
    story = together().media("p1", "10:10", audio="concealed").leaves("p1", "10:50")
    assert story.of("no_media")[-1] == cleared("no_media", "p1", when="10:50")


def test_the_unmuted_listener_with_noise_suppression_was_heard_once():
    story = together().switches("p1", "10:01", microphone="on").media("p1", "10:02", audio="heard")
    assert story.of("no_media") == []


def test_heard_before_a_reconnect_is_heard():
    story = together().switches("p1", "10:01", microphone="on").media("p1", "10:02", audio="heard")
    story.drops("p1", "10:20").joins("p1", "10:20:20").switches("p1", "10:21", microphone="on")
    assert story.of("no_media") == []


def test_the_muted_person_is_not_failing():
    story = together().switches("p1", "10:00", microphone="off", camera="off")
    assert (
        story.switches("p1", "10:20", microphone="on")
        .switches("p1", "10:22:59", microphone="off")
        .of("no_media")
        == []
    )


def test_where_nobody_is_ever_heard_nothing_is_measured():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    assert story.switches("p1", "10:00", microphone="on").of("no_media") == []


def test_who_allows_no_measurement_is_not_said_to_be_unheard():
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.media("p2", "10:00:30", audio="heard").switches("p1", "10:00", microphone="on")
    assert story.of("no_media") == []
    story = group(["p1", "p2"]).joins("h1", "09:58").joins("p1", "09:59").joins("p2", "09:59")
    story.media("p2", "10:00:30", audio="heard").switches("p1", "10:00", microphone="on")
    assert story.line("p1", "10:20", "good").of("no_media")[:1] == [
        raised("no_media", "p1", when="10:20", medium="microphone", since=at("10:00")),
    ]


def test_in_a_session_of_two_a_measured_line_is_enough():
    def alone(measured: bool):
        story = individual().joins("h1", "09:58").joins("p1", "09:59")
        if measured:
            story.line("p1", "10:01", "good")
        return story.switches("p1", "10:00", microphone="on").of("no_media")

    assert alone(measured=False) == []
    assert alone(measured=True)[0] == raised("no_media", "p1", when="10:03", medium="microphone")


def test_the_camera_that_is_always_off_and_the_shared_screen_are_no_failures():
    story = together().switches("p1", "10:00", camera="off").media("p1", "10:10", video="frozen")
    story.media("p2", "10:10", video="frozen")  # whose platform tells of no camera: a screen
    assert story.of("no_media") == []


def test_a_bad_phone_beside_a_good_laptop_is_no_failure():
    story = together().joins("p1", "10:05", on="second").switches("p1", "10:06", camera="on")
    story.media("p1", "10:10", video="flowing", on="laptop").media("p1", "10:11", audio="heard")
    story.media("p1", "10:12", video="frozen", on="phone")
    assert story.of("no_media") == []


def test_samples_once_a_minute_on_a_sound_line_say_nothing_of_failures():
    quality, story = QualityMonitor(), together().switches("p1", "10:00", camera="on")
    for minute in range(1, 40):
        froze = 9_000 if minute > 1 else 0
        ts = at(f"10:{minute:02}:02")
        sample = Sample("s1", "p1", "qss", ts, 60, 5, 0.001, fps=25, freeze_ms=froze)
        for change in quality.apply(SampleBatch([sample])):
            story._arrivals.append((sample.ts, change))
    assert story.of("no_media", "poor_connection") == []
