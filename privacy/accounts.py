"""Local accounts, signed-in sessions, and who is on duty; a database of its own.

A session is an opaque random token of which only the hash is stored. It ends after 15 minutes
without a request (automatic logoff, 45 CFR 164.312(a)(2)(iii)), 12 hours in any case; who is on
duty or is hosting touches nothing for hours and stays signed in. Sign-in lifetimes go by the
wall clock, duty by the installation's, which a simulation makes faster.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from privacy import audit, throttle
from privacy.access import EVERY_PROGRAM, ROLES, Cover, Role, Viewer
from privacy.account_tables import audited, duty, metadata, sessions, users
from privacy.database import Database
from privacy.passwords import SHORTEST, Passwords
from privacy.pseudonyms import Pseudonyms, normalised
from privacy.sealing import MasterKey, Seal
from streams.events import HOUR, MINUTE
from streams.now import WALL, Clock

IDLE, ABSOLUTE = 15 * MINUTE, 12 * HOUR
SEEN_EVERY = MINUTE
"""A session's last request is written at most so often."""


class BadAccount(ValueError):
    """What is wrong with an account as it was asked for, for the one who types it."""


class Account(Struct, frozen=True):
    """One line of `sessionwatch users list`."""

    username: str
    name: str
    roles: list[str]
    programs: list[str]


class Accounts:
    """Made by `open`; all methods are safe to call from several processes at once."""

    def __init__(self, database: Database, key: MasterKey, clock: Clock, wall: Clock) -> None:
        self._database = database
        self._seal = Seal(key.derive("accounts/v1"))
        self._csrf = key.derive("csrf/v1")
        self._pseudonyms = Pseudonyms(key)
        self._passwords = Passwords()
        self.clock = clock
        self.wall = wall

    @classmethod
    async def open(
        cls, url: str, key: MasterKey, clock: Clock = WALL, wall: Clock = WALL
    ) -> "Accounts":
        """`clock` is the installation's; `wall` differs from the wall's in tests alone."""
        database = await Database.open(url, "accounts", metadata.create_all)
        return cls(database, key, clock, wall)

    async def close(self) -> None:
        self._passwords.close()
        await self._database.close()

    # --- people who sign in ---

    async def add(
        self,
        username: str,
        password: str,
        name: str,
        roles: Iterable[str],
        programs: Iterable[str],
        staff_person_id: str | None = None,
        language: str = "",
    ) -> str:
        """Returns the new user's id. `programs` and `staff_person_id` are the clinic's own
        words, `"*"` all programs; without a language the browser's holds. Raises `BadAccount`."""
        kept_roles = _roles(roles)
        if not normalised(username):
            raise BadAccount("the user name is empty")
        user_id = "user-" + secrets.token_hex(8)
        row = {
            "user_id": user_id,
            "username": normalised(username),
            "password": await self._hashed(password),
            "name": self._seal.close(name.encode(), user_id.encode()),
            "staff_id": staff_person_id and self._pseudonyms.staff(staff_person_id),
            "roles": kept_roles,
            "programs": json.dumps(sorted(self._program(program) for program in programs)),
            "language": language,
        }
        async with self._database.writing() as connection:
            if await self._find(connection, username) is not None:
                raise BadAccount("there is an account of this user name already")
            await connection.execute(users.insert().values(row))
            await self._note(connection, audit.SYSTEM, "user_added", user_id)
        return user_id

    async def list(self) -> list[Account]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.username))).all()
        return [
            Account(
                row.username,
                self._name(row),
                json.loads(row.roles),
                json.loads(row.programs),
            )
            for row in rows
        ]

    async def set_password(self, username: str, password: str) -> None:
        """Also ends every session of this user. Raises `BadAccount`."""
        await self._alter(username, "password_set", {"password": await self._hashed(password)})

    async def change(
        self, username: str, roles: Iterable[str] = (), programs: Iterable[str] = ()
    ) -> None:
        """Other roles or programs from now on, none given: as they were. Ends the user's sessions.
        Raises `BadAccount`."""
        changed = {}
        if wanted := set(roles):
            changed["roles"] = _roles(wanted)
        if within := sorted(self._program(program) for program in programs):
            changed["programs"] = json.dumps(within)
        if not changed:
            raise BadAccount("neither a role nor a program is given")
        await self._alter(username, "user_changed", changed)

    async def disable(self, username: str) -> None:
        """Nobody signs in by it, is on duty by it or counts for a role by it any more; what was
        done by it keeps its name. Raises `BadAccount`."""
        nobody_s = await self._hashed(secrets.token_urlsafe(SHORTEST))
        await self._alter(username, "user_disabled", {"password": nobody_s, "roles": "[]"})

    async def _alter(self, username: str, act: str, changed: dict[str, str]) -> None:
        async with self._database.writing() as connection:
            row = await self._find(connection, username)
            if row is None:
                raise BadAccount("there is no account of this user name")
            theirs = users.c.user_id == row.user_id
            await connection.execute(update(users).where(theirs).values(changed))
            ended = (sessions, duty) if "roles" in changed or "programs" in changed else (sessions,)
            for table in ended:
                await connection.execute(delete(table).where(table.c.user_id == row.user_id))
            await self._note(connection, audit.SYSTEM, act, row.user_id)

    async def names(self, actors: Iterable[str]) -> dict[str, str]:
        """Names of those with an account, by staff id or user id, as acts carry them."""
        wanted = set(actors)
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(users))).all()
        return {
            actor: self._name(row)
            for row in rows
            for actor in (row.staff_id, row.user_id)
            if actor in wanted
        }

    async def actors(self, role: str) -> set[str]:
        """Everybody with this role, by staff id and user id, as acts carry them."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(users))).all()
        found = [row for row in rows if role in json.loads(row.roles)]
        return {actor for row in found for actor in (row.staff_id, row.user_id) if actor}

    async def covered(self, role: str) -> tuple[frozenset[str], ...]:
        """Of each account with this role, the programs that it works in (`"*"` all)."""
        query = select(users.c.roles, users.c.programs).order_by(users.c.user_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        having = (row for row in rows if role in json.loads(row.roles))
        return tuple(frozenset(json.loads(row.programs)) for row in having)

    # --- signing in ---

    async def sign_in(self, username: str, password: str) -> tuple[str, str] | None:
        """The session's token and its CSRF token; None for whatever is wrong, or too many
        tries with this name (then a right password is refused too, for a while)."""
        hashed, now = self._name_hash(username), self.wall.now()
        async with self._database.reading() as connection:
            row = await self._find(connection, username)
            waits = await throttle.must_wait(connection, hashed, now)
        right = await self._passwords.verify(row.password if row else None, password)
        async with self._database.writing() as connection:
            if row is None or not right or waits:
                await throttle.failed(connection, hashed, now)
                who = row.user_id if row else "unknown"
                await self._note(connection, who, "sign_in", who, "refused")
                return None
            await throttle.succeeded(connection, hashed)
            return await self._begin_session(connection, row, password)

    async def _begin_session(
        self, connection: AsyncConnection, row: Row[Any], password: str
    ) -> tuple[str, str]:
        if self._passwords.outdated(row.password):
            renewed = await self._passwords.hash(password)
            await connection.execute(
                update(users).where(users.c.user_id == row.user_id).values(password=renewed)
            )
        token, now = secrets.token_urlsafe(32), self.wall.now()
        await connection.execute(delete(sessions).where(sessions.c.created_at < now - ABSOLUTE))
        await connection.execute(
            sessions.insert().values(
                token_hash=_hash(token), user_id=row.user_id, created_at=now, seen_at=now
            )
        )
        await self._note(connection, row.user_id, "sign_in", row.user_id)
        return token, self.csrf(token)

    def csrf(self, token: str) -> str:
        """What the page must send with each act of this session."""
        return hmac.new(self._csrf, token.encode(), "sha256").hexdigest()

    async def viewer(self, token: str, *, touch: bool = True) -> Viewer | None:
        """Who holds this session; None when it ended.

        `touch` False looks without counting as activity (an open page that re-checks).
        """
        now = self.wall.now()
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(users, sessions.c.created_at, sessions.c.seen_at)
                    .join(sessions, sessions.c.user_id == users.c.user_id)
                    .where(sessions.c.token_hash == _hash(token))
                )
            ).one_or_none()
            found = await self._duty(connection, row.user_id) if row else None
        if row is None or found is None:
            return None
        on_duty, cover = found
        if now - row.created_at > ABSOLUTE or (now - row.seen_at > IDLE and not on_duty):
            await self.sign_out(token)
            return None
        if touch and now - row.seen_at > SEEN_EVERY:
            await self._seen(sessions.c.token_hash == _hash(token))
        return self._viewer(row, on_duty, cover)

    async def keep_signed_in(self, staff_ids: Iterable[str]) -> None:
        """Counts as activity of these staff: who hosts touches nothing for three hours.

        To be called at least every few minutes while they host; an ended session stays ended.
        """
        members = select(users.c.user_id).where(users.c.staff_id.in_(list(staff_ids)))
        await self._seen(
            sessions.c.user_id.in_(members) & (sessions.c.seen_at >= self.wall.now() - IDLE)
        )

    async def sign_out(self, token: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == _hash(token)))

    # --- duty ---

    async def set_duty(self, viewer: Viewer, programs: Iterable[str], until: int) -> None:
        """On duty in these programs until `until` (ms of the installation's clock), and in no
        others; none: off duty. Raises `BadAccount` for a program that is not the viewer's."""
        chosen = set(programs)
        if EVERY_PROGRAM in chosen or not all(map(viewer.in_program, chosen)):
            raise BadAccount("not_your_program")
        async with self._database.writing() as connection:
            await connection.execute(delete(duty).where(duty.c.user_id == viewer.user_id))
            for program_id in sorted(chosen):
                await connection.execute(
                    duty.insert().values(user_id=viewer.user_id, program_id=program_id, until=until)
                )
                await self._note(connection, viewer.actor, "duty", program_id)

    async def on_duty(self, program_id: str) -> dict[str, int]:
        """Actors on duty in this program now, and until when each (ms)."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(users.c.staff_id, users.c.user_id, duty.c.until)
                .join(duty, duty.c.user_id == users.c.user_id)
                .where(duty.c.program_id == program_id, duty.c.until > self.clock.now())
            )
            return {row.staff_id or row.user_id: row.until for row in rows}

    async def duty_counts(self) -> dict[str, int]:
        """How many people are on duty now, by program."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(duty.c.program_id, func.count().label("people"))
                .where(duty.c.until > self.clock.now())
                .group_by(duty.c.program_id)
            )
            return {row.program_id: row.people for row in rows}

    # --- parts ---

    async def _hashed(self, password: str) -> str:
        if len(password) < SHORTEST:
            raise BadAccount(f"the password needs {SHORTEST} characters or more")
        return await self._passwords.hash(password)

    def _program(self, program: str) -> str:
        return program if program == EVERY_PROGRAM else self._pseudonyms.program(program)

    async def _find(self, connection: AsyncConnection, username: str) -> Row[Any] | None:
        found = select(users).where(users.c.username == normalised(username))
        return (await connection.execute(found)).one_or_none()

    def _name(self, row: Row[Any]) -> str:
        return self._seal.open(row.name, row.user_id.encode()).decode()

    def _viewer(self, row: Row[Any], on_duty: frozenset[str], cover: Cover) -> Viewer:
        roles: list[Role] = json.loads(row.roles)
        return Viewer(
            user_id=row.user_id,
            staff_id=row.staff_id,
            name=self._name(row),
            roles=frozenset(roles),
            programs=frozenset(json.loads(row.programs)),
            language=row.language,
            on_duty=on_duty,
            cover=cover,
        )

    async def _duty(
        self, connection: AsyncConnection, user_id: str
    ) -> tuple[frozenset[str], Cover]:
        """Where this user is on duty now, and where anybody of which role is."""
        query = (
            select(duty.c.program_id, duty.c.user_id, users.c.roles)
            .join(users, users.c.user_id == duty.c.user_id)
            .where(duty.c.until > self.clock.now())
        )
        rows = (await connection.execute(query)).all()

        def of(role: str) -> frozenset[str]:
            return frozenset(row.program_id for row in rows if role in json.loads(row.roles))

        own = frozenset(row.program_id for row in rows if row.user_id == user_id)
        return own, Cover(of("outreach"), of("clinician"))

    async def _seen(self, which: Any) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(sessions).where(which).values(seen_at=self.wall.now()))

    def _name_hash(self, username: str) -> str:
        return hmac.new(self._csrf, normalised(username).encode(), "sha256").hexdigest()

    async def _note(
        self,
        connection: AsyncConnection,
        who: str,
        what: str,
        object_: str,
        outcome: str = "done",
    ) -> None:
        await audit.record(
            connection,
            audited,
            at=self.wall.now(),
            who=who,
            what=what,
            object_=object_,
            outcome=outcome,
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _roles(roles: Iterable[str]) -> str:
    """As kept. Raises `BadAccount` for none, or one that is not known."""
    wanted = sorted(set(roles))
    if not wanted or set(wanted) - set(ROLES):
        unknown = ", ".join(role for role in wanted if role not in ROLES) or "none"
        raise BadAccount(f"unknown role: {unknown}; roles are: {', '.join(ROLES)}")
    return json.dumps(wanted)
