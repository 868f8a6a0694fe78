"""Whatever the bytes: events or a refusal, never another exception."""

import copy
import json
import re
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.gateway.errors import BadSignature, Refused
from producers.gateway.platforms import (
    PLATFORMS,
    bigbluebutton,
    daily,
    jitsi,
    livekit,
    twilio,
    zoom,
    zoom_sessions,
)
from streams import codec
from streams.events import MINUTE, Sample, SampleBatch
from tests.producers.gateway.clinic import OTHERS, SECRETS, Booking, Clinic

NOW = 1_795_436_310_000
AT = "2026-11-23T12:18:30Z"


def livekit_body(event: str) -> dict:
    who = {"sid": "PA_1", "identity": "web-a", "kind": "SIP", "joinedAtMs": str(NOW)}
    return {
        "event": event,
        "id": "EV_1",
        "createdAt": str(NOW // 1000),
        "room": {"name": "evening", "sid": "RM_1"},
        "participant": {**who, "disconnectReason": "SIGNAL_CLOSE"},
    }


def zoom_body(event: str) -> dict:
    names = ("customer_key", "email", "phone_number", "participant_uuid", "user_name", "new_role")
    who = {"user_id": "16778240", **dict.fromkeys(names, "host"), "leave_reason": "Reason: host"}
    meeting = {"id": 81234567890, "uuid": "abc==", "host_id": "x", "participant": who}
    times = dict.fromkeys(("join_time", "leave_time"), "2026-11-23T12:18:30Z")
    return {
        "event": event,
        "event_ts": NOW,
        "payload": {"object": {**meeting, "participant": {**who, **times}}, "plainToken": "x"},
    }


def zoom_session(event: str) -> dict:
    who = {"id": "1", "name": "x", "user_key": "web-a", "join_time": AT, "leave_time": AT}
    about = {"id": "x", "session_id": "x", "session_name": "81234567890", "user": who}
    return {"event": event, "event_ts": NOW, "payload": {"object": about}}


def zoom_quality() -> dict:
    details = {"latency": "134 ms", "jitter": "6 ms", "avg_loss": "0.0%", "bitrate": "63 kbps"}
    point = {"type": "video_output", "date_time": AT, "details": details | {"frame_rate": "9 fps"}}
    who = {"user_id": "16778240", "email": "web-a@mail.example", "qos": [point]}
    payload = {"object": {"uuid": "abc==", "participant": who}}
    return {"event": "meeting.participant_qos", "event_ts": NOW, "payload": payload}


def daily_body(event: str) -> dict:
    seconds = NOW / 1000
    who = {"user_id": "web-a", "user_name": "x", "session_id": "s", "owner": True, "duration": 2.5}
    about = {"joined_at": seconds, "start_ts": seconds, "end_ts": seconds, "meeting_id": "m"}
    return {"type": event, "id": "1", "payload": {"room": "evening", **who, **about}}


def twilio_body(event: str) -> dict:
    who = {"ParticipantSid": "PA1", "ParticipantIdentity": "web-a", "Timestamp": AT}
    return {"StatusCallbackEvent": event, "RoomName": "evening", "RoomSid": "RM1", **who}


def jitsi_body(event: str) -> dict:
    who = {"id": "web-a", "participantId": "p", "disconnectReason": "left", "moderator": "true"}
    told = {"idempotencyKey": "k", "eventType": event, "timestamp": NOW, "fqn": "app/evening"}
    return told | {"sessionId": "s", "data": who}


def bigbluebutton_body(event: str) -> dict:
    user = {"internal-user-id": "w_1", "external-user-id": "web-a", "role": "VIEWER", "name": "x"}
    meeting = {"internal-meeting-id": "m", "external-meeting-id": "evening"}
    attributes = {"meeting": meeting, "user": user}
    return {"data": {"id": event, "attributes": attributes, "event": {"ts": NOW}}}


SEEDS = {
    "livekit": [livekit_body(event) for event in livekit.TRANSLATED],
    "zoom": [
        *(zoom_body(one) for one in (*zoom.TRANSLATED, *zoom.WAITS, "endpoint.url_validation")),
        *(zoom_session(event) for event in zoom_sessions.TRANSLATED),
        zoom_quality(),
    ],
    "daily": [daily_body(event) for event in daily.TRANSLATED],
    "twilio": [twilio_body(event) for event in twilio.TRANSLATED],
    "jitsi": [jitsi_body(event) for event in jitsi.TRANSLATED],
    "bigbluebutton": [bigbluebutton_body(event) for event in bigbluebutton.TRANSLATED],
}


def wired(platform: str, whole: bytes) -> bytes:
    """JSON as the platform wraps it."""
    if platform == "bigbluebutton":
        return bigbluebutton.body_of(b"[" + whole + b"]", NOW, "bbb.clinic.example")
    if platform == "twilio":
        try:
            return urlencode(json.loads(whole)).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError, TypeError):
            return whole
    return whole


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=300)
    | st.sampled_from([-1, 10**15, "9" * 15, "9" * 14])
    | st.sampled_from(["9" * 5000, "-1", "0001-01-01T00:00:00+23:59", "1e999", "\x00", " ", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
RAW = [b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b"\xff\xfe", b"[" * 5000, b"1e400", b"-0"]


def places(told: dict, before: tuple = ()) -> list[tuple]:
    found = []
    for key, value in told.items():
        found.append((*before, key))
        if isinstance(value, dict):
            found += places(value, (*before, key))
    return found


@st.composite
def bodies(draw, platform: str) -> bytes:
    """A right body with a field gone or odd, or with odd bytes in its middle; or any bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=64))
    told = copy.deepcopy(draw(st.sampled_from(SEEDS[platform])))
    for _ in range(draw(st.integers(0, 2))):
        if not told:
            break
        *path, last = draw(st.sampled_from(places(told)))
        inner = told
        for key in path:
            inner = inner[key]
        if draw(st.booleans()):
            inner[last] = draw(ODD)
        else:
            del inner[last]
    whole = json.dumps(told).encode()
    starts = [match.start() + 1 for match in re.finditer(rb":", whole)]
    if not starts or draw(st.integers(0, 3)):
        return wired(platform, whole)
    place = draw(st.sampled_from(starts))
    odd = draw(st.sampled_from(RAW) | st.binary(max_size=4))
    return wired(platform, whole[:place] + odd + whole[place:])


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    start = NOW - NOW % MINUTE
    rooms = [
        Booking(platform, "81234567890" if platform == "zoom" else "evening", start, ["web-a"])
        for platform in PLATFORMS
    ]
    return Clinic(tmp_path_factory.mktemp("clinic"), NOW, *rooms)


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_body_becomes_readable_events_or_is_refused(clinic, platform, data):
    body, names = data.draw(bodies(platform)), clinic.names(platform)
    names.learn_room("abc==", "81234567890")
    try:
        events = PLATFORMS[platform].translate(body, names)
        PLATFORMS[platform].challenge(body, "secret")
        PLATFORMS[platform].is_ping(body)
    except Refused:
        return
    for event in events:
        if isinstance(event, Sample):
            batch = SampleBatch([event])
            assert codec.samples.decode(codec.encode(batch)) == batch
        else:
            assert codec.session_events.decode(codec.encode(event)) == event


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_bodies_it_starts_from_are_right(clinic, platform):
    names = clinic.names(platform)
    names.learn_room("abc==", "81234567890")
    for told in SEEDS[platform]:
        body = wired(platform, json.dumps(told).encode())
        answer = PLATFORMS[platform].challenge(body, "secret")
        assert answer or PLATFORMS[platform].translate(body, names)


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=64), given_=st.text(max_size=80), stamp=st.text(max_size=14))
def test_nothing_is_rightly_signed_by_chance(platform, body, given_, stamp):
    headers = {
        "authorization": given_,
        "x-zm-signature": "v0=" + given_,
        "x-zm-request-timestamp": stamp,
        "x-webhook-signature": given_,
        "x-webhook-timestamp": stamp,
        "x-twilio-signature": given_,
        "x-jaas-signature": f"t={stamp},v1={given_}",
    }
    url = f"https://hooks.clinic.example/webhooks/{platform}?checksum={given_}"
    with pytest.raises(BadSignature):
        PLATFORMS[platform].verify(headers, body, [SECRETS[platform]], NOW, url)


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=40, deadline=None)
@given(fields=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4))
def test_what_it_signs_it_finds_right_and_only_with_that_secret(platform, fields):
    adapter, secret = PLATFORMS[platform], SECRETS[platform]
    body = urlencode({**fields, "timestamp": str(NOW)}, errors="replace").encode()
    signed = adapter.sign(body, secret, NOW, f"https://hooks.clinic.example/webhooks/{platform}")
    headers = {name.lower(): value for name, value in signed.headers.items()}
    other = OTHERS[platform]
    assert adapter.verify(headers, body, [other, secret], NOW, signed.url) == secret
    with pytest.raises(BadSignature):
        adapter.verify(headers, body, [other], NOW, signed.url)
