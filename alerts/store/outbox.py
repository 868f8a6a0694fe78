"""What the store has to say on Kafka: queued in the transaction that made it true.

Feed records take consecutive numbers (`seq`) from a counter in the same transaction, so that
their order is the order of commits and none is ever left out.
"""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts.lifecycle import Alert
from alerts.results import care_kind
from alerts.store.tables import COUNTERS, OUTBOX
from streams.codec import encode
from streams.events import SECOND, Act, AlertChanged, CareActed, DutyChanged
from streams.topics import ALERT_FEED, PARTICIPANT_EVENTS

FEED = "feed"
DUTY = "duty:"
MARGIN_MS = SECOND
"""Care events leave so long after they can no longer be taken back."""


class Queued(Struct, frozen=True):
    """One record that must still go out; `topic` without the installation's prefix."""

    number: int
    topic: str
    key: str
    value: bytes
    due_at: int


async def take_seqs(connection: AsyncConnection, count: int) -> range:
    """The next `count` numbers of the feed."""
    last = await _counter(connection, FEED)
    await _count(connection, FEED, last or 0, (last or 0) + count, known=last is not None)
    return range((last or 0) + 1, (last or 0) + count + 1)


async def put_changes(
    connection: AsyncConnection, changed: Mapping[str, int], alerts: Mapping[str, Alert], now: int
) -> list[AlertChanged]:
    """Queues one feed record for each alert in `changed` (id to `seq`)."""
    records = [changed_record(alerts[id_], seq, now) for id_, seq in changed.items()]
    if records:
        await connection.execute(
            OUTBOX.insert(),
            [
                {
                    "topic": ALERT_FEED.name,
                    "key": record.signal.alert_id,
                    "value": encode(record),
                    "due_at": now,
                }
                for record in records
            ],
        )
    return records


def changed_record(alert: Alert, seq: int, now: int) -> AlertChanged:
    return AlertChanged(
        seq=seq,
        case_id=alert.case_id,
        state=alert.state,
        signal=alert.signal,
        changed_at=alert.changed_at,
        assignee=alert.assignee,
        acts=list(alert.acts),
        explained_by=alert.explained_by,
        notified_at=alert.notified_at,
        digest=alert.digest,
        widened=alert.widened,
        told_at=now,
    )


def care_of(alert: Alert, act: Act) -> CareActed | None:
    """What a result adds to the person's own story, if anything."""
    signal = alert.signal
    kind = act.result and care_kind(signal.rule, act.result)
    if not kind or not signal.participant_id or not act.result or not act.by:
        return None
    return CareActed(
        id=str(uuid5(NAMESPACE_URL, f"care|{signal.alert_id}|{act.by}|{act.ts}")),
        ts=act.ts,
        participant_id=signal.participant_id,
        kind=kind,
        result=act.result,
        by=act.by,
        alert_id=signal.alert_id,
        session_id=signal.session_id,
    )


async def put_care(connection: AsyncConnection, alert: Alert, act: Act, due_at: int) -> None:
    """Queues it, for when it is past undoing."""
    event = care_of(alert, act)
    if event is None:
        return
    await connection.execute(
        OUTBOX.insert().values(
            topic=PARTICIPANT_EVENTS.name,
            key=event.participant_id,
            value=encode(event),
            due_at=due_at,
            act=alert.signal.alert_id,
        )
    )


async def withdraw_care(connection: AsyncConnection, alert: Alert, act: Act) -> bool:
    """False when it is on the log already: then it cannot be undone."""
    query = delete(OUTBOX).where(OUTBOX.c.act == alert.signal.alert_id)
    withdrawn = (await connection.execute(query)).rowcount
    return withdrawn > 0 or care_of(alert, act) is None


async def put_duty(
    connection: AsyncConnection, counts: Mapping[str, int], now: int, *, again: bool = False
) -> int:
    """Queues how many are on duty where that changed, or everywhere; returns how many records."""
    query = select(COUNTERS).where(COUNTERS.c.name.startswith(DUTY, autoescape=True))
    said = {row.name.removeprefix(DUTY): row.value for row in await connection.execute(query)}
    changed = {
        program: counts.get(program, 0)
        for program in sorted(said.keys() | counts.keys())
        if again or counts.get(program, 0) != said.get(program, 0)
    }
    for program, people in changed.items():
        await _count(
            connection, DUTY + program, said.get(program, 0), people, known=program in said
        )
        await connection.execute(
            OUTBOX.insert().values(
                topic=ALERT_FEED.name,
                key=DUTY + program,
                value=encode(DutyChanged(program_id=program, people=people)),
                due_at=now,
            )
        )
    return len(changed)


async def pending(connection: AsyncConnection, now: int, limit: int) -> list[Queued]:
    """What is due at `now` (ms), oldest first."""
    query = select(OUTBOX).where(OUTBOX.c.due_at <= now).order_by(OUTBOX.c.number).limit(limit)
    return [
        Queued(row.number, row.topic, row.key, row.value, row.due_at)
        for row in await connection.execute(query)
    ]


async def depth(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(OUTBOX))).scalar_one())


async def published(connection: AsyncConnection, numbers: Sequence[int]) -> None:
    await connection.execute(delete(OUTBOX).where(OUTBOX.c.number.in_(list(numbers))))


async def _counter(connection: AsyncConnection, name: str) -> int | None:
    query = select(COUNTERS.c.value).where(COUNTERS.c.name == name)
    return (await connection.execute(query)).scalar_one_or_none()


async def _count(
    connection: AsyncConnection, name: str, before: int, after: int, *, known: bool
) -> None:
    if not known:
        await connection.execute(COUNTERS.insert().values(name=name, value=after))
    elif before != after:
        await connection.execute(
            update(COUNTERS).where(COUNTERS.c.name == name).values(value=after)
        )
