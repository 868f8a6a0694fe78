"""What staff say an attendance really was: it wins over whatever is found out later.

It is said of a session that has begun, by who may act on it, as long as the person's weeks are
still judged again. The same said twice is said once.
"""

import secrets
from typing import Any, Final, Literal

from msgspec import Struct
from sqlalchemy import Select, select

from privacy import audit
from producers.directory.acts import Acting, Refused, on_roster
from producers.directory.store import put_out, queued
from producers.directory.tables import AUDIT
from streams.events import AttendanceCorrected, Outcome
from streams.topics import DAY_MS, PARTICIPANT_EVENTS

CORRECTED_FOR: Final = 14 * DAY_MS
"""So long after its end: then what stands out over weeks is settled."""
WHAT: Final = "attendance.corrected"


class Correction(Struct, forbid_unknown_fields=True):
    """The closed words keep prose, and with it what was said in care, off the log."""

    outcome: Outcome
    reason_code: Literal["seen", "told", "technology", "mistake", "other"]


async def correct(acting: Acting, participant_id: str, said: Correction) -> str | None:
    """The event's id; None where the same was the last that was said of it.

    Raises `Refused` 404 for who may not act on the session, 409 before it begins or 14 days after
    its end, 422 for who was not on its roster.
    """
    async with acting.directory.writing() as connection:
        session = await acting.permitted(connection)
        if session.cancelled:
            raise Refused(409, "session_is_cancelled")
        if acting.now < session.starts_at:
            raise Refused(409, "too_early")
        if acting.now > session.ends_at + CORRECTED_FOR:
            raise Refused(409, "too_late")
        if not await on_roster(connection, session.id, participant_id):
            raise Refused(422, "not_on_the_roster")
        object_, outcome = f"{session.id}/{participant_id}", f"{said.outcome} {said.reason_code}"
        if (await connection.execute(last_said(object_))).scalar() == outcome:
            return None
        event = AttendanceCorrected(
            id=f"{session.id}:{secrets.token_hex(8)}",
            ts=acting.now,
            participant_id=participant_id,
            session_id=session.id,
            outcome=said.outcome,
            reason_code=said.reason_code,
            by=acting.who,
        )
        await put_out(connection, [queued(PARTICIPANT_EVENTS, participant_id, event)])
        await audit.record(
            connection,
            AUDIT,
            at=acting.now,
            who=acting.who,
            what=WHAT,
            object_=object_,
            outcome=outcome,
        )
        return event.id


def last_said(object_: str) -> Select[Any]:
    """The correction of this person and session that was said last."""
    of = AUDIT.c.what == WHAT, AUDIT.c.object == object_
    return select(AUDIT.c.outcome).where(*of).order_by(AUDIT.c.number.desc()).limit(1)
