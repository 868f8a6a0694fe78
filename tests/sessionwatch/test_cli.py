"""The command line itself, whatever the command."""

import os
import subprocess
import sys

import pytest

from privacy.access import ROLES
from sessionwatch import cli, processes


@pytest.mark.parametrize("words", [["rules", "show"], ["--help"], ["links"], ["replay", "-"]])
@pytest.mark.parametrize("unbuffered", [[], ["-u"]])
def test_a_reader_that_has_gone_ends_it_quietly(tmp_path, words: list[str], unbuffered: list[str]):
    reading, writing = os.pipe()
    os.close(reading)
    settings = tmp_path / "sessionwatch.toml"
    settings.write_text(f'data = "{tmp_path}"\n')
    try:
        ended = subprocess.run(
            [sys.executable, *unbuffered, "-m", "sessionwatch", "--settings", settings, *words],
            input=b"{}\n",
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert b"Traceback" not in ended.stderr
    assert b"BrokenPipe" not in ended.stderr
    if words[0] == "rules":  # which says much
        assert (ended.returncode, ended.stderr) == (cli.UNREAD, b"")


def test_another_pipe_that_breaks_is_no_reader_of_ours(monkeypatch: pytest.MonkeyPatch):
    def broken(_: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(cli, "_main", broken)
    with pytest.raises(BrokenPipeError):
        cli.main([])


def test_the_help_names_every_part_and_every_role(capsys):
    for words, names in ((["run"], processes.PARTS), (["users", "add"], ROLES)):
        with pytest.raises(SystemExit):
            cli.main([*words, "--help"])
        said = capsys.readouterr().out.translate(str.maketrans(",;", "  ")).split()
        assert set(names) <= set(said)


@pytest.mark.parametrize(
    ("option", "word"), [("--port", "x"), ("--port", "99999"), ("--speed", "x"), ("--speed", "0")]
)
def test_what_is_no_number_is_said_in_words(option: str, word: str, capsys):
    with pytest.raises(SystemExit):
        cli.main(["demo", option, word])
    said = capsys.readouterr().err
    assert f"{word} is not a number" in said
