"""Twilio's signature over URL and fields, its words, and what they become."""

import hashlib
from urllib.parse import urlencode

import pytest

from producers.gateway.errors import BadSignature, InvalidField, Stale, UnknownEvent
from producers.gateway.platforms import twilio
from streams.events import MINUTE
from tests.producers.gateway.clinic import NOW, ROOM

SECRET = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
BODY = (
    b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"
    b"&From=%2B14158675309&To=%2B18005551212"
)
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
HEADERS = {"x-twilio-signature": SIGNATURE, "content-type": "application/x-www-form-urlencoded"}
JSON_URL = "https://mycompany.com/myapp?bodySHA256="


@pytest.fixture
def names(evenings):
    return evenings.names("twilio")


def sent(event: str = "participant-connected", **fields) -> bytes:
    told = {
        "AccountSid": "AC1",
        "RoomName": ROOM,
        "RoomSid": "RM1",
        "RoomStatus": "in-progress",
        "RoomType": "group",
        "StatusCallbackEvent": event,
        "Timestamp": "2026-11-23T12:18:30.250Z",
        "SequenceNumber": "3",
        "ParticipantSid": "PA1",
        "ParticipantIdentity": "ana",
    }
    return urlencode({**told, **fields}).encode()


def test_a_signature_made_elsewhere_is_right():
    """The vector of Twilio's own documentation and libraries."""
    assert twilio.verify(HEADERS, BODY, ["other", SECRET], NOW, URL) == SECRET


def test_the_port_that_goes_without_saying_may_be_signed_or_not():
    told = URL.replace("mycompany.com", "mycompany.com:443")
    for signed, called in ((told, URL), (URL, told)):
        headers = HEADERS | {
            "x-twilio-signature": twilio.sign(BODY, SECRET, NOW, signed).headers[
                "X-Twilio-Signature"
            ]
        }
        assert twilio.verify(headers, BODY, [SECRET], NOW, called) == SECRET


def test_doubled_values_are_signed_once_and_in_order():
    many = b"a=2&a=1&a=2"
    once = b"a=1&a=2"
    one, other = (twilio.sign(body, SECRET, NOW, URL) for body in (many, once))
    assert one == other


@pytest.mark.parametrize(
    ("change", "body", "url", "secrets"),
    [
        pytest.param({"x-twilio-signature": SIGNATURE[:-1]}, BODY, URL, [SECRET], id="cut padding"),
        pytest.param({"x-twilio-signature": SIGNATURE.lower()}, BODY, URL, [SECRET], id="case"),
        pytest.param({"x-twilio-signature": ""}, BODY, URL, [SECRET], id="empty"),
        pytest.param({}, BODY + b"&x=1", URL, [SECRET], id="a field more"),
        pytest.param({}, BODY, URL.replace("https", "http"), [SECRET], id="a proxy's scheme"),
        pytest.param({}, BODY, URL.replace("bar=2", "bar=3"), [SECRET], id="another query"),
        pytest.param({}, BODY, URL, ["54321"], id="another secret"),
        pytest.param({}, BODY, URL, [], id="no secret"),
        pytest.param({}, b"\xff=1", URL, [SECRET], id="no form"),
        pytest.param({"content-type": "application/json"}, BODY, URL, [SECRET], id="unsigned JSON"),
    ],
)
def test_wrong_signatures(change, body, url, secrets):
    with pytest.raises(BadSignature):
        twilio.verify(HEADERS | change, body, secrets, NOW, url)


def test_a_json_body_is_proved_by_its_digest_in_the_url():
    body = b'{"a": 1}'
    url = JSON_URL + hashlib.sha256(body).hexdigest()
    mac = twilio._mac(url, [], SECRET).decode()
    headers = {"content-type": "application/json", "x-twilio-signature": mac}
    assert twilio.verify(headers, body, [SECRET], NOW, url) == SECRET
    with pytest.raises(BadSignature):
        twilio.verify(headers, b'{"a": 2}', [SECRET], NOW, url)


@pytest.mark.parametrize("off", [-61 * MINUTE, 61 * MINUTE])
def test_what_happened_too_far_from_now_is_stale(off):
    body = sent()
    signed = twilio.sign(body, SECRET, NOW, URL)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    assert twilio.verify(headers, body, [SECRET], NOW + off // 2, URL) == SECRET
    with pytest.raises(Stale):
        twilio.verify(headers, body, [SECRET], NOW + off, URL)


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("ana", "participant"),
        ("dr-ortiz", "host"),
        ("Otter.ai for Ana", "bot"),
        ("x", "participant"),
    ],
)
def test_a_join(names, who, role):
    [event] = twilio.translate(sent(ParticipantIdentity=who), names)
    assert (event.ts, event.role, event.exclusive) == (NOW + 250, role, True)
    assert event.participant_id == names.participant(who)


def test_what_is_not_needed_and_what_is_not_known(names):
    for event in ("track-added", "track-disabled", "recording-completed"):
        assert twilio.translate(sent(event), names) == []
    with pytest.raises(UnknownEvent):
        twilio.translate(sent("participant-teleported"), names)


@pytest.mark.parametrize(
    "body",
    [
        sent(ParticipantIdentity=""),
        sent(ParticipantSid=""),
        sent(Timestamp="soon"),
        sent(RoomName="", RoomSid=""),
        b"",
        b"\xff\xfe",
        b"a=%FF",
        b"&".join(b"a=1" for _ in range(500)),
    ],
)
def test_what_cannot_be_meant_is_refused(names, body):
    with pytest.raises(InvalidField):
        twilio.translate(body, names)
