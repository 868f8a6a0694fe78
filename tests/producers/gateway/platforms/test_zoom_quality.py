"""Zoom's quality of service: numbers with units, and whose they are."""

import json

import pytest

from producers.gateway.errors import InvalidField, Waits
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import zoom
from producers.gateway.platforms.zoom_quality import amount
from streams import codec
from streams.events import SampleBatch
from tests.producers.gateway.clinic import NOW, ROOM

UUID = "4444AAAiAAAAAiAiAiiAii=="
JOINED_AT = "2026-11-23T12:18:30Z"
GOOD = {"bitrate": "63 kbps", "latency": "134 ms", "jitter": "6 ms", "avg_loss": "0.0%"}


def stream(kind: str, at: str = JOINED_AT, **details) -> dict:
    told = {**GOOD, "max_loss": "0.0%", "resolution": "", "frame_rate": "", **details}
    return {"date_time": at, "type": kind, "details": told}


def quality(*points: dict, **participant) -> bytes:
    who = {"user_id": "16778240", "participant_user_id": "", "email": "", "qos": [*points]}
    about = {"uuid": UUID, "participant": who | participant}
    told = {"event": "meeting.participant_qos", "event_ts": NOW, "payload": {"object": about}}
    return json.dumps(told).encode()


def joined(**participant) -> bytes:
    who = {"user_id": "16778240", "join_time": JOINED_AT, **participant}
    meeting = {"id": ROOM, "uuid": UUID, "participant": who}
    told = {"event": "meeting.participant_joined", "event_ts": NOW}
    return json.dumps(told | {"payload": {"object": meeting}}).encode()


@pytest.fixture
def evening(evenings):
    """The names of that room, and what the gateway remembers of it."""
    occupancy = Occupancy()
    return evenings.names("zoom", occupancy), occupancy


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("134 ms", 134.0),
        ("63 kbps", 63.0),
        ("1.5 mbps", 1500.0),
        ("0.5%", 0.005),
        ("12 fps", 12.0),
        ("3.65", 3.65),
        (7, 7.0),
        ("", None),
        ("-", None),
        (None, None),
    ],
)
def test_numbers_have_units(told, number):
    assert amount(told) == number


@pytest.mark.parametrize("told", ["fast", "-3 ms", "3 furlongs", "1e9 ms", "9" * 13, -1, 1e400])
def test_what_is_no_number_is_refused(told):
    with pytest.raises(InvalidField):
        amount(told)


def test_a_point_is_the_worst_of_its_streams(evening):
    names, occupancy = evening
    occupancy.note(zoom.translate(joined(customer_key="ana"), names))
    body = quality(
        stream("audio_input"),
        stream("audio_output", latency="240 ms", bitrate="40 kbps"),
        stream("video_output", bitrate="300 kbps", avg_loss="3.5%", frame_rate="15 fps"),
        {"date_time": JOINED_AT, "type": "cpu_usage", "details": {"system_max_cpu_usage": "23%"}},
    )
    [sample] = zoom.translate(body, names)
    assert (sample.rtt_ms, sample.jitter_ms, sample.loss) == (240, 6, 0.035)
    assert (sample.up_kbps, sample.down_kbps, sample.fps) == (340, 63, 15)
    assert sample.ts == NOW
    assert sample.participant_id == names.participant("ana")
    assert sample.connection_id == names.connection(UUID, "16778240")
    batch = SampleBatch([sample])
    assert codec.samples.decode(codec.encode(batch)) == batch


def test_every_six_seconds_is_a_sample_in_order_and_what_was_not_measured_is_none(evening):
    names, occupancy = evening
    occupancy.note(zoom.translate(joined(customer_key="ana"), names))
    body = quality(
        stream("audio_input", "2026-11-23T12:18:42Z"),
        stream("audio_input", "2026-11-23T12:18:30Z"),
        stream("audio_input", "2026-11-23T12:18:36Z", latency=""),
    )
    assert [one.ts for one in zoom.translate(body, names)] == [NOW, NOW + 12_000]
    assert zoom.translate(quality(), names) == []


def test_whose_it_is_waits_until_the_meeting_is_known(evening):
    names, occupancy = evening
    signed_in = quality(stream("audio_input"), email="ana@mail.example")
    guests = quality(stream("audio_input"), user_id="16778999")
    for body in (signed_in, guests):
        with pytest.raises(Waits):
            zoom.translate(body, names)
    events = zoom.translate(joined(customer_key="luis"), names)  # teaches whose uuid it is
    [sample] = zoom.translate(signed_in, names)
    assert (sample.session_id, sample.participant_id) == (
        events[0].session_id,
        names.participant("ana"),
    )
    with pytest.raises(Waits):
        zoom.translate(guests, names)
    stranger = {"user_id": "16778999", "participant_uuid": "55555"}
    occupancy.note(zoom.translate(joined(**stranger), names))
    [sample] = zoom.translate(guests, names)
    assert sample.participant_id == names.participant("55555")


@pytest.mark.parametrize(
    "body",
    [
        quality(stream("audio_input", "soon")),
        quality(stream("audio_input", latency="fast")),
        quality(stream("audio_input"), user_id=None),
        quality({"type": "audio_input", "date_time": JOINED_AT, "details": []}),
    ],
)
def test_what_cannot_be_meant_is_refused(evening, body):
    names, occupancy = evening
    occupancy.note(zoom.translate(joined(customer_key="ana"), names))
    with pytest.raises(InvalidField):
        zoom.translate(body, names)
