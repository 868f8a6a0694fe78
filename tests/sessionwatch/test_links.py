"""`sessionwatch links`, as an administrator runs it."""

import asyncio
import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.sealing import MasterKey
from producers.directory.importing import import_file
from producers.directory.store import Directory
from producers.directory.tables import AUDIT
from producers.gateway.join_tokens import Invitations
from sessionwatch.cli import main
from streams.events import HOUR, MINUTE
from streams.now import WALL
from tests.producers.gateway.clinic import Booking, database, open_clinic, session_of

START = WALL.now() // MINUTE * MINUTE + HOUR


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    key = MasterKey.make(tmp_path / "master.key")

    async def make() -> None:
        bookings = (
            Booking("zoom", "81234567890", START, ["ana", "luis"]),
            Booking("zoom", "", START + HOUR, ["ana"]),
            Booking("livekit", "evening", START + 2 * HOUR, ["ana"]),
            Booking("zoom", "81234567891", START + 3 * HOUR, []),
        )
        await (await open_clinic(tmp_path, key, WALL, *bookings)).close()

    asyncio.run(make())
    file = tmp_path / "sessionwatch.toml"
    file.write_text(
        f'data = "{tmp_path}"\n[databases]\ndirectory = "{database(tmp_path)}"\n'
        '[gateway]\npublic_url = "https://call.example.org/"\n'
    )
    return file


def test_each_person_gets_a_link_of_their_own(settings: Path, tmp_path: Path, capsys):
    key = MasterKey.read(tmp_path / "master.key")
    session_id = session_of(key, 0, START)
    assert main(["--settings", str(settings), "links"]) == 0
    assert capsys.readouterr().out.startswith(session_id)
    assert main(["--settings", str(settings), "links", session_id]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in rows] == ["Pat ana", "Pat luis"]
    opened = []
    for row in rows:
        address, token = row["link"].rsplit("/", 1)
        assert address == "https://call.example.org/j"
        opened.append(Invitations(key).open(token, START))
    assert {one.session_id for one in opened} == {session_id}
    assert len({one.participant_id for one in opened}) == 2
    assert {one.expires_at for one in opened} == {START + 4 * HOUR}
    assert asyncio.run(audited(tmp_path, key)) == [("links.made", session_id)]


def test_a_link_that_leads_to_no_meeting_is_not_listed_as_though_it_did(
    settings: Path, tmp_path: Path, capsys
):
    lacks = [
        "",
        "the schedule names no room, so that a link leads to no meeting",
        "[gateway.join] meeting_urls has no livekit: a link leads to no meeting",
        "nobody is on its roster, so that there is no link",
    ]
    assert main(["--settings", str(settings), "links"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(", group")[2].removeprefix("; ") for line in lines] == lacks
    key = MasterKey.read(tmp_path / "master.key")
    for number, said in enumerate(lacks):
        session_id = session_of(key, number, START + number * HOUR)
        assert main(["--settings", str(settings), "links", session_id]) == 0
        warned = f"sessionwatch: warning: {said}\n" if said else ""
        assert capsys.readouterr().err == warned


def test_a_name_is_no_formula_of_the_clinics_spreadsheet(settings: Path, tmp_path: Path, capsys):
    async def named() -> None:
        directory = await Directory.open(
            database(tmp_path), MasterKey.read(tmp_path / "master.key")
        )
        people = tmp_path / "renamed.csv"
        people.write_text('person_id,role,name\nana,patient,"=HYPERLINK(""//x"";""Ana"")"\n')
        await import_file(directory, people)
        await directory.close()

    asyncio.run(named())
    session_id = session_of(MasterKey.read(tmp_path / "master.key"), 0, START)
    assert main(["--settings", str(settings), "links", session_id]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["name"][:2] for row in rows} == {"'=", "Pa"}


async def audited(folder: Path, key: MasterKey) -> list[tuple[str, str]]:
    directory = await Directory.open(database(folder), key)
    async with directory.reading() as connection:
        query = select(AUDIT.c.what, AUDIT.c.object).where(AUDIT.c.what.startswith("links"))
        rows = [tuple(row) for row in await connection.execute(query)]
    await directory.close()
    return rows


def test_what_is_wrong_is_said(settings: Path, capsys):
    assert main(["--settings", str(settings), "links", "nonsense"]) == 1
    assert "no such session" in capsys.readouterr().err
    text = settings.read_text().replace("https://call.example.org/", "")
    settings.write_text(text)
    assert main(["--settings", str(settings), "links", "nonsense"]) == 1
    assert "public_url" in capsys.readouterr().err
