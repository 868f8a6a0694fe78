"""Takes programs and people of a file over: what differs is written, what does not is left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy.people import changed
from producers.directory import identities
from producers.directory.known import participants
from producers.directory.records import PersonRow, Problems, ProgramRow, Report, State
from producers.directory.store import Directory, put_out, queued, touch_sessions_of
from producers.directory.tables import ALIASES, FIELDS, PEOPLE, PROGRAMS
from streams.events import EnrolmentChanged
from streams.topics import PARTICIPANT_EVENTS

PLAIN: Final = ("kind", "clinician_id", "hours_per_week", "state")


async def programs(
    connection: AsyncConnection, directory: Directory, rows: Sequence[ProgramRow], report: Report
) -> None:
    """Adds and updates programs."""
    known = {row.id: dict(row._mapping) for row in await connection.execute(select(PROGRAMS))}
    for row in rows:
        id_ = directory.pseudonyms.program(row.code)
        wanted = {"id": id_, "code": row.code, "name": row.name, "time_zone": row.time_zone}
        if id_ not in known:
            await connection.execute(insert(PROGRAMS).values(wanted))
        elif known[id_] != wanted:
            await connection.execute(update(PROGRAMS).where(PROGRAMS.c.id == id_).values(wanted))
        same = known.get(id_) == wanted
        report.count("unchanged" if same else "changed" if id_ in known else "added")


class _Identity(Struct, frozen=True):
    """Its platform, and what older keys made of it."""

    platform: str
    older: list[str]


class _Known(Struct):
    """What is known of one person."""

    plain: dict[str, Any] = field(default_factory=dict)
    sealed_key: bytes = b""  # empty: not known at all
    fields: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str | None] = field(default_factory=dict)


class _Writes(Struct):
    """What a file changes, gathered so that it is written in few statements."""

    people: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    fields_off: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    aliases_off: list[dict[str, Any]] = field(default_factory=list)
    aliases: list[dict[str, Any]] = field(default_factory=list)
    on_rosters: set[str] = field(default_factory=set)
    enrolled: dict[str, State] = field(default_factory=dict)

    async def apply(self, connection: AsyncConnection, now: int) -> None:
        of_person = FIELDS.c.person_id == bindparam("p"), FIELDS.c.field == bindparam("f")
        statements = (
            (insert(PEOPLE), self.people),
            (update(PEOPLE).where(PEOPLE.c.id == bindparam("p")), self.updates),
            (delete(FIELDS).where(*of_person), self.fields_off),
            (insert(FIELDS), self.fields),
            (delete(ALIASES).where(ALIASES.c.alias == bindparam("a")), self.aliases_off),
            (insert(ALIASES), self.aliases),
        )
        for statement, rows in statements:
            if rows:
                await connection.execute(statement, rows)
        if any(rows for _, rows in statements):
            await changed(connection, "people")
        if self.on_rosters:
            await touch_sessions_of(connection, self.on_rosters, now)
        rows = [enrolment_changed(id_, state, now) for id_, state in self.enrolled.items()]
        await put_out(connection, rows)


def enrolment_changed(
    person_id: str, state: State, now: int, since: int | None = None
) -> dict[str, Any]:
    """A row of the outbox that says so on the log, as of `since` (ms; else now)."""
    event = EnrolmentChanged(
        id=f"{person_id}:enrolment:{now}",
        ts=now,
        participant_id=person_id,
        state=state,
        from_=now if since is None else since,
    )
    return queued(PARTICIPANT_EVENTS, person_id, event)


async def people(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[PersonRow],
    report: Report,
    now: int,
) -> None:
    """Adds and updates people. Raises `BadFile` with all that does not fit what is known."""
    problems = Problems()
    told, wanted = await check(connection, directory, rows, problems)
    problems.raise_any()
    if passed_over := len(rows) - len(told):
        people = "person who was" if passed_over == 1 else "people who were"
        report.notes.append(f"{passed_over} {people} erased passed over")
    known = await _known(connection, directory, [id_ for id_, _ in told])
    writes = _Writes()
    for id_, row in told:
        before = known.get(id_, _Known())
        columns = _take(directory, id_, row, before, wanted[id_], writes)
        report.count("added" if not before.sealed_key else "changed" if columns else "unchanged")
        if before.sealed_key and columns:
            report.lines.append(f"{report.unit} {row.line}: {', '.join(columns)} changed")
    await writes.apply(connection, now)


async def check(
    connection: AsyncConnection,
    directory: Directory,
    rows: Sequence[PersonRow],
    problems: Problems,
) -> tuple[list[tuple[str, PersonRow]], dict[str, dict[str, _Identity]]]:
    """The rows with their pseudonyms, but for people who were erased, and each one's aliases.
    Clinicians that are not on the staff and identities of others are problems."""
    ids = await _ids(connection, directory, rows)
    gone = await _erased(connection, ids)
    told = [(id_, row) for id_, row in zip(ids, rows, strict=True) if id_ not in gone]
    await _check_clinicians(connection, directory, told, problems)
    return told, await _aliases(connection, directory, told, problems)


async def _ids(
    connection: AsyncConnection, directory: Directory, rows: Sequence[PersonRow]
) -> list[str]:
    """The pseudonyms: staff and the people in care have names of different kinds."""
    cared_for = [row.person_id for row in rows if row.kind != "staff"]
    theirs = await participants(connection, directory, cared_for)
    made = directory.pseudonyms
    return [
        made.staff(row.person_id) if row.kind == "staff" else theirs[row.person_id] for row in rows
    ]


async def _erased(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    query = select(PEOPLE.c.id).where(PEOPLE.c.id.in_(ids), PEOPLE.c.sealed_key.is_(None))
    return set((await connection.execute(query)).scalars())


async def _check_clinicians(
    connection: AsyncConnection,
    directory: Directory,
    people: Sequence[tuple[str, PersonRow]],
    problems: Problems,
) -> None:
    named = {r.line: directory.pseudonyms.staff(r.clinician) for _, r in people if r.clinician}
    staff = {id_ for id_, row in people if row.kind == "staff"}
    kinds = await directory.people.kinds(connection, set(named.values()) - staff)
    staff |= {id_ for id_, kind in kinds.items() if kind == "staff"}
    for line, id_ in named.items():
        if id_ not in staff:
            problems.add(line, "clinician", "not the person_id of anybody on the staff")


async def _aliases(
    connection: AsyncConnection,
    directory: Directory,
    people: Iterable[tuple[str, PersonRow]],
    problems: Problems,
) -> dict[str, dict[str, _Identity]]:
    """Each person's aliases of the file; one that is held by another is a problem."""
    wanted: dict[str, dict[str, _Identity]] = {}
    told: dict[str, list[tuple[str, int, str]]] = {}
    for id_, row in people:
        mine = wanted.setdefault(id_, {})
        for platform, given in row.identities.items():
            for identity in given:
                made = identities.versions(directory.pseudonyms, platform, identity)
                mine[made[0]] = _Identity(platform, made[1:])
                for alias in made:
                    told.setdefault(alias, []).append((id_, row.line, platform))
    owners = await _owners(connection, told)
    for alias, claims in told.items():
        owner = owners.get(alias, claims[0][0])
        for id_, line, platform in claims:
            if id_ != owner:
                problems.add(line, platform, "an identity here belongs to another person")
    return wanted


async def _owners(connection: AsyncConnection, aliases: Iterable[str]) -> dict[str, str]:
    query = select(ALIASES.c.alias, ALIASES.c.person_id).where(ALIASES.c.alias.in_(list(aliases)))
    return {row.alias: row.person_id for row in await connection.execute(query)}


async def _known(
    connection: AsyncConnection, directory: Directory, ids: Sequence[str]
) -> dict[str, _Known]:
    query = select(PEOPLE).where(PEOPLE.c.id.in_(ids), PEOPLE.c.sealed_key.is_not(None))
    known = {
        row.id: _Known({name: row._mapping[name] for name in PLAIN}, row.sealed_key)
        for row in await connection.execute(query)
    }
    for id_, fields in (await directory.people.fields(connection, known)).items():
        known[id_].fields = fields
    of_these = select(ALIASES).where(ALIASES.c.person_id.in_(list(known)))
    for row in await connection.execute(of_these):
        known[row.person_id].aliases[row.alias] = row.platform
    return known


def _take(
    directory: Directory,
    id_: str,
    row: PersonRow,
    before: _Known,
    aliases: Mapping[str, _Identity],
    writes: _Writes,
) -> list[str]:
    """Gathers what this row changes; returns the columns that differ."""
    plain = _plain(directory, row, before.plain)
    sealed_key = before.sealed_key or directory.people.new_key(id_)
    differing = [name for name in PLAIN if plain[name] != before.plain.get(name)]
    if not before.sealed_key:
        writes.people.append({"id": id_, "sealed_key": sealed_key, **plain})
    elif differing:
        writes.updates.append({"p": id_, **plain})
    fields = {n: v for n, v in row.fields.items() if v != before.fields.get(n, "")}
    writes.fields_off += [{"p": id_, "f": name} for name in fields if name in before.fields]
    set_ = {name: value for name, value in fields.items() if value}
    sealed = directory.people.sealed(id_, sealed_key, set_)
    writes.fields += [
        {"person_id": id_, "field": name, "sealed": value}
        for name, value in zip(set_, sealed, strict=True)
    ]
    platforms = _take_aliases(id_, row, before, aliases, writes)
    if before.sealed_key and (differing or "language" in fields):
        writes.on_rosters.add(id_)
    if plain["kind"] == "patient" and "state" in differing:
        writes.enrolled[id_] = plain["state"]
    return [*differing, *fields, *platforms]


def _plain(directory: Directory, row: PersonRow, before: Mapping[str, Any]) -> dict[str, Any]:
    clinician = directory.pseudonyms.staff(row.clinician) if row.clinician else None
    said = {"clinician": clinician, "hours_per_week": row.hours_per_week, "state": row.state}
    column = {"clinician": "clinician_id"}
    start: dict[str, Any] = {"clinician_id": None, "hours_per_week": None, "state": "active"}
    told = {column.get(name, name): said[name] for name in row.known}
    return {**start, **before, **told, "kind": row.kind}


def _take_aliases(
    id_: str,
    row: PersonRow,
    before: _Known,
    aliases: Mapping[str, _Identity],
    writes: _Writes,
) -> list[str]:
    """Also has those of an older key kept under the newest's, which is no change to tell. The
    older stay beside them: a process that has not read the new key yet knows people by these."""
    older = {alias for one in aliases.values() for alias in one.older}
    gone = {
        alias: platform
        for alias, platform in before.aliases.items()
        if platform in row.identities and alias not in aliases and alias not in older
    }
    new = {alias: one for alias, one in aliases.items() if alias not in before.aliases}
    writes.aliases_off += [{"a": alias} for alias in gone]
    writes.aliases += [
        {"alias": alias, "person_id": id_, "platform": one.platform} for alias, one in new.items()
    ]
    told = [*gone.values()]
    told += [one.platform for one in new.values() if before.aliases.keys().isdisjoint(one.older)]
    return sorted({str(platform) for platform in told})
