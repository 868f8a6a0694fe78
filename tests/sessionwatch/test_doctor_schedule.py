"""The doctor on the schedule: does the log know what the directory does?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from privacy.sealing import MasterKey
from producers.directory import publisher
from producers.directory.announcing import announce
from producers.directory.importing import import_file
from producers.directory.store import Directory
from sessionwatch import doctor_schedule
from sessionwatch.cli import main
from sessionwatch.settings import Databases, Settings
from streams.events import HOUR, MINUTE
from streams.kafka import KafkaSettings, create_topics
from streams.now import WALL
from tests.producers.gateway.clinic import Booking, database, open_clinic

pytestmark = pytest.mark.slow

START = WALL.now() // MINUTE * MINUTE - HOUR


@pytest.fixture
async def directory(tmp_path: Path, key: MasterKey) -> AsyncIterator[Directory]:
    """One session under way, one to come, one the day after tomorrow."""
    rooms = [
        Booking("livekit", f"room{hours}", START + hours * HOUR, ["ana"]) for hours in (0, 5, 50)
    ]
    opened = await open_clinic(tmp_path, key, WALL, *rooms)
    yield opened
    await opened.close()


def settings_of(tmp_path: Path, kafka: KafkaSettings) -> Settings:
    databases = Databases(directory=database(tmp_path))
    return Settings(key_file=str(tmp_path / "master.key"), databases=databases, kafka=kafka)


async def until_ok(settings: Settings, directory: Directory) -> str:
    """What is said once the part `schedule` has published."""
    publishing = asyncio.create_task(publisher.publish(directory, settings.kafka, WALL))
    try:
        async with asyncio.timeout(60):
            while (found := await doctor_schedule.examine(settings, directory)).verdict != "ok":
                pass
    finally:
        publishing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await publishing
    return found.told


async def test_what_the_log_does_not_know_of_the_schedule_is_found(
    directory: Directory, kafka: KafkaSettings, tmp_path: Path
):
    settings = settings_of(tmp_path, kafka)
    found = await doctor_schedule.examine(settings, directory)
    lacks = "the log lacks 2 of 2 sessions of the next 24 hours, or their last change: "
    assert (found.verdict, found.do) == ("FAIL", doctor_schedule.PUBLISH)
    assert found.told.startswith(lacks)
    all_of_them = "the log has all 2 sessions of the next 24 hours"
    assert await until_ok(settings, directory) == all_of_them
    sheet = tmp_path / "sessions.csv"
    sheet.write_text(sheet.read_text().replace("room5", "room6"))
    await import_file(directory, sheet)
    found = await doctor_schedule.examine(settings, directory)
    assert (found.verdict, found.do) == ("FAIL", doctor_schedule.PUBLISH)
    assert found.told.startswith("the log lacks 1 of 2 sessions")
    await announce(directory, WALL.now())  # it waits in the outbox
    assert (await doctor_schedule.examine(settings, directory)).do == doctor_schedule.PUBLISH
    assert await until_ok(settings, directory) == all_of_them


async def test_a_log_that_lost_the_schedule_gets_it_again(
    directory: Directory, kafka: KafkaSettings, tmp_path: Path, capsys
):
    await until_ok(settings_of(tmp_path, kafka), directory)
    lost = settings_of(tmp_path, replace(kafka, prefix=f"{kafka.prefix}again."))
    await create_topics(lost.kafka)
    found = await doctor_schedule.examine(lost, directory)
    assert (found.verdict, found.do) == ("FAIL", doctor_schedule.ANNOUNCE)
    file = tmp_path / "sessionwatch.toml"
    file.write_text(f'data = "{tmp_path}"\n')
    words = ["--settings", str(file), "schedule", "announce"]
    assert await asyncio.to_thread(main, words) == 0
    assert capsys.readouterr().out.startswith("3 sessions that are not over")
    assert await until_ok(lost, directory) == "the log has all 2 sessions of the next 24 hours"


async def test_without_sessions_to_come_there_is_nothing_to_compare(
    kafka: KafkaSettings, tmp_path: Path, key: MasterKey
):
    directory = await open_clinic(tmp_path, key, WALL, Booking("zoom", "1", START - 9 * HOUR, []))
    found = await doctor_schedule.examine(settings_of(tmp_path, kafka), directory)
    assert (found.verdict, found.told) == ("note", "no session in the next 24 hours")
    await directory.close()
