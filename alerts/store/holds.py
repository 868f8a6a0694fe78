"""Which alerts are held back, kept with them: an incident's names as edges, the rest made anew.

Everything follows from what the store holds and the instant, so the order in which an incident
and what it names were heard does not matter.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts import holding
from alerts.holding import Incident
from alerts.lifecycle import Alert
from alerts.store import rows
from alerts.store.tables import ALERTS, EXPLAINS
from streams.events import Millis


async def settle(
    connection: AsyncConnection, alerts: dict[str, Alert], now: Millis, max_hold: int
) -> list[str]:
    """Say anew of every alert concerned by which incident it is held back; returns the ids of
    those for which that changed. `alerts` are those changed in this transaction and not saved
    yet; others that change are put in."""
    await _name(connection, alerts.values())
    incidents = await _incidents(connection, alerts)
    known = await _held_or_claimed(connection, incidents) | alerts
    changed = []
    for alert_id, alert in known.items():
        by = holding.explained_by(alert, incidents, now, max_hold)
        if by != alert.explained_by:
            alerts[alert_id] = replace(alert, explained_by=by)
            changed.append(alert_id)
    return changed


async def overdue(connection: AsyncConnection, now: Millis, max_hold: int) -> dict[str, Alert]:
    """Alerts that have been held back for as long as may be."""
    return await rows.load(
        connection, and_(ALERTS.c.explained_by.is_not(None), ALERTS.c.raised_at <= now - max_hold)
    )


async def _name(connection: AsyncConnection, alerts: Iterable[Alert]) -> None:
    """What an incident's newest signal names is what it explains; one that says nothing of it
    changes nothing."""
    for alert in alerts:
        signal = alert.signal
        if signal.explains is None:
            continue
        await connection.execute(delete(EXPLAINS).where(EXPLAINS.c.incident == signal.alert_id))
        if signal.explains:
            await connection.execute(
                EXPLAINS.insert(),
                [
                    {"incident": signal.alert_id, "alert_id": alert_id}
                    for alert_id in dict.fromkeys(signal.explains)
                ],
            )


async def _incidents(connection: AsyncConnection, alerts: Mapping[str, Alert]) -> list[Incident]:
    """Those that stand, with what they name and the rooms they touch."""
    known = await rows.load(
        connection, and_(ALERTS.c.rule.in_(sorted(holding.INCIDENTS)), ALERTS.c.state != "resolved")
    )
    known |= {id_: one for id_, one in alerts.items() if one.signal.rule in holding.INCIDENTS}
    standing = {id_: one.signal for id_, one in known.items() if one.state != "resolved"}
    if not standing:
        return []
    names: dict[str, set[str]] = {id_: set() for id_ in standing}
    rooms: dict[str, set[str]] = {
        id_: {signal.session_id} if signal.session_id else set() for id_, signal in standing.items()
    }
    query = (
        select(EXPLAINS.c.incident, EXPLAINS.c.alert_id, ALERTS.c.session_id)
        .outerjoin_from(EXPLAINS, ALERTS, ALERTS.c.alert_id == EXPLAINS.c.alert_id)
        .where(EXPLAINS.c.incident.in_(list(standing)))
    )
    for incident, alert_id, stored in await connection.execute(query):
        names[incident].add(alert_id)
        fresh = alerts.get(alert_id)
        session_id = fresh.signal.session_id if fresh else stored
        if session_id is not None:
            rooms[incident].add(session_id)
    return [
        Incident(signal, frozenset(names[id_]), frozenset(rooms[id_]))
        for id_, signal in standing.items()
    ]


async def _held_or_claimed(
    connection: AsyncConnection, incidents: Collection[Incident]
) -> dict[str, Alert]:
    """What is held back now, and what these incidents may claim."""
    held = await rows.load(connection, ALERTS.c.explained_by.is_not(None))
    if not incidents:
        return held
    names = {name for one in incidents for name in one.names}
    rooms = {room for one in incidents for room in one.rooms}
    claimed = or_(ALERTS.c.alert_id.in_(sorted(names)), ALERTS.c.session_id.in_(sorted(rooms)))
    return held | await rows.load(connection, and_(ALERTS.c.state == "open", claimed))
