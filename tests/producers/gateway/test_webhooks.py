"""Each platform's own requests to a running gateway: pings, probes, limits, what waits."""

import asyncio
import json
import sqlite3
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from producers.gateway.platforms import PLATFORMS, bigbluebutton
from producers.gateway.webhooks import PROBE
from streams.events import SECOND
from streams.now import WALL
from tests.producers.gateway.clinic import zoom_headers
from tests.producers.gateway.conftest import TOKEN, Running, evening
from tests.producers.gateway.test_app import STRUCTURED, cloud_event, livekit_joined, zoom_joined

pytestmark = pytest.mark.asyncio(loop_scope="module")


def joined(platform: str, who: str = "ana", room: str = "evening") -> bytes:
    now = WALL.now()
    match platform:
        case "livekit":
            return livekit_joined(who, room=room)
        case "zoom":
            return zoom_joined(customer_key=who)
        case "daily":
            seen = {"room": room, "user_id": who, "session_id": "s1", "joined_at": now / 1000}
            return json.dumps({"type": "participant.joined", "id": "1", "payload": seen}).encode()
        case "twilio":
            stamp = datetime.fromtimestamp(now / 1000, UTC).isoformat()
            seen = {"ParticipantSid": "PA1", "ParticipantIdentity": who, "Timestamp": stamp}
            what = {"StatusCallbackEvent": "participant-connected", "RoomName": room}
            return urlencode(seen | what).encode()
        case "jitsi":
            seen = {"id": who, "participantId": "p1"}
            told = {"idempotencyKey": "k", "timestamp": now, "fqn": f"app/{room}", "data": seen}
            return json.dumps({"eventType": "PARTICIPANT_JOINED", **told}).encode()
        case _:
            user = {"internal-user-id": "w_1", "external-user-id": who}
            meeting = {"internal-meeting-id": "m", "external-meeting-id": room}
            data = {"attributes": {"meeting": meeting, "user": user}, "event": {"ts": now}}
            listed = json.dumps([{"data": {"id": "user-joined", **data}}]).encode()
            return bigbluebutton.body_of(listed, now, "bbb.clinic.example")


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_join_on_each_platform_is_the_same_person(gateway: Running, platform):
    answer = await gateway.signed(platform, joined(platform))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
    [event] = await gateway.events()
    assert event.participant_id == gateway.person("ana")


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_probe_proves_the_secret_and_does_nothing_else(gateway: Running, platform):
    body = joined(platform)
    answer = await gateway.signed(platform, body, **{PROBE: "1"})
    assert (answer.status_code, answer.json()) == (200, {"probe": "right"})
    answer = await gateway.client.post(f"/webhooks/{platform}", content=body, headers={PROBE: "1"})
    assert answer.status_code in (401, 415)
    assert await gateway.events() == []


async def test_dailys_first_ping_needs_no_signature(gateway: Running):
    answer = await gateway.client.post("/webhooks/daily", json={"test": "test"})
    assert (answer.status_code, answer.json()) == (200, {})
    answer = await gateway.signed("daily", b'{"test":"test"}')
    assert (answer.status_code, answer.json()) == (200, {"accepted": 0})
    answer = await gateway.client.post("/webhooks/livekit", json={"test": "test"})
    assert answer.status_code == 401


async def test_a_form_is_no_json(gateway: Running):
    answer = await gateway.signed("twilio", joined("twilio"), **{"content-type": "text/plain"})
    assert (answer.status_code, answer.json()) == (415, {"reason": "media_type"})


def quality(user_id: str) -> bytes:
    at = datetime.fromtimestamp(WALL.now() / 1000, UTC).isoformat(timespec="seconds")
    told = {"latency": "134 ms", "jitter": "6 ms", "avg_loss": "0.0%"}
    point = {"type": "audio_input", "date_time": at, "details": told}
    about = {"uuid": "late==", "participant": {"user_id": user_id, "qos": [point]}}
    return json.dumps({"event": "meeting.participant_qos", "payload": {"object": about}}).encode()


async def test_zooms_quality_waits_for_the_join_that_says_whose_it_is(gateway: Running):
    answer = await gateway.signed("zoom", quality("77"))
    assert (answer.status_code, answer.json()) == (202, {"reason": "waiting"})
    assert await gateway.batches() == []
    who = {"user_id": "77", "customer_key": "luis"}
    meeting = {"id": "81234567890", "uuid": "late==", "participant": who}
    told = {"event": "meeting.participant_joined", "event_ts": WALL.now() - SECOND}
    body = json.dumps(told | {"payload": {"object": meeting}}).encode()
    assert (await gateway.signed("zoom", body)).json() == {"accepted": 1}
    [(_, [sample])] = await gateway.batches()
    assert (sample.participant_id, sample.rtt_ms) == (gateway.person("luis"), 134)
    assert (await gateway.signed("zoom", quality("77"))).json() == {"accepted": 1}


async def test_behind_a_proxy_the_public_address_is_what_was_signed(kafka, tmp_path):
    public = "https://hooks.clinic.example/monitor"
    async with evening(kafka, tmp_path, more=("twilio",), public_url=public + "/") as gateway:
        body = joined("twilio")
        signed = PLATFORMS["twilio"].sign(
            body, "auth-token-0123456789", WALL.now(), f"{public}/webhooks/twilio?site=1"
        )
        for path, status in (("/webhooks/twilio?site=1", 200), ("/webhooks/twilio", 401)):
            answer = await gateway.client.post(path, content=body, headers=signed.headers)
            assert answer.status_code == status


async def test_a_secret_that_is_changed_counts_without_a_restart(kafka, tmp_path):
    file = tmp_path / "zoom.secret"
    file.write_text("first-secret\n")
    async with evening(kafka, tmp_path, secret_files={"zoom": str(file)}) as gateway:

        async def status(secret: str) -> int:
            body = zoom_joined(customer_key="ana")
            headers = zoom_headers(body, WALL.now(), secret)
            answer = await gateway.client.post("/webhooks/zoom", content=body, headers=headers)
            return answer.status_code

        assert [await status(one) for one in ("first-secret", "second-secret")] == [200, 401]
        file.write_text("first-secret\nsecond-secret\n")
        async with asyncio.timeout(30):
            while await status("second-secret") != 200:
                await asyncio.sleep(0.1)
        assert await status("first-secret") == 200
        file.write_text("second-secret\n")
        async with asyncio.timeout(30):
            while await status("first-secret") != 401:
                await asyncio.sleep(0.1)
        assert await status("second-secret") == 200


async def test_a_token_of_another_system_that_is_changed_counts_without_a_restart(kafka, tmp_path):
    file = tmp_path / "events.tokens"
    file.write_text("first-token\n")
    body = json.dumps(cloud_event()).encode()
    async with evening(kafka, tmp_path, event_tokens_file=str(file)) as gateway:

        async def status(token: str) -> int:
            headers = STRUCTURED | {"authorization": f"Bearer {token}"}
            answer = await gateway.client.post("/events", content=body, headers=headers)
            return answer.status_code

        assert [await status(one) for one in ("first-token", "second-token")] == [200, 401]
        file.write_text("second-token\n")
        async with asyncio.timeout(30):
            while await status("second-token") != 200:
                await asyncio.sleep(0.1)
        assert [await status(one) for one in ("first-token", TOKEN)] == [401, 200]


async def test_more_than_its_share_is_asked_to_come_again(kafka, tmp_path):
    async with evening(kafka, tmp_path, webhooks_a_minute=3) as gateway:
        async with asyncio.timeout(70):
            while WALL.now() % 60_000 > 55_000:  # not over the turn of a minute
                await asyncio.sleep(0.2)
        for platform in ("livekit", "zoom"):
            answers = [await gateway.signed(platform, joined(platform)) for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_directory_that_cannot_be_read_is_asked_again_later(kafka, tmp_path):
    async with evening(kafka, tmp_path) as gateway:
        known, unknown = joined("livekit"), joined("livekit", room="elsewhere")
        assert (await gateway.signed("livekit", unknown)).status_code == 202
        with sqlite3.connect(tmp_path / "directory.db") as database:
            database.execute("ALTER TABLE revisions RENAME TO gone")
        answer = await gateway.signed("livekit", unknown)
        assert (answer.status_code, answer.json()) == (503, {"reason": "directory_away"})
        assert int(answer.headers["retry-after"]) > 0
        assert (await gateway.signed("livekit", known)).status_code == 200
