"""A newer pseudonym key: who is known keeps their id, and is found by old and new identities."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from privacy.pseudonyms import LENGTH, Pseudonyms
from privacy.sealing import BadKeyFile, MasterKey
from producers.directory.identifying import remember
from producers.directory.known import person
from producers.directory.lookup import Lookup
from producers.directory.store import Directory
from producers.directory.tables import ALIASES, PEOPLE
from tests.producers.directory.conftest import KEY, NOON, SAMPLES, Files
from tests.producers.directory.test_importing import evening, everything

NEWER = MasterKey(b"\x05" * 32, [b"\x06" * 32])
OLD, NEW = Pseudonyms(KEY), Pseudonyms(NEWER)


@pytest.fixture
async def rotated(quick: Files) -> AsyncIterator[Files]:
    """The same directory, opened with a newer key."""
    url = f"sqlite+aiosqlite:///{quick.place}/small.db"
    directory = await Directory.open(url, NEWER)
    yield Files(directory, quick.place)
    await directory.close()


async def aliases(files: Files) -> set[str]:
    async with files.directory.reading() as connection:
        return set((await connection.execute(select(ALIASES.c.alias))).scalars())


def test_the_file_keeps_its_older_secrets(tmp_path: Path):
    path = tmp_path / "master.key"
    first = MasterKey.make(path)
    second = MasterKey.rotate(path)
    third = MasterKey.rotate(path)
    assert [one.versions for one in (first, second, third)] == [1, 2, 3]
    assert path.stat().st_mode & 0o777 == 0o600
    again = MasterKey.read(path)
    assert again.derive("people/v1") == first.derive("people/v1")
    keys = {again.derive("pseudonyms/v1", version) for version in (1, 2, 3)}
    assert len(keys) == 3
    assert Pseudonyms(again).participants("p")[1:] == Pseudonyms(second).participants("p")


@pytest.mark.parametrize("line", ["v3 " + "a" * 64, "v2 short", "v2", "b" * 64])
def test_a_broken_line_is_told(tmp_path: Path, line: str):
    path = tmp_path / "master.key"
    MasterKey.make(path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(BadKeyFile):
        MasterKey.read(path)


def test_new_pseudonyms_carry_their_version_and_what_names_nobody_stays():
    assert NEW.participant("p-1").startswith("v2.")
    assert len(NEW.participant("p-1")) == LENGTH
    assert NEW.participants("p-1")[1] == OLD.participant("p-1")
    assert NEW.unmapped("zoom", "x").startswith("unmapped:v2.")
    for name, words in (
        *(("session", ("uid", 1)), ("room", ("zoom", "1")), ("program", ("iop",))),
        *(("staff", ("st",)), ("series", ("uid",)), ("source", ("cal",))),
    ):
        assert getattr(NEW, name)(*words) == getattr(OLD, name)(*words)


async def test_who_is_known_keeps_one_id_and_who_is_new_gets_a_new_one(rotated: Files):
    async with rotated.directory.reading() as connection:
        before = set((await connection.execute(select(PEOPLE.c.id))).scalars())
    report = await rotated.take((SAMPLES / "people.csv").read_text())
    assert set(report.counts) == {"unchanged"}
    await rotated.take("person_id,role,name,email\np-new,patient,Nina New,n@mail.example\n")
    async with rotated.directory.reading() as connection:
        after = set((await connection.execute(select(PEOPLE.c.id))).scalars())
        assert await person(connection, rotated.directory, "p-1042") == OLD.participant("p-1042")
    assert after - before == {NEW.participant("p-new")}


async def test_an_import_keeps_identities_under_the_newer_key_and_then_changes_nothing(
    rotated: Files,
):
    old = await aliases(rotated)
    assert not any(one.startswith("v2.") for one in old)
    await rotated.take((SAMPLES / "people.csv").read_text())
    both = await aliases(rotated)
    assert old <= both
    assert sum(one.startswith("v2.") for one in both) == len(old) == len(both) - len(old)
    held = await everything(rotated.directory)
    await rotated.take((SAMPLES / "people.csv").read_text())
    assert await everything(rotated.directory) == held


async def test_an_identity_is_still_only_one_persons(rotated: Files):
    text = "person_id,role,name,livekit\np-1043,patient,Luis Okafor,ana-phone\n"
    with pytest.raises(ValueError, match="belongs to another person"):
        await rotated.take(text)


async def test_schedules_find_their_people_and_sessions(rotated: Files):
    report = await rotated.take(evening())
    assert report.counts == {"unchanged": 1}
    calendar = await rotated.take((SAMPLES / "morning.ics").read_bytes(), "morning.ics")
    assert calendar.counts == {"added": 15}


async def test_an_identity_seen_on_a_platform_is_found_and_kept_anew(rotated: Files):
    lookup = Lookup(rotated.directory, rotated.directory.pseudonyms, NOON)
    await lookup.refresh()
    assert lookup.participant("livekit", "ana-phone") == OLD.participant("p-1042")
    assert lookup.participant("zoom", "ana.r@mail.example") == OLD.participant("p-1042")
    keeping = asyncio.create_task(lookup.keep_fresh())
    wanted = {NEW.alias("livekit", "ana-phone"), NEW.alias("email", "ana.r@mail.example")}
    async with asyncio.timeout(20):
        while not wanted <= await aliases(rotated):
            await asyncio.sleep(0.05)
    keeping.cancel()
    await lookup.refresh()
    assert lookup.participant("livekit", "ana-phone") == OLD.participant("p-1042")


async def test_a_process_that_has_not_read_the_new_key_still_knows_everybody(rotated: Files):
    await rotated.take((SAMPLES / "people.csv").read_text())
    lookup = Lookup(rotated.directory, OLD, NOON)
    await lookup.refresh()
    for identity, who in (("ana-phone", "p-1042"), ("joy", "p-1044"), ("sam", "p-1045")):
        assert lookup.participant("livekit", identity) == OLD.participant(who)


async def test_the_join_link_learns_nothing_twice(rotated: Files):
    before = await aliases(rotated)
    await remember(rotated.directory, "livekit", "ana-phone", OLD.participant("p-1043"))
    assert await aliases(rotated) == before
