"""Whatever a schedule's or an attendance file holds, it is read or refused in words."""

from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.attendance import teams, zoom
from producers.attendance.placing import Session, place
from producers.directory import csv_file, fhir, ical
from producers.directory.formats import format_of
from producers.directory.records import BadFile
from tests.producers.directory.conftest import SAMPLES
from tests.producers.directory.hours import at
from tests.producers.directory.test_fhir import CLINIC, EVENING, raw

ZONES = {"iop-evening": "America/New_York", "iop-morning": "America/New_York"}
ATTENDANCE = Path(__file__).parents[2] / "data" / "attendance"
EVENINGS = [Session("s", at("2026-11-24 18:00"), at("2026-11-24 21:00"))]
NASTY = [
    *(b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b'"', b";", b":", b"=", b",", b"\t", b"\n ", b"-1"),
    *(b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"BEGIN:VALARM\n", b"END:VCALENDAR\n", b"RDATE:", b"Z"),
    *(b"RRULE:FREQ=DAILY;", b"INTERVAL=0", b"COUNT=0", b"BYDAY=9MO", b"UNTIL=1", b"DURATION:-P9D"),
    *(
        b"20270314T023000",
        b"20261101T013000",
        b"00010101T000000",
        b"99991231T235959",
        b"VALUE=DATE",
    ),
    *(b"2026-02-30", b"2028-02-29 24:00", b"9" * 30, b"1e999", b"NaN", b"[]", b"{}", b"null"),
    *(b"11/01/2026 01:30:00 AM", b"0/0/0000 0:00", b"13:00:00 PM", "\u202e\u00a0".encode()),
]
FILES = [
    *((one.name, one.read_bytes()) for one in sorted(SAMPLES.iterdir()) if one.is_file()),
    *((one.name, one.read_bytes()) for one in sorted(ATTENDANCE.iterdir())),
    ("clinic.json", raw(*CLINIC, EVENING)),
]


@st.composite
def spoilt(draw: st.DrawFn, whole: bytes) -> bytes:
    """With some of it replaced, doubled or taken away."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(whole)))
        end = min(len(whole), start + draw(st.sampled_from([0, 1, 3, 15, 60])))
        again = whole[start : draw(st.integers(start, len(whole)))][:200]
        new = draw(st.one_of(st.sampled_from(NASTY), st.binary(max_size=4), st.just(again)))
        whole = whole[:start] + new + whole[end:]
    return whole


@pytest.mark.parametrize(("name", "whole"), FILES, ids=[name for name, _ in FILES])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_breaks(data: st.DataObject, name: str, whole: bytes):
    text = data.draw(spoilt(whole))
    with suppress(BadFile):
        if name.startswith(("zoom", "teams")):
            read = zoom.read if name.startswith("zoom") else teams.read
            place(read(text), EVENINGS, ZoneInfo("America/New_York"), totals=True)
            return
        match format_of(text, name):
            case "fhir":
                fhir.read([text], ZONES)
            case "ical":
                ical.read(text, name, ZONES, at("2026-11-23 00:00"), at("2027-01-20 00:00"))
            case "csv":
                csv_file.read(text, ZONES)
