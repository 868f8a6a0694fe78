"""The alert store: SQLite or PostgreSQL, one writing transaction at a time.

A batch of signals is taken in whole: ids, alerts, what must go out, and the offsets of the
records it came from. So the store is the truth, a Kafka commit only a hint, and a batch that
comes again after a crash changes nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Literal, TypeAlias

from alembic import command
from alembic.config import Config
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts import dropping, escalation, grouping, holding, lifecycle
from alerts.budget import Audiences
from alerts.escalation import Step
from alerts.lifecycle import Alert, Refused, What
from alerts.store import holds, offsets, outbox, rows, shadowed, telling
from alerts.store.outbox import Queued
from alerts.store.tables import ALERTS, AUDIT, INBOX
from privacy import audit
from privacy.database import Database, whole
from streams.events import AlertChanged, AlertState, Signal
from streams.metrics import DB_COMMIT_SECONDS
from streams.topics import DAY_MS

SCHEMA = "alerts"
INBOX_DAYS = 31
"""Ids are kept a day longer than the topic keeps the signals."""
PAGE = 100

Place: TypeAlias = tuple[str, int]
"""A topic's name and a partition."""
Permit: TypeAlias = Callable[[Signal], bool]


class Taken(Struct, frozen=True):
    """One record of a batch; `signal` is None where there was nothing to keep."""

    topic: str
    partition: int
    offset: int
    signal: Signal | None


class Listed(Struct, frozen=True):
    seq: int
    alert: Alert


class Store:
    """Made by `open`. `filled` is set whenever something was queued for Kafka; `max_hold` (ms) is
    how long an incident may hold an alert back; `steps` are whom a call for help reaches while
    nobody takes it; `audiences` are who shares a noise budget. In `shadow` nobody is told but of
    what people say themselves (`alerts/shadow.py`)."""

    def __init__(self, database: Database, max_hold: int, steps: Sequence[Step]) -> None:
        self._database = database
        self.max_hold = max_hold
        self.steps = steps
        self.audiences = Audiences()
        self.shadow = False
        self.filled = asyncio.Event()

    @classmethod
    async def open(
        cls, url: str, max_hold: int = holding.MAX_HOLD, steps: Sequence[Step] = escalation.STEPS
    ) -> "Store":
        """`sqlite+aiosqlite:///FILE` or `postgresql+asyncpg://...`; migrates the schema."""
        return cls(await Database.open(url, SCHEMA, migrate), max_hold, steps)

    async def close(self) -> None:
        await self._database.close()

    # --- signals in ---

    @whole
    async def take(self, batch: Sequence[Taken], now: int) -> list[Signal]:
        """Takes a batch in, in one transaction; returns the signals that were new and are told.

        Records before the stored offsets are passed over. `now` in ms.
        """
        async with self._writing() as connection:
            fresh = await offsets.advance(connection, batch)
            signals = await _told(connection, await self._unknown(connection, fresh))
            if self.shadow:
                signals = await shadowed.keep(connection, signals)
            await self._hear(connection, signals, now)
        return signals

    async def _hear(self, connection: AsyncConnection, signals: list[Signal], now: int) -> None:
        if signals:
            alerts, heard = await _heard(connection, signals)
            changed = {id_: alerts[id_] for id_ in heard}
            await self._tell(connection, changed, now, notify=True)

    @whole
    async def leave_shadow(self, now: int) -> int:
        """Tells what was detected in shadow mode and still stands; returns how many that are."""
        async with self._database.reading() as connection:
            if not await shadowed.waits(connection):
                return 0
        async with self._writing() as connection:
            standing = await shadowed.take_out(connection, now)
            await self._hear(connection, standing, now)
        return len(standing)

    @whole
    async def release(self, now: int) -> int:
        """Shows what has been held back for as long as may be, decides of what is due whether
        outreach is interrupted, and widens whom calls reach that nobody takes; returns how many
        alerts that changed."""
        async with self._database.reading() as connection:
            if not await self._waiting(connection, now):
                return 0
        async with self._writing() as connection:
            alerts = await self._waiting(connection, now)
            return len(await self._tell(connection, alerts, now, notify=True))

    async def _waiting(self, connection: AsyncConnection, now: int) -> dict[str, Alert]:
        overdue = await holds.overdue(connection, now, self.max_hold)
        untaken = await rows.load(connection, ALERTS.c.widens_at <= now)
        return overdue | await telling.due(connection, now) | untaken

    async def _unknown(self, connection: AsyncConnection, batch: Iterable[Taken]) -> list[Signal]:
        """Those whose id the inbox does not hold yet; it does from now on."""
        by_id = {taken.signal.id: taken.signal for taken in batch if taken.signal}
        query = select(INBOX.c.id).where(INBOX.c.id.in_(list(by_id)))
        for held in await connection.scalars(query):
            del by_id[held]
        if by_id:
            await connection.execute(
                INBOX.insert(), [{"id": id_, "ts": signal.ts} for id_, signal in by_id.items()]
            )
        return list(by_id.values())

    async def _tell(
        self,
        connection: AsyncConnection,
        alerts: dict[str, Alert],
        now: int,
        *,
        notify: bool = False,
    ) -> list[AlertChanged]:
        """Keeps these alerts and says what they are now, and likewise those that are held back
        or shown again because of them, which come after."""
        await holds.settle(connection, alerts, now, self.max_hold)
        if notify:
            await telling.decide(connection, alerts, now, self.audiences.of)
        for id_, alert in alerts.items():
            alerts[id_] = escalation.settled(alert, now, self.steps)
        seqs = await outbox.take_seqs(connection, len(alerts))
        numbered = dict(zip(alerts, seqs, strict=True))
        await rows.save(connection, numbered, alerts)
        return await outbox.put_changes(connection, numbered, alerts, now)

    async def offsets(self, topic: str) -> dict[int, int]:
        """By partition, the first offset not yet taken in."""
        async with self._database.reading() as connection:
            return await offsets.stored(connection, topic)

    @whole
    async def start_over(self, topic: str, partition: int) -> None:
        """Forgets the offset of a partition whose log was made anew."""
        async with self._writing() as connection:
            await offsets.forget(connection, topic, partition)

    @whole
    async def forget_ids(self, now: int) -> None:
        """Drops ids of signals that no longer are on the topic."""
        async with self._writing() as connection:
            await connection.execute(delete(INBOX).where(INBOX.c.ts < now - INBOX_DAYS * DAY_MS))

    # --- people's acts ---

    @whole
    async def act(
        self,
        alert_id: str,
        what: What,
        by: str,
        now: int,
        permit: Permit,
        *,
        result: str | None = None,
        releases: Permit = lambda _: False,
        undo_ms: int = lifecycle.UNDO_MS,
    ) -> AlertChanged:
        """One person's act, with its audit row. Raises `Refused` (404 where not permitted, so
        that ids cannot be probed)."""
        async with self._writing() as connection:
            before, seq = await _permitted(connection, alert_id, permit)
            after = lifecycle.act(before, what, by, now, result, releases=releases(before.signal))
            if after is before:
                return outbox.changed_record(before, seq, now)
            if what == "resolve":
                due = now + undo_ms + outbox.MARGIN_MS
                await outbox.put_care(connection, after, after.acts[-1], due)
            return await self._acted(connection, after, by, what, now)

    @whole
    async def undo(
        self, alert_id: str, by: str, now: int, permit: Permit, window_ms: int = lifecycle.UNDO_MS
    ) -> AlertChanged:
        """Takes back one's own last act within the window (ms). Raises `Refused`."""
        async with self._writing() as connection:
            before, _ = await _permitted(connection, alert_id, permit)
            after = lifecycle.undo(before, by, now, window_ms)
            last = before.acts[-1]
            if last.what == "resolve" and not await outbox.withdraw_care(connection, before, last):
                raise Refused(409, "too_late_to_undo")
            return await self._acted(connection, after, by, "undo", now)

    async def _acted(
        self,
        connection: AsyncConnection,
        alert: Alert,
        by: str,
        what: What | Literal["undo"],
        now: int,
    ) -> AlertChanged:
        alert_id = alert.signal.alert_id
        await rows.save_acts(connection, alert_id, alert.acts)
        outcome = alert.acts[-1].result if what == "resolve" else None
        await audit.record(
            connection,
            AUDIT,
            at=now,
            who=by,
            what=what,
            object_=alert_id,
            outcome=outcome or "done",
        )
        return (await self._tell(connection, {alert_id: alert}, now))[0]

    # --- looking ---

    async def get(self, alert_id: str) -> Listed | None:
        async with self._database.reading() as connection:
            found = await _listed(connection, ALERTS.c.alert_id == alert_id, 1)
        return found[0] if found else None

    async def listed(
        self,
        *,
        before: int | None = None,
        states: Sequence[AlertState] = (),
        session_id: str | None = None,
        limit: int = PAGE,
    ) -> list[Listed]:
        """Latest changed first; `before` is the `seq` below which to go on."""
        wanted = [
            *([ALERTS.c.seq < before] if before is not None else []),
            *([ALERTS.c.state.in_(states)] if states else []),
            *([ALERTS.c.session_id == session_id] if session_id else []),
        ]
        async with self._database.reading() as connection:
            return await _listed(connection, and_(True, *wanted), limit)

    @whole
    async def of_person(self, participant_id: str, since: int, by: str, now: int) -> list[Alert]:
        """What was raised about a person since then, the newest first; the look is audited."""
        async with self._writing() as connection:
            await audit.record(
                connection, AUDIT, at=now, who=by, what="alerts.viewed", object_=participant_id
            )
            theirs = and_(ALERTS.c.participant_id == participant_id, ALERTS.c.raised_at > since)
            found = await rows.load(connection, theirs)
        return sorted(found.values(), key=lambda one: one.signal.raised_at, reverse=True)

    # --- to Kafka ---

    async def pending(self, now: int, limit: int = 500) -> tuple[list[Queued], int]:
        """What is due to go out, oldest first, and how much waits in all."""
        self.filled.clear()
        async with self._database.reading() as connection:
            return await outbox.pending(connection, now, limit), await outbox.depth(connection)

    @whole
    async def published(self, numbers: Sequence[int]) -> None:
        """Says that the broker holds these."""
        async with self._writing() as connection:
            await outbox.published(connection, numbers)

    @whole
    async def say_duty(self, counts: Mapping[str, int], now: int, *, again: bool = False) -> None:
        """Queues, by program, how many are on duty, where that changed or, `again`, everywhere."""
        async with self._writing() as connection:
            await outbox.put_duty(connection, counts, now, again=again)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        began = time.monotonic()
        async with self._database.writing() as connection:
            yield connection
        DB_COMMIT_SECONDS.labels(store=SCHEMA).observe(time.monotonic() - began)
        self.filled.set()


async def _told(connection: AsyncConnection, signals: list[Signal]) -> list[Signal]:
    """Without those that nobody is told of."""
    sequels = [signal for signal in signals if signal.rule == dropping.SEQUEL]
    if not sequels:
        return signals
    sessions = sorted({signal.session_id for signal in sequels if signal.session_id})
    reports = await rows.load(
        connection,
        and_(ALERTS.c.rule.in_(sorted(dropping.REPORTS)), ALERTS.c.session_id.in_(sessions)),
    )
    dropped = {s.id for s in sequels if dropping.is_answered(s, reports.values())}
    return [signal for signal in signals if signal.id not in dropped]


async def _heard(
    connection: AsyncConnection, signals: Sequence[Signal]
) -> tuple[dict[str, Alert], list[str]]:
    """The alerts that these signals concern, as they stand after them, and which changed."""
    alerts = await _concerned(connection, signals)
    changed: dict[str, None] = {}
    for signal in signals:
        held = alerts.get(signal.alert_id)
        alerts[signal.alert_id] = after = lifecycle.hear(held, signal)
        if after is not held:
            changed[signal.alert_id] = None
    for alert_id, case_id in _cases(alerts.values()).items():
        if alerts[alert_id].case_id != case_id:
            alerts[alert_id] = replace(alerts[alert_id], case_id=case_id)
            changed[alert_id] = None
    return alerts, list(changed)


async def _concerned(connection: AsyncConnection, signals: Sequence[Signal]) -> dict[str, Alert]:
    """The alerts of these signals, and those that may share a case with them."""
    ids = {signal.alert_id for signal in signals}
    people = {
        (signal.session_id, signal.participant_id)
        for signal in signals
        if grouping.depends_on_others(signal)
    }
    beside = [
        and_(ALERTS.c.session_id == session, ALERTS.c.participant_id == person)
        for session, person in sorted(people, key=str)
    ]
    grouped = and_(ALERTS.c.rule.in_(sorted(grouping.GROUPED)), or_(False, *beside))
    return await rows.load(connection, or_(ALERTS.c.alert_id.in_(list(ids)), grouped))


def _cases(alerts: Iterable[Alert]) -> dict[str, str]:
    people: dict[tuple[str | None, str | None], list[Signal]] = {}
    for alert in alerts:
        if grouping.depends_on_others(alert.signal):
            who = (alert.signal.session_id, alert.signal.participant_id)
            people.setdefault(who, []).append(alert.signal)
    return {
        alert_id: case_id
        for signals in people.values()
        for alert_id, case_id in grouping.cases(signals).items()
    }


async def _listed(connection: AsyncConnection, where: object, limit: int) -> list[Listed]:
    query = select(ALERTS).where(where).order_by(ALERTS.c.seq.desc()).limit(limit)  # type: ignore[arg-type]
    found = (await connection.execute(query)).all()
    alerts = await rows.alerts_of(connection, found)
    return [Listed(row.seq, alerts[row.alert_id]) for row in found]


async def _permitted(
    connection: AsyncConnection, alert_id: str, permit: Permit
) -> tuple[Alert, int]:
    found = await _listed(connection, ALERTS.c.alert_id == alert_id, 1)
    if not found or not permit(found[0].alert.signal):
        raise Refused(404, "unknown_alert")
    return found[0].alert, found[0].seq


def migrate(connection: Connection) -> None:
    """Brings the schema to the newest step, in the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(files("alerts.store") / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
