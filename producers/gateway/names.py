"""One platform's view of the directory: what an adapter asks, answered."""

from typing import Protocol

from privacy.pseudonyms import Pseudonyms
from producers.gateway.errors import InvalidField, UnknownRoom
from producers.gateway.occupancy import Occupancy


class Lookup(Protocol):
    """What the gateway asks the directory (`producers.directory.lookup`)."""

    async def refresh(self) -> None: ...
    def participant(self, platform: str, *identities: str) -> str: ...
    def session(
        self, platform: str, room: str, ts: int, participant_id: str | None = None
    ) -> str | None: ...
    def is_host(self, session_id: str, participant_id: str) -> bool: ...
    def platforms(self) -> set[str]: ...


class DirectoryNames:
    """`adapter.Names` of one platform."""

    def __init__(
        self, platform: str, lookup: Lookup, pseudonyms: Pseudonyms, occupancy: Occupancy
    ) -> None:
        self._platform = platform
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

    def joined_before(self, session_id: str, participant_id: str) -> bool:
        return self._occupancy.joined(session_id, participant_id)

    def open_before(self, session_id: str, ts: int) -> list[tuple[str, str]]:
        return self._occupancy.open_before(session_id, ts)
