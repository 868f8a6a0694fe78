"""What keeps one demo from another, and from a folder that is not its own."""

import socket
from itertools import pairwise
from pathlib import Path
from random import SystemRandom

import pytest

from privacy.accounts import Accounts
from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.people import hosts
from producers.simulator.truth import truths
from sessionwatch.cli import main
from sessionwatch.demo import LOOPBACK, PEOPLE, _add_people, _say_how, made_anew
from sessionwatch.installation import Installation
from streams.events import HOUR, MINUTE
from streams.now import Clock


def test_a_taken_port_is_said_before_anything_is_touched(tmp_path: Path, capsys):
    kept = tmp_path / "kept"
    kept.touch()
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["demo", "--port", str(port), "--folder", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"port {port} cannot be had" in said
    assert "--port 8010" in said
    assert kept.exists()


def test_a_folder_that_no_demo_made_is_not_emptied(tmp_path: Path, capsys):
    kept = tmp_path / "thesis.txt"
    kept.touch()
    assert main(["demo", "--port", str(_free()), "--folder", str(tmp_path)]) == 2
    assert "--folder FOLDER" in capsys.readouterr().err
    assert kept.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, capsys):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "demo"
    assert main(["demo", "--port", str(_free()), "--folder", str(folder)]) == 2
    assert capsys.readouterr().err == f"sessionwatch: {folder} cannot be made: Not a directory\n"


def test_a_demos_folder_is_emptied_but_not_while_one_runs_in_it(tmp_path: Path, capsys):
    folder = tmp_path / "demo"
    with made_anew(folder):
        (folder / "data").mkdir()
        (folder / "data" / "alerts.db").touch()
        assert main(["demo", "--port", str(_free()), "--folder", str(folder)]) == 2
        assert "a demo runs in" in capsys.readouterr().err
        assert (folder / "data" / "alerts.db").exists()
    with made_anew(folder):
        assert [file.name for file in folder.iterdir()] == [".demo"]


@pytest.mark.parametrize("words", [["--speed", "0"], ["--speed", "-3"], ["--port", "99999"]])
def test_figures_that_cannot_be_are_refused(words: list[str], capsys):
    with pytest.raises(SystemExit) as ended:
        main(["demo", *words])
    assert ended.value.code == 2
    assert words[1] in capsys.readouterr().err


def _free() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def test_something_happens_every_few_minutes_for_whoever_looks_on():
    """At twenty times the speed never 3 min without an alert, for half an hour; nor in her room."""
    start = 1_800_000_000_000 // MINUTE * MINUTE
    made, day = Pseudonyms(MasterKey(b"\x05" * 32)), make("demo", 1, start)
    host = day.rooms[0].host
    own = {made.session(room.uid, room.original_start) for room in day.rooms if room.host == host}
    raised = sorted((one.earliest, one.session_id) for one in truths(day, made) if one.rule)
    assert quiet([at for at, _ in raised], start) <= 60 * MINUTE
    assert quiet([at for at, session in raised if session in own], start) <= 240 * MINUTE
    hers = sorted((r.starts_at, r.ends_at) for r in day.rooms if r.host == host)
    assert all(0 <= begins - over <= 20 * MINUTE for (_, over), (begins, _) in pairwise(hers))
    assert hers[-1][1] >= start + 9 * HOUR


def quiet(raised: list[int], start: int) -> int:
    """The longest stretch without one in ten simulated hours."""
    ends = [start, *(at for at in raised if at < start + 10 * HOUR), start + 10 * HOUR]
    return max(later - earlier for earlier, later in pairwise(ends))


def test_it_says_how_to_open_the_page_of_a_person_in_care(tmp_path: Path, capsys):
    installation = Installation(tmp_path, clock=Clock(), told=lambda _: None, console_port=8000)
    installation.prepare()
    _say_how(installation, "secret words", 20)
    said = capsys.readouterr().out.splitlines()
    command, *words = next(line.split() for line in said if line.endswith(" links"))
    assert Path(command).is_file()
    assert main([*words, "s1"]) == 1
    assert "no such session" in capsys.readouterr().err  # nothing else is missing


async def test_a_manager_can_sign_in_and_is_told_what_they_see(tmp_path: Path, capsys):
    installation = Installation(tmp_path, clock=Clock(), told=lambda _: None, console_port=8000)
    installation.prepare()
    _say_how(installation, "secret words", 20)
    assert "max   sees rooms as numbers, nobody's name" in capsys.readouterr().out
    await _add_people(installation, next(hosts(SystemRandom())), "a long enough passphrase", {"X"})
    accounts = await Accounts.open(
        installation.settings.database("accounts"), installation.key, installation.clock
    )
    signed_in = await accounts.sign_in("max", "a long enough passphrase")
    assert signed_in is not None
    viewer = await accounts.viewer(signed_in[0])
    assert viewer is not None
    assert (viewer.roles, viewer.on_duty) == (frozenset({"manager"}), frozenset())
    await accounts.close()


async def test_those_who_take_calls_are_on_duty_from_the_start(tmp_path: Path):
    installation = Installation(tmp_path, clock=Clock(), told=lambda _: None, console_port=8000)
    installation.prepare()
    await _add_people(
        installation, next(hosts(SystemRandom())), "a long enough passphrase", {"IOP"}
    )
    key, settings = installation.key, installation.settings
    accounts = await Accounts.open(settings.database("accounts"), key, installation.clock)
    assert len(await accounts.on_duty(Pseudonyms(key).program("IOP"))) == 3
    assert len(await accounts.list()) == len(PEOPLE)
    await accounts.close()
