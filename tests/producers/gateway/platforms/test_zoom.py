"""Zoom's signature and words, and what they become."""

import json

import pytest

from producers.gateway.errors import BadSignature, InvalidField, NotJson, Stale, UnknownEvent
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import zoom
from streams.events import MINUTE, SECOND
from tests.producers.gateway.clinic import (
    ZOOM,
    Booking,
    Clinic,
    zoom_headers,
)

NOW = 1_795_436_310_000
"""2026-11-23T12:18:30Z"""
JOINED_AT = "2026-11-23T12:18:30Z"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    booking = Booking("zoom", "81234567890", NOW - 30 * MINUTE, ["ana", "luis"], host="dr-ortiz")
    return Clinic(tmp_path_factory.mktemp("clinic"), NOW, booking)


@pytest.fixture(scope="module")
def names(clinic):
    return clinic.names("zoom")


LEFT = "meeting.participant_left"


def sent(event: str, *, ts: int = NOW, meeting: dict | None = None, **participant) -> bytes:
    about = {
        "id": "81234567890",
        "uuid": "4444AAAiAAAAAiAiAiiAii==",
        "host_id": "host-account",
        "topic": "Evening group",
        "start_time": "2026-11-23T12:00:00Z",
        **(meeting or {}),
    }
    if participant:
        about["participant"] = {"user_name": "Canary Name", "email": "", **participant}
    payload = {"account_id": "account", "object": about}
    return json.dumps({"event": event, "event_ts": ts, "payload": payload}).encode()


def joined(**participant) -> bytes:
    who = {"user_id": "16778240", "customer_key": "ana", "join_time": JOINED_AT}
    return sent("meeting.participant_joined", **(who | participant))


# --- signature ----------------------------------------------------------------------------------

BODY = '{"event":"meeting.started","event_ts":1795436310000,"payload":{"x":"é\\/\\u00e9"}}'.encode()
SIGNATURE = "v0=d967e49cb3417c583a813250749d491a74617d4588dc28c63533216a63bd7a2d"


def test_a_signature_made_elsewhere_is_right():
    """Made with: printf 'v0:1795436310:BODY' | openssl dgst -sha256 -hmac zoom-secret..."""
    headers = {"x-zm-request-timestamp": "1795436310", "x-zm-signature": SIGNATURE}
    assert zoom.verify(headers, BODY, ["old", ZOOM], NOW) == ZOOM


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"x-zm-signature": SIGNATURE.upper()}, id="all upper case"),
        pytest.param({"x-zm-signature": "v0=" + SIGNATURE[3:].upper()}, id="hex in upper case"),
        pytest.param({"x-zm-signature": SIGNATURE[3:]}, id="no version"),
        pytest.param({"x-zm-signature": SIGNATURE[:-1]}, id="cut"),
        pytest.param({"x-zm-signature": ""}, id="empty"),
        pytest.param({"x-zm-signature": "v0=é"}, id="not ASCII"),
        pytest.param({"x-zm-request-timestamp": "1795436311"}, id="another time"),
        pytest.param({"x-zm-request-timestamp": ""}, id="no time"),
    ],
)
def test_wrong_signatures(change):
    headers = {"x-zm-request-timestamp": "1795436310", "x-zm-signature": SIGNATURE} | change
    with pytest.raises(BadSignature):
        zoom.verify(headers, BODY, [ZOOM], NOW)


def test_another_body_another_secret_and_no_secret():
    headers = zoom_headers(BODY, NOW)
    again = json.dumps(json.loads(BODY)).encode()
    for body, secrets in [(again, [ZOOM]), (BODY, ["other"]), (BODY, [])]:
        with pytest.raises(BadSignature):
            zoom.verify(headers, body, secrets, NOW)


@pytest.mark.parametrize("off", [-301 * SECOND, 301 * SECOND])
def test_a_right_signature_too_far_from_now_is_stale(off):
    headers = zoom_headers(BODY, NOW)
    assert zoom.verify(headers, BODY, [ZOOM], NOW + off - off // 301) == ZOOM
    with pytest.raises(Stale):
        zoom.verify(headers, BODY, [ZOOM], NOW + off)


def test_the_question_whether_we_know_the_secret():
    question = (
        b'{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event":"endpoint.url_validation"}'
    )
    assert zoom.challenge(question, ZOOM) == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": "fa52ecf98b4919aaa696f04cdc156ea40b1eba020707f76b8c9e455168295b87",
    }
    assert zoom.challenge(BODY, ZOOM) is None


# --- what its events become ---------------------------------------------------------------------


def test_a_join(names):
    [event] = zoom.translate(joined(), names)
    assert event.participant_id == names.participant("ana")
    assert (event.ts, event.role, event.exclusive) == (NOW, "participant", False)
    assert event.connection_id == names.connection("4444AAAiAAAAAiAiAiiAii==", "16778240")


def test_the_same_delivery_has_the_same_id_and_another_has_another(names):
    [first] = zoom.translate(joined(), names)
    [again] = zoom.translate(joined(), names)
    [other] = zoom.translate(joined(user_id="16778241"), names)
    assert first.id == again.id != other.id
    assert "ana" not in first.id


@pytest.mark.parametrize(
    ("told", "identity"),
    [
        ({"customer_key": "ana", "email": "luis@mail.example"}, "ana"),
        ({"customer_key": None, "registrant_id": "luis", "email": "ana@mail.example"}, "luis"),
        ({"customer_key": "", "participant_user_id": "ana"}, "ana"),
        ({"customer_key": "", "email": "Luis@Mail.example"}, "luis"),
    ],
)
def test_who_it_is(names, told, identity):
    [event] = zoom.translate(joined(**told), names)
    assert event.participant_id == names.participant(identity)


def test_guests_are_unmapped_and_keep_their_pseudonym_while_they_move_between_rooms(names):
    guest = {"customer_key": "", "participant_uuid": "55555AAAiAAAAAiAiAiiAii"}
    [first] = zoom.translate(joined(**guest), names)
    [moved] = zoom.translate(joined(**guest, user_id="16778999"), names)
    assert first.participant_id == moved.participant_id
    assert first.participant_id.startswith("unmapped:")


def test_a_caller_is_on_a_landline(names):
    [event] = zoom.translate(joined(customer_key="", phone_number="+15550100199"), names)
    assert event.device.kind == "landline"
    assert event.participant_id.startswith("unmapped:")


@pytest.mark.parametrize(
    ("told", "role"),
    [
        ({"customer_key": "dr-ortiz"}, "host"),
        ({"customer_key": "", "id": "host-account"}, "host"),
        ({"customer_key": "ana", "id": "other-account"}, "participant"),
    ],
)
def test_who_is_host(names, told, role):
    [event] = zoom.translate(joined(**told), names)
    assert event.role == role


def test_the_hosts_second_device_is_the_host(names):
    """Signed in alike; as a guest it is somebody whom staff can match."""
    [first] = zoom.translate(joined(customer_key="dr-ortiz"), names)
    [second] = zoom.translate(joined(customer_key="dr-ortiz", user_id="16778999"), names)
    assert (second.role, second.participant_id) == ("host", first.participant_id)
    assert second.connection_id != first.connection_id
    [guest] = zoom.translate(joined(customer_key="", participant_uuid="5555"), names)
    assert (guest.role, guest.participant_id[:9]) == ("participant", "unmapped:")


def test_a_note_taker_is_a_bot_and_a_host_of_that_name_is_not(names):
    [bot] = zoom.translate(
        joined(customer_key="", participant_uuid="5", user_name="Ana's Notetaker (Otter.ai)"), names
    )
    [host] = zoom.translate(joined(customer_key="dr-ortiz", user_name="Read.ai"), names)
    assert (bot.role, host.role) == ("bot", "host")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Reason : left the meeting", "left"),
        ("left the meeting to join breakout room", "left"),
        ("Canary Name left the meeting.<br>Reason: Etwas anderes.", "left"),
        ("Etwas anderes", "unknown"),
    ],
)
def test_why_somebody_left(names, said, reason):
    left = {"user_id": "16778240", "customer_key": "ana", "leave_time": "2026-11-23T12:20:00Z"}
    body = sent("meeting.participant_left", **left, leave_reason=said)
    [event] = zoom.translate(body, names)
    assert (event.reason, event.ts) == (reason, NOW + 90 * SECOND)
    assert "Canary" not in repr(event)


def test_a_name_is_no_reason():
    assert (
        zoom.reason_of("Host Removed Network left the meeting.", "Host Removed Network") == "left"
    )
    ended = "{} left the meeting.<br>Reason: Host ended the meeting."
    for name in ("Host", "e", "Meeting", "Connie Kicker"):
        assert zoom.reason_of(ended.format(name), name) == "ended"
    # where the event does not name them
    assert zoom.reason_of("Connie Networks left the meeting.", "") == "left"
    assert zoom.reason_of("Ann got disconnected from the meeting.", "") == "connection_lost"


def test_a_breakout_room_is_a_connection_of_its_own_in_the_same_session(names):
    """Presence goes on whether or not Zoom ends the one in the main room."""
    [main] = zoom.translate(joined(), names)
    inside = {"user_id": "167782402026-11-23 12:18:40:000", "customer_key": "ana"}
    [breakout] = zoom.translate(sent("meeting.participant_joined_breakout_room", **inside), names)
    said = "Leave breakout room."
    [back] = zoom.translate(
        sent("meeting.participant_left_breakout_room", **inside, leave_reason=said), names
    )
    assert breakout.session_id == main.session_id
    assert breakout.participant_id == main.participant_id
    assert breakout.connection_id == back.connection_id != main.connection_id
    assert back.reason == "left"


def test_who_leaves_the_meeting_leaves_the_breakout_room_that_the_host_closed(clinic):
    """Zoom says of nobody that they left it."""
    occupancy = Occupancy()
    names = clinic.names("zoom", occupancy)
    at = {"join_time": "2026-11-23T12:30:00Z", "leave_time": "2026-11-23T12:30:00Z"}
    gone = {"customer_key": "ana", "leave_time": "2026-11-23T12:50:00Z"}
    into = "meeting.participant_joined_breakout_room"
    moves = "left the meeting to join breakout room"
    for body in (
        joined(),
        joined(customer_key="luis", user_id="16779264"),
        sent(into, customer_key="ana", user_id="16778240-room", **at),
        sent(into, customer_key="luis", user_id="16779264-room", **at),
        sent(LEFT, customer_key="ana", user_id="16778240", leave_reason=moves, **at),
        joined(user_id="16780288", **at),
    ):
        occupancy.note(zoom.translate(body, names))
    said = "Canary Name left the meeting.<br>Reason: left the meeting."
    events = zoom.translate(sent(LEFT, user_id="16780288", leave_reason=said, **gone), names)
    occupancy.note(events)
    assert [(event.reason, event.ts) for event in events] == [("left", NOW + 1890 * SECOND)] * 2
    still = {person for person, _ in occupancy.open_in(events[0].session_id).values()}
    assert still == {names.participant("luis")}


def test_an_occupancy_with_another_uuid_and_a_numeric_id_is_the_same_session(names):
    [first] = zoom.translate(joined(), names)
    body = sent(
        "meeting.participant_joined",
        meeting={"id": 81234567890, "uuid": "5555BBB=="},
        user_id=16778240,
        customer_key="ana",
        join_time=JOINED_AT,
    )
    [second] = zoom.translate(body, names)
    assert first.session_id == second.session_id
    assert first.connection_id != second.connection_id


def test_who_is_made_host_is_one(names):
    told = {"user_id": "16778240", "customer_key": "ana", "date_time": JOINED_AT}
    changed = "meeting.participant_role_changed"
    [event] = zoom.translate(sent(changed, **told, new_role="host"), names)
    [was] = zoom.translate(joined(), names)
    assert (event.role, event.connection_id) == ("host", was.connection_id)
    assert zoom.translate(sent(changed, **told, new_role="attendee"), names) == []


def test_what_is_not_needed_and_what_is_not_known(names):
    assert zoom.translate(sent("meeting.participant_qos_summary"), names) == []
    assert zoom.translate(sent("meeting.alert"), names) == []
    with pytest.raises(UnknownEvent):
        zoom.translate(sent("meeting.teleported"), names)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (joined(user_id=""), InvalidField),
        (joined(join_time="yesterday"), InvalidField),
        (joined(join_time="0001-01-01T00:00:00+23:59"), InvalidField),
        (sent("meeting.participant_joined"), InvalidField),
        (sent("meeting.ended", ts=-5), InvalidField),
        (b'{"event":"meeting.started","payload":[]}', InvalidField),
        (b'{"event":"meeting.started"', NotJson),
        (b'{"more":' + b"[" * 10_000, NotJson),
    ],
)
def test_what_cannot_be_meant_is_refused(names, body, error):
    with pytest.raises(error):
        zoom.translate(body, names)
