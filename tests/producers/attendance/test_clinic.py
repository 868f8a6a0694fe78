"""The clinic's own attendance as spreadsheets write it; and what is wrong with a file."""

import codecs
from datetime import date
from pathlib import Path

import pytest

from producers import attendance
from producers.attendance.clinic import COLUMNS, MEANT, Seat, read
from producers.directory.records import BadFile

TEXT = """Session,date,person,attended,minutes
evening-2026-11-24,,p-1042,sí,171.5
,2026-11-24,ana.r@mail.example,No show,

evening-2026-11-24,,p-1044,In person,
"""
KNOWN = ", ".join(sorted(COLUMNS))
SEATS = [
    Seat(line=2, person="p-1042", said="present", session="evening-2026-11-24", minutes=171.5),
    Seat(line=3, person="ana.r@mail.example", said="absent", day=date(2026, 11, 24)),
    Seat(line=5, person="p-1044", said="in_person", session="evening-2026-11-24"),
]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(TEXT.encode(), id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + TEXT.encode(), id="UTF-8 with its mark"),
        pytest.param(TEXT.encode("cp1252"), id="Windows-1252"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), id="Windows' line ends"),
        pytest.param(TEXT.replace(",", ";").replace("171.5", "171,5").encode(), id="semicolons"),
        pytest.param(TEXT.replace(",", "\t").encode(), id="tabs"),
    ],
)
def test_it_is_the_same_however_a_spreadsheet_wrote_it(raw: bytes):
    assert read(raw) == SEATS


@pytest.mark.parametrize(("word", "said"), MEANT.items())
def test_every_word_for_it_is_understood(word: str, said: str):
    (seat,) = read(f"session,person,attended\nu,p,{word.upper()}\n".encode())
    assert seat.said == said


def test_every_column_is_documented():
    page = Path(attendance.__file__).parents[2] / "docs" / "attendance.md"
    told = page.read_text().split("# Attendance compared")[1]
    assert not [column for column in COLUMNS if f"`{column}`" not in told]


def test_a_session_is_known_by_its_day_hour_and_group():
    (seat,) = read(b"date,start,group,person,attended\n2026-11-24,9:05,IOP-Evening,p,y\n")
    assert (seat.day, seat.start, seat.group) == (date(2026, 11, 24), "09:05", "iop-evening")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Name,session\nAna Rivera,x\n",
            [
                "line 1, attended: this column is missing",
                f"line 1, column 1: unknown heading; take it out. Known: {KNOWN}",
                "line 1, person: this column is missing",
            ],
        ),
        (
            "person,attended,attended\np,yes,no\n",
            [
                "line 1, attended: this heading is there twice",
                "line 1, session or date: this column is missing: give the session's UID in "
                "session, or its date",
            ],
        ),
        (
            "session,date,start,person,attended,minutes\n"
            "u,,,,perhaps Ana,\n"
            ",,,p-1,yes,\n"
            "u,24.11.2026,6 pm,p-1,yes,many\n"
            "u,,,p-1,yes,,,\n",
            [
                "line 2, attended: not understood; write yes, no, excused or in_person",
                "line 2, person: is empty",
                "line 3, session: give the session's UID in session, or its date",
                "line 4, date: not a day; write it like 2026-12-25",
                "line 4, minutes: not understood; write it like 85",
                "line 4, start: not understood; write it like 18:00",
                "line 5, row: 8 cells for 6 headings",
            ],
        ),
        ("session,person,attended\n", ["line 1, file: holds no line below its headings"]),
    ],
)
def test_all_that_is_wrong_is_told_at_once_and_nothing_of_it_repeated(text: str, told: list[str]):
    with pytest.raises(BadFile) as caught:
        read(text.encode())
    assert str(caught.value).splitlines() == told
    assert "Ana" not in str(caught.value)
