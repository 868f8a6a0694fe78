"""Whom of outreach an alert interrupts, decided once for a case and kept with its alerts.

What was given in the last hour is read from the alerts themselves, so that a restart, or another
worker, goes on with the same budget.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from alerts import budget
from alerts.budget import GRAVER_LAST, OUTREACH, Budget
from alerts.lifecycle import Alert
from alerts.store import rows
from alerts.store.tables import ALERTS
from streams.events import HOUR, Millis

AT_ONCE: Final = 1_000
"""PostgreSQL takes 32,767 parameters; the others' turn comes a second later."""
AudienceOf = Callable[[str | None], str]
"""Whose budget the notices of a program spend."""


async def due(connection: AsyncConnection, now: Millis) -> dict[str, Alert]:
    """Alerts that outreach is to be told of by now; of very many, some."""
    return await rows.load_due(connection, now, AT_ONCE)


async def decide(
    connection: AsyncConnection, alerts: dict[str, Alert], now: Millis, audience_of: AudienceOf
) -> None:
    """Of those that are due: whether they interrupt or go into the digest. `alerts` are those
    changed in this transaction and not saved yet; what is decided is put in.

    An alert of a case that was told of joins it. What is over by now interrupts nobody.
    """
    to_tell = sorted((a for a in alerts.values() if _is_due(a, now)), key=_order)
    if not to_tell:
        return
    told = await _told(connection, {alert.case_id for alert in to_tell})
    budgets = await _budgets(connection, now, audience_of)
    for alert in to_tell:
        signal = alert.signal
        if alert.case_id not in told:
            own = budgets.setdefault(audience_of(signal.program_id), Budget())
            past = budget.is_past(signal, now)
            told[alert.case_id] = now, now if past else own.spend(now, signal.rule)
        notified_at, digest = told[alert.case_id]
        alerts[signal.alert_id] = replace(alert, notified_at=notified_at, digest=digest)


def _is_due(alert: Alert, now: Millis) -> bool:
    at = budget.due_at(alert)
    return at is not None and at <= now


def _order(alert: Alert) -> tuple[int, Millis, str]:
    signal = alert.signal
    return -GRAVER_LAST.index(signal.audience[OUTREACH]), signal.raised_at, signal.alert_id


async def _told(
    connection: AsyncConnection, case_ids: Collection[str]
) -> dict[str, tuple[Millis, Millis | None]]:
    """Those of the cases that were told of, when and in which digest."""
    query = select(ALERTS.c.case_id, ALERTS.c.notified_at, ALERTS.c.digest).where(
        ALERTS.c.case_id.in_(sorted(case_ids)), ALERTS.c.notified_at.is_not(None)
    )
    return {row.case_id: (row.notified_at, row.digest) for row in await connection.execute(query)}


async def _budgets(
    connection: AsyncConnection, now: Millis, audience_of: AudienceOf
) -> dict[str, Budget]:
    """What is left of each audience's, by what it was told in the last hour."""
    query = (
        select(ALERTS.c.case_id, ALERTS.c.program_id, ALERTS.c.notified_at, ALERTS.c.digest)
        .where(ALERTS.c.notified_at > now - HOUR)
        .order_by(ALERTS.c.notified_at, ALERTS.c.digest.is_not(None))
    )
    cases: dict[str, dict[str, tuple[Millis, Millis | None]]] = {}
    for row in await connection.execute(query):
        of = cases.setdefault(audience_of(row.program_id), {})
        of[row.case_id] = row.notified_at, row.digest
    return {audience: _budget(told.values()) for audience, told in cases.items()}


def _budget(told: Iterable[tuple[Millis, Millis | None]]) -> Budget:
    """`told` in the order of time; a digest runs if it was the last."""
    known = list(told)
    return Budget([at for at, digest in known if digest is None], known[-1][1])
