"""A person's yes or no to a scope: kept, audited and queued for the log in one transaction."""

from privacy import audit
from privacy.consent import Scope, record
from privacy.people import changed
from producers.directory.store import Directory, put_out, queued
from producers.directory.tables import AUDIT
from streams.events import ConsentChanged
from streams.topics import PARTICIPANT_EVENTS


class UnknownPerson(ValueError):
    """Nobody of that id is known."""


async def consent(
    directory: Directory,
    person_id: str,
    scope: Scope,
    *,
    granted: bool,
    notice_version: str,
    now: int,
) -> None:
    """The same said again changes nothing. `now` in ms. Raises `UnknownPerson`."""
    async with directory.writing() as connection:
        if not await directory.people.kinds(connection, [person_id]):
            raise UnknownPerson
        if not await record(
            connection,
            person_id,
            scope,
            granted=granted,
            notice_version=notice_version,
            at=now,
        ):
            return
        event = ConsentChanged(
            id=f"{person_id}:consent:{scope}:{now}",
            ts=now,
            participant_id=person_id,
            scope=scope,
            granted=granted,
            notice_version=notice_version,
        )
        await put_out(connection, [queued(PARTICIPANT_EVENTS, person_id, event)])
        await audit.record(
            connection,
            AUDIT,
            at=now,
            who=person_id,
            what=f"consent.{scope}.{'given' if granted else 'withdrawn'}",
            object_=person_id,
        )
        await changed(connection, "people")
