"""What a platform's API says of who is in its rooms now, in the words of its webhooks."""

from typing import Protocol, TypeVar

import httpx
import msgspec
from msgspec import Struct

from producers.gateway.adapter import Names
from streams.events import Millis, ParticipantJoined, ParticipantLeft

T = TypeVar("T")

PAGES = 20
"""At most; more people than that are in no clinic at once."""


class NotAnswered(Exception):
    """The API is away, refuses the key, or answers what nobody understands; says which."""


class Listing(Struct):
    present: list[ParticipantJoined]
    """All who are in a room of a session. Ids, connections and times as the webhooks'."""
    left: list[ParticipantLeft] = []
    """Who is known to have gone, and when, where the API tells."""


class Asker(Protocol):
    async def ask(self, client: httpx.AsyncClient, names: Names, now: Millis) -> Listing:
        """Raises `NotAnswered`."""


async def get(client: httpx.AsyncClient, request: httpx.Request, wanted: type[T]) -> T:
    """The answer, read. Raises `NotAnswered`, without the address: a key may be in it."""
    return read(await fetch(client, request), wanted)


async def fetch(client: httpx.AsyncClient, request: httpx.Request) -> bytes:
    """Raises `NotAnswered`."""
    try:
        answer = await client.send(request)
    except httpx.HTTPError as error:
        raise NotAnswered(type(error).__name__) from None
    if answer.is_success:
        return answer.content
    raise NotAnswered(f"status {answer.status_code}")


def read(raw: bytes, wanted: type[T]) -> T:
    """Raises `NotAnswered`."""
    try:
        return msgspec.json.decode(raw, type=wanted, strict=False)
    except (ValueError, RecursionError):
        raise NotAnswered("an answer of another shape") from None
