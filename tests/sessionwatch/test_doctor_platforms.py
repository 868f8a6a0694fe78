"""Which sessions `sessionwatch doctor` looks at, at any time of the day and in any zone."""

import asyncio
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from privacy.sealing import MasterKey
from producers.directory.importing import import_file
from producers.directory.lookup import Lookup
from sessionwatch.doctor_platforms import LATE, Log, Visit
from sessionwatch.settings import Settings
from streams.events import HOUR, MINUTE
from streams.now import Clock
from tests.producers.gateway.clinic import Booking, at, open_clinic, session_of

DAY = 24 * HOUR
MIDNIGHT = round(datetime.fromisoformat("2026-11-25T00:00Z").timestamp() * 1000)


class Evening:
    """A clinic of one session that began at a time, and a doctor who comes at another."""

    def __init__(self, folder: Path, start: int, now: int, zone: str = "UTC") -> None:
        self._key = MasterKey.make(folder / "master.key")
        self._clock = Clock(start=now, speed=0)
        self._lookup = asyncio.run(self._read(folder, start, zone))
        self.session = session_of(self._key, 0, start)

    async def _read(self, folder: Path, start: int, zone: str) -> Lookup:
        directory = await open_clinic(
            folder, self._key, at(start), Booking("zoom", "812", start, [])
        )
        file = folder / "zone.csv"
        file.write_text(f"program,name,time_zone\niop,Evening program,{zone}\n")
        await import_file(directory, file, clock=at(start))
        await import_file(directory, folder / "sessions.csv", clock=at(start))
        lookup = Lookup(directory, directory.pseudonyms, self._clock)
        await lookup.refresh()
        await directory.close()
        return lookup

    def visit(self, *, seen: bool = False, heard: int = 0) -> dict[str, str]:
        log = Log(heard={"zoom": heard}, seen={self.session} if seen else set())
        settings = Settings(time=self._clock)
        visit = Visit(settings, self._key, self._lookup, "", httpx.AsyncClient(), log)
        return {
            one.what: f"{one.verdict} {one.told}"
            for one in (*visit.rooms("zoom"), *visit.feed("zoom"))
        }


@pytest.mark.parametrize("now", [MIDNIGHT - MINUTE, MIDNIGHT, MIDNIGHT + 20 * MINUTE])
def test_an_evenings_session_is_still_looked_at_after_midnight(tmp_path: Path, now: int):
    evening = Evening(tmp_path, MIDNIGHT - 20 * MINUTE, now)
    said = evening.visit()
    never = "1 of 1 session begun in the last 24 hours were never heard: 2026-11-24 23:40 UTC"
    assert said["zoom rooms"] == f"FAIL {never}"
    assert said["zoom feed"] == "FAIL never heard, and a session is under way"
    said = evening.visit(seen=True, heard=now - MINUTE)
    assert said["zoom rooms"] == "ok none of 1 session begun in the last 24 hours unheard"
    assert said["zoom feed"] == "ok last heard 60 s ago"


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (-MINUTE, "ok none of 0 sessions"),
        (0, "ok none of 1 session "),
        (LATE, "ok none of 1 session "),
        (LATE + 1, "FAIL 1 of 1 session "),
        (DAY, "FAIL 1 of 1 session "),
        (DAY + 1, "ok none of 0 sessions"),
    ],
)
def test_somebody_is_given_a_while_to_come(tmp_path: Path, age: int, said: str):
    evening = Evening(tmp_path, MIDNIGHT, MIDNIGHT + age)
    assert evening.visit()["zoom rooms"].startswith(said)


@pytest.mark.parametrize("machine", ["Asia/Tokyo", "America/Anchorage"])
def test_a_time_is_said_with_the_sessions_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str
):
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        said = Evening(tmp_path, MIDNIGHT, MIDNIGHT + HOUR, "America/New_York").visit()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert said["zoom rooms"].endswith(": 2026-11-24 19:00 America/New_York")
