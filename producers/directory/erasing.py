"""Erasing a person: their key is destroyed, so that nothing kept of them can be read any more.

What stands is a tombstone: the pseudonym and when it was erased, so that an import does not bring
the person back. Records on the log are pseudonymous and end with its retention.
"""

from msgspec import Struct
from sqlalchemy import delete, select, update

from privacy import audit
from privacy.people import changed
from producers.directory.acts import Refused
from producers.directory.enrolling import enrolment_changed
from producers.directory.store import Directory, put_out, touch_sessions_of
from producers.directory.tables import (
    ALIASES,
    ATTENDED,
    AUDIT,
    CONSENTS,
    FIELDS,
    PEOPLE,
    ROSTER,
    SESSIONS,
)


class Erased(Struct, frozen=True):
    """What there was of the person, in numbers."""

    fields: int
    identities: int
    seats: int

    def __str__(self) -> str:
        return (
            f"erased: the person's key, {self.fields} fields, {self.identities} identities, "
            f"{self.seats} seats on rosters"
        )


async def erase(directory: Directory, person_id: str, who: str, now: int) -> Erased:
    """Raises `Refused` 404 for who is not known or erased already, 409 for who leads a session or
    is somebody's clinician: those need another one first. `now` in ms."""
    async with directory.writing() as connection:
        query = select(PEOPLE).where(PEOPLE.c.id == person_id, PEOPLE.c.sealed_key.is_not(None))
        row = (await connection.execute(query)).first()
        if row is None:
            raise Refused(404, "unknown_person")
        for needed in (
            select(SESSIONS.c.id).where(SESSIONS.c.host_id == person_id, SESSIONS.c.ends_at > now),
            select(PEOPLE.c.id).where(PEOPLE.c.clinician_id == person_id),
        ):
            if (await connection.execute(needed)).first() is not None:
                raise Refused(409, "is_needed")
        await touch_sessions_of(connection, [person_id], now)
        counts = [
            (await connection.execute(delete(table).where(table.c.person_id == person_id))).rowcount
            for table in (FIELDS, ALIASES, ROSTER, CONSENTS, ATTENDED)
        ]
        tombstone = {
            "sealed_key": None,
            "erased_at": now,
            "state": "discharged",
            "clinician_id": None,
            "hours_per_week": None,
        }
        mine = update(PEOPLE).where(PEOPLE.c.id == person_id)
        await connection.execute(mine.values(tombstone))
        await changed(connection, "people")
        if row.kind == "patient" and row.state != "discharged":
            await put_out(connection, [enrolment_changed(person_id, "discharged", now)])
        await audit.record(
            connection,
            AUDIT,
            at=now,
            who=who,
            what="person.erased",
            object_=person_id,
            outcome=f"key destroyed, {sum(counts)} rows",
        )
        return Erased(*counts[:3])
