"""One platform's view of the directory: what an adapter asks, answered."""

import re
from collections import OrderedDict
from collections.abc import Iterable
from fnmatch import translate
from typing import Protocol

from privacy.pseudonyms import Pseudonyms
from producers.directory.lookup import Occurrence
from producers.gateway.errors import InvalidField, UnknownRoom
from producers.gateway.occupancy import Occupancy
from streams.events import Role

OCCUPANCIES = 5_000
"""Rooms of occupancies remembered (Zoom's uuid -> meeting id): some days of a large clinic."""


class Lookup(Protocol):
    """What the gateway asks the directory (`producers.directory.lookup`)."""

    async def refresh(self) -> None: ...
    def participant(self, platform: str, *identities: str) -> str: ...
    def session(
        self, platform: str, room: str, ts: int, participant_id: str | None = None
    ) -> str | None: ...
    def is_host(self, session_id: str, participant_id: str) -> bool: ...
    def expects(self, session_id: str, participant_id: str) -> bool: ...
    def occurrence(self, session_id: str) -> Occurrence | None: ...
    def consents(self, participant_id: str) -> frozenset[str]: ...
    def erased(self, participant_id: str) -> bool: ...
    def platforms(self) -> set[str]: ...


class Bots:
    """Note-takers and other programs that join as if they were people, by their shown names.

    Patterns as of a shell (`*notetaker*`), in any case.
    """

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        joined = "|".join(translate(pattern.casefold()) for pattern in patterns)
        self._pattern = re.compile(joined) if joined else None

    def include(self, shown: str | None) -> bool:
        text = (shown or "").strip().casefold()
        return bool(text and self._pattern and self._pattern.match(text))


class DirectoryNames:
    """`adapter.Names` of one platform."""

    def __init__(
        self,
        platform: str,
        lookup: Lookup,
        pseudonyms: Pseudonyms,
        occupancy: Occupancy,
        bots: Bots | None = None,
    ) -> None:
        self._platform = platform
        self._bots = bots or Bots()
        self._rooms: OrderedDict[str, str] = OrderedDict()
        self._lookup = lookup
        self._pseudonyms = pseudonyms
        self._occupancy = occupancy

    def participant(self, *identities: str | None) -> str:
        known = [identity for identity in identities if identity and identity.strip()]
        if not known:
            raise InvalidField
        return self._lookup.participant(self._platform, *known)

    def connection(self, *words: str) -> str:
        return self._pseudonyms.connection(self._platform, "/".join(words))

    def session(
        self,
        room: str,
        ts: int,
        participant_id: str | None = None,
        connection_id: str | None = None,
    ) -> str:
        joined = self._occupancy.session_of(connection_id)
        found = joined or self._lookup.session(self._platform, room, ts, participant_id)
        if found is None:
            raise UnknownRoom
        return found

    def is_host(self, session_id: str, participant_id: str) -> bool:
        return self._lookup.is_host(session_id, participant_id)

    def role(
        self, session_id: str, participant_id: str, shown: str | None, moderates: bool = False
    ) -> Role:
        if self.is_host(session_id, participant_id):
            return "host"
        if self._bots.include(shown):
            return "bot"
        if moderates and not self._lookup.expects(session_id, participant_id):
            return "host"
        return "participant"

    def joined_before(self, session_id: str, participant_id: str) -> bool:
        return self._occupancy.joined(session_id, participant_id)

    def open_before(self, session_id: str, ts: int) -> list[tuple[str, str]]:
        return self._occupancy.open_before(session_id, ts)

    def joined_as(self, connection_id: str) -> tuple[str, str] | None:
        return self._occupancy.joined_as(connection_id)

    def learn_room(self, occupancy: str, room: str) -> None:
        self._rooms[occupancy] = room
        self._rooms.move_to_end(occupancy)
        if len(self._rooms) > OCCUPANCIES:
            self._rooms.popitem(last=False)

    def room_of(self, occupancy: str) -> str | None:
        return self._rooms.get(occupancy)
