"""What the simulated platforms send is what the gateway's own adapters read."""

import msgspec
import pytest

from producers.gateway.beacon import Sealed, Tokens, events_of, opened, samples_of
from producers.gateway.cloudevents import events_of as cloud_events_of
from producers.gateway.errors import BadSignature
from producers.gateway.platforms import PLATFORMS
from producers.simulator import platforms
from producers.simulator.day import make
from producers.simulator.measuring import beacons
from producers.simulator.timeline import Names, happenings
from tests.producers.simulator.days import KEY, PSEUDONYMS, START

SECRETS = {"livekit": "simulated:a-livekit-secret-of-thirty-two-chars", "zoom": "a-zoom-secret"}
DAY = make("day", 3, START)
TOLD = happenings(DAY, PSEUDONYMS)


class Directory:
    """Who is who on one platform, as the simulated day has it."""

    def __init__(self, platform):
        self.platform = platform
        names = Names(PSEUDONYMS)
        self.people, self.rooms, self.hosts = {}, {}, set()
        for room in DAY.rooms:
            self.rooms[room.name] = names.session(room)
            self.people[room.host.identity(platform)] = names.host(room.host)
            self.hosts.add((names.session(room), names.host(room.host)))
            for person in room.roster:
                self.people[person.identity(platform)] = names.patient(person)

    def participant(self, *identities):
        given = [identity for identity in identities if identity]
        known = [self.people[one] for one in given if one in self.people]
        return known[0] if known else PSEUDONYMS.unmapped(self.platform, given[0])

    def connection(self, *words):
        return PSEUDONYMS.connection(self.platform, "/".join(words))

    def session(self, room, ts, participant_id=None, connection_id=None):
        return self.rooms[room]

    def is_host(self, session_id, participant_id):
        return (session_id, participant_id) in self.hosts

    def role(self, session_id, participant_id, shown, moderates=False):
        return "host" if self.is_host(session_id, participant_id) else "participant"

    def learn_room(self, occupancy, room):
        pass

    def joined_before(self, session_id, participant_id):
        return False

    def open_before(self, session_id, ts):
        return []


def told(event):
    """What must survive the way through the platform; ids and connections are its own."""
    fields = msgspec.to_builtins(event)
    for own in ("id", "connection_id", "received_at", "device", "network", "stage", "detail"):
        fields.pop(own, None)
    fields["ts"] //= 1_000  # LiveKit's left is a millisecond after its second
    return fields


@pytest.mark.parametrize("platform", ["livekit", "zoom"])
def test_every_webhook_verifies_and_becomes_the_event_that_happened(platform):
    adapter, directory = PLATFORMS[platform], Directory(platform)
    seen = 0
    for item in TOLD:
        if item.source != "platform" or item.room.platform != platform:
            continue
        sent = platforms.webhook(item, SECRETS, item.due)
        headers = {name.lower(): value for name, value in sent.headers.items()}
        adapter.verify(headers, sent.body, [SECRETS[platform]], item.due + 200)
        assert [told(one) for one in adapter.translate(sent.body, directory)] == [told(item.event)]
        seen += 1
    assert seen > 100


@pytest.mark.parametrize("platform", ["livekit", "zoom"])
def test_a_webhook_signed_with_another_secret_is_refused(platform):
    item = next(one for one in TOLD if one.source == "platform" and one.room.platform == platform)
    sent = platforms.webhook(item, {"livekit": "other:secret", "zoom": "other"}, item.due)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    with pytest.raises(BadSignature):
        PLATFORMS[platform].verify(headers, sent.body, [SECRETS[platform]], item.due)


def test_a_connection_has_the_same_id_in_its_join_and_its_left():
    for platform in ("livekit", "zoom"):
        adapter, directory = PLATFORMS[platform], Directory(platform)
        pairs: dict[str, set[str]] = {}
        for item in TOLD:
            if item.source == "platform" and item.room.platform == platform:
                sent = platforms.webhook(item, SECRETS, item.due)
                for event in adapter.translate(sent.body, directory):
                    if hasattr(event, "connection_id"):
                        ours = f"{event.session_id}/{item.event.connection_id}"
                        pairs.setdefault(ours, set()).add(event.connection_id)
        assert all(len(ids) == 1 for ids in pairs.values())
        assert len({one for ids in pairs.values() for one in ids}) == len(pairs)


def test_a_second_room_of_the_same_name_has_another_sid():
    """Everybody's line breaks at once: the room ends, and a new one opens under its name."""
    bodies = [
        msgspec.json.decode(platforms.webhook(item, SECRETS, item.due).body)
        for item in TOLD
        if item.source == "platform" and item.room.title == "Evening group 3"
    ]
    started = {body["room"]["sid"] for body in bodies if body["event"] == "room_started"}
    assert {body["room"]["sid"] for body in bodies} == started


def test_what_staff_and_the_join_link_tell_is_taken_as_cloud_events():
    others = [item for item in TOLD if item.source in ("staff", "link")]
    assert len({type(item.event) for item in others}) >= 5
    for item in others:
        sent = platforms.event(item.event, "token")
        (event,) = cloud_events_of(sent.body, sent.headers["Content-Type"])
        assert told(event) == told(item.event)


def test_a_page_sends_samples_and_reports_with_a_token_that_says_for_whom():
    tokens, names = Tokens(KEY), Names(PSEUDONYMS)
    sent = next(iter(beacons(DAY, PSEUDONYMS, 30_000)))
    person = names.patient(sent.conduct.person)
    token = tokens.issue(names.session(sent.room), person, "https://care.example", sent.due)
    body = platforms.beacon(token, sent.due, sent.samples, []).body
    sealed = msgspec.json.decode(body, type=Sealed)
    bearer = tokens.check(sealed.token, sent.due)
    assert samples_of(opened(sealed), bearer, 0) == sent.samples
    report = next(item for item in TOLD if item.source == "page")
    body = platforms.beacon(token, report.due, [], [report.event]).body
    (event,) = events_of(opened(msgspec.json.decode(body, type=Sealed)), bearer, 0)
    assert event.ts == report.event.ts
    assert event.participant_id == person


def test_no_name_is_in_what_is_not_a_platforms_own_webhook():
    shown = {room.host.family for room in DAY.rooms}
    shown |= {person.family for room in DAY.rooms for person in room.roster}
    for item in TOLD:
        if item.source in ("staff", "link"):
            body = platforms.event(item.event, "token").body.decode()
            assert not any(name in body for name in shown)
