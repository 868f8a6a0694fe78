"""Daily's signature and words, and what they become."""

import json

import pytest

from producers.gateway.errors import BadSignature, InvalidField, NotJson, Stale, UnknownEvent
from producers.gateway.platforms import daily
from streams.events import MINUTE
from tests.producers.gateway.clinic import NOW, ROOM

SECRET = "YS10ZXN0LXdlYmhvb2stc2VjcmV0"
STAMP = "1728432000000"
GOLDEN = json.dumps(
    {
        "version": "1.0.0",
        "type": "participant.joined",
        "id": "ptcpt-join-1",
        "payload": {
            "room": "ef-daily-0193a5b2-0000-7000-8000-000000000001",
            "user_id": "0193a5b2-0000-7000-8000-0000000000aa",
            "joined_at": 1728432060.5,
            "session_id": "daily-participant-1",
        },
        "event_ts": 1728432060.6,
    }
).encode()
SIGNATURE = "RhGHqlHPVrKtS052JajnFow9ZYn9O68VJbRFeEkOols="
AT = int(STAMP)
HEADERS = {"x-webhook-timestamp": STAMP, "x-webhook-signature": SIGNATURE}


@pytest.fixture
def names(evenings):
    return evenings.names("daily")


def sent(kind: str = "participant.joined", **payload) -> bytes:
    seconds = NOW / 1000
    about = {
        "room": ROOM,
        "user_id": "ana",
        "user_name": "Canary Name",
        "session_id": "0c0d2dda-f21d",
        "joined_at": seconds,
        "owner": False,
        "will_eject_at": None,
        "permissions": {"hasPresence": True, "canSend": True, "canAdmin": False},
    }
    told = {"version": "1.0.0", "type": kind, "id": "x-1", "event_ts": seconds + 2}
    return json.dumps(told | {"payload": about | payload}).encode()


def meeting(kind: str, **payload) -> bytes:
    about = {"room": ROOM, "meeting_id": "m-1", "start_ts": NOW / 1000}
    return json.dumps({"type": kind, "id": "x", "payload": about | payload}).encode()


def test_a_signature_made_elsewhere_is_right():
    """The vector of a public receiver's own test."""
    assert daily.verify(HEADERS, GOLDEN, ["b3RoZXI=", SECRET], AT + MINUTE) == SECRET


@pytest.mark.parametrize(
    ("change", "body", "secrets"),
    [
        pytest.param({"x-webhook-signature": SIGNATURE[:-1]}, GOLDEN, [SECRET], id="cut padding"),
        pytest.param({"x-webhook-signature": SIGNATURE.lower()}, GOLDEN, [SECRET], id="case"),
        pytest.param({"x-webhook-signature": ""}, GOLDEN, [SECRET], id="empty"),
        pytest.param({"x-webhook-timestamp": "1728432000"}, GOLDEN, [SECRET], id="in seconds"),
        pytest.param(
            {}, json.dumps(json.loads(GOLDEN), sort_keys=True).encode(), [SECRET], id="re"
        ),
        pytest.param({}, GOLDEN, [], id="no secret"),
        pytest.param({}, GOLDEN, ["b3RoZXI="], id="another secret"),
        pytest.param({}, GOLDEN, ["not base64"], id="a secret that is none"),
    ],
)
def test_wrong_signatures(change, body, secrets):
    with pytest.raises(BadSignature):
        daily.verify(HEADERS | change, body, secrets, AT)


@pytest.mark.parametrize("off", [-61 * MINUTE, 61 * MINUTE])
def test_a_right_signature_too_far_from_now_is_stale(off):
    with pytest.raises(Stale):
        daily.verify(HEADERS, GOLDEN, [SECRET], AT + off)


def test_the_question_whether_anybody_is_there():
    assert daily.is_ping(b'{"test":"test"}')
    assert daily.is_ping(b'{ "test": "test" }')
    for other in (b'{"test":"test","x":1}', b"{}", b"[", b"\xff", GOLDEN):
        assert not daily.is_ping(other)


@pytest.mark.parametrize(
    ("told", "role"),
    [
        pytest.param({}, "participant", id="a patient"),
        pytest.param({"owner": True}, "participant", id="a patient who owns the room by mistake"),
        pytest.param({"user_id": "dr-ortiz"}, "host", id="the session's host"),
        pytest.param({"user_id": "cover", "owner": True}, "host", id="a substitute who owns it"),
        pytest.param({"user_id": "x", "user_name": "Fred's Notetaker"}, "bot", id="a note-taker"),
    ],
)
def test_a_join(names, told, role):
    [event] = daily.translate(sent(**told), names)
    assert (event.ts, event.role, event.exclusive) == (NOW, role, False)
    assert event.participant_id == names.participant(told.get("user_id", "ana"))
    assert event.connection_id == names.connection("0c0d2dda-f21d")
    assert "Canary" not in repr(event)


def test_who_has_no_token_is_unmapped_by_connection(names):
    [event] = daily.translate(sent(user_id=None), names)
    assert event.participant_id == names.participant("0c0d2dda-f21d")
    assert event.participant_id.startswith("unmapped:")


def test_the_meeting_starts_and_ends_and_other_events_name_the_room_otherwise(names):
    [started] = daily.translate(meeting("meeting.started", room="", room_name=ROOM), names)
    [ended] = daily.translate(meeting("meeting.ended", end_ts=NOW / 1000 + 60), names)
    assert (started.ts, ended.ts) == (NOW, NOW + MINUTE)
    assert started.session_id == ended.session_id


def test_what_is_not_needed_and_what_is_not_known(names):
    assert daily.translate(b'{"test":"test"}', names) == []
    assert daily.translate(b'{"type":"recording.started"}', names) == []
    with pytest.raises(UnknownEvent):
        daily.translate(b'{"type":"participant.teleported"}', names)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (sent(session_id=""), InvalidField),
        (sent(room=""), InvalidField),
        (sent(joined_at="soon"), InvalidField),
        (sent(joined_at=-5), InvalidField),
        (sent("participant.left", duration=-1), InvalidField),
        (b'{"type":"participant.joined","payload":[]}', InvalidField),
        (b'{"type":"participant.joined"', NotJson),
    ],
)
def test_what_cannot_be_meant_is_refused(names, body, error):
    with pytest.raises(error):
        daily.translate(body, names)
