"""Enrolment acts of staff: who is active, on leave or discharged, and since when."""

from typing import Final

from msgspec import Struct, field
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit
from privacy.people import changed
from producers.directory.acts import Refused
from producers.directory.enrolling import enrolment_changed
from producers.directory.records import State
from producers.directory.store import Directory, put_out, touch_sessions_of
from producers.directory.tables import AUDIT, PEOPLE
from streams.events import Millis
from streams.topics import DAY_MS

EARLIEST: Final = 90 * DAY_MS
"""So far back what is entered late may reach: as long as weeks are judged again."""
WHAT: Final = "enrolment."


class Enrolled(Struct, frozen=True):
    """What staff entered at `at`, and from when it holds."""

    state: str
    from_: Millis = field(name="from")
    at: Millis


async def enrol(
    directory: Directory,
    person_id: str,
    state: State,
    who: str,
    now: int,
    from_: int | None = None,
) -> bool:
    """False when it was so already. Off the rosters to come, or back on them; and on the log, as
    of `from_` (ms; else now).

    Raises `Refused` 404 for who is no patient, or erased, and 422 for a date to come or long past.
    """
    since = now if from_ is None else from_
    if not now - EARLIEST <= since <= now:
        raise Refused(422, "not_such_a_date")
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
        await put_out(connection, [enrolment_changed(person_id, state, now, since)])
        await audit.record(
            connection,
            AUDIT,
            at=now,
            who=who,
            what=f"{WHAT}{state}",
            object_=person_id,
            outcome=f"from {since}",
        )
        return True


async def history(connection: AsyncConnection, person_id: str) -> list[Enrolled]:
    """What staff entered of this person, the newest first."""
    query = (
        select(AUDIT)
        .where(AUDIT.c.object == person_id, AUDIT.c.what.startswith(WHAT, autoescape=True))
        .order_by(AUDIT.c.number.desc())
    )
    return [
        Enrolled(row.what.removeprefix(WHAT), _from(row.outcome, row.at), row.at)
        for row in await connection.execute(query)
    ]


def _from(outcome: str, at: int) -> int:
    """An act that told no date held from its own."""
    said = outcome.removeprefix("from ")
    return int(said) if said.isdecimal() else at
