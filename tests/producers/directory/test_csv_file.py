"""CSV: what is wrong is told all at once, by line and column, and never by what was written."""

from itertools import pairwise

import pytest

from producers.directory import csv_file
from producers.directory.records import BadFile, PersonRow, ProgramRow, SessionRow
from tests.producers.directory.conftest import SAMPLES
from tests.producers.directory.hours import at

ZONES = {"iop-evening": "America/New_York", "iop-morning": "America/New_York"}
PEOPLE = "person_id,role,name,language,hours_per_week,message_safe,phone,email\n"
SESSIONS = "uid,start,end,program,host,time_zone,kind,platform,room,roster,breaks\n"


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(BadFile) as raised:
        csv_file.read(text.encode() if isinstance(text, str) else text, ZONES)
    return [str(problem) for problem in raised.value.problems]


def session(**cells: str) -> list[str]:
    known = {
        "uid": "u1",
        "start": "2026-11-24 18:00",
        "end": "21:00",
        "program": "iop-evening",
        "host": "st-chen",
    } | cells
    columns = SESSIONS.strip().split(",")
    return problems(SESSIONS + ",".join(known.get(column, "") for column in columns) + "\n")


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("programs.csv", ProgramRow, 2),
        ("people.csv", PersonRow, 9),
        ("sessions.csv", SessionRow, 4),
    ],
)
def test_the_header_tells_what_a_file_is(name, kind, rows):
    read = csv_file.read((SAMPLES / name).read_bytes(), ZONES)
    assert len(read) == rows
    assert {type(row) for row in read} == {kind}


def test_a_session_as_written():
    (row, *_) = csv_file.read((SAMPLES / "sessions.csv").read_bytes(), ZONES)
    assert isinstance(row, SessionRow)
    assert (row.starts_at, row.ends_at) == (at("2026-11-24 18:00"), at("2026-11-24 21:00"))
    assert row.breaks == [
        (at("2026-11-24 19:15"), at("2026-11-24 19:25")),
        (at("2026-11-24 20:15"), at("2026-11-24 20:25")),
    ]
    assert [(seat.who.value, seat.modality) for seat in row.roster] == [
        ("p-1042", None),
        ("p-1043", None),
        ("p-1044", "in_person"),
        ("p-1045", None),
        ("i-3001", None),
    ]


def test_a_meeting_number_is_the_same_in_groups():
    rows = csv_file.read((SAMPLES / "sessions.csv").read_bytes(), ZONES)
    assert rows[2].room == "81234567890"


def test_a_session_over_midnight_and_a_byte_order_mark():
    text = "\ufeff" + SESSIONS + "u1,2026-11-24 22:00,01:00,iop-evening,h,,,,,,23:30-00:10\n"
    (row,) = csv_file.read(text.encode(), ZONES)
    assert row.ends_at == at("2026-11-25 01:00")
    assert row.breaks == [(at("2026-11-24 23:30"), at("2026-11-25 00:10"))]


def test_all_problems_of_a_file_are_told_at_once():
    text = (
        "person_id,role,name,language,hours_per_week,message_safe,phone,email\n"
        "p-1,pacient,Maria Secret,en,9,yes,,\n"
        ",patient,Maria Secret,english!,nine,perhaps,Maria,Maria\n"
        '"p-3\nSecret",patient,Maria Secret,,,,,\n'
        "p-4,patient,,,,,,,Maria\n"
        "p-1,patient,Maria Secret,,-1,,,\n"
    )
    told = problems(text)
    assert told == [
        "line 2, role: must be one of patient, family, interpreter, observer, staff, host, "
        "clinician",
        "line 3, email: entry 1 not understood; write it like name@clinic.example",
        "line 3, hours_per_week: not a number from 0 to 168",
        "line 3, language: not understood; write it like en or es-MX",
        "line 3, message_safe: must be one of yes, no, ask",
        "line 3, person_id: is empty",
        "line 3, phone: not understood; write it like +1 555 010 0199",
        "line 4, person_id: holds a line break or another control character",
        "line 6, row: 9 cells for 8 headings",
        "line 7, person_id: already in line 2",
    ]
    assert not any(word in line for line in told for word in ("Maria", "Secret"))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            {"start": "24/11/2026 18:00"},
            "start: not a date and time; write it like 2026-11-24 18:00",
        ),
        ({"start": "2026-11-24"}, "start: a date without a time; write it like 2026-11-24 18:00"),
        ({"start": ""}, "start: is empty"),
        ({"end": "25:00"}, "end: not a time of day; write it like 18:00"),
        ({"end": "2026-11-24 18:00"}, "end: must be after the start, by 24 h at most"),
        ({"end": "2026-11-26 18:00"}, "end: must be after the start, by 24 h at most"),
        ({"time_zone": "Eastern"}, "time_zone: not a time zone; write it like America/New_York"),
        ({"kind": "grp"}, "kind: must be one of group, individual, family, psychoeducation"),
        ({"room": "evening"}, "platform: is empty, but there is a room"),
        ({"platform": "Zoom!"}, "platform: not understood; write it like zoom or livekit"),
        ({"roster": "p-1;p-2;p-1"}, "roster: entry 3 is there twice"),
        ({"roster": "p-1;p-1:hybrid"}, "roster: entry 2 is there twice"),
        ({"breaks": "17:00-17:10"}, "breaks: entry 1 does not lie within the session"),
        ({"breaks": "19:10-19:00"}, "breaks: entry 1 does not lie within the session"),
        ({"breaks": "19:10"}, "breaks: not a time of day; write it like 18:00"),
        ({"host": ""}, "host: is empty"),
        ({"uid": ""}, "uid: is empty"),
    ],
)
def test_what_can_be_wrong_with_a_session(cells, told):
    assert session(**cells) == [f"line 2, {told}"]


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (
            "2026-03-08 02:30",
            "that time is skipped when the clocks change; write it with an offset",
        ),
        (
            "2026-11-01 01:30",
            "that time happens twice when the clocks change; write it with an offset",
        ),
    ],
)
def test_a_local_time_that_nobody_can_know(start, told):
    assert session(start=start, end="04:00") == [f"line 2, start: {told}"]


def test_with_an_offset_any_time_is_clear():
    text = SESSIONS + (
        "u1,2026-11-01T01:30:00-04:00,2026-11-01T01:30:00-05:00,iop-evening,h,,,,,,\n"
        "u2,2026-11-01T05:30:00Z,03:00,iop-evening,h,,,,,,\n"
    )
    first, second = csv_file.read(text.encode(), ZONES)
    assert first.ends_at - first.starts_at == 3_600_000
    assert second.starts_at == first.starts_at
    assert second.ends_at == at("2026-11-01 03:00")


def test_a_group_at_six_stays_at_six_when_the_clocks_change():
    text = SESSIONS + "".join(
        f"u{day},2026-10-{day} 18:00,21:00,iop-evening,h,,,,,,\n" for day in (30, 31)
    )
    text += "u1,2026-11-01 18:00,21:00,iop-evening,h,,,,,,\n"
    starts = [row.starts_at for row in csv_file.read(text.encode(), ZONES)]
    assert [b - a for a, b in pairwise(starts)] == [86_400_000, 90_000_000]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["line 1, header: " + csv_file.UNKNOWN]),
        ("Maria,Secret\n", ["line 1, header: " + csv_file.UNKNOWN]),
        (
            "uid,start,Maria,start,program\n",
            [
                "line 1, column 3: unknown heading; known: breaks, end, host, kind, modality, "
                "platform, program, room, roster, start, status, time_zone, track, uid",
                "line 1, end: this column is missing",
                "line 1, host: this column is missing",
                "line 1, start: this heading is there twice",
            ],
        ),
        (b"uid,start\nu1,caf\xe9\n", ["line 2, file: not UTF-8; save the file as CSV UTF-8"]),
        ('program,name,time_zone\na,"b" c,UTC\n', ["line 2, row: a quotation mark is misplaced"]),
        ('program,name,time_zone\na,"b,UTC\n\n', ["line 2, row: a quotation mark is misplaced"]),
    ],
)
def test_what_can_be_wrong_with_a_file(text, told):
    assert problems(text) == told
