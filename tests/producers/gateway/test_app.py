"""Requests to a running gateway on a real broker: statuses, topics, dead letters, logs."""

import json

from streams.events import ParticipantJoined
from streams.now import WALL
from tests.producers.gateway.conftest import Running


def livekit_joined(who: str, *, room: str = "evening", sid: str = "PA_1", **changes) -> bytes:
    seconds = WALL.now() // 1000
    told = {
        "event": "participant_joined",
        "id": f"EV_{sid}",
        "createdAt": str(seconds),
        "room": {"name": room, "sid": "RM_1", "turnPassword": "canary-turn"},
        "participant": {"sid": sid, "identity": who, "name": "Canary Name"},
    }
    return json.dumps(told | changes).encode()


async def test_a_join_is_on_the_log_before_the_answer(gateway: Running):
    answer = await gateway.livekit(livekit_joined("ana"))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
    [event] = await gateway.events()
    assert isinstance(event, ParticipantJoined)
    assert event.session_id == gateway.session(0)
    assert event.participant_id == gateway.person("ana")
