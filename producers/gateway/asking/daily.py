"""Daily's presence (docs.daily.co/reference/rest-api/presence): all rooms, up to 15 s old."""

import httpx
from msgspec import Struct

from producers.gateway.adapter import Names, rfc3339
from producers.gateway.asking.listing import Listing, get
from producers.gateway.errors import InvalidField, UnknownRoom
from producers.gateway.platforms import daily
from streams.events import Millis, ParticipantJoined

URL = "https://api.daily.co/v1"


class Presence(Struct, rename="camel"):
    id: str
    join_time: str
    room: str = ""
    user_id: str | None = None
    user_name: str | None = None


class Daily:
    def __init__(self, url: str, key: str) -> None:
        self._url = (url or URL).rstrip("/")
        self._key = key

    async def ask(self, client: httpx.AsyncClient, names: Names, now: Millis) -> Listing:
        headers = {"Authorization": f"Bearer {self._key}"}
        request = client.build_request("GET", f"{self._url}/presence", headers=headers)
        rooms = await get(client, request, dict[str, list[Presence]])
        present: list[ParticipantJoined] = []
        for room, people in rooms.items():
            present += _joins(room, people, names)
        return Listing(present)


def _joins(room: str, people: list[Presence], names: Names) -> list[ParticipantJoined]:
    found: list[ParticipantJoined] = []
    for one in people:
        try:
            seen = daily.Presence(
                room=room,
                user_id=one.user_id,
                user_name=one.user_name,
                session_id=one.id,
                joined_at=rfc3339(one.join_time) / 1000,
            )
            found.append(daily.join(seen, names))
        except (UnknownRoom, InvalidField):
            continue
    return found
