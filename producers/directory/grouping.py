"""Groups that a FHIR server books as one appointment for each patient, as the one session they are.

Appointments of one time, place (video address or location), program and practitioner are one
session, whose roster are their people. It goes by the uid of an appointment that it was known by
before, so that it is the same session when people come and go, or all of it is moved.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from producers.directory.records import Report, Seat, SessionRow, Who
from producers.directory.store import Directory
from producers.directory.tables import SESSIONS

Key: TypeAlias = tuple[int, int, str, str, str]
"""Start, end, program, host, place."""


class _Held(Struct, frozen=True):
    """A session that an appointment of the file is known as."""

    starts_at: int
    ends_at: int
    host_id: str
    room: str | None


async def merged(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[SessionRow],
    report: Report,
    now: int,
) -> list[SessionRow]:
    """The rows, those of one group as one; the report says which entries became one."""
    groups: dict[Key, list[SessionRow]] = {}
    alone: list[SessionRow] = []
    for row in rows:
        if row.place:
            key = (row.starts_at, row.ends_at, row.program, row.host.value, row.place)
            groups.setdefault(key, []).append(row)
        else:
            alone.append(row)
    held = await _held(connection, directory, [row.uid for row in rows])
    uids = _uids(directory, groups, held)
    made = [_one(same, uids[key], report) for key, same in groups.items()]
    taken = {row.uid for row in [*alone, *made]}
    several = (row for same in groups.values() if len(same) > 1 for row in same)
    return [*alone, *made, *_left_over(several, held, taken, now)]


async def _held(
    connection: AsyncConnection, directory: Directory, uids: Iterable[str]
) -> dict[str, _Held]:
    """By uid. One that repeats is no appointment's."""
    by_series = {directory.pseudonyms.series(uid): uid for uid in uids}
    columns = [SESSIONS.c[name] for name in ("series", *_Held.__struct_fields__)]
    query = select(*columns).where(SESSIONS.c.series.in_(by_series))
    query = query.where(SESSIONS.c.called_off.is_(False))
    return {
        by_series[row.series]: _Held(row.starts_at, row.ends_at, row.host_id, row.room)
        for row in await connection.execute(query)
    }


def _uids(
    directory: Directory, groups: Mapping[Key, Sequence[SessionRow]], held: Mapping[str, _Held]
) -> dict[Key, str]:
    """Each group's: of the session that is there already, though that one's appointment may have
    moved to another group; else of one of its own that is known; else its first; else one that
    is left over from such a move."""
    made = directory.pseudonyms
    there = {(one.starts_at, one.ends_at, one.host_id, one.room): uid for uid, one in held.items()}
    uids: dict[Key, str] = {}
    for key, same in groups.items():
        room = made.room(same[0].platform or "", same[0].room) if same[0].room else None
        uid = there.get((key[0], key[1], made.staff(key[3]), room))
        if uid is not None and uid not in uids.values():
            uids[key] = uid
    without: list[Key] = []
    for key in sorted(groups.keys() - uids.keys()):
        own = sorted(row.uid for row in groups[key] if row.uid not in uids.values())
        if own:
            uids[key] = next((uid for uid in own if uid in held), own[0])
        else:
            without.append(key)
    everyone = {row.uid for same in groups.values() for row in same}
    return uids | dict(zip(without, sorted(everyone - {*uids.values()}), strict=False))


def _one(same: Sequence[SessionRow], uid: str, report: Report) -> SessionRow:
    if len(same) == 1:
        return replace(same[0], uid=uid)
    entries = ", ".join(str(row.line) for row in same)
    report.notes.append(f"{len(same)} appointments are one session (entries {entries})")
    held = [row for row in same if not row.cancelled]
    seats: dict[Who | str, Seat] = {}
    for row in held:
        for seat in row.roster:
            seats.setdefault(seat.who.value, seat)
    first = held[0] if held else same[0]
    several = len(same) > 1 and first.kind == "individual"
    return replace(
        first,
        uid=uid,
        kind="group" if several else first.kind,
        roster=list(seats.values()),
        cancelled=not held,
    )


def _left_over(
    rows: Iterable[SessionRow], held: Mapping[str, _Held], taken: set[str], now: int
) -> list[SessionRow]:
    """Sessions to come that stood for one appointment alone, and are now in another's."""
    return [
        replace(row, cancelled=True, roster=[])
        for row in rows
        if row.uid not in taken and row.uid in held and held[row.uid].starts_at > now
    ]
