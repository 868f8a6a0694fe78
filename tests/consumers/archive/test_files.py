"""Which files stand, what days are merged to, and what is too old."""

from pathlib import Path

import pytest
from aiokafka import ConsumerRecord

from consumers.archive.files import Log, listed, named, read, standing, state_of, write
from consumers.archive.merging import clear_away, day_of, expire, merge
from consumers.archive.writer import Writer
from streams import codec
from streams.codec import encode
from streams.topics import DAY_MS
from tests.consumers.archive.log import START, joined, tick

LOG = Log("sessionwatch.session-events", 1)


def record(offset, event, key=b"room-0"):
    value = event if isinstance(event, bytes) else encode(event)
    return ConsumerRecord(LOG.topic, LOG.partition, offset, 0, 0, key, value, 0, 0, 0, ())


def writer(root: Path) -> Writer:
    newest = standing(listed(root))[-1:]
    return Writer(root, LOG, codec.session_events, newest[0] if newest else None)


def fill(root: Path, *events, many=100):
    """One file of these events."""
    into = writer(root)
    for event in events:
        one = record(into.next, event)
        if not into.take(one):
            into.flush(many)
            into.take(one)
    return into.flush(many)


def test_the_clock_stands_in_place_of_the_ticks(tmp_path):
    file = fill(
        tmp_path,
        joined(0, START)[2],
        tick(START + 1_000)[2],
        tick(START + 5_000)[2],
        tick(START + 3_000)[2],
        joined(1, START + 6_000)[2],
        tick(START + 9_000)[2],
    )
    table = read(file)
    assert table["offset"].to_pylist() == [0, 4]
    assert table["clock"].cast("int64").to_pylist() == [None, START + 5_000]
    assert table["ts"].cast("int64").to_pylist() == [START, START + 6_000]
    assert table["type"].to_pylist() == ["participant.joined"] * 2
    assert state_of(file).clock == START + 9_000
    assert (file.first, file.last) == (0, 5)


def test_ticks_alone_are_a_file_so_that_the_clock_is_known(tmp_path):
    file = fill(tmp_path, tick(START)[2], tick(START + DAY_MS)[2])
    assert read(file).num_rows == 0
    assert (file.day, state_of(file).clock) == ("2026-11-25", START + DAY_MS)
    assert writer(tmp_path).next == 2


def test_what_nobody_can_read_has_no_row_and_a_newer_type_has_one(tmp_path):
    newer = b'{"type":"session.sung","id":"1","ts":1795536000000,"session_id":"room-0"}'
    file = fill(tmp_path, b"{poison", newer, b'{"type":"session.sung"}')
    assert read(file)["value"].to_pylist() == [newer]
    assert file.last == 2


def test_a_new_day_begins_a_new_file(tmp_path):
    fill(
        tmp_path, tick(START)[2], joined(0, START)[2], tick(START + DAY_MS)[2], joined(1, START)[2]
    )
    assert [(one.day, one.first, one.last) for one in listed(tmp_path)] == [
        ("2026-11-24", 0, 2),
        ("2026-11-25", 3, 3),
    ]


def test_small_files_of_a_day_become_one_when_many_or_when_it_is_over(tmp_path):
    for n in range(3):
        fill(tmp_path, tick(START + n)[2], joined(n, START)[2], many=3)
    assert [(one.first, one.last) for one in listed(tmp_path)] == [(0, 5)]
    fill(tmp_path, joined(3, START)[2], many=3)
    assert len(listed(tmp_path)) == 2
    fill(tmp_path, tick(START + DAY_MS)[2], joined(4, START)[2], many=3)
    assert [(one.day, one.first, one.last) for one in listed(tmp_path)] == [
        ("2026-11-24", 0, 6),
        ("2026-11-25", 7, 8),
    ]
    first, second = listed(tmp_path)
    assert read(first)["offset"].to_pylist() == [1, 3, 5, 6]
    assert state_of(first).clock == START + 2
    assert state_of(second).clock == START + DAY_MS


def test_what_a_crash_leaves_counts_once_and_is_cleared_away(tmp_path):
    small = [fill(tmp_path, joined(n, START)[2]) for n in range(2)]
    whole = named(tmp_path, small[0].day, LOG, 0, 1)
    write(whole, read(small[0]), state_of(small[1]))
    (whole.path.parent / "half.unfinished").write_bytes(b"PAR1")
    assert standing(listed(tmp_path)) == [whole]
    clear_away(tmp_path)
    assert [path.name for path in tmp_path.glob("*/*")] == [whole.path.name]


def test_old_days_go_but_never_the_file_that_says_where_to_read_on(tmp_path):
    for days in (0, 1):
        now = START + days * DAY_MS
        fill(tmp_path, tick(now)[2], joined(days, now)[2])
    assert not expire(tmp_path, START + 10 * DAY_MS, 10)
    assert [one.day for one in expire(tmp_path, START + 11 * DAY_MS, 10)] == [day_of(START)]
    assert not expire(tmp_path, START + 99 * DAY_MS, 10)
    assert writer(tmp_path).next == 4
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["2026-11-25"]


def test_a_merge_stops_before_a_file_becomes_too_large(tmp_path, monkeypatch):
    for n in range(4):
        fill(tmp_path, joined(n, START)[2])
    size = listed(tmp_path)[0].path.stat().st_size
    monkeypatch.setattr("consumers.archive.merging.MOST_BYTES", 2 * size + size // 2)
    merge(tmp_path, LOG, "", 2)
    assert [(one.first, one.last) for one in listed(tmp_path)] == [(0, 1), (2, 3)]


@pytest.mark.parametrize("name", ["notes.parquet", "sessionwatch.session-events-1.parquet"])
def test_other_files_are_left_alone(tmp_path, name):
    (tmp_path / "2026-11-24").mkdir()
    (tmp_path / "2026-11-24" / name).write_bytes(b"")
    assert listed(tmp_path) == []
