"""What keeps one demo from another, and from a folder that is not its own."""

import socket
from pathlib import Path
from random import SystemRandom

import pytest

from privacy.accounts import Accounts
from privacy.pseudonyms import Pseudonyms
from producers.simulator.people import hosts
from sessionwatch.cli import main
from sessionwatch.demo import LOOPBACK, PEOPLE, _add_people, made_anew
from sessionwatch.installation import Installation
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
