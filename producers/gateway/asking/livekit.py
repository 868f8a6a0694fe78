"""LiveKit's `ListRooms` and `ListParticipants` (Twirp; livekit/protocol: livekit_room.proto)."""

import httpx
import msgspec
from msgspec import Struct

from producers.gateway.adapter import Names, whole
from producers.gateway.asking.listing import Listing, get
from producers.gateway.errors import InvalidField, UnknownRoom
from producers.gateway.platforms import livekit
from streams.events import Millis, ParticipantJoined

ROOMS = "/twirp/livekit.RoomService/ListRooms"
PEOPLE = "/twirp/livekit.RoomService/ListParticipants"
CONNECTED = "ACTIVE"
"""Before that its media are not up, and its webhook has not been sent either."""


class Room(Struct):
    name: str


class Rooms(Struct):
    rooms: list[Room] = []


class Participant(Struct):
    sid: str
    identity: str
    name: str = ""
    state: str = ""
    kind: str = "STANDARD"
    attributes: livekit.Attributes = livekit.Attributes()
    joined_at: int | str = 0
    joined_at_ms: int | str = 0


class Participants(Struct):
    participants: list[Participant] = []


class LiveKit:
    """`secret` is `API key:API secret`; `url` that of the server, `https://...`."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url.rstrip("/")
        self._secret = secret

    async def ask(self, client: httpx.AsyncClient, names: Names, now: Millis) -> Listing:
        request = self._request(client, ROOMS, {}, {"roomList": True}, now)
        rooms = (await get(client, request, Rooms)).rooms
        present: list[ParticipantJoined] = []
        for room in rooms:
            grant = {"roomAdmin": True, "room": room.name}
            request = self._request(client, PEOPLE, {"room": room.name}, grant, now)
            people = (await get(client, request, Participants)).participants
            present += _joins(room.name, people, names)
        return Listing(present)

    def _request(
        self, client: httpx.AsyncClient, path: str, body: object, grant: object, now: Millis
    ) -> httpx.Request:
        token = livekit.token_of(self._secret, now, {"video": grant})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        url = self._url + path
        return client.build_request("POST", url, content=msgspec.json.encode(body), headers=headers)


def _joins(room: str, people: list[Participant], names: Names) -> list[ParticipantJoined]:
    found: list[ParticipantJoined] = []
    for one in people:
        if one.state != CONNECTED:
            continue
        who = livekit.Participant(
            sid=one.sid,
            identity=one.identity,
            name=one.name,
            kind=one.kind,
            attributes=one.attributes,
        )
        try:
            since = whole(one.joined_at_ms) or whole(one.joined_at) * 1000
            found.append(livekit.join(room, who, since, names))
        except (UnknownRoom, InvalidField):
            continue
    return found
