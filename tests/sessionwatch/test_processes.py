"""Parts of one process: what ends one of them, and what that does to its neighbours."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from consumers.archive.files import Log, listed
from consumers.archive.worker import ArchiveSettings
from consumers.archive.writer import AnotherLog, Writer
from privacy.sealing import MasterKey
from sessionwatch.broker import EmbeddedBroker, free_port
from sessionwatch.processes import Process, run
from sessionwatch.settings import Ports, Settings
from streams import codec
from streams.codec import encode
from streams.events import SessionStarted
from streams.kafka import (
    KafkaSettings,
    create_topics,
    partition_of,
    producer,
    wait_for_broker,
)
from streams.topics import SESSION_EVENTS
from tests.consumers.archive.test_files import record

pytestmark = pytest.mark.slow


def test_a_port_that_is_taken_is_named_in_one_line(
    broker: EmbeddedBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    MasterKey.make(tmp_path / "master.key")
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix="port.", partitions=2)
    asyncio.run(wait_for_broker(kafka))
    asyncio.run(create_topics(kafka))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(data=str(tmp_path), kafka=kafka, ports=Ports(metrics=port))
        assert run(settings, ["exporter"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("sessionwatch: no port: ")
    assert f"('127.0.0.1', {port})" in said


@pytest.mark.parametrize("shadow", [True, False])
def test_every_start_in_shadow_mode_says_so(
    shadow: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    MasterKey.make(tmp_path / "master.key")
    nobody = KafkaSettings(bootstrap="127.0.0.1:9")
    assert run(Settings(data=str(tmp_path), shadow=shadow, kafka=nobody), ["clock"]) == 1
    said = [one for one in caplog.messages if one.startswith("shadow mode: ")]
    assert len(said) == shadow


def test_a_folder_that_cannot_be_made_is_no_port(
    broker: EmbeddedBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    MasterKey.make(tmp_path / "master.key")
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix="folder.", partitions=2)
    asyncio.run(wait_for_broker(kafka))
    asyncio.run(create_topics(kafka))
    archive = ArchiveSettings(folder=str(tmp_path / "master.key" / "archive"))
    ports = Ports(metrics=free_port())
    settings = Settings(data=str(tmp_path), kafka=kafka, archive=archive, ports=ports)
    assert run(settings, ["archive"]) == 1
    assert capsys.readouterr().err == f"sessionwatch: {archive.folder}: Not a directory\n"


async def settings_of_another_log(folder: Path, kafka: KafkaSettings) -> Settings:
    """An archive that holds an event which the log of the same name does not have."""
    MasterKey.make(folder / "master.key")
    number = partition_of("s1", kafka.partitions)
    into = Writer(
        folder / "archive", Log(kafka.topic(SESSION_EVENTS), number), codec.session_events, None
    )
    into.take(record(0, SessionStarted(id="then", session_id="s1", ts=1)))
    into.flush(10)
    async with producer(kafka) as writer:
        now = encode(SessionStarted(id="now", session_id="s1", ts=2))
        await writer.send_and_wait(kafka.topic(SESSION_EVENTS), now, key=b"s1")
    archive = ArchiveSettings(retention_days=0)
    return Settings(
        data=str(folder), kafka=kafka, archive=archive, ports=Ports(metrics=free_port())
    )


async def test_an_archive_that_refuses_the_log_leaves_its_neighbours_alone(
    kafka: KafkaSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    settings = await settings_of_another_log(tmp_path, kafka)
    running = asyncio.create_task(Process(settings, ("exporter", "archive")).run())
    async with asyncio.timeout(60):
        while not (told := [one for one in caplog.messages if "made anew" in one]):
            await asyncio.sleep(0.1)
    assert told[0].endswith("the other parts of this process go on without it")
    done, _ = await asyncio.wait([running], timeout=2)
    assert not done
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert len(listed(tmp_path / "archive")) == 1


async def test_alone_it_ends_its_process(kafka: KafkaSettings, tmp_path: Path):
    settings = await settings_of_another_log(tmp_path, kafka)
    with pytest.raises(ExceptionGroup) as raised:
        await asyncio.wait_for(Process(settings, ("archive",)).run(), 60)
    assert raised.value.subgroup(AnotherLog) is not None


def test_no_part_is_imported_before_it_is_known_which_one_runs():
    heavy = {"alembic", "faust", "icalendar", "pyarrow"}
    asked = f"import sys, sessionwatch.processes; print(*{heavy} & sys.modules.keys())"
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.split() == []
