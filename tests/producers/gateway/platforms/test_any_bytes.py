"""Whatever the bytes: events or a refusal, never another exception."""

import copy
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.gateway.errors import BadSignature, Refused
from producers.gateway.platforms import PLATFORMS, livekit, zoom
from streams import codec
from streams.events import MINUTE
from tests.producers.gateway.clinic import LIVEKIT, ZOOM, Booking, Clinic

NOW = 1_795_436_310_000


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


SEEDS = {
    "livekit": [livekit_body(event) for event in livekit.TRANSLATED],
    "zoom": [
        zoom_body(event) for event in (*zoom.TRANSLATED, *zoom.WAITS, "endpoint.url_validation")
    ],
}
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
        *path, last = draw(st.sampled_from(places(told)))
        inner = told
        for key in path:
            inner = inner[key]
        if draw(st.booleans()):
            inner[last] = draw(ODD)
        else:
            del inner[last]
    whole = json.dumps(told).encode()
    if draw(st.integers(0, 3)):
        return whole
    starts = [match.start() + 1 for match in re.finditer(rb":", whole)]
    place = draw(st.sampled_from(starts))
    return whole[:place] + draw(st.sampled_from(RAW) | st.binary(max_size=4)) + whole[place:]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    start = NOW - NOW % MINUTE
    rooms = [
        Booking("livekit", "evening", start, ["web-a"]),
        Booking("zoom", "81234567890", start, ["web-a"]),
    ]
    return Clinic(tmp_path_factory.mktemp("clinic"), NOW, *rooms)


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_a_body_becomes_readable_events_or_is_refused(clinic, platform, data):
    body, names = data.draw(bodies(platform)), clinic.names(platform)
    try:
        events = PLATFORMS[platform].translate(body, names)
        PLATFORMS[platform].challenge(body, "secret")
    except Refused:
        return
    for event in events:
        assert codec.session_events.decode(codec.encode(event)) == event


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_bodies_it_starts_from_are_right(clinic, platform):
    names = clinic.names(platform)
    for told in SEEDS[platform]:
        body = json.dumps(told).encode()
        answer = PLATFORMS[platform].challenge(body, "secret")
        assert answer or PLATFORMS[platform].translate(body, names)


@pytest.mark.parametrize(("platform", "secret"), [("livekit", LIVEKIT), ("zoom", ZOOM)])
@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=64), given_=st.text(max_size=80), stamp=st.text(max_size=14))
def test_nothing_is_rightly_signed_by_chance(platform, secret, body, given_, stamp):
    headers = {
        "authorization": given_,
        "x-zm-signature": "v0=" + given_,
        "x-zm-request-timestamp": stamp,
    }
    with pytest.raises(BadSignature):
        PLATFORMS[platform].verify(headers, body, [secret], NOW)
