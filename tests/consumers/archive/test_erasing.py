"""A person erased from the archive: their rows, their name elsewhere, and what comes again."""

import msgspec
import pyarrow.parquet as pq

from consumers.archive.erasing import ERASED, erase, erased
from consumers.archive.files import listed
from streams.topics import DAY_MS
from tests.consumers.archive.log import START, identified, joined, scheduled
from tests.consumers.archive.test_files import fill, writer


def values(root):
    return [
        msgspec.json.decode(value)
        for file in listed(root)
        for value in pq.read_table(file.path, partitioning=None)["value"].to_pylist()
    ]


def bytes_of(root):
    return b"".join(map(msgspec.json.encode, values(root)))


def test_nothing_of_a_person_is_left_and_others_are_untouched(tmp_path):
    fill(
        tmp_path,
        scheduled("room-0", START, "ana", "ben")[2],
        joined(1, START, "ana")[2],
        joined(2, START, "ben")[2],
        joined(3, START, "unmapped:x")[2],
        identified("unmapped:x", "ana", START)[2],
    )
    fill(tmp_path, joined(4, START, "ben")[2])
    names = [one.path.name for one in listed(tmp_path)]
    untouched = listed(tmp_path)[1].path.stat().st_mtime_ns

    report = erase(tmp_path, "ana", START + DAY_MS)

    assert (report.files, report.rows, report.changed) == (1, 3, 1)
    assert report.pseudonyms == ["ana", "unmapped:x"]
    text = bytes_of(tmp_path)
    assert b"ana" not in text
    assert b"unmapped:x" not in text
    kept = values(tmp_path)
    assert [one["participant_id"] for one in kept[1:]] == ["ben", "ben"]
    assert [seat["participant_id"] for seat in kept[0]["roster"]] == ["ben"]
    assert [one.path.name for one in listed(tmp_path)] == names
    assert listed(tmp_path)[1].path.stat().st_mtime_ns == untouched
    assert writer(tmp_path).next == 6


def test_a_member_of_the_staff_is_not_named_any_more(tmp_path):
    fill(tmp_path, scheduled("room-0", START, "ben")[2])
    assert erase(tmp_path, "host", START).changed == 1
    assert values(tmp_path)[0]["host_id"] == ERASED


def test_again_finds_nothing_more(tmp_path):
    fill(tmp_path, joined(1, START, "ana")[2])
    assert erase(tmp_path, "ana", START).rows == 1
    again = erase(tmp_path, "ana", START)
    assert (again.files, again.rows, again.changed) == (0, 0, 0)


def test_what_the_writer_still_holds_or_reads_again_is_not_written(tmp_path):
    erase(tmp_path, "ana", START + 5)
    assert erased(tmp_path) == {"ana": START + 5}
    file = fill(tmp_path, joined(1, START + 5, "ana")[2], joined(2, START, "ben")[2])
    assert [one["participant_id"] for one in values(tmp_path)] == ["ben"]
    assert (file.first, file.last) == (0, 1)


def test_who_comes_back_later_is_archived_again(tmp_path):
    erase(tmp_path, "ana", START)
    fill(tmp_path, joined(1, START + 1, "ana")[2])
    assert [one["participant_id"] for one in values(tmp_path)] == ["ana"]
