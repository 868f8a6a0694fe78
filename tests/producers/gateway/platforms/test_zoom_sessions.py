"""Zoom's Video SDK sessions, and what they become."""

import json

import pytest

from producers.gateway.errors import InvalidField, UnknownEvent
from producers.gateway.platforms import zoom
from streams.events import SECOND
from tests.producers.gateway.clinic import NOW, ROOM

JOINED_AT = "2026-11-23T12:18:30Z"


@pytest.fixture
def names(evenings):
    return evenings.names("zoom")


def sent(event: str = "session.user_joined", room: str = ROOM, **user) -> bytes:
    about = {"id": "sdk==", "session_id": "sdk==", "session_name": room, "session_key": "k"}
    if event.startswith("session.user"):
        who = {"id": "16778240", "name": "Canary Name", "join_time": JOINED_AT, "user_key": "ana"}
        about["user"] = who | user
    payload = {"account_id": "a", "object": about | {"start_time": JOINED_AT}}
    return json.dumps({"event": event, "event_ts": NOW + SECOND, "payload": payload}).encode()


@pytest.mark.parametrize(
    ("told", "identity", "role", "device"),
    [
        ({}, "ana", "participant", None),
        ({"user_key": "dr-ortiz"}, "dr-ortiz", "host", None),
        ({"user_key": None, "phone_number": "+15550100199"}, "+15550100199", "participant", "l"),
        ({"user_key": None, "participant_uuid": "u"}, "u", "participant", None),
        ({"user_key": None}, "sdk==/16778240", "participant", None),
        ({"user_key": "n", "name": "Fireflies.ai Notetaker"}, "n", "bot", None),
    ],
)
def test_a_join(names, told, identity, role, device):
    [event] = zoom.translate(sent(**told), names)
    assert (event.ts, event.role, bool(event.device)) == (NOW, role, bool(device))
    assert event.participant_id == names.participant(identity)
    assert "Canary" not in repr(event)


def test_what_is_not_needed_and_what_is_not_known(names):
    for event in ("session.recording_started", "session.alert", "session.sharing_ended"):
        assert zoom.translate(sent(event), names) == []
    with pytest.raises(UnknownEvent):
        zoom.translate(sent("session.teleported"), names)


@pytest.mark.parametrize("body", [sent(id=None), sent(room=""), sent(join_time="soon")])
def test_what_cannot_be_meant_is_refused(names, body):
    with pytest.raises(InvalidField):
        zoom.translate(body, names)
