"""Attendance files, each with the events that must come out; and what is wrong with a file."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import select

from producers.attendance.importing import Attendance, Refused, publish, read
from producers.directory.records import BadFile
from producers.directory.tables import AUDIT, OUTBOX
from producers.directory.times import local
from sessionwatch.replay import replay
from streams.codec import encode, session_events
from streams.events import MINUTE, SessionAttended, SessionEvent, Signal
from streams.rules import load
from tests.producers.directory.conftest import Files, clock_at, prepared, quick
from tests.producers.directory.hours import at
from tests.producers.directory.test_ical import SOME, calendar

__all__ = ["prepared", "quick"]

DATA = Path(__file__).parents[2] / "data" / "attendance"
UID, ZONE = "evening-2026-11-24", "America/New_York"
WORDS = {
    "session.started": "starts",
    "session.ended": "ends",
    "participant.joined": "joins",
    "participant.left": "leaves",
    "participant.waiting": "waits",
}


class Story:
    """Events in words: when, who, what."""

    def __init__(self, files: Files) -> None:
        made = files.directory.pseudonyms
        known = ("p-1042", "p-1043", "p-1044", "p-1045")
        self.names = {made.participant(one): one for one in known} | {made.staff("st-chen"): "host"}

    def told(self, events: Iterable[SessionEvent]) -> list[str]:
        lines = []
        for event in events:
            tag = str(event.__struct_config__.tag)
            who = getattr(event, "participant_id", "")
            name = self.names.get(who, "somebody" if who else "")
            more = getattr(event, "state", "") or getattr(event, "role", "")
            more = "" if more == "participant" else more
            clock = f"{local(event.ts, ZONE):%H:%M:%S}"
            parts = [clock, name, WORDS[tag], more]
            lines.append(" ".join(filter(None, parts)))
        return lines


async def attendance(
    files: Files, name: str, platform: str = "zoom", *, zone: str = ZONE, **more: bool
) -> Attendance:
    path = Path(name) if name.startswith("/") else DATA / name
    return await read(files.directory, path, platform, UID, zone, **more)


async def test_zoom(quick: Files):
    found = await attendance(quick, "zoom.csv")
    assert Story(quick).told(found.events) == [
        "17:52:10 starts",
        "17:52:11 host joins host",
        "17:58:01 p-1042 waits entered",
        "18:01:30 p-1042 waits admitted",
        "18:01:31 p-1042 joins",
        "18:02:00 p-1045 waits entered",
        "18:05:00 somebody joins",
        "18:09:00 p-1045 waits left",
        "18:20:00 p-1043 joins",
        "19:00:01 p-1043 leaves",
        "19:10:00 p-1042 joins",
        "19:40:05 p-1042 leaves",
        "21:03:00 somebody leaves",
        "21:03:40 p-1042 leaves",
        "21:03:44 host leaves",
        "21:03:44 ends",
    ]
    assert found.unmatched == [10]
    assert str(found).splitlines() == [
        "session of 2026-11-24 18:00-21:00 America/New_York: first join 17:52, last leave 21:03",
        "16 events of 5 people; not matched: 1, line 10",
    ]
    connections = {getattr(one, "connection_id", None) for one in found.events} - {None}
    assert len(connections) == 5  # Ana's two devices are two


@pytest.mark.parametrize("title", ["In waiting room", "En la sala de espera", "Im Warteraum"])
async def test_zoom_without_the_columns_before_the_waiting_rooms(
    quick: Files, tmp_path: Path, title: str
):
    lines = (DATA / "zoom.csv").read_text("utf-8-sig").splitlines()
    rows = [line.rsplit(",", 3) for line in lines[3:]]
    rows[0][-1] = title
    short = "\n".join(",".join((first, last)) for first, *_, last in rows)
    (tmp_path / "short.csv").write_text("\n".join([*lines[:3], short, ""]))
    whole = (await attendance(quick, "zoom.csv")).events
    assert (await attendance(quick, f"{tmp_path}/short.csv")).events == whole


async def test_zoom_in_another_language_and_order(quick: Files):
    found = await attendance(quick, "zoom_es.csv")
    assert Story(quick).told(found.events) == [
        "17:52:11 host joins host",
        "18:01:31 p-1042 joins",
        "21:03:40 p-1042 leaves",
        "21:03:44 host leaves",
    ]


@pytest.mark.parametrize("language", ["en", "es", "de", "fr"])
async def test_teams_in_every_language(quick: Files, language: str):
    found = await attendance(quick, f"teams_{language}.csv", "teams")
    assert Story(quick).told(found.events) == [
        "17:55:00 starts",
        "17:55:02 host joins host",
        "18:00:30 p-1042 joins",
        "18:04:09 somebody joins",
        "19:10:00 p-1042 leaves",
        "19:30:00 p-1042 joins",
        "19:32:00 somebody leaves",
        "20:59:00 p-1042 leaves",
        "21:02:00 host leaves",
        "21:02:00 ends",
    ]
    assert found.unmatched == [20]


async def test_the_short_form_is_taken_only_when_asked_to(quick: Files):
    with pytest.raises(BadFile, match="only total minutes, no times"):
        await attendance(quick, "zoom_totals.csv")
    found = await attendance(quick, "zoom_totals.csv", totals=True)
    assert sorted(Story(quick).told(found.events)) == sorted(
        [
            *("18:00:00 host joins host", "18:00:00 p-1042 joins", "18:00:00 somebody joins"),
            *("18:30:00 somebody leaves", "20:00:00 p-1042 leaves", "21:00:00 host leaves"),
        ]
    )


async def test_the_same_file_gives_the_same_ids_whatever_the_order_of_its_rows(
    quick: Files, tmp_path: Path
):
    head, _, rows = (DATA / "zoom_es.csv").read_text().partition("\n")
    first, second = rows.splitlines()
    (tmp_path / "turned.csv").write_text("\n".join([head, second, first, first, ""]))
    once = [event.id for event in (await attendance(quick, "zoom_es.csv")).events]
    again = [event.id for event in (await attendance(quick, "zoom_es.csv")).events]
    turned = {event.id for event in (await attendance(quick, f"{tmp_path}/turned.csv")).events}
    assert once == again
    assert set(once) < turned  # a second device, as long as the first, is one of its own
    assert len(turned) == len(once) + 2


async def test_nothing_of_a_name_comes_out(quick: Files):
    found = await attendance(quick, "zoom.csv")
    text = b"".join(encode(event) for event in found.tape()).decode() + str(found)
    for word in ("iPhone", "Rivera", "Ana", "Luis", "@"):
        assert word not in text


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All"])
async def test_a_missing_time_zone_is_asked_for(quick: Files, zone: str):
    with pytest.raises(Refused, match="time-zone"):
        await attendance(quick, "zoom.csv", zone=zone)


async def test_a_wrong_time_zone_is_found_out(quick: Files):
    with pytest.raises(BadFile, match="is the zone right"):
        await attendance(quick, "zoom.csv", zone="Europe/Berlin")


ROWS = "Name,Email,Join,Leave,Minutes\n{}"
HOST, ANA, LUIS, MIA = (
    f"{who},{who}@{where},11/24/2026 {{}}:00,11/24/2026 {{}}:00,60\n"
    for who, where in (
        ("w.chen", "clinic.example"),
        ("ana.r", "mail.example"),
        ("luis", "mail.example"),
        ("mia", "mail.example"),
    )
)


@pytest.mark.parametrize(
    ("rows", "zone", "told"),
    [
        (  # taken an hour too late: by New York's clocks all of it fits
            (HOST.format("17:52", "20:01"), ANA.format("18:03", "20:00")),
            "America/Chicago",
            "the host came 52 min after the session's start. With all times 1 h earlier they "
            "would fit: clocks at UTC-05:00, and America/Chicago is at UTC-06:00.",
        ),
        (  # the host 20 minutes early, so that he seems to be 40 late
            (
                HOST.format("17:40", "20:01"),
                ANA.format("17:58", "20:00"),
                LUIS.format("18:00", "20:00"),
            ),
            "America/Chicago",
            "half of the people came 58 min after",
        ),
        (  # taken an hour too early
            (
                HOST.format("18:00", "21:00"),
                ANA.format("18:01", "21:00"),
                MIA.format("18:40", "21:00"),
            ),
            "America/Puerto_Rico",
            "half of the people came 59 min before the session's start. With all times 1 h later "
            "they would fit: clocks at UTC-05:00, and America/Puerto_Rico is at UTC-04:00.",
        ),
    ],
)
async def test_a_zone_that_is_off_by_one_hour_is_asked_about(
    quick: Files, tmp_path: Path, rows: tuple[str, ...], zone: str, told: str
):
    (tmp_path / "a.csv").write_text(ROWS.format("".join(rows)))
    with pytest.raises(Refused) as raised:
        await attendance(quick, f"{tmp_path}/a.csv", zone=zone)
    first, why = str(raised.value).splitlines()
    assert first.startswith("session of 2026-11-24 18:00-21:00 America/New_York: first join ")
    assert why.startswith(told)
    assert why.endswith("with --time-zone; or --yes, when it is right")
    assert (await attendance(quick, f"{tmp_path}/a.csv", zone=zone, sure=True)).events
    assert (await attendance(quick, f"{tmp_path}/a.csv")).events


async def test_late_people_and_a_host_with_two_devices_are_nothing_odd(
    quick: Files, tmp_path: Path
):
    rows = [HOST.format("17:58", "21:00"), HOST.format("19:00", "21:00")]
    rows += [ANA.format("19:10", "21:00"), LUIS.format("18:00", "21:00")]
    (tmp_path / "a.csv").write_text(ROWS.format("".join(rows)))
    assert (await attendance(quick, f"{tmp_path}/a.csv")).events


async def test_a_zone_that_is_not_the_sessions_own(quick: Files, tmp_path: Path):
    text = (DATA / "zoom_es.csv").read_text().replace("17:52", "16:52")
    text = text.replace(" 18:01", " 17:01").replace(" 21:03", " 20:03")
    (tmp_path / "a.csv").write_text(text)
    found = await attendance(quick, f"{tmp_path}/a.csv", zone="America/Chicago")
    assert Story(quick).told(found.events)[0] == "17:52:11 host joins host"


async def test_a_session_that_is_not_in_the_schedule(quick: Files):
    with pytest.raises(Refused, match="no session of that UID"):
        await read(quick.directory, DATA / "zoom.csv", "zoom", "other", ZONE)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("Ana,a@b.c,yesterday,11/24/2026 07:00:00 PM,60,Yes", "line 3, Join Time: not a time"),
        ("Ana,a@b.c,11/24/2026 06:00:00 PM,later,60,Yes", "line 3, Leave Time: not a time"),
        (
            "Ana,a@b.c,11/24/2026 07:00:00 PM,11/24/2026 06:00:00 PM,60,Yes",
            "line 3, leave time: is before the join",
        ),
        (
            "Ana,a@b.c,11/24/2026 06:00:00 PM,12/31/9999 11:59:59 PM,60,Yes",
            "line 3, time: not a time",
        ),
    ],
)
async def test_what_is_wrong_is_told_by_line(quick: Files, tmp_path: Path, rows: str, told: str):
    head = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
    good = "Wei,w.chen@clinic.example,11/24/2026 06:00:00 PM,11/24/2026 09:00:00 PM,180,No\n"
    (tmp_path / "a.csv").write_text(head + good + rows + "\n")
    with pytest.raises(BadFile) as raised:
        await attendance(quick, f"{tmp_path}/a.csv")
    assert str(raised.value).startswith(told)
    assert "Ana" not in str(raised.value)
    assert "a@b.c" not in str(raised.value)


@pytest.mark.parametrize(
    "raw", [b"", b"a,b\n", b"\xff\xfea\x00", b"Full Name\tUser Action\n", b"\x00\x00", b'"']
)
@pytest.mark.parametrize("platform", ["zoom", "teams"])
async def test_what_is_no_such_file(quick: Files, tmp_path: Path, raw: bytes, platform: str):
    (tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(BadFile):
        await attendance(quick, f"{tmp_path}/a.csv", platform)


@pytest.mark.parametrize("platform", ["zoom", "teams"])
async def test_a_number_that_no_number_can_hold(quick: Files, tmp_path: Path, platform: str):
    long = "9" * 5000
    text = {
        "zoom": f"Name,User Email,Total Duration (Minutes),Guest\nAna,a@x,{long},No\n",
        "teams": "1. Summary\nx\ty\n\n2. Participants\nName\tFirst Join\tLast Leave\tDuration\n"
        f"Ana\t11/24/2026, 6:00:00 PM\t11/24/2026, 7:00:00 PM\t{long}h\n",
    }[platform]
    file = tmp_path / "long.csv"
    file.write_text(text)
    with contextlib.suppress(BadFile, Refused):  # told in words, or without the length
        await read(quick.directory, file, platform, "uid", "UTC", totals=True)


async def test_the_occurrence_and_the_order_of_day_and_month_are_found(
    quick: Files, tmp_path: Path
):
    """11/12 is the 11th of December or the 12th of November: the group meets on one of them."""
    quick.clock = clock_at(at("2026-11-24 12:00"))
    weekly = (
        "UID:fridays\nDTSTAMP:20261001T000000Z\nDTSTART;TZID=America/New_York:20261127T180000\n"
        f"DTEND;TZID=America/New_York:20261127T190000\nRRULE:FREQ=WEEKLY\n{SOME}"
    )
    await quick.take(calendar(weekly), "a.ics")
    head = "Name,Email,Join,Leave,Minutes\n"
    (tmp_path / "a.csv").write_text(
        head + "Ana,ana.r@mail.example,11/12/2026 18:01:00,11/12/2026 18:59:00,58\n"
    )
    found = await read(quick.directory, tmp_path / "a.csv", "zoom", "fridays", ZONE)
    assert found.scheduled.starts_at == at("2026-12-11 18:00")
    assert [event.ts for event in found.events] == [
        at("2026-12-11 18:01"),
        at("2026-12-11 18:59"),
    ]


async def test_where_the_clocks_go_back_the_minutes_say_which_hour(quick: Files, tmp_path: Path):
    await quick.take(
        "uid,start,end,program,host\n"
        "night,2026-11-01T00:30:00-04:00,2026-11-01T02:30:00-05:00,iop-evening,st-chen\n"
    )
    head = "Name,Email,Join,Leave,Minutes\n"
    rows = (
        "A,a@mail.example,11/01/2026 12:30:00 AM,11/01/2026 01:30:00 AM,60\n"
        "B,b@mail.example,11/01/2026 12:30:00 AM,11/01/2026 01:30:00 AM,120\n"
        "C,c@mail.example,11/01/2026 01:45:00 AM,11/01/2026 01:15:00 AM,30\n"
    )
    (tmp_path / "a.csv").write_text(head + rows)
    found = await read(quick.directory, tmp_path / "a.csv", "zoom", "night", ZONE)
    by_person: dict[str, list[int]] = {}
    for event in found.events:
        by_person.setdefault(event.participant_id, []).append(event.ts)
    assert sorted((b - a) // MINUTE for a, b in by_person.values()) == [30, 60, 120]


async def test_a_replay_tells_who_was_missing(quick: Files):
    """History comes out of the same rules as the live day."""
    found = await attendance(quick, "zoom.csv")
    said = list(replay([encode(event) for event in found.tape()], load()))
    names = Story(quick).names
    outcomes = {
        names[one.participant_id]: (one.outcome, one.present_ms // MINUTE)
        for one in said
        if isinstance(one, SessionAttended)
    }
    assert outcomes["p-1042"] == ("attended", 178)  # two devices count once
    assert outcomes["p-1043"][0] == "partial"
    assert outcomes["p-1045"][0] in ("missed", "could_not_connect", "unknown")
    assert outcomes["p-1044"][0] == "in_person"
    raised = {
        (one.rule, names.get(one.participant_id or "")) for one in said if isinstance(one, Signal)
    }
    assert ("joined_late", "p-1043") in raised


async def test_what_is_published_is_queued_once_checked_and_audited(quick: Files):
    found = await attendance(quick, "zoom.csv")
    await publish(quick.directory, found, at("2026-11-25 02:59"))
    async with quick.directory.reading() as connection:
        rows = (await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq))).all()
        audited = (await connection.execute(select(AUDIT.c.what, AUDIT.c.object))).all()
    told = [row for row in rows if row.topic == "session-events"]
    assert [session_events.decode(row.value) for row in told] == found.events
    assert {row.key for row in told} == {found.scheduled.session_id}
    assert ("attendance.imported", found.scheduled.session_id) in [tuple(row) for row in audited]


@pytest.mark.parametrize(
    ("now", "told"),
    [("2026-11-25 03:01", "6 h after its end"), ("2026-11-24 20:00", "still to come")],
)
async def test_what_the_log_no_longer_takes_is_refused(quick: Files, now: str, told: str):
    found = await attendance(quick, "zoom.csv")
    with pytest.raises(Refused, match=told):
        await publish(quick.directory, found, at(now))
    async with quick.directory.reading() as connection:
        topics = (await connection.execute(select(OUTBOX.c.topic))).scalars().all()
    assert "session-events" not in topics
