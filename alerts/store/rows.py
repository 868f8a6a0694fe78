"""Rows to alerts and back, within a transaction of the caller's."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts import budget
from alerts.lifecycle import Alert
from alerts.store.tables import ACTS, ALERTS
from streams.codec import encode
from streams.events import Act, Millis, Signal

_signal = msgspec.json.Decoder(Signal)


async def load(connection: AsyncConnection, where: Any) -> dict[str, Alert]:
    """The alerts of rows for which `where` holds, by id."""
    rows = (await connection.execute(select(ALERTS).where(where))).all()
    return await alerts_of(connection, rows)


async def load_due(connection: AsyncConnection, now: Millis, most: int) -> dict[str, Alert]:
    """Those that outreach is to be told of by now, the longest due first, `most` at once."""
    query = select(ALERTS).where(ALERTS.c.due_at <= now).order_by(ALERTS.c.due_at).limit(most)
    return await alerts_of(connection, (await connection.execute(query)).all())


async def alerts_of(connection: AsyncConnection, rows: Iterable[Row[Any]]) -> dict[str, Alert]:
    """Alerts in the order of `rows`, with their acts."""
    held = list(rows)
    acts: dict[str, list[Act]] = {row.alert_id: [] for row in held}
    query = select(ACTS).where(ACTS.c.alert_id.in_(list(acts))).order_by(ACTS.c.number)
    for act in await connection.execute(query):
        acts[act.alert_id].append(Act(act.ts, act.what, act.by, act.result))
    return {
        row.alert_id: Alert(
            row.case_id,
            _signal.decode(row.signal),
            tuple(acts[row.alert_id]),
            row.explained_by,
            row.notified_at,
            row.digest,
            row.widened,
            row.widens_at,
        )
        for row in held
    }


async def save(
    connection: AsyncConnection, changed: Mapping[str, int], alerts: Mapping[str, Alert]
) -> None:
    """Writes the alerts named in `changed`, each with its new `seq`; acts are not touched."""
    held = set(
        await connection.scalars(
            select(ALERTS.c.alert_id).where(ALERTS.c.alert_id.in_(list(changed)))
        )
    )
    made = [_row(alerts[id_], seq) for id_, seq in changed.items() if id_ not in held]
    again = [_row(alerts[id_], seq, "b_") for id_, seq in changed.items() if id_ in held]
    if made:
        await connection.execute(ALERTS.insert(), made)
    if again:
        columns = [column.name for column in ALERTS.c if column.name != "alert_id"]
        await connection.execute(
            update(ALERTS)
            .where(ALERTS.c.alert_id == bindparam("b_alert_id"))
            .values({name: bindparam(f"b_{name}") for name in columns}),
            again,
        )


async def save_acts(connection: AsyncConnection, alert_id: str, acts: Collection[Act]) -> None:
    """Replaces the acts of one alert."""
    await connection.execute(delete(ACTS).where(ACTS.c.alert_id == alert_id))
    if acts:
        await connection.execute(
            ACTS.insert(),
            [
                {
                    "alert_id": alert_id,
                    "ts": act.ts,
                    "what": act.what,
                    "by": act.by,
                    "result": act.result,
                }
                for act in acts
            ],
        )


def _row(alert: Alert, seq: int, prefix: str = "") -> dict[str, object]:
    signal = alert.signal
    row = {
        "alert_id": signal.alert_id,
        "case_id": alert.case_id,
        "rule": signal.rule,
        "state": alert.state,
        "program_id": signal.program_id,
        "session_id": signal.session_id,
        "participant_id": signal.participant_id,
        "raised_at": signal.raised_at,
        "signal": encode(signal),
        "seq": seq,
        "explained_by": alert.explained_by,
        "due_at": budget.due_at(alert),
        "notified_at": alert.notified_at,
        "digest": alert.digest,
        "widened": alert.widened,
        "widens_at": alert.widens_at,
    }
    return {prefix + name: value for name, value in row.items()}
