"""What a real LiveKit server sent, word for word, and what it becomes."""

import base64
import hmac
import json
import re
from pathlib import Path

import pytest

from producers.gateway.errors import BadSignature, InvalidField, Stale, UnknownEvent
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import livekit
from streams.events import HOUR, MINUTE, SECOND
from tests.producers.gateway.clinic import (
    LIVEKIT,
    ROOM,
    Booking,
    Clinic,
    livekit_headers,
)
from tests.producers.gateway.words import Words

DATA = Path(__file__).parents[3] / "data" / "livekit"
DELIVERIES = sorted(DATA.glob("[ab]*.json"))
_SCENARIO = re.compile(r"[ab]\d+_([a-z]\d\d-[a-z0-9-]+?)_.*")
SCENARIOS = sorted({_SCENARIO.sub(r"\1", path.name) for path in DELIVERIES})


def delivery(path: Path) -> tuple[dict, bytes, int]:
    told = json.loads(path.read_text())
    headers = {name.lower(): value for name, value in told["headers"]}
    return headers, base64.b64decode(told["body_b64"]), int(told["received_at_unix"] * 1000)


@pytest.mark.parametrize("path", DELIVERIES, ids=lambda path: path.stem)
def test_the_servers_own_signatures_are_right_and_hold_for_nothing_else(path):
    headers, body, received = delivery(path)
    assert livekit.verify(headers, body, ["other:secret", LIVEKIT], received) == LIVEKIT
    for wrong in (body + b" ", body[:-1], json.dumps(json.loads(body)).encode() + b"\n"):
        with pytest.raises(BadSignature):
            livekit.verify(headers, wrong, [LIVEKIT], received)
    with pytest.raises(Stale):
        livekit.verify(headers, body, [LIVEKIT], received + 7 * MINUTE)
    with pytest.raises(Stale):
        livekit.verify(headers, body, [LIVEKIT], received - 2 * MINUTE)


HOST, PEOPLE = "py-therapist", ["py-ann", "py-a", "py-human", "web-a", "web-pat1"]


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """A clinic whose rooms are those of the captured scenarios."""
    first = min(delivery(path)[2] for path in DELIVERIES)
    start = first - first % MINUTE
    rooms = [Booking("livekit", scenario, start, PEOPLE, HOST) for scenario in SCENARIOS]
    return Clinic(tmp_path_factory.mktemp("captured"), first, *rooms)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_the_server_sent_becomes(scenario, captured):
    occupancy = Occupancy()
    names = Words(captured, "livekit", occupancy, HOST, PEOPLE)
    lines = []
    for path in DELIVERIES:
        if f"_{scenario}_" in path.name:
            events = livekit.translate(delivery(path)[1], names)
            occupancy.note(events)
            lines += [names.line(event) for event in events]
    expected = DATA / "expected" / f"{scenario}.txt"
    assert lines == expected.read_text().splitlines()


NOW = 1_795_436_310_000
WHO = {"sid": "PA_1", "identity": "web-a"}


def sent(
    event: str, *, seconds: int = NOW // SECOND, room: str = "evening", **participant
) -> bytes:
    who = {**WHO, **participant}
    told = {"event": event, "id": "EV_1", "createdAt": str(seconds)}
    told["room"] = {"name": room, "sid": "RM_1"}
    if event.startswith("participant"):
        told["participant"] = who
    return json.dumps(told).encode()


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """Two groups in one room, one after the other."""
    start = NOW - NOW % MINUTE
    groups = [
        Booking("livekit", "evening", start, ["web-a"]),
        Booking("livekit", "evening", start + 4 * HOUR, ["web-b"]),
    ]
    return Clinic(tmp_path_factory.mktemp("clinic"), NOW, *groups)


@pytest.fixture
def evening(clinic):
    """The names of that room, and what the gateway remembers of it."""
    occupancy = Occupancy()
    return clinic.names("livekit", occupancy), occupancy


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"disconnectReason": "CLIENT_INITIATED"}, "left"),
        ({"disconnectReason": "PARTICIPANT_REMOVED"}, "removed"),
        ({"disconnectReason": "ROOM_DELETED"}, "ended"),
        ({"disconnectReason": "ROOM_CLOSED"}, "ended"),
        ({"disconnectReason": "SIGNAL_CLOSE"}, "connection_lost"),
        ({"disconnectReason": "CONNECTION_TIMEOUT"}, "connection_lost"),
        ({"disconnectReason": "MEDIA_FAILURE"}, "connection_lost"),
        ({"disconnectReason": "STATE_MISMATCH"}, "connection_lost"),
        ({"disconnectReason": "SERVER_SHUTDOWN"}, "connection_lost"),
        ({"disconnectReason": "MIGRATION"}, "unknown"),
        ({"disconnectReason": "DUPLICATE_IDENTITY"}, "unknown"),
        ({"disconnectReason": "SOMETHING_NEW"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_why_somebody_left(evening, told, reason):
    names, _ = evening
    [event] = livekit.translate(sent("participant_left", **told), names)
    assert event.reason == reason


@pytest.mark.parametrize(
    ("kind", "role", "device"),
    [
        ("STANDARD", "participant", None),
        ("SIP", "participant", "landline"),
        ("AGENT", "bot", None),
        ("EGRESS", "bot", None),
        ("INGRESS", "bot", None),
        ("CONNECTOR", "bot", None),
        ("BRIDGE", "bot", None),
    ],
)
def test_who_is_nobodys_patient(evening, kind, role, device):
    names, _ = evening
    [event] = livekit.translate(sent("participant_joined", kind=kind), names)
    assert (event.role, event.device and event.device.kind) == (role, device)


@pytest.mark.parametrize(
    ("kind", "number", "who"),
    [
        ("SIP", "+15550100142", "luis"),
        ("SIP", "+15550100199", None),
        ("STANDARD", "+15550100142", None),  # set by themselves, to be taken for another
    ],
)
def test_a_caller_is_known_by_number(evenings, kind, number, who):
    names = evenings.names("livekit")
    calls = {"identity": f"sip_{number}", "kind": kind, "attributes": {"sip.phoneNumber": number}}
    [joined] = livekit.translate(sent("participant_joined", room=ROOM, **calls), names)
    [left] = livekit.translate(sent("participant_left", room=ROOM, **calls), names)
    assert joined.participant_id == left.participant_id
    assert joined.participant_id == names.participant(who or calls["identity"])
    assert joined.exclusive == (kind == "STANDARD")  # who calls may be in by web as well


def test_the_end_of_a_short_connection_is_after_its_join(evening):
    names, _ = evening
    within = {"joinedAtMs": str(NOW + 400)}
    [joined] = livekit.translate(sent("participant_joined", **within), names)
    [left] = livekit.translate(sent("participant_left", **within), names)
    assert joined.ts == NOW + 400 < left.ts


def test_a_reconnect_that_fails_is_no_failed_try(evening):
    names, occupancy = evening
    aborted = sent("participant_connection_aborted", sid="PA_2", disconnectReason="SIGNAL_CLOSE")
    [event] = livekit.translate(aborted, names)
    assert (event.stage, event.detail) == ("media", "signal_close")
    occupancy.note(livekit.translate(sent("participant_joined"), names))
    assert livekit.translate(aborted, names) == []


def test_an_agent_that_cannot_connect_is_no_failed_try(evening):
    names, _ = evening
    assert livekit.translate(sent("participant_connection_aborted", kind="AGENT"), names) == []


def test_a_room_started_anew_closes_what_was_open_in_it(evening):
    names, occupancy = evening
    occupancy.note(livekit.translate(sent("participant_joined"), names))
    restarted = sent("room_started", seconds=NOW // SECOND + 11)
    left, started = livekit.translate(restarted, names)
    assert (left.reason, left.connection_id) == ("connection_lost", names.connection("PA_1"))
    assert left.ts == started.ts
    occupancy.note([left, started])
    assert len(livekit.translate(restarted, names)) == 1


def test_who_leaves_late_leaves_the_session_that_they_joined(evening):
    names, occupancy = evening
    [joined] = livekit.translate(sent("participant_joined", identity="stranger"), names)
    occupancy.note([joined])
    late = sent("participant_left", seconds=(NOW + 4 * HOUR) // SECOND, identity="stranger")
    [left] = livekit.translate(late, names)
    assert left.session_id == joined.session_id
    occupancy.note([left])
    [again] = livekit.translate(late, names)
    assert again.session_id != joined.session_id


@pytest.mark.parametrize("event", ["track_published", "egress_started", "agent_job_ended"])
def test_what_is_not_needed_is_nothing(evening, event):
    assert livekit.translate(sent(event), evening[0]) == []


def test_a_new_kind_of_event_is_said_to_be_unknown(evening):
    with pytest.raises(UnknownEvent):
        livekit.translate(sent("participant_teleported"), evening[0])


def test_only_a_fresh_token_of_ours_over_this_body_is_right():
    body = sent("room_started")
    good = livekit_headers(body, NOW)
    assert livekit.verify(good, body, [LIVEKIT], NOW) == LIVEKIT
    bearer = {"authorization": "Bearer " + good["authorization"]}
    assert livekit.verify(bearer, body, [LIVEKIT], NOW) == LIVEKIT
    join_token = livekit_headers(body, NOW, sha256=None)  # what a client gets to join a room
    for headers, secrets in [
        (good, []),
        (good, ["swtestkey:another-secret"]),
        (good, ["another-key:" + LIVEKIT.partition(":")[2]]),
        (livekit_headers(b"other", NOW), [LIVEKIT]),
        (join_token, [LIVEKIT]),
        ({"authorization": good["authorization"][:-1]}, [LIVEKIT]),
        ({"authorization": "a.b"}, [LIVEKIT]),
        ({}, [LIVEKIT]),
    ]:
        with pytest.raises(BadSignature):
            livekit.verify(headers, body, secrets, NOW)
    for claims in ({"exp": NOW // SECOND + 3600}, {"exp": NOW // SECOND - 61, "nbf": 0}):
        with pytest.raises(Stale):
            livekit.verify(livekit_headers(body, NOW, **claims), body, [LIVEKIT], NOW)


def test_a_token_without_an_algorithm_is_refused():
    body, key = sent("room_started"), LIVEKIT.partition(":")[2]
    for alg in ("none", "HS512"):
        headers = livekit_headers(body, NOW)
        head = base64.urlsafe_b64encode(json.dumps({"alg": alg}).encode()).rstrip(b"=").decode()
        signed = head + "." + headers["authorization"].split(".")[1]
        mac = base64.urlsafe_b64encode(hmac.digest(key.encode(), signed.encode(), "sha256"))
        token = signed + "." + mac.rstrip(b"=").decode()
        with pytest.raises(BadSignature):
            livekit.verify({"authorization": token}, body, [LIVEKIT], NOW)


@pytest.mark.parametrize(
    "body",
    [
        sent("participant_joined", identity=""),
        sent("participant_joined", sid=""),
        sent("participant_joined", joinedAtMs="soon"),
        sent("participant_joined", joinedAtMs="9" * 15),
        b'{"event":"participant_joined","id":"EV_1","createdAt":"1"}',
        b'{"event":"room_started","id":"","createdAt":"1","room":{"name":"evening"}}',
        b'{"event":"room_started","id":"EV_1","createdAt":"' + b"9" * 5000 + b'","room":{}}',
        b'{"event":"room_started","id":"EV_1","createdAt":-1,"room":{"name":"evening"}}',
    ],
)
def test_what_cannot_be_meant_is_refused(evening, body):
    with pytest.raises(InvalidField):
        livekit.translate(body, evening[0])
