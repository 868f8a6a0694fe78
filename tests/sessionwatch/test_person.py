"""A person erased: their key, their rows in the archive, and the monitors' saved state."""

import argparse
import asyncio

import pytest

from privacy.sealing import MasterKey
from producers.directory.importing import import_file
from producers.directory.store import Directory
from sessionwatch.persons import act
from sessionwatch.settings import Settings
from streams import kafka as kafka_clients
from streams.kafka import KafkaSettings, partition_of
from streams.now import WALL
from streams.topics import PARTICIPANT_WEEKS
from tests.consumers.archive.log import START, joined, scheduled
from tests.consumers.archive.test_erasing import bytes_of
from tests.consumers.archive.test_files import fill
from tests.producers.directory.conftest import SAMPLES

WHO = "p-1042"


def erase(settings: Settings, who: str, sure: bool = True) -> int:
    return act(settings, argparse.Namespace(action="erase", id=who, sure=sure))


async def clinic(settings: Settings) -> str:
    """The samples imported; the pseudonym of a patient."""
    key = MasterKey.make(settings.key_path)
    directory = await Directory.open(settings.database("directory"), key)
    try:
        for name in ("programs.csv", "people.csv"):
            await import_file(directory, SAMPLES / name, clock=WALL)
        patient = directory.pseudonyms.participant(WHO)
        assert await directory.people.names([patient])
        return patient
    finally:
        await directory.close()


async def known(settings: Settings, person_id: str) -> bool:
    key = MasterKey.read(settings.key_path)
    directory = await Directory.open(settings.database("directory"), key)
    try:
        return bool((await directory.people.names([person_id]))[person_id].full)
    finally:
        await directory.close()


async def tombstones(kafka: KafkaSettings) -> list[tuple[str, int]]:
    reader = kafka_clients.consumer(kafka, PARTICIPANT_WEEKS)
    await reader.start()
    try:
        async with asyncio.timeout(20):
            record = await reader.getone()
        assert not record.value
        return [(record.key.decode(), record.partition)]
    finally:
        await reader.stop()


@pytest.mark.slow
async def test_everything_of_a_person_goes_and_again_does_no_harm(kafka, tmp_path, capsys):
    settings = Settings(data=str(tmp_path / "data"), kafka=kafka)
    (tmp_path / "data").mkdir()
    patient = await clinic(settings)
    root = settings.archive_folder
    fill(root, scheduled("room-0", START, patient, "ben")[2], joined(1, START, patient)[2])

    assert await asyncio.to_thread(erase, settings, WHO) == 0
    said = capsys.readouterr().out
    assert "erased: the person's key" in said
    assert "archive: 1 records removed and 1 changed in 1 files" in said
    assert patient.encode() not in bytes_of(root)
    assert not await known(settings, patient)
    assert await tombstones(kafka) == [(patient, partition_of(patient, kafka.partitions))]

    fill(root, joined(2, START, patient)[2])
    assert patient.encode() not in bytes_of(root)
    assert await asyncio.to_thread(erase, settings, patient) == 0
    assert "erased from the directory already" in capsys.readouterr().out


async def test_without_a_broker_the_rest_is_done_and_it_is_said(tmp_path, capsys):
    dead = KafkaSettings(bootstrap="127.0.0.1:1")
    settings = Settings(data=str(tmp_path / "data"), kafka=dead)
    (tmp_path / "data").mkdir()
    patient = await clinic(settings)
    assert await asyncio.to_thread(erase, settings, WHO) == 0
    assert "run this again" in capsys.readouterr().out
    assert not await known(settings, patient)


async def test_whose_place_nobody_has_taken_stays(tmp_path, capsys):
    settings = Settings(data=str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    await clinic(settings)
    assert await asyncio.to_thread(erase, settings, "st-chen") == 1
    assert "name another one first" in capsys.readouterr().err
    assert not settings.archive_folder.exists()


async def test_nothing_happens_unless_it_is_sure(tmp_path, capsys):
    settings = Settings(data=str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    patient = await clinic(settings)
    assert await asyncio.to_thread(erase, settings, WHO, False) == 1
    assert "say --sure" in capsys.readouterr().err
    assert await known(settings, patient)
