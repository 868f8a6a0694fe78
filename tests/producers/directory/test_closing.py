"""Closed days: what is scheduled then is cancelled, and comes back when the day is opened."""

import pytest
from sqlalchemy import select

from producers.directory.announcing import announce
from producers.directory.records import BadFile
from producers.directory.tables import OUTBOX, SESSIONS
from streams.codec import participant_events, session_events
from tests.producers.directory.conftest import NOON, Files, clock_at
from tests.producers.directory.hours import at
from tests.producers.directory.test_importing import evening, everything

CLOSED = "program,day\niop-evening,2026-11-24\n"
OPEN = "program,day,status\niop-evening,2026-11-24,open\n"
EVENING = "2026-11-24 18:00-21:00 America/New_York, iop-evening, group"


async def cancelled(files: Files) -> list[str]:
    async with files.directory.reading() as connection:
        rows = await connection.execute(select(SESSIONS).where(SESSIONS.c.cancelled))
        made = files.directory.pseudonyms
        names = {
            made.series(uid): uid
            for uid in ("evening-2026-11-24", "evening-2026-11-26", "family-rivera-1")
        }
        return sorted(names[row.series] for row in rows)


async def said(files: Files) -> list[str]:
    while await announce(files.directory, NOON.now()):
        pass
    async with files.directory.reading() as connection:
        rows = (await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq))).all()
    told = []
    for row in rows:
        if row.topic == "session-events":
            told.append(str(session_events.decode(row.value).__struct_config__.tag))
        else:
            event = participant_events.decode(row.value)
            told.append(f"{event.__struct_config__.tag} {getattr(event, 'status', '')}")
    return told


async def test_a_closed_day_cancels_and_an_opened_one_reinstates(imported: Files):
    report = await imported.take(CLOSED)
    assert (report.what, report.counts) == ("closed days", {"closed": 1})
    assert report.lines == [f"cancelled: {EVENING}"]
    assert await cancelled(imported) == ["evening-2026-11-24"]
    again = await imported.take(CLOSED)
    assert (again.counts, again.lines) == ({"unchanged": 1}, [])
    opened = await imported.take(OPEN)
    assert opened.lines == [f"reinstated: {EVENING}"]
    assert await cancelled(imported) == []


async def test_a_dry_run_closes_nothing(quick: Files):
    before = await everything(quick.directory)
    report = await quick.take(CLOSED, dry_run=True)
    assert report.lines == [f"cancelled: {EVENING}"]
    assert await everything(quick.directory) == before


async def test_the_schedule_imported_again_does_not_open_a_closed_day(quick: Files):
    await quick.take(CLOSED)
    report = await quick.take(evening())
    assert report.counts == {"unchanged": 1}
    assert await cancelled(quick) == ["evening-2026-11-24"]


async def test_what_was_called_off_by_itself_stays_so_when_the_day_is_opened(quick: Files):
    await quick.take(evening(status="cancelled"))
    await quick.take(CLOSED)
    assert (await quick.take(OPEN)).lines == []
    assert await cancelled(quick) == ["evening-2026-11-24"]


async def test_called_off_on_a_closed_day_it_does_not_come_back_with_the_day(quick: Files):
    await quick.take(CLOSED)
    assert (await quick.take(evening(status="cancelled"))).counts == {"unchanged": 1}
    assert (await quick.take(OPEN)).lines == []
    assert await cancelled(quick) == ["evening-2026-11-24"]


async def test_a_session_added_on_or_moved_to_a_closed_day_is_cancelled(quick: Files):
    await quick.take("program,day,last_day\niop-evening,2026-12-24,2027-01-01\n")
    moved = await quick.take(evening(start="2026-12-25 18:00"))
    assert moved.counts == {"cancelled": 1}
    new = evening(start="2026-12-31 18:00").replace("evening-2026-11-24", "new")
    report = await quick.take(new)
    assert report.lines == [
        "added: 2026-12-31 18:00-21:00 America/New_York, iop-evening, group"
        " (5 on the roster; closed that day)"
    ]
    back = await quick.take(evening(start="2027-01-02 18:00"))
    assert back.counts == {"reinstated": 1}


async def test_a_session_that_is_over_stays_what_it_was(quick: Files):
    """Else the file imported again would rewrite the past."""
    quick.clock = clock_at(at("2026-11-24 22:00"))
    assert (await quick.take(CLOSED)).lines == []
    assert (await quick.take(evening())).counts == {"unchanged": 1}
    assert await cancelled(quick) == []


async def test_the_log_hears_of_a_closed_day_as_cancelled(quick: Files):
    before = await said(quick)
    await quick.take(CLOSED)
    assert (await said(quick))[len(before) :] == [
        "session.cancelled",
        *["session.expected cancelled"] * 4,
    ]


async def test_a_days_end_is_by_the_clocks_of_the_place(quick: Files):
    """20:30 in New York is 01:30 of the next day in UTC."""
    late = evening(start="2026-11-24 20:30", end="23:30").replace("19:15-19:25;20:15-20:25", "")
    await quick.take(late)
    await quick.take("program,day\niop-evening,2026-11-25\n")
    assert await cancelled(quick) == ["family-rivera-1"]
    await quick.take(CLOSED)
    assert await cancelled(quick) == ["evening-2026-11-24", "family-rivera-1"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("program,day\nnone,2026-12-24\n", "line 2, program: not known; import the programs first"),
        ("program,day\niop-evening,24.12.\n", "line 2, day: not a day; write it like 2026-12-25"),
        (
            "program,day,last_day\niop-evening,2026-12-24,2026-12-23\n",
            "line 2, last_day: must not be before the day, nor over 60 days after it",
        ),
        (
            "program,day,status\niop-evening,2026-12-24,shut\n",
            "line 2, status: must be one of closed, open",
        ),
    ],
)
async def test_what_is_wrong_is_told(quick: Files, text: str, problem: str):
    with pytest.raises(BadFile) as raised:
        await quick.take(text)
    assert str(raised.value) == problem
