"""Requests to a running gateway on a real broker: statuses, topics, dead letters, logs."""

import asyncio
import json
import logging

import pytest

from producers.gateway.beacon import Tokens
from streams.events import HOUR, MINUTE, SECOND
from streams.kafka import partition_of
from streams.now import WALL
from tests.producers.gateway.clinic import livekit_headers, zoom_headers
from tests.producers.gateway.conftest import TOKEN, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "Canary Name"
ORIGIN = "https://care.example.org"
JSON = {"content-type": "application/json"}
STRUCTURED = {"content-type": "application/cloudevents+json", "authorization": f"Bearer {TOKEN}"}
BATCH = STRUCTURED | {"content-type": "application/cloudevents-batch+json"}


def livekit_joined(who: str = "ana", *, room: str = "evening", late: int = 0, **changes) -> bytes:
    told = {
        "event": "participant_joined",
        "id": f"EV_{who}",
        "createdAt": str(WALL.now() // SECOND - late),
        "room": {"name": room, "sid": "RM_1", "turnPassword": CANARY},
        "participant": {"sid": f"PA_{who}", "identity": who, "name": CANARY},
    }
    return json.dumps(told | changes).encode()


def zoom_joined(**participant) -> bytes:
    who = {"user_id": "16778240", "user_name": CANARY, "email": "ana@mail.example"}
    meeting = {"id": "81234567890", "uuid": "abc==", "participant": who | participant}
    told = {"event": "meeting.participant_joined", "event_ts": WALL.now()}
    return json.dumps(told | {"payload": {"object": meeting}}).encode()


def sample(**changes) -> dict:
    told = {"connection_id": "c1", "ts": WALL.now(), "rtt_ms": 40, "jitter_ms": 3.5, "loss": 0.01}
    return told | changes


def token_of(gateway: Running, who: str = "ana", number: int = 0, now: int | None = None) -> str:
    tokens = Tokens(gateway.key)
    return tokens.issue(gateway.session(number), gateway.person(who), ORIGIN, now or WALL.now())


def beacon(token: str, **told) -> bytes:
    return json.dumps({"token": token, "sent_at": WALL.now()} | told).encode()


def cloud_event(**changes) -> dict:
    told = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:ehr",
        "type": "participant.excused",
        "data": {"session_id": "s1", "participant_id": "p1", "ts": WALL.now()},
    }
    return told | changes


# --- what is taken in ---------------------------------------------------------------------------


async def test_livekit_and_zoom_find_one_person_in_their_rooms(gateway: Running):
    for answer in (await gateway.livekit(livekit_joined()), await gateway.zoom(zoom_joined())):
        assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
    events = {event.session_id: event for event in await gateway.events()}
    assert events.keys() == {gateway.session(0), gateway.session(1)}
    for event in events.values():
        assert event.participant_id == gateway.person("ana")
        assert abs(event.received_at - WALL.now()) < MINUTE


async def test_a_stranger_goes_on_the_log_as_unmapped(gateway: Running):
    await gateway.livekit(livekit_joined("iphone"))
    [event] = await gateway.events()
    assert event.participant_id == gateway.names.unmapped("livekit", "iphone")


async def test_zooms_question_is_answered(gateway: Running):
    question = b'{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}'
    answer = await gateway.zoom(question)
    assert answer.status_code == 200
    assert answer.json()["plainToken"] == "abc"
    assert len(answer.json()["encryptedToken"]) == 64


async def test_an_old_secret_counts_while_it_is_active(gateway: Running):
    body = livekit_joined()
    headers = livekit_headers(body, WALL.now(), secret="old:old-secret")
    assert (await gateway.livekit(body, **headers)).status_code == 200


async def test_many_beacons_become_one_record_a_partition(gateway: Running):
    bodies = [
        beacon(token_of(gateway, who, number), samples=[sample(), sample(connection_id="c2")])
        for who in ("ana", "luis")
        for number in (0, 1)
        for _ in range(5)
    ]
    answers = await asyncio.gather(
        *(gateway.client.post("/beacon", content=body, headers=JSON) for body in bodies)
    )
    assert {answer.status_code for answer in answers} == {200}
    batches = await gateway.batches()
    assert sum(len(samples) for _, samples in batches) == 40
    assert len(batches) < 10
    for number, samples in batches:
        assert {partition_of(one.session_id, 2) for one in samples} == {number}
        assert {one.participant_id for one in samples} <= {
            gateway.person("ana"),
            gateway.person("luis"),
        }


async def test_a_beacon_names_nobody_itself(gateway: Running):
    token = token_of(gateway)
    other = {"participant_id": "someone-else", "session_id": "elsewhere"}
    event = {"type": "participant.reported", "id": "1", "ts": WALL.now(), "kind": "help"}
    body = beacon(token, samples=[sample(**other)], events=[event | other])
    headers = {"content-type": "text/plain;charset=UTF-8", "origin": ORIGIN}
    answer = await gateway.client.post("/beacon", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    [(_, [one])] = await gateway.batches()
    [reported] = await gateway.events()
    for written in (one, reported):
        assert written.participant_id == gateway.person("ana")
        assert written.session_id == gateway.session(0)


async def test_a_device_whose_clock_is_wrong_is_set_right(gateway: Running):
    token, wrong = token_of(gateway), WALL.now() - 3 * HOUR
    body = beacon(token, sent_at=wrong, samples=[sample(ts=wrong - 5 * SECOND)])
    assert (await gateway.client.post("/beacon", content=body, headers=JSON)).status_code == 200
    [(_, [one])] = await gateway.batches()
    assert abs(one.ts - (WALL.now() - 5 * SECOND)) < 30 * SECOND


async def test_a_beacon_that_an_outage_held_up_keeps_its_times(gateway: Running):
    """The page has measured how far its clock is off; the rest of the difference is delay."""
    ts = WALL.now() - 30 * SECOND
    for skew, shift in ((0, 0), (1_500, 0), (3_600_000, 3_600_000)):
        own = ts - skew  # as the device's clock had it
        body = beacon(token_of(gateway), sent_at=own, skew=skew, samples=[sample(ts=own)])
        assert (await gateway.client.post("/beacon", content=body, headers=JSON)).status_code == 200
        [(_, [one])] = await gateway.batches()
        assert one.ts == own + shift
    body = beacon(token_of(gateway), sent_at=ts, skew=10**30, samples=[sample(ts=ts)])
    assert (await gateway.client.post("/beacon", content=body, headers=JSON)).status_code == 400


async def test_a_small_difference_is_left_alone(gateway: Running):
    ts = WALL.now()
    body = beacon(token_of(gateway), sent_at=ts - SECOND, samples=[sample(ts=ts)])
    await gateway.client.post("/beacon", content=body, headers=JSON)
    [(_, [one])] = await gateway.batches()
    assert one.ts == ts


async def test_any_page_may_ask_whether_it_may_send(gateway: Running):
    asks = {"origin": ORIGIN, "access-control-request-method": "POST"}
    answer = await gateway.client.options("/beacon", headers=asks)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_other_systems_events_one_and_many(gateway: Running):
    one = json.dumps(cloud_event()).encode()
    who = {"session_id": "s1", "participant_id": "p2"}
    many = json.dumps(
        [
            cloud_event(id="2", data=who, time="2026-11-24T18:00:00Z"),
            cloud_event(id="3", type="session.started", data={"session_id": "s2", "ts": 5}),
            cloud_event(id="4", type="org.example.unheard_of"),
        ]
    ).encode()
    for body, headers, accepted in ((one, STRUCTURED, 1), (many, BATCH, 2), (one, STRUCTURED, 1)):
        answer = await gateway.client.post("/events", content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"accepted": accepted})
    events = await gateway.events()
    assert len(events) == 4
    assert len({event.id for event in events}) == 3
    assert {event.ts for event in events} >= {5, 1_795_543_200_000}


# --- what is refused ----------------------------------------------------------------------------

REFUSED = [
    pytest.param("livekit", {"body": b"{"}, 400, "not_json", True, id="not JSON"),
    pytest.param("livekit", {"body": b"\xff\xfe{}"}, 400, "not_json", True, id="not UTF-8"),
    pytest.param(
        "livekit",
        {"body": b'{"event":"room_started","id":"\\ud800"}'},
        400,
        "not_json",
        True,
        id="lone surrogate",
    ),
    pytest.param("livekit", {"body": b'{"a":' * 40_000}, 400, "not_json", True, id="deep nesting"),
    pytest.param(
        "livekit", {"event": "new_thing"}, 200, "unknown_event", False, id="unknown event"
    ),
    pytest.param("livekit", {"room": "elsewhere"}, 202, "unknown_room", True, id="unknown room"),
    pytest.param("livekit", {"participant": {}}, 400, "invalid_field", True, id="a field missing"),
    pytest.param("livekit", {"late": -301}, 422, "future_timestamp", True, id="from the future"),
    pytest.param("livekit", {"sign": "x:wrong"}, 401, "bad_signature", False, id="wrong secret"),
    pytest.param("livekit", {"age": 10 * MINUTE}, 401, "stale_signature", False, id="stale"),
    pytest.param("livekit", {"age": -10 * MINUTE}, 401, "stale_signature", False, id="early"),
    pytest.param("zoom", {"body": b"[]"}, 400, "invalid_field", True, id="zoom: a list"),
    pytest.param("zoom", {"sign": "wrong"}, 401, "bad_signature", False, id="zoom: wrong secret"),
    pytest.param("zoom", {"age": 6 * MINUTE}, 401, "stale_signature", False, id="zoom: stale"),
    pytest.param("teams", {}, 401, "bad_signature", False, id="a platform nobody set up"),
    pytest.param("livekit", {"type": "text/html"}, 415, "media_type", False, id="media type"),
    pytest.param("livekit", {"body": b"x" * 2**20}, 413, "too_large", False, id="1 MB"),
]


@pytest.mark.parametrize(("platform", "told", "status", "reason", "kept"), REFUSED)
async def test_bad_webhooks(gateway: Running, caplog, platform, told, status, reason, kept):
    caplog.set_level(logging.INFO)
    told = dict(told)
    sign, age, media = told.pop("sign", None), told.pop("age", 0), told.pop("type", None)
    body = told.pop("body", None) or livekit_joined(**told)
    headers = (zoom_headers if platform == "zoom" else livekit_headers)(
        body, WALL.now() - age, **({"secret": sign} if sign else {})
    )
    headers |= {"content-type": media} if media else {}
    answer = await gateway.client.post(f"/webhooks/{platform}", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"reason": reason})
    letters = await gateway.letters()
    assert [(one.origin, one.reason, one.raw) for one in letters] == (
        [(f"gateway/{platform}", reason, body)] if kept else []
    )
    assert await gateway.events() == []
    assert reason in caplog.text
    for word in (CANARY, "ana", "PA_", "evening", gateway.person("ana"), gateway.session(0)):
        assert word not in caplog.text


async def test_1_mb_in_pieces_without_a_length_is_too_large(gateway: Running):
    async def pieces():
        for _ in range(64):
            yield b"x" * 16_384

    answer = await gateway.client.post("/webhooks/livekit", content=pieces(), headers=JSON)
    assert (answer.status_code, answer.json()) == (413, {"reason": "too_large"})


@pytest.mark.parametrize(
    ("told", "status", "reason", "kept"),
    [
        pytest.param({"token": "forged.token"}, 401, "bad_token", False, id="forged"),
        pytest.param({"token": "é"}, 401, "bad_token", False, id="no token of ours"),
        pytest.param({"token": None}, 400, "invalid_field", False, id="none"),
        pytest.param({"age": 13 * HOUR}, 401, "bad_token", False, id="too old"),
        pytest.param({"age": -HOUR}, 401, "bad_token", False, id="from the future"),
        pytest.param({"origin": "https://evil.example"}, 401, "bad_token", False, id="elsewhere"),
        pytest.param({"samples": [{"ts": 1}]}, 400, "invalid_field", True, id="bad sample"),
        pytest.param({"samples": {}}, 400, "invalid_field", True, id="no list"),
        pytest.param({"samples": [sample(loss=2)]}, 400, "invalid_field", True, id="out of range"),
        pytest.param({"samples": [sample(ts=True)]}, 400, "invalid_field", True, id="no time"),
        pytest.param({"sent_at": "now"}, 400, "invalid_field", True, id="sent when"),
        pytest.param(
            {"events": [{"type": "session.ended", "id": "1", "ts": 1}]},
            400,
            "invalid_field",
            True,
            id="what no browser may say",
        ),
        pytest.param(
            {"samples": [sample(ts=WALL.now() + 2 * HOUR)]},
            422,
            "future_timestamp",
            True,
            id="ahead",
        ),
        pytest.param({"samples": [sample()] * 601}, 429, "rate_limited", False, id="too many"),
    ],
)
async def test_bad_beacons(gateway: Running, caplog, told, status, reason, kept):
    caplog.set_level(logging.INFO)
    age, origin = told.get("age", 0), told.get("origin", ORIGIN)
    token = token_of(gateway, now=WALL.now() - age)
    told = {key: value for key, value in told.items() if key not in ("age", "origin")}
    body = beacon(**({"token": token} | told))
    headers = JSON | {"origin": origin}
    answer = await gateway.client.post("/beacon", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"reason": reason})
    assert ("retry-after" in answer.headers) == (status == 429)
    assert answer.headers["access-control-allow-origin"] == origin  # the agent acts on the status
    letters = await gateway.letters()
    assert [(one.origin, one.reason) for one in letters] == (
        [("gateway/beacon", reason)] if kept else []
    )
    assert await gateway.batches() == []
    assert gateway.person("ana") not in caplog.text


async def test_what_is_wrong_in_a_beacon_costs_the_rest_nothing(gateway: Running):
    ahead, wrong = sample(ts=WALL.now() + 2 * HOUR), sample(loss=2)
    for bad, status in ((wrong, 400), (ahead, 422)):
        body = beacon(token_of(gateway), samples=[bad, sample(connection_id="good")])
        answer = await gateway.client.post("/beacon", content=body, headers=JSON)
        assert answer.status_code == status
        kept = [one.connection_id for _, batch in await gateway.batches() for one in batch]
        assert kept == ["good"]
        assert len(await gateway.letters()) == 1


@pytest.mark.parametrize(
    ("told", "headers", "status", "reason"),
    [
        (cloud_event(), {"authorization": "Bearer wrong"}, 401, "bad_token"),
        (cloud_event(), {"authorization": TOKEN}, 401, "bad_token"),
        (cloud_event(), JSON, 415, "media_type"),
        (cloud_event(specversion="0.3"), {}, 400, "invalid_field"),
        (cloud_event(data={"session_id": "s 1"}), {}, 400, "invalid_field"),
        (cloud_event(type="clock.ticked", data={"ts": 1}), {}, 403, "type_not_allowed"),
        (cloud_event(type="connection.changed"), {}, 403, "type_not_allowed"),
        (cloud_event(type="com.example.new"), {}, 200, "unknown_event"),
        ([cloud_event()], {}, 400, "invalid_field"),
    ],
)
async def test_bad_events(gateway: Running, told, headers, status, reason):
    body = json.dumps(told).encode()
    answer = await gateway.client.post("/events", content=body, headers=STRUCTURED | headers)
    assert (answer.status_code, answer.json()) == (status, {"reason": reason})
    assert await gateway.events() == []


async def test_a_batch_is_taken_whole_or_not_at_all(gateway: Running):
    body = json.dumps([cloud_event(), cloud_event(id="2", data={})]).encode()
    answer = await gateway.client.post("/events", content=body, headers=BATCH)
    assert answer.json() == {"reason": "invalid_field"}
    assert await gateway.events() == []


async def test_who_sends_a_head_or_a_body_too_slowly_is_let_go(gateway: Running):
    host, port = gateway.url.removeprefix("http://").split(":")
    head = b"POST /webhooks/livekit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    body_missing = head + b"Content-Length: 10\r\n\r\nab"
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(2)]
    slow[0][1].write(body_missing)
    slow[1][1].write(head)
    async with asyncio.timeout(30):
        assert b" 408 " in await slow[0][0].read()
        assert await slow[1][0].read() == b""
    for _, writer in slow:
        writer.close()
