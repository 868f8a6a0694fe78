"""Files taken over, on both databases: whole or not at all, and the second time nothing."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from producers.directory.importing import import_file
from producers.directory.records import BadFile
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, OUTBOX, PEOPLE, ROSTER, SESSIONS, metadata
from streams.codec import participant_events
from tests.producers.directory.conftest import NOON, SAMPLES, Files, clock_at
from tests.producers.directory.hours import at

HEAD = "uid,start,end,time_zone,program,kind,platform,room,host,roster,breaks,status\n"
EVENING = (
    "evening-2026-11-24,{start},{end},America/New_York,iop-evening,group,livekit,{room},"
    "{host},{roster},19:15-19:25;20:15-20:25,{status}\n"
)
SEATS = "p-1042;p-1043;p-1044:in_person;p-1045;i-3001"


def evening(**changed: str) -> str:
    said = {
        "start": "2026-11-24 18:00",
        "end": "21:00",
        "room": "evening-group",
        "host": "st-chen",
        "roster": SEATS,
        "status": "",
    }
    return HEAD + EVENING.format_map(said | changed)


async def everything(directory: Directory) -> dict[str, list[tuple[object, ...]]]:
    async with directory.reading() as connection:
        return {
            table.name: sorted(
                map(tuple, (await connection.execute(select(table))).all()), key=repr
            )
            for table in metadata.sorted_tables
        }


async def test_the_second_time_nothing_changes(imported: Files):
    before = await everything(imported.directory)
    for name in ("programs.csv", "people.csv", "sessions.csv"):
        report = await import_file(imported.directory, SAMPLES / name, clock=NOON)
        assert set(report.counts) <= {"unchanged", "cancelled before they were known"}
    assert await everything(imported.directory) == before


async def test_a_dry_run_says_what_would_be_and_writes_nothing(imported: Files):
    before = await everything(imported.directory)
    text = evening(start="2026-11-24 18:10", end="21:10")
    dry = await imported.take(text, dry_run=True)
    assert await everything(imported.directory) == before
    assert str(dry).endswith("\nnothing was written: this was a dry run")
    wet = await imported.take(text)
    assert dry.lines == wet.lines
    assert dry.counts == wet.counts == {"moved": 1}
    assert await everything(imported.directory) != before


async def test_nothing_of_a_file_with_one_bad_line_is_taken_over(imported: Files):
    before = await everything(imported.directory)
    text = evening(start="2026-11-24 18:10") + (
        "new,2026-11-25 18:00,21:00,,iop-evening,,,,st-nobody,p-1042;p-none;st-chen,,\n"
        "other,2026-11-25 18:00,21:00,,iop-night,,,,p-1042,,,\n"
    )
    with pytest.raises(BadFile) as raised:
        await imported.take(text)
    assert [str(problem) for problem in raised.value.problems] == [
        "line 3, host: not anybody on the staff",
        "line 3, roster entry 2: not known; import the people first",
        "line 3, roster entry 3: not known; import the people first",
        "line 4, host: not anybody on the staff",
        "line 4, program: not known; import the programs first",
    ]
    assert await everything(imported.directory) == before


CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:one
DTSTART;TZID=America/New_York:20261124T180000
DTEND;TZID=America/New_York:20261124T210000
CATEGORIES:iop-evening
X-SESSIONWATCH-HOST:st-nobody
X-SESSIONWATCH-KIND:grp
X-SESSIONWATCH-ROSTER:p-1042;p-none
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            HEAD + "new,yesterday,21:00,,iop-night,grp,,,st-nobody,p-1042;p-none,,\n"
            "other,2026-11-25 18:00,21:00,,iop-night,,,,st-chen,,,\n",
            [
                "line 2, host: not anybody on the staff",
                "line 2, kind: must be one of group, individual, family, psychoeducation",
                "line 2, program: not known; import the programs first",
                "line 2, roster entry 2: not known; import the people first",
                "line 2, start: not a date and time; write it like 2026-11-24 18:00",
                "line 3, program: not known; import the programs first",
            ],
        ),
        (
            "person_id,role,name,language,clinician\n"
            "p-1,patient,Ana,english!,st-nobody\np-2,patient,Ben,en,p-1\n",
            [
                "line 2, clinician: not the person_id of anybody on the staff",
                "line 2, language: not understood; write it like en or es-MX",
                "line 3, clinician: not the person_id of anybody on the staff",
            ],
        ),
        (
            "program,day,status\niop-night,2026-12-25,shut\n",
            [
                "line 2, program: not known; import the programs first",
                "line 2, status: must be one of closed, open",
            ],
        ),
        (
            CALENDAR,
            [
                "line 7, X-SESSIONWATCH-HOST: not anybody on the staff",
                "line 8, X-SESSIONWATCH-KIND: must be one of group, individual, family, "
                "psychoeducation",
                "line 9, X-SESSIONWATCH-ROSTER entry 2: not known; import the people first",
            ],
        ),
    ],
)
async def test_wrong_values_and_whom_nobody_knows_are_told_at_once(
    imported: Files, text: str, told: list[str]
):
    before = await everything(imported.directory)
    with pytest.raises(BadFile) as raised:
        await imported.take(text, name="file.ics" if text == CALENDAR else "file.csv")
    assert [str(problem) for problem in raised.value.problems] == told
    assert await everything(imported.directory) == before


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"start": "2026-11-24 18:10", "end": "21:10"},
            "moved: 2026-11-24 18:10-21:10 America/New_York, iop-evening, group "
            "(was 2026-11-24 18:00-21:00)",
        ),
        (
            {"roster": "p-1042;p-1043:hybrid;p-1045;i-3001;f-2001"},
            "roster changed: 2026-11-24 18:00-21:00 America/New_York, iop-evening, group "
            "(roster +1 -1, 1 otherwise)",
        ),
        (
            {"host": "st-ortiz", "room": "other"},
            "changed: 2026-11-24 18:00-21:00 America/New_York, iop-evening, group "
            "(room, host changed)",
        ),
        (
            {"status": "cancelled"},
            "cancelled: 2026-11-24 18:00-21:00 America/New_York, iop-evening, group",
        ),
    ],
)
async def test_a_session_keeps_its_id_whatever_changes(imported: Files, changed, line):
    id_ = imported.directory.pseudonyms.session("evening-2026-11-24", at("2026-11-24 18:00"))
    report = await imported.take(evening(**changed))
    assert report.lines == [line]
    async with imported.directory.reading() as connection:
        row = (await connection.execute(select(SESSIONS).where(SESSIONS.c.id == id_))).one()
        count = await connection.execute(select(func.count()).select_from(SESSIONS))
    assert (row.version, row.changed_at) == (2, at("2026-11-24 12:00"))
    assert count.scalar_one() == 3
    again = await imported.take(evening(**changed))
    assert again.counts == {"unchanged": 1}
    back = await imported.take(evening())
    assert len(back.lines) == 1


async def test_moved_twice_and_to_another_day_it_is_the_same_session(imported: Files):
    for start in ("2026-11-24 18:10", "2026-11-24 18:20", "2026-11-25 17:00", "2026-11-24 18:00"):
        assert (await imported.take(evening(start=start))).counts == {"moved": 1}
    async with imported.directory.reading() as connection:
        query = select(SESSIONS.c.id).where(SESSIONS.c.starts_at == at("2026-11-24 18:00"))
        (id_,) = (await connection.execute(query)).scalars().all()
    made = imported.directory.pseudonyms
    assert id_ == made.session("evening-2026-11-24", at("2026-11-24 18:00"))


async def test_a_file_imported_again_when_its_session_is_over_changes_nothing(imported: Files):
    moved = evening(start="2026-11-24 18:10")
    await imported.take(moved)
    later = Files(imported.directory, imported.place, clock_at(at("2026-11-26 12:00")))
    assert (await later.take(moved)).counts == {"unchanged": 1}


async def test_a_csv_cancels_only_what_it_says(imported: Files):
    assert (await imported.take(evening())).counts == {"unchanged": 1}
    async with imported.directory.reading() as connection:
        query = select(func.count()).select_from(SESSIONS).where(SESSIONS.c.cancelled)
        assert (await connection.execute(query)).scalar_one() == 0


async def test_who_was_on_the_roster_keeps_the_time_they_were_added(imported: Files):
    later = Files(imported.directory, imported.place, clock_at(at("2026-11-24 13:00")))
    await later.take(evening(roster="p-1042:hybrid;f-2001"))
    made = imported.directory.pseudonyms
    async with imported.directory.reading() as connection:
        session = made.session("evening-2026-11-24", at("2026-11-24 18:00"))
        query = select(ROSTER).where(ROSTER.c.session_id == session)
        seats = {row.person_id: row for row in await connection.execute(query)}
    assert {id_: row.added_at for id_, row in seats.items()} == {
        made.participant("p-1042"): at("2026-11-24 12:00"),
        made.participant("f-2001"): at("2026-11-24 13:00"),
    }
    assert seats[made.participant("p-1042")].modality == "hybrid"


async def test_people_are_changed_by_the_columns_that_are_there(imported: Files):
    people = imported.directory.people
    ana = imported.directory.pseudonyms.participant("p-1042")
    report = await imported.take(
        "person_id,role,name,language,good_hours,livekit\n"
        "p-1042,patient,Ana María Rivera,en,,ana-phone;ana-tablet\n"
    )
    assert report.lines == ["line 2: language, good_hours, livekit changed"]
    card = await people.card(ana, ["phone", "language", "good_hours"])
    assert card == {"phone": "+1 555 010 0142", "language": "en"}
    async with imported.directory.reading() as connection:
        held = await connection.execute(select(ALIASES.c.alias).where(ALIASES.c.person_id == ana))
        aliases = set(held.scalars())
    made = imported.directory.pseudonyms
    kept = {made.alias("zoom", "reg-ana"), made.alias("email", "ana.r@mail.example")}
    kept |= {made.alias("dial_in", "5550100142")}
    assert aliases == kept | {made.alias("livekit", one) for one in ("ana-phone", "ana-tablet")}


async def test_what_rosters_say_of_a_person_announces_their_sessions_again(imported: Files):
    async def versions() -> list[int]:
        async with imported.directory.reading() as connection:
            query = select(SESSIONS.c.version).order_by(SESSIONS.c.starts_at)
            return list((await connection.execute(query)).scalars())

    head = "person_id,role,name,state,phone\n"
    await imported.take(head + "p-1043,patient,Luis Okafor,active,+1 555 010 0999\n")
    assert await versions() == [1, 1, 1]  # a number is on no roster
    await imported.take(head + "p-1043,patient,Luis Okafor,on_leave,+1 555 010 0999\n")
    assert await versions() == [2, 1, 2]


async def test_enrolment_is_told_at_first_and_at_each_change(imported: Files):
    head = "person_id,role,name,state\n"
    await imported.take(head + "p-1043,patient,Luis Okafor,discharged\n")
    await imported.take(head + "p-1043,patient,Luis Okafor,discharged\n")
    luis = imported.directory.pseudonyms.participant("p-1043")
    async with imported.directory.reading() as connection:
        query = select(OUTBOX.c.value).where(OUTBOX.c.key == luis).order_by(OUTBOX.c.seq)
        told = [participant_events.decode(v) for v in (await connection.execute(query)).scalars()]
    assert [(event.state, event.from_) for event in told] == [
        ("active", at("2026-11-24 12:00")),
        ("discharged", at("2026-11-24 12:00")),
    ]


async def test_an_identity_belongs_to_one_person(imported: Files):
    head = "person_id,role,name,clinician,livekit,dial_in\n"
    rows: Iterable[str] = (
        "p-2001,patient,Maria Secret,st-chen,maria;luis,\n",
        "p-2002,patient,Noah Secret,st-none,MARIA,(555) 010-0142\n",
    )
    with pytest.raises(BadFile) as raised:
        await imported.take(head + "".join(rows))
    assert [str(problem) for problem in raised.value.problems] == [
        "line 2, livekit: an identity here belongs to another person",
        "line 3, clinician: not the person_id of anybody on the staff",
        "line 3, dial_in: an identity here belongs to another person",
        "line 3, livekit: an identity here belongs to another person",
    ]
    async with imported.directory.reading() as connection:
        count = await connection.execute(select(func.count()).select_from(PEOPLE))
    assert count.scalar_one() == 9


async def test_a_clinician_may_stand_in_the_same_file(imported: Files):
    report = await imported.take(
        "person_id,role,name,clinician\n"
        "p-2001,patient,Maria Secret,st-new\n"
        "st-new,clinician,Noah Secret,\n"
    )
    assert report.counts == {"added": 2}


async def test_a_report_names_nobody(imported: Files):
    told = [str(await imported.take((SAMPLES / "people.csv").read_bytes()))]
    told += [str(await imported.take(evening(roster="p-1042", host="st-ortiz")))]
    for secret in ("Ana", "Rivera", "Ortiz", "p-1042", "st-ortiz"):
        assert secret not in "".join(told)


async def test_a_file_that_cannot_be_read(imported: Files, tmp_path: Path):
    with pytest.raises(BadFile, match=r"^file: cannot be read: No such file"):
        await import_file(imported.directory, tmp_path / "missing.csv")
    with pytest.raises(BadFile, match=r"^file: cannot be read: Is a directory"):
        await import_file(imported.directory, tmp_path)


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        (
            "a.ics",
            b"SUMMARY:group\n",
            "line 1, file: an iCalendar file begins with BEGIN:VCALENDAR",
        ),
        ("a", b"BEGIN:VEVENT\n", "line 1, file: an iCalendar file begins with BEGIN:VCALENDAR"),
        ("a.ics", b"BEGIN:VCALENDAR\nX\n", "line 2, file: not a whole iCalendar file"),
        ("a.json", b"uid;start\n", "line 1, column 1: not JSON"),
        ("a.csv", b'\n[{"uid": 1}]', "file: not a FHIR Bundle"),
        ("a.json", b'{"resourceType": "Bundle",\n "entry": [}', "line 2, column 12: not JSON"),
        (
            "a.csv",
            b"<!doctype html><title>Sign in</title>",
            "line 1, file: a page of HTML or XML; ",
        ),
        ("a.ics", b"PK\x03\x04...", "line 1, file: a spreadsheet or an archive; "),
        ("a.csv", "uid,start\n".encode("utf-16"), "line 1, file: UTF-16; save it as UTF-8"),
        ("a.csv", b" \n", "line 1, file: is empty"),
        ("a.csv", b"who,when\n", "line 1, header: neither people"),
    ],
)
async def test_each_format_tells_its_own_faults(quick: Files, name: str, raw: bytes, told: str):
    (quick.place / name).write_bytes(raw)
    with pytest.raises(BadFile) as raised:
        await import_file(quick.directory, quick.place / name)
    assert str(raised.value).startswith(told)
