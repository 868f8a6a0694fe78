"""Whatever a calendar holds: imported again it changes nothing, and a dry run writes nothing."""

import asyncio
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.directory.closing import closed_days
from producers.directory.records import Report
from producers.directory.store import Directory
from tests.producers.directory.conftest import KEY, Files, prepared
from tests.producers.directory.test_ical import calendar, event
from tests.producers.directory.test_importing import everything

__all__ = ["prepared"]

ZONES = ("America/New_York", "Europe/Berlin", "America/Phoenix")
FIRST = datetime(2026, 10, 20, 18, 0)  # noqa: DTZ001 - local; the clocks change in between


def stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"


@st.composite
def series(draw: st.DrawFn, uid: str) -> list[str]:
    """A repetition, with some of its occurrences left out, moved, or changed from one on."""
    zone = draw(st.sampled_from(ZONES))
    start = FIRST + timedelta(days=draw(st.integers(0, 40)), hours=draw(st.integers(-17, 5)))
    length = timedelta(minutes=draw(st.integers(30, 180)))
    every = draw(st.sampled_from(["DAILY", "WEEKLY"]))
    days = 1 if every == "DAILY" else 7
    occurrences = [start + timedelta(days=days * number) for number in range(5)]
    left_out = draw(st.lists(st.sampled_from(occurrences), max_size=2))
    rule = f"RRULE:FREQ={every};COUNT=5\n" + "".join(
        f"EXDATE;TZID={zone}:{stamp(one)}\n" for one in left_out
    )
    made = [event(stamp(start), stamp(start + length), rule, uid, zone)]
    moved = draw(st.lists(st.sampled_from(occurrences), max_size=2, unique=True))
    for original in moved:
        onwards = ";RANGE=THISANDFUTURE" if draw(st.booleans()) else ""
        cancelled = "STATUS:CANCELLED\n" if draw(st.booleans()) else ""
        begin = original + timedelta(minutes=draw(st.integers(-300, 300)))
        replaced = f"RECURRENCE-ID{onwards};TZID={zone}:{stamp(original)}\n{cancelled}"
        made.append(event(stamp(begin), stamp(begin + length), replaced, uid, zone))
    return made


@given(
    first=series("a"),
    second=series("b"),
    closed=st.lists(st.dates(FIRST.date(), FIRST.date() + timedelta(days=60)), max_size=3),
)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_twice_is_once(prepared: Path, first: list[str], second: list[str], closed: list[object]):
    text = calendar(*first, *second)
    days = "program,day\n" + "".join(f"iop-morning,{day}\n" for day in closed)

    async def play(folder: Path) -> tuple[Report, Report]:
        shutil.copy(prepared, folder / "small.db")
        opened = await Directory.open(f"sqlite+aiosqlite:///{folder}/small.db", KEY)
        try:
            files = Files(opened, folder)
            if closed:
                await files.take(days, "closed.csv")
            before = await everything(opened)
            dry = await files.take(text, "a.ics", dry_run=True)
            assert await everything(opened) == before
            wet = await files.take(text, "a.ics")
            assert (dry.counts, dry.lines) == (wet.counts, wet.lines)
            held = await everything(opened)
            again = await files.take(text, "a.ics")
            assert await everything(opened) == held
            async with opened.reading() as connection:
                assert len(await closed_days(connection)) == len(set(closed))
            return wet, again
        finally:
            await opened.close()

    with tempfile.TemporaryDirectory() as folder:
        _, again = asyncio.run(play(Path(folder)))
    assert set(again.counts) <= {"unchanged", "cancelled before they were known"}
    assert again.lines == []
