"""Names for the pages, at the edge: the directory's for people in care and staff, the accounts'
for whoever acts without standing in the directory."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

from privacy.accounts import Accounts
from privacy.people import Name, People

FRESH_SECONDS = 60.0
"""An account's name changes rarely; the directory keeps its own watch, a second old at most."""


Programs: TypeAlias = Callable[[], Awaitable[Mapping[str, str]]]
"""Asks for the names of all programs, by id."""


class Names:
    """`learn` asks the stores; `of` tells what was learnt."""

    def __init__(self, people: People, accounts: Accounts, programs: Programs) -> None:
        self._people = people
        self._accounts = accounts
        self._ask_programs = programs
        self._programs: Mapping[str, str] = {}
        self._known: dict[str, Name] = {}
        self._actors: dict[str, Name] = {}
        self._asked: dict[str, float] = {}
        self._tech: set[str] = set()
        self._rest_asked = float("-inf")

    def of(self, id_: str) -> Name | None:
        return self._known.get(id_) or self._actors.get(id_)

    def is_tech(self, actor: str) -> bool:
        """Whether this is tech support: "tech is with her" is said of nobody else."""
        return actor in self._tech

    def program(self, program_id: str) -> str:
        """A program's name; "" while it is not known."""
        return self._programs.get(program_id, "")

    def asked(self, ids: Iterable[str]) -> bool:
        """Whether all of these were learnt, be there a name or not."""
        return all(id_ in self._known or id_ in self._asked for id_ in ids)

    async def learn(self, ids: Iterable[str]) -> None:
        """Afterwards `of` knows all of these that have a name."""
        wanted = set(ids)
        known = await self._people.names(wanted)
        for gone in wanted & self._known.keys() - known.keys():
            del self._known[gone]  # erased
        self._known |= known
        now = time.monotonic()
        if now - self._rest_asked > FRESH_SECONDS:
            self._rest_asked = now
            self._tech = await self._accounts.actors("tech")
            self._programs = await self._ask_programs()
        nameless = {
            id_
            for id_ in wanted - known.keys()
            if now - self._asked.get(id_, float("-inf")) > FRESH_SECONDS
        }
        if nameless:
            self._asked |= dict.fromkeys(nameless, now)
            for actor, name in (await self._accounts.names(nameless)).items():
                first = name.split()[0] if name else ""
                self._actors[actor] = Name(first, name, name, None, None, "staff")
