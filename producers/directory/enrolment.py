"""Enrolment acts of staff: who is active, on leave or discharged from now on."""

from sqlalchemy import select, update

from privacy import audit
from privacy.people import changed
from producers.directory.acts import Refused
from producers.directory.enrolling import enrolment_changed
from producers.directory.records import State
from producers.directory.store import Directory, put_out, touch_sessions_of
from producers.directory.tables import AUDIT, PEOPLE


async def enrol(directory: Directory, person_id: str, state: State, who: str, now: int) -> bool:
    """False when it was so already. Off the rosters to come, or back on them; and on the log.

    Raises `Refused` 404 for who is no patient, or erased; `now` in ms.
    """
    async with directory.writing() as connection:
        query = select(PEOPLE).where(PEOPLE.c.id == person_id, PEOPLE.c.sealed_key.is_not(None))
        row = (await connection.execute(query)).first()
        if row is None or row.kind != "patient":
            raise Refused(404, "unknown_person")
        if row.state == state:
            return False
        mine = update(PEOPLE).where(PEOPLE.c.id == person_id)
        await connection.execute(mine.values(state=state))
        await changed(connection, "people")
        await touch_sessions_of(connection, [person_id], now)
        await put_out(connection, [enrolment_changed(person_id, state, now)])
        await audit.record(
            connection, AUDIT, at=now, who=who, what=f"enrolment.{state}", object_=person_id
        )
        return True
