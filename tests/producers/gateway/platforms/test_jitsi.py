"""JaaS' signature and words, and what they become."""

import json

import pytest

from producers.gateway.errors import BadSignature, InvalidField, NotJson, Stale, UnknownEvent
from producers.gateway.platforms import jitsi
from streams.events import MINUTE
from tests.producers.gateway.clinic import NOW, ROOM

SECRET = "whsec_0123456789abcdef"
BODY = b'{"idempotencyKey":"k","eventType":"ROOM_CREATED","timestamp":1795436310000,"fqn":"a/b"}'
MAC = "7SF2p0akuDilLgA7amAazqBuH7k0x9RFcg+SM77cQ54="
APP = "vpaas-magic-cookie-c2824d584eac4489a1e32e4e164d5a3c"


@pytest.fixture
def names(evenings):
    return evenings.names("jitsi")


def sent(event: str = "PARTICIPANT_JOINED", **data) -> bytes:
    about = {
        "moderator": "false",
        "name": "Canary Name",
        "group": "",
        "email": "",
        "id": "ana",
        "participantJid": "3b1e@8x8.vc/abc",
        "participantId": "4f5a6b7c",
        "avatar": "",
    }
    told = {
        "idempotencyKey": "d11f155d-ced5-4a7e-b6d9-aaa135c64f65",
        "customerId": "c2824d584eac4489a1e32e4e164d5a3c",
        "appId": APP,
        "eventType": event,
        "sessionId": "c3348153-1027-4382-afad-5ae91b433c26",
        "timestamp": NOW,
        "fqn": f"{APP}/{ROOM}",
        "data": about | data,
    }
    return json.dumps(told).encode()


def header(stamp: str = "1795436310000", mac: str = MAC) -> dict[str, str]:
    return {"x-jaas-signature": f"t={stamp},v1={mac}"}


def test_a_signature_made_elsewhere_is_right_its_padding_kept():
    """Made with: printf TIME.BODY | openssl dgst -sha256 -hmac SECRET -binary | base64"""
    assert jitsi.verify(header(), BODY, ["other", SECRET], NOW) == SECRET


def test_its_time_may_be_in_seconds():
    stamp = str(NOW // 1000)
    mac = jitsi._mac(SECRET, stamp, BODY).decode()
    assert jitsi.verify(header(stamp, mac), BODY, [SECRET], NOW + MINUTE) == SECRET
    with pytest.raises(Stale):
        jitsi.verify(header(stamp, mac), BODY, [SECRET], NOW + 6 * MINUTE)


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        pytest.param(header(mac=MAC.rstrip("=")), BODY, [SECRET], id="cut padding"),
        pytest.param(header(mac=MAC.upper()), BODY, [SECRET], id="case"),
        pytest.param(header(stamp="1795436310001"), BODY, [SECRET], id="another time"),
        pytest.param(header(stamp="soon"), BODY, [SECRET], id="no time"),
        pytest.param({"x-jaas-signature": MAC}, BODY, [SECRET], id="no parts"),
        pytest.param({}, BODY, [SECRET], id="no header"),
        pytest.param(header(), json.dumps(json.loads(BODY)).encode(), [SECRET], id="written anew"),
        pytest.param(header(), BODY, ["other"], id="another secret"),
        pytest.param(header(), BODY, [], id="no secret"),
    ],
)
def test_wrong_signatures(headers, body, secrets):
    with pytest.raises(BadSignature):
        jitsi.verify(headers, body, secrets, NOW)


@pytest.mark.parametrize("off", [-6 * MINUTE, 6 * MINUTE])
def test_a_right_signature_too_far_from_now_is_stale(off):
    with pytest.raises(Stale):
        jitsi.verify(header(), BODY, [SECRET], NOW + off)


@pytest.mark.parametrize(
    ("told", "role"),
    [
        pytest.param({}, "participant", id="a patient"),
        pytest.param({"moderator": True}, "participant", id="a patient, though a moderator"),
        pytest.param({"id": "cover", "moderator": "true"}, "host", id="a moderator"),
        pytest.param({"id": "dr-ortiz"}, "host", id="the host"),
        pytest.param({"id": "n", "name": "tl;dv recorder"}, "bot", id="a note-taker"),
    ],
)
def test_a_join(names, told, role):
    [event] = jitsi.translate(sent(**told), names)
    assert (event.ts, event.role) == (NOW, role)
    assert event.participant_id == names.participant(told.get("id", "ana"))
    assert "Canary" not in repr(event)


def test_the_same_key_is_the_same_event(names):
    [first], [again] = jitsi.translate(sent(), names), jitsi.translate(sent(), names)
    assert first == again


def test_a_guest_is_unmapped_and_an_email_is_a_person(names):
    [guest] = jitsi.translate(sent(id=""), names)
    [mailed] = jitsi.translate(sent(id="", email="ana@mail.example"), names)
    assert guest.participant_id.startswith("unmapped:")
    assert mailed.participant_id == names.participant("ana")


def test_a_breakout_room_neither_starts_nor_ends_the_session(names):
    [started] = jitsi.translate(sent("ROOM_CREATED"), names)
    [ended] = jitsi.translate(sent("ROOM_DESTROYED"), names)
    assert started.session_id == ended.session_id
    for event in ("ROOM_CREATED", "ROOM_DESTROYED"):
        assert jitsi.translate(sent(event, isBreakout=True), names) == []


def test_what_is_not_needed_and_what_is_not_known(names):
    assert jitsi.translate(sent("RECORDING_STARTED"), names) == []
    with pytest.raises(UnknownEvent):
        jitsi.translate(sent("PARTICIPANT_TELEPORTED"), names)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (sent(participantId=None, participantJid=None), InvalidField),
        (BODY.replace(b"1795436310000", b"-1"), InvalidField),
        (BODY.replace(b'"k"', b'""'), InvalidField),
        (BODY.replace(b"a/b", b"a/"), InvalidField),
        (BODY[:-1], NotJson),
    ],
)
def test_what_cannot_be_meant_is_refused(names, body, error):
    with pytest.raises(error):
        jitsi.translate(body, names)
