"""What was detected in shadow mode and told to nobody, within a transaction of the caller's.

The newest signal of each alert is kept, so that what still stands is told once the shadow ends.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts import lifecycle, shadow
from alerts.lifecycle import Alert
from alerts.store.tables import ALERTS, SHADOWED
from streams.codec import encode
from streams.events import Millis, Signal

_signal = msgspec.json.Decoder(Signal)


async def keep(connection: AsyncConnection, signals: Sequence[Signal]) -> list[Signal]:
    """Keeps those that nobody is told of; returns the others, among them all that concern an alert
    of which people know already."""
    silent = [signal for signal in signals if not shadow.is_told(signal.rule)]
    ids = list({signal.alert_id for signal in silent})
    query = select(ALERTS.c.alert_id).where(ALERTS.c.alert_id.in_(ids))
    known = set(await connection.scalars(query))
    kept = [signal for signal in silent if signal.alert_id not in known]
    await _save(connection, kept)
    silenced = {signal.id for signal in kept}
    return [signal for signal in signals if signal.id not in silenced]


async def _save(connection: AsyncConnection, signals: Sequence[Signal]) -> None:
    ids = SHADOWED.c.alert_id.in_(list({signal.alert_id for signal in signals}))
    held = await connection.execute(select(SHADOWED).where(ids))
    newest = {row.alert_id: Alert("", _signal.decode(row.signal)) for row in held}
    for signal in signals:
        newest[signal.alert_id] = lifecycle.hear(newest.get(signal.alert_id), signal)
    if newest:
        await connection.execute(delete(SHADOWED).where(ids))
        rows = [
            {"alert_id": id_, "ts": one.signal.ts, "signal": encode(one.signal)}
            for id_, one in newest.items()
        ]
        await connection.execute(SHADOWED.insert(), rows)


async def waits(connection: AsyncConnection) -> bool:
    """Whether a shadow has just ended."""
    return await connection.scalar(select(SHADOWED.c.alert_id).limit(1)) is not None


async def take_out(connection: AsyncConnection, now: Millis) -> list[Signal]:
    """What still stands, oldest first; nothing is kept any more."""
    query = select(SHADOWED).order_by(SHADOWED.c.ts, SHADOWED.c.alert_id)
    kept = [_signal.decode(row.signal) for row in await connection.execute(query)]
    await connection.execute(delete(SHADOWED))
    return [signal for signal in kept if shadow.stands(signal, now)]
