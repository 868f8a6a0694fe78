"""An archive's replay: what the log gave through the broker; the same bytes however it is cut."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from consumers.archive.files import Log, listed, standing, state_of, table_of, write
from consumers.archive.worker import ArchiveSettings
from consumers.archive.worker import run as run_archive
from consumers.archive.writer import Writer
from sessionwatch import playing, tracks
from sessionwatch.replay import run
from streams import codec
from streams.codec import encode, signals
from streams.events import ClockTicked, SessionAttended, Signal
from streams.kafka import partition_of
from streams.now import WALL
from streams.rules import load as load_rules
from streams.topics import PARTICIPANT_EVENTS, SESSION_EVENTS, SIGNALS
from tests.consumers.archive.log import taken, until_taken
from tests.consumers.archive.test_files import record
from tests.faults import load, topics
from tests.faults.engine import Engines
from tests.participant_story import Weeks
from tests.streams.participant import test_worker as people

RULES = load_rules()


def printed(*files, **how) -> bytes:
    out, err = io.BytesIO(), io.StringIO()
    assert run([str(file) for file in files], RULES, out, err, **how) == 0
    assert err.getvalue() == ""
    return out.getvalue()


def told(*files) -> list[Signal]:
    return [signals.decode(line) for line in printed(*files).splitlines()]


@contextlib.asynccontextmanager
async def archiving(kafka, folder: Path) -> AsyncIterator[None]:
    """An archive that, at the block's end, has taken all that is on the log."""
    settings = ArchiveSettings(folder=str(folder), flush_seconds=0.5, retention_days=0)
    before = taken()
    running = asyncio.create_task(run_archive(settings, kafka=kafka, clock=WALL))
    try:
        yield
        archived = (SESSION_EVENTS, PARTICIPANT_EVENTS, SIGNALS)
        await until_taken(before + sum([len(await topics.read(kafka, one)) for one in archived]))
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def said_on_the_log(kafka) -> set[tuple[str, str, int]]:
    """Alert, status and instant of every signal."""
    return {
        (one.alert_id, one.status, one.ts)
        for record in await topics.read(kafka, SIGNALS)
        if isinstance(one := signals.decode(record.value), Signal)
    }


def archive(root: Path, events, partitions=2, every=10_000, many=10_000) -> Path:
    """The files that the archive would write of these events."""
    logs = [
        Writer(root, Log("sessionwatch.session-events", number), codec.session_events, None)
        for number in range(partitions)
    ]
    for event in events:
        if isinstance(event, ClockTicked):
            into = logs
        else:
            into = [logs[partition_of(event.session_id, partitions)]]
        for one in into:
            while not one.take(record(one.next, event)):
                one.flush(many)
            if one.next % every == 0:
                one.flush(many)
    for one in logs:
        one.flush(many)
    return root


def archive_of_people(root: Path, events, partitions=1) -> Path:
    """The files that the archive would write of `participant-events`."""
    for number in range(partitions):
        log = Log("x.participant-events", number)
        into = Writer(root, log, codec.participant_events, None)
        for event in events:
            if isinstance(event, ClockTicked) or (
                partition_of(event.participant_id, partitions) == number
            ):
                while not into.take(record(into.next, event)):
                    into.flush(5)
        into.flush(5)
    return root


def as_jsonl(path: Path, events) -> Path:
    path.write_bytes(b"\n".join(encode(event) for event in events))
    return path


def test_it_gives_what_the_log_gave(tmp_path):
    log = load.log()
    whole = {(one.alert_id, one.status, one.ts) for one in told(as_jsonl(tmp_path / "log", log))}
    assert len(whole) > 40
    found = told(archive(tmp_path / "archive", log))
    assert {(one.alert_id, one.status, one.ts) for one in found} == whole
    assert [(one.ts, one.alert_id) for one in found] == sorted(
        (one.ts, one.alert_id) for one in found
    )


@pytest.mark.parametrize(("every", "many"), [(7, 10_000), (50, 3), (5, 40)])
def test_the_same_bytes_under_any_split_into_files_and_batches(tmp_path, monkeypatch, every, many):
    log = load.log()
    once = printed(archive(tmp_path / "whole", log))
    assert printed(tmp_path / "whole") == once
    cut = archive(tmp_path / "cut", log, every=every, many=many)
    monkeypatch.setattr(tracks, "ROWS", every)
    assert printed(cut) == once
    assert printed(*sorted(cut.rglob("*.parquet"), reverse=True)) == once


def test_rules_over_weeks_judge_what_the_archive_recorded(tmp_path):
    weeks = Weeks().history("2026-01-05", "AAAAMMMA")
    wanted = weeks.signals("2026-02-01")
    assert {one.rule for one in wanted} >= {"missed_in_a_row", "not_seen"}
    archive_of_people(tmp_path, weeks.events(weeks.ms("2026-02-01")))
    found = told(tmp_path)
    assert {(one.alert_id, one.status, one.ts) for one in found} == {
        (one.alert_id, one.status, one.ts) for one in wanted
    }
    assert len(found) == len(wanted)


def test_the_same_bytes_by_several_processes(tmp_path, monkeypatch):
    root = archive(tmp_path, load.log())
    once = printed(root)
    monkeypatch.setattr(playing, "WORTH_A_PROCESS", 0)
    assert printed(root) == once


def test_what_cannot_be_used_is_counted_and_kept(tmp_path):
    root = archive(tmp_path / "archive", load.log())
    file = standing(listed(root))[0]
    table = pq.read_table(file.path, partitioning=None)
    rows = {name: table[name].to_pylist() for name in table.column_names}
    rows["value"][3] = b"{poison"
    write(file, table_of(rows), state_of(file))
    out, err = io.BytesIO(), io.StringIO()
    assert run([str(root)], RULES, out, err, dead_letters=tmp_path / "letters") == 0
    said = f"1 lines not used: not_json, the first at {file.path}, row 4\n"
    assert err.getvalue() == said
    assert (tmp_path / "letters").read_bytes() == b"{poison\n"


@pytest.mark.parametrize("content", [{"name": ["Ana"]}, {"clock": ["soon"], "value": [b"x"]}])
def test_a_file_of_other_columns_under_an_archives_name_is_said(tmp_path, content):
    name = f"2026-11-24/x.session-events-0-{0:015}-{0:015}.parquet"
    (tmp_path / name).parent.mkdir()
    pq.write_table(pa.table(content), tmp_path / name)
    err = io.StringIO()
    assert run([str(tmp_path)], RULES, io.BytesIO(), err) == 2
    assert err.getvalue() == f"{tmp_path / name}: cannot be read as an archive's file\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "holds no files of an archive"), ("x.parquet", "is not named as an archive's file is")],
)
def test_what_is_no_archive_is_said(tmp_path, name, said):
    err = io.StringIO()
    assert run([str(tmp_path / name)], RULES, io.BytesIO(), err) == 2
    assert said in err.getvalue()


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_through_the_broker_and_the_archive_come_the_signals_of_the_log(kafka, tmp_path):
    async with archiving(kafka, tmp_path):
        with Engines("session", kafka) as engines:
            engines.start()
            await topics.write(kafka, load.log(), pace=0)
            wanted = await topics.expected(kafka)
            assert await topics.eventually(lambda: topics.told(kafka), wanted.__eq__) == wanted
        on_the_log = await said_on_the_log(kafka)
        outcomes = {
            (one.id, one.outcome)
            for record in await topics.read(kafka, PARTICIPANT_EVENTS)
            if isinstance(one := codec.participant_events.decode(record.value), SessionAttended)
        }
    lines = printed(tmp_path, participant_events=True).splitlines()
    replayed = [signals.decode(line) for line in lines if b'"signal"' in line[:20]]
    assert {(one.alert_id, one.status, one.ts) for one in replayed} == on_the_log
    assert len(replayed) == len(on_the_log) > 40
    attended = [codec.participant_events.decode(line) for line in lines if b'"signal"' not in line]
    assert {(one.id, one.outcome) for one in attended} == outcomes


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_over_weeks_the_archive_gives_what_the_participant_monitor_wrote(kafka, tmp_path):
    async with archiving(kafka, tmp_path):
        with Engines("participant", kafka) as engines:
            engines.start()
            await topics.write(kafka, people.weeks(), to=PARTICIPANT_EVENTS, pace=0)
            wanted = await people.expected(kafka)
            got = await topics.eventually(lambda: people.told(kafka), lambda one: one >= wanted)
        assert got == wanted
        on_the_log = await said_on_the_log(kafka)
    replayed = told(tmp_path)
    assert {(one.alert_id, one.status, one.ts) for one in replayed} == on_the_log
    assert len(replayed) == len(on_the_log) > 10


def test_what_an_archive_lacks_in_its_middle_is_said(tmp_path):
    archive(tmp_path, load.log(), partitions=1, every=50)
    files = sorted(tmp_path.glob("*/*.parquet"))
    files[1].unlink()
    err = io.StringIO()
    assert run([str(tmp_path)], RULES, io.BytesIO(), err) == 0
    assert err.getvalue() == f"records are missing between {files[0]} and {files[2]}\n"
