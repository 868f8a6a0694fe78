"""Calendars: repetitions by local clocks, exceptions, moves, and what is missing from them."""

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from producers.directory import ical
from producers.directory.importing import import_file
from producers.directory.records import BadFile, SessionRow
from producers.directory.tables import SESSIONS
from tests.producers.directory.conftest import NOON, SAMPLES, Files, clock_at
from tests.producers.directory.hours import at

ZONES = {"iop-morning": "America/New_York", "iop-evening": "America/New_York"}
SAMPLE = (SAMPLES / "morning.ics").read_text()
SOME = "X-SESSIONWATCH-HOST:st-chen\nX-SESSIONWATCH-ROSTER:p-1042\nCATEGORIES:iop-morning\n"


def calendar(*events: str, head: str = "X-WR-CALNAME:Test\n") -> str:
    wrapped = "".join(f"BEGIN:VEVENT\n{event}END:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{head}{wrapped}END:VCALENDAR\n"


def event(start: str, end: str, more: str = "", uid: str = "u1", zone: str = "America/New_York"):
    times = f"DTSTART;TZID={zone}:{start}\nDTEND;TZID={zone}:{end}\n"
    return f"UID:{uid}\nDTSTAMP:20261001T000000Z\n{times}{more}{SOME}"


def read(text: str, since: str = "2026-01-01 00:00", until: str = "2027-06-01 00:00"):
    return ical.read(text.encode(), "file.ics", ZONES, at(since), at(until))


def rows(text: str, **window: str) -> list[SessionRow]:
    return read(text, **window)[1]


def starts(text: str, **window: str) -> list[int]:
    return [row.starts_at for row in rows(text, **window)]


def problems(text: str) -> list[str]:
    with pytest.raises(BadFile) as raised:
        read(text)
    return [str(problem) for problem in raised.value.problems]


def test_the_sample():
    source, made = read(SAMPLE, since="2026-11-23 00:00", until="2026-12-05 00:00")
    assert (source.name, source.notes) == ("Morning program", ("1 all-day entry passed over",))
    assert [row.starts_at for row in made] == [
        at(f"{day} {hour}")
        for day, hour in [
            ("2026-11-23", "09:00"),
            ("2026-11-25", "09:10"),
            ("2026-11-30", "09:00"),
            ("2026-12-02", "09:00"),
            ("2026-12-04", "09:00"),
        ]
    ]
    moved = made[1]
    assert moved.original_start == at("2026-11-25 09:00")
    assert [seat.who.value for seat in moved.roster] == [
        "sam.l@mail.example",
        "joy.t@mail.example",
        "luis.o@mail.example",
    ]
    first = made[0]
    assert (first.program, first.kind, first.track) == ("iop-morning", "group", "morning")
    assert (first.platform, first.room) == ("zoom", "81234567890")
    assert first.host.value == "m.ortiz@clinic.example"
    assert [seat.who.value for seat in first.roster] == ["sam.l@mail.example", "joy.t@mail.example"]
    assert first.breaks == [
        (at("2026-11-23 10:15"), at("2026-11-23 10:25")),
        (at("2026-11-23 11:10"), at("2026-11-23 11:15")),
    ]


@pytest.mark.parametrize(
    ("start", "end", "more", "when"),
    [
        pytest.param(
            *("20261029T180000", "20261029T210000", "RRULE:FREQ=DAILY;COUNT=5\n"),
            [f"2026-{day} 18:00" for day in ("10-29", "10-30", "10-31", "11-01", "11-02")],
            id="clocks go back: 18:00 stays 18:00",
        ),
        pytest.param(
            *("20260307T180000", "20260307T210000", "RRULE:FREQ=DAILY;COUNT=3\n"),
            [f"2026-03-{day} 18:00" for day in ("07", "08", "09")],
            id="clocks go forward",
        ),
        pytest.param(
            *("20260306T023000", "20260306T033000", "RRULE:FREQ=DAILY;COUNT=3\n"),
            ["2026-03-06 02:30", "2026-03-07 02:30", "2026-03-08 03:30"],
            id="in the skipped hour: as before the gap",
        ),
        pytest.param(
            *("20261124T180000", "20261124T210000"),
            "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261203T230000Z\n",
            ["2026-11-24 18:00", "2026-11-26 18:00", "2026-12-01 18:00", "2026-12-03 18:00"],
            id="until an instant, itself included",
        ),
        pytest.param(
            *("20261124T180000", "20261124T210000"),
            "RRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201\n",
            ["2026-11-24 18:00", "2026-12-01 18:00"],
            id="until a day",
        ),
        pytest.param(
            *("20261124T180000", "20261124T210000"),
            "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=America/New_York:20261125T180000\n"
            "EXDATE:20261126T230000Z\nEXDATE;VALUE=DATE:20261127\n",
            ["2026-11-24 18:00", "2026-11-28 18:00"],
            id="exceptions by local time, by instant, by day",
        ),
        pytest.param(
            *("20261124T180000", "20261124T210000"),
            "RDATE;TZID=America/New_York:20261130T170000\n",
            ["2026-11-24 18:00", "2026-11-30 17:00"],
            id="one date more",
        ),
        pytest.param(
            *("20261124T180000", "20261124T210000"),
            "RRULE:FREQ=MONTHLY;BYDAY=-1TU;COUNT=3\n",
            ["2026-11-24 18:00", "2026-12-29 18:00", "2027-01-26 18:00"],
            id="last Tuesday of the month",
        ),
    ],
)
def test_what_repeats(start, end, more, when):
    assert starts(calendar(event(start, end, more))) == [at(one) for one in when]


@pytest.mark.parametrize(
    ("zone", "head", "hour"),
    [
        ("Europe/Berlin", "", at("2026-11-24 18:00", "Europe/Berlin")),
        ("Eastern Standard Time", "", at("2026-11-24 18:00")),
        ("America/Phoenix", "", at("2026-11-24 18:00", "America/Phoenix")),
    ],
)
def test_time_zones_by_any_name(zone, head, hour):
    text = calendar(event("20261124T180000", "20261124T210000", zone=zone), head=head)
    assert starts(text) == [hour]


def test_a_floating_time_is_the_calendars_own():
    floating = event("20261124T180000", "20261124T210000").replace(";TZID=America/New_York", "")
    head = "X-WR-TIMEZONE:America/Chicago\n"
    assert starts(calendar(floating, head=head)) == [at("2026-11-24 18:00", "America/Chicago")]
    assert problems(calendar(floating)) == ["line 8, DTSTART: a time without a time zone (TZID)"]


def test_an_instant_and_a_duration():
    text = calendar(
        f"UID:u1\nDTSTART:20261124T230000Z\nDURATION:PT3H\n{SOME}",
    )
    (row,) = rows(text)
    assert (row.starts_at, row.ends_at) == (at("2026-11-24 18:00"), at("2026-11-24 21:00"))


def test_an_exception_that_moves_out_of_or_into_the_window_is_kept():
    master = event("20261124T180000", "20261124T210000", "RRULE:FREQ=WEEKLY;COUNT=3\n")
    away = event(
        "20270105T180000",
        "20270105T210000",
        "RECURRENCE-ID;TZID=America/New_York:20261201T180000\n",
    )
    made = rows(calendar(master, away), since="2026-11-20 00:00", until="2026-12-10 00:00")
    assert [(row.original_start, row.starts_at) for row in made] == [
        (at("2026-11-24 18:00"), at("2026-11-24 18:00")),
        (at("2026-12-01 18:00"), at("2027-01-05 18:00")),
        (at("2026-12-08 18:00"), at("2026-12-08 18:00")),
    ]


def test_an_endless_rule_of_long_ago_ends_at_the_horizon():
    text = calendar(event("20160105T180000", "20160105T210000", "RRULE:FREQ=WEEKLY\n"))
    assert starts(text, since="2026-11-20 00:00", until="2026-12-02 00:00") == [
        at("2026-11-24 18:00"),
        at("2026-12-01 18:00"),
    ]


def test_all_problems_are_told_at_once_by_line_and_without_a_name():
    good = event("20261124T180000", "20261124T210000", uid="good")
    text = calendar(
        good,
        "UID:a\nSUMMARY:Maria Secret\nDTSTART:Maria\nDTEND:20261124T210000Z\n" + SOME,
        "UID:b\nDTSTART:20261124T180000Z\nRRULE:FREQ=HOURLY\nDTEND:20261124T210000Z\n" + SOME,
        "UID:c\nDTSTART:20261124T180000Z\n" + SOME,
        "UID:d\nDTSTART:20261124T180000Z\nDTEND:20261124T210000Z\nCATEGORIES:Maria\n"
        "RRULE:FREQ=WEEKLY\nX-SESSIONWATCH-KIND:party\nX-SESSIONWATCH-BREAKS:noon\n",
        "DTSTART:20261124T180000Z\nDTEND:20261124T210000Z\n" + SOME,
        good,
        event("20261124T180000", "20261124T210000", uid="e", zone="Maria/Secret"),
    )
    told = problems(text)
    lines = text.splitlines()
    assert told == [
        "line 17, DTSTART: not understood",
        "line 26, RRULE: sessions repeat by day, week, month or year",
        "line 34, DTSTART: there is no end: DTEND or DURATION is missing",
        "line 39, ORGANIZER: nobody is the host: ORGANIZER, a CHAIR or X-SESSIONWATCH-HOST is "
        "missing",
        "line 43, CATEGORIES: no category is a known program; say which by X-SESSIONWATCH-PROGRAM",
        "line 45, X-SESSIONWATCH-KIND: must be one of group, individual, family, psychoeducation",
        "line 46, X-SESSIONWATCH-BREAKS: not a time of day; write it like 18:00",
        "line 48, UID: is missing",
        "line 56, UID: this UID is there twice",
        "line 67, DTSTART: not a time zone; write it like America/New_York",
    ]
    assert lines[16].startswith("DTSTART:Maria")
    assert lines[42] == "CATEGORIES:Maria"
    assert not any(word in line for line in told for word in ("Maria", "Secret", "@"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n", ["line 3, file: not a whole iCalendar file"]),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VCALENDAR\n",
            ["line 4, file: not a whole iCalendar file"],
        ),
        (
            "BEGIN:VEVENT\nEND:VEVENT\n",
            ["line 1, file: an iCalendar file begins with BEGIN:VCALENDAR"],
        ),
    ],
)
def test_a_file_that_breaks_off(text, told):
    assert problems(text) == told


HOURS, MINUTES = (",".join(map(str, range(most))) for most in (24, 60))


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (
            event("20261124T180000", "20261124T210000", "DTSTART:20261125T180000Z\n"),
            "DTSTART: is there twice",
        ),
        (event("20261124T180000", "20261124T210000", "UID:other\n"), "UID: is there twice"),
        (
            event("20261124T180000", "20261124T210000", "RECURRENCE-ID:20261124T180000Z\n" * 2),
            "RECURRENCE-ID: is there twice",
        ),
        (event("00010101T000000", "00010101T010000"), "DTSTART: a time before 1971 or after 9998"),
        (
            event("20261124T180000", "20261124T210000", "RDATE:99991231T235900Z\n"),
            "DTSTART: a time before 1971 or after 9998",
        ),
        (
            event(
                "20261124T180000", "20261124T210000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\n"
            ),
            "RRULE: no month has such a day",
        ),
        (
            event(
                "20261124T180000",
                "20261124T210000",
                "RRULE:FREQ=DAILY;BYYEARDAY=366;BYMONTH=1\n",
            ),
            "RRULE: BYYEARDAY does not go with DAILY",
        ),
        (
            event("20261124T180000", "20261124T210000", "RRULE:FREQ=DAILY;BYSETPOS=2\n"),
            "RRULE: BYSETPOS does not go with DAILY",
        ),
        (
            event(
                "19710101T100000",
                "19710101T110000",
                f"RRULE:FREQ=DAILY;BYHOUR={HOURS};BYMINUTE={MINUTES};BYSECOND={MINUTES}\n",
            ),
            "RRULE: comes more than 50000 times",
        ),
        (
            event("20261124T180000", "20261124T210000", "END:VEVENT\nBEGIN:X\nEND:X\n"),
            "file: not a whole ",
        ),
    ],
)
def test_what_no_calendar_should_hold_is_told(one: str, told: str):
    began = time.process_time()
    assert told in "\n".join(problems(calendar(one)))
    assert time.process_time() - began < 2  # a day that never comes is not looked for until 9999


def test_a_leap_day_comes_every_four_years():
    made = rows(
        calendar(event("20240229T180000", "20240229T190000", "RRULE:FREQ=YEARLY\n")),
        since="2026-01-01 00:00",
        until="2033-01-01 00:00",
    )
    assert [row.starts_at for row in made] == [at("2028-02-29 18:00"), at("2032-02-29 18:00")]


def test_a_folded_line_and_an_alarm_do_not_shift_the_lines():
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT10M\nDESCRIPTION:x\nEND:VALARM\n"
    text = calendar(
        event("20261124T180000", "20261124T210000", "SUMMARY:A long\n  line\n" + alarm),
        event("20261124T180000", "20261124T170000", uid="u2"),
    )
    (told,) = problems(text)
    number = int(told.split(",")[0].removeprefix("line "))
    assert text.splitlines()[number - 1].startswith("DTSTART")
    assert told.endswith("the end must be after the start, by 24 h at most")


async def test_what_is_missing_from_the_same_calendar_is_cancelled(imported: Files):
    first = await imported.take(SAMPLE, "a.ics")
    assert first.counts == {"added": 15}
    again = await imported.take(SAMPLE, "renamed.ics")
    assert again.counts == {"unchanged": 15}
    shorter = await imported.take(SAMPLE.replace("BYDAY=MO,WE,FR", "BYDAY=MO,WE"), "a.ics")
    assert shorter.counts == {"cancelled": 4, "unchanged": 11}
    assert shorter.lines[0] == (
        "cancelled: 2026-12-04 09:00-12:00 America/New_York, iop-morning, group "
        "(no longer in this calendar)"
    )
    back = await imported.take(SAMPLE, "a.ics")
    assert back.counts == {"unchanged": 11, "reinstated": 4}
    async with imported.directory.reading() as connection:
        left = (await connection.execute(select(SESSIONS.c.id).where(SESSIONS.c.cancelled))).all()
    assert left == []  # the sessions of the CSV neither


async def test_another_calendar_cancels_nothing(imported: Files):
    await imported.take(SAMPLE, "a.ics")
    other = calendar(event("20261124T180000", "20261124T210000"))
    assert (await imported.take(other, "a.ics")).counts == {"added": 1}


async def test_what_is_over_or_beyond_the_horizon_is_not_cancelled(imported: Files):
    await imported.take(SAMPLE, "a.ics")
    later = Files(imported.directory, imported.place, clock_at(at("2026-12-28 10:00")))
    empty = calendar(head="X-WR-CALNAME:Morning program\n")
    assert (await later.take(empty, "a.ics")).counts == {"cancelled": 1}  # 30 December alone


async def test_a_whole_series_moved_by_ten_minutes_keeps_its_sessions(imported: Files):
    await imported.take(SAMPLE, "a.ics")

    async def ids() -> set[str]:
        async with imported.directory.reading() as connection:
            return set((await connection.execute(select(SESSIONS.c.id))).scalars())

    before = await ids()
    moved = SAMPLE
    for name, day in (("DTSTART", 19), ("RECURRENCE-ID", 25), ("EXDATE", 27)):
        month = 10 if day == 19 else 11
        there = f"{name};TZID=America/New_York:2026{month}{day}T09"
        moved = moved.replace(f"{there}0000", f"{there}1000")
    moved = moved.replace("20261019T120000", "20261019T121000")
    report = await imported.take(moved, "a.ics")
    assert report.counts["moved"] == 14
    assert "added" not in report.counts
    assert "cancelled" not in report.counts
    assert await ids() == before


async def test_an_entry_moved_to_another_week_is_the_same_session(imported: Files):
    made = imported.directory.pseudonyms
    await imported.take(calendar(event("20261124T180000", "20261124T210000")), "a.ics")
    report = await imported.take(calendar(event("20261203T180000", "20261203T210000")), "a.ics")
    assert report.counts == {"moved": 1}
    async with imported.directory.reading() as connection:
        query = select(SESSIONS.c.id).where(SESSIONS.c.starts_at == at("2026-12-03 18:00"))
        assert (await connection.execute(query)).scalar() == made.session(
            "u1", at("2026-11-24 18:00")
        )


async def test_who_is_not_known_is_told_by_line_without_the_address(imported: Files):
    text = calendar(
        "UID:u1\nDTSTART:20261124T230000Z\nDURATION:PT1H\nCATEGORIES:iop-morning\n"
        "ORGANIZER:mailto:w.chen@clinic.example\n"
        "ATTENDEE:mailto:Ana.R@mail.example\n"
        "ATTENDEE:mailto:maria.secret@mail.example\n"
        "ATTENDEE:mailto:m.ortiz@clinic.example\n"
    )
    with pytest.raises(BadFile) as raised:
        await imported.take(text, "a.ics")
    assert str(raised.value) == "line 12, ATTENDEE 2: not known; import the people first"
    report = await imported.take(text.replace("maria.secret", "luis.o"), "a.ics")
    assert "(2 on the roster)" in report.lines[0]  # a colleague invited is on no roster


async def test_a_cancelled_entry(imported: Files, tmp_path: Path):
    held = event("20261124T180000", "20261124T210000")
    await imported.take(calendar(held), "a.ics")
    report = await imported.take(calendar(held + "STATUS:CANCELLED\n"), "a.ics")
    assert report.counts == {"cancelled": 1}
    again = await import_file(imported.directory, tmp_path / "a.ics", clock=NOON)
    assert again.counts == {"unchanged": 1}


WEEKS = "RRULE:FREQ=WEEKLY;COUNT=5\n"


def onwards(original: str, start: str, end: str, more: str = "", cut: str = "THISANDFUTURE") -> str:
    replaced = f"RECURRENCE-ID;RANGE={cut};TZID=America/New_York:{original}\n"
    return event(start, end, replaced + more)


@pytest.mark.parametrize(
    ("exceptions", "when"),
    [
        pytest.param(
            [onwards("20261124T180000", "20261124T190000", "20261124T213000")],
            ["11-10 18:00", "11-17 18:00", "11-24 19:00", "12-01 19:00", "12-08 19:00"],
            id="an hour later from the third on",
        ),
        pytest.param(
            [onwards("20261124T180000", "20261125T180000", "20261125T210000")],
            ["11-10 18:00", "11-17 18:00", "11-25 18:00", "12-02 18:00", "12-09 18:00"],
            id="on another day",
        ),
        pytest.param(
            [
                onwards("20261201T180000", "20261201T170000", "20261201T200000"),
                onwards("20261117T180000", "20261117T190000", "20261117T220000"),
            ],
            ["11-10 18:00", "11-17 19:00", "11-24 19:00", "12-01 17:00", "12-08 17:00"],
            id="a second change takes the first one's place",
        ),
        pytest.param(
            [
                onwards("20261117T180000", "20261117T190000", "20261117T220000"),
                event(
                    *("20261124T150000", "20261124T170000"),
                    "RECURRENCE-ID;TZID=America/New_York:20261124T180000\n",
                ),
            ],
            ["11-10 18:00", "11-17 19:00", "11-24 15:00", "12-01 19:00", "12-08 19:00"],
            id="one occurrence's own exception stands above it",
        ),
    ],
)
def test_an_exception_for_this_and_all_that_follow(exceptions: list[str], when: list[str]):
    made = rows(calendar(event("20261110T180000", "20261110T210000", WEEKS), *exceptions))
    assert [row.starts_at for row in made] == [at(f"2026-{moment}") for moment in when]
    first = at("2026-11-10 18:00")
    assert [row.original_start for row in made] == [first + n * 7 * 86_400_000 for n in range(5)]


def test_this_and_following_keeps_the_hour_when_the_clocks_change():
    master = event("20261020T180000", "20261020T210000", "RRULE:FREQ=WEEKLY;COUNT=3\n")
    later = onwards("20261027T180000", "20261027T190000", "20261027T220000")
    assert starts(calendar(master, later)) == [
        at(f"2026-{moment}") for moment in ("10-20 18:00", "10-27 19:00", "11-03 19:00")
    ]


def test_this_and_following_cancelled():
    master = event("20261110T180000", "20261110T210000", WEEKS)
    gone = onwards("20261201T180000", "20261201T180000", "20261201T210000", "STATUS:CANCELLED\n")
    made = rows(calendar(master, gone))
    assert [row.cancelled for row in made] == [False, False, False, True, True]
