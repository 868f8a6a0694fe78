"""Whatever the bytes: events or a refusal, never another exception."""

import copy
import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.gateway.errors import BadSignature, Refused
from producers.gateway.names import DirectoryNames
from producers.gateway.platforms import PLATFORMS, bigbluebutton
from streams import codec
from streams.events import SECOND, Sample, SampleBatch
from tests.producers.gateway.clinic import NOW, OTHERS, ROOM, SECRETS, Clinic
from tests.producers.gateway.golden import DATA, deliveries, read


def happened(platform: str, told: dict) -> str:
    match platform:
        case "twilio":
            return told["StatusCallbackEvent"]
        case "bigbluebutton":
            return told["data"]["id"]
        case "jitsi":
            return told["eventType"]
        case "daily":
            return told.get("type", "test")
        case _:
            return told["event"]


def seeds(platform: str) -> list[dict]:
    """One delivery of each kind of event."""
    whole = [json.loads(body) for body in documents(platform)]
    return list({happened(platform, told): told for told in whole}.values())


def documents(platform: str) -> Iterator[str]:
    if platform == "livekit":  # captured on another day, in other rooms
        for body in deliveries(platform).values():
            told = json.loads(body) | {"createdAt": str(NOW // SECOND)}
            yield json.dumps(told | {"room": told.get("room", {}) | {"name": ROOM}})
        return
    for path in sorted((DATA / platform).glob("*.json")):
        told = read(path)
        yield from map(json.dumps, told["event"] if platform == "bigbluebutton" else [told])


SEEDS = {platform: seeds(platform) for platform in PLATFORMS}


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


def places(told: dict | list, before: tuple = ()) -> list[tuple]:
    found = []
    for key, value in told.items() if isinstance(told, dict) else enumerate(told):
        found.append((*before, key))
        if isinstance(value, dict | list):
            found += places(value, (*before, key))
    return found


def inside(told: dict | list, path: Sequence) -> dict | list:
    for key in path:
        told = told[key]
    return told


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
        inner = inside(told, path)
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


def known(clinic: Clinic, platform: str) -> DirectoryNames:
    names = clinic.names(platform)
    for uuid in re.findall(r'"uuid": "([^"]+)"', json.dumps(SEEDS["zoom"])):
        names.learn_room(uuid, ROOM)
    return names


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_body_becomes_readable_events_or_is_refused(evenings, platform, data):
    taken_or_refused(platform, data.draw(bodies(platform)), known(evenings, platform))


def taken_or_refused(platform: str, body: bytes, names: DirectoryNames) -> None:
    adapter = PLATFORMS[platform]
    try:
        events = adapter.translate(body, names)
        adapter.challenge(body, "secret")
        adapter.is_ping(body)
    except Refused:
        return
    for event in events:
        if isinstance(event, Sample):
            batch = SampleBatch([event])
            assert codec.samples.decode(codec.encode(batch)) == batch
        else:
            assert codec.session_events.decode(codec.encode(event)) == event


ODDER = [
    *("null", "true", "0", "-1", "-0", "1.5", "1e3", "1e308", "-1e308", "1e999", "NaN"),
    *("9" * 400, "9" * 5_000, "1" + "0" * 18, "1" + "0" * 19, "1795436310", "1795436310000000"),
    *("[]", "{}", "[" * 2_000 + "]" * 2_000, '"\\u0000"', '"\\ud800"', '"\\ufeff"', '""', '" "'),
    *('"1795436310.5"', '"1795436310000"', '"\u0661\u0662"', '"2026-W48-1"', '"2026-11-23"'),
    *('"0000-01-01T00:00:00Z"', '"0001-01-01T00:00:00Z"', '"10000-01-01T00:00:00Z"'),
    *('"9999-12-31T23:59:59.999999Z"', '"9999-12-31T23:59:59-14:00"', '"1969-12-31T23:59:59Z"'),
    '"' + "x" * 200_000 + '"',
]
"""Values as JSON has them, and as it must not have them."""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_field_of_every_kind_may_be_anything(evenings, platform):
    names = known(evenings, platform)
    for told in SEEDS[platform]:
        for *path, last in places(told):
            for odd in ODDER:
                changed = copy.deepcopy(told)
                inside(changed, path)[last] = "(odd)"
                whole = json.dumps(changed).replace('"(odd)"', odd)
                taken_or_refused(platform, wired(platform, whole.encode()), names)


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
