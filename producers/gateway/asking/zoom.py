"""Zoom's dashboard of live meetings (developers.zoom.us/docs/api/meetings: Dashboards).

A server-to-server app's token (account, client, secret) is good for an hour. The participants of
a live meeting include those who have left, with `leave_time`, and those in the waiting room.
Guests' account ids are hidden.
"""

import base64

import httpx
from msgspec import Struct

from producers.gateway.adapter import Names
from producers.gateway.asking.listing import PAGES, Listing, NotAnswered, get
from producers.gateway.errors import InvalidField, UnknownRoom
from producers.gateway.platforms import zoom
from streams.events import SECOND, Millis, ParticipantJoined, ParticipantLeft

URL = "https://api.zoom.us/v2"
TOKEN_URL = "https://zoom.us/oauth/token"  # noqa: S105 - an address
PAGE = {"type": "live", "page_size": "300"}
WAITING = "in_waiting_room"
EARLY = 60 * SECOND
"""A token is renewed so long before it ends."""


class Token(Struct):
    access_token: str
    expires_in: float  # seconds


class Meeting(Struct):
    id: int | str
    uuid: str


class Meetings(Struct):
    meetings: list[Meeting] = []
    next_page_token: str = ""


class Participant(zoom.Participant):
    status: str | None = None


class Participants(Struct):
    participants: list[Participant] = []
    next_page_token: str = ""


class Zoom:
    """`key` is `account:client:secret`."""

    def __init__(self, url: str, key: str, token_url: str = "") -> None:
        self._url = (url or URL).rstrip("/")
        self._token_url = token_url or TOKEN_URL
        self._account, _, self._client = key.partition(":")
        self._token = ""
        self._good_until: Millis = 0

    async def ask(self, client: httpx.AsyncClient, names: Names, now: Millis) -> Listing:
        listing = Listing([], [])
        for meeting in await self._meetings(client, now):
            room = str(meeting.id)
            names.learn_room(meeting.uuid, room)
            try:
                names.session(room, now)
            except UnknownRoom:
                continue  # nobody's concern, so nobody is listed
            for who in await self._people(client, room, now):
                _take(meeting, who, names, listing)
        return listing

    async def _meetings(self, client: httpx.AsyncClient, now: Millis) -> list[Meeting]:
        found: list[Meeting] = []
        more = ""
        for _ in range(PAGES):
            url = f"{self._url}/metrics/meetings"
            page = await get(client, await self._request(client, url, more, now), Meetings)
            found += page.meetings
            more = page.next_page_token
            if not more:
                break
        return found

    async def _people(self, client: httpx.AsyncClient, room: str, now: Millis) -> list[Participant]:
        found: list[Participant] = []
        more = ""
        for _ in range(PAGES):
            url = f"{self._url}/metrics/meetings/{room}/participants"
            request = await self._request(client, url, more, now)
            page = await get(client, request, Participants)
            found += page.participants
            more = page.next_page_token
            if not more:
                break
        return found

    async def _request(
        self, client: httpx.AsyncClient, url: str, more: str, now: Millis
    ) -> httpx.Request:
        token = await self._access(client, now)
        query = PAGE | {"include_fields": "registrant_id"}
        query |= {"next_page_token": more} if more else {}
        return client.build_request(
            "GET", url, params=query, headers={"Authorization": f"Bearer {token}"}
        )

    async def _access(self, client: httpx.AsyncClient, now: Millis) -> str:
        if now < self._good_until:
            return self._token
        if ":" not in self._client:
            raise NotAnswered("the key is not account:client:secret")
        basic = base64.b64encode(self._client.encode()).decode()
        asked = {"grant_type": "account_credentials", "account_id": self._account}
        request = client.build_request(
            "POST", self._token_url, params=asked, headers={"Authorization": f"Basic {basic}"}
        )
        made = await get(client, request, Token)
        self._token = made.access_token
        self._good_until = now + round(made.expires_in * SECOND) - EARLY
        return self._token


def _take(meeting: Meeting, who: Participant, names: Names, listing: Listing) -> None:
    about = zoom.Meeting(id=meeting.id, uuid=meeting.uuid, participant=who)
    try:
        if who.leave_time:
            for gone in zoom.left(zoom.Webhook(zoom.LEFT), about, names):
                if isinstance(gone, ParticipantLeft):
                    listing.left.append(gone)
            return
        if who.status == WAITING:
            return
        for here in zoom.joined(zoom.Webhook(zoom.JOINED), about, names):
            if isinstance(here, ParticipantJoined):
                listing.present.append(here)
    except (UnknownRoom, InvalidField):
        return
