"""The command line itself, whatever the command."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from privacy.access import ROLES
from sessionwatch import cli, processes
from streams.codec import encode
from tests.story import group


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


FULL = Path("/dev/full")
full_disk = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


def on_a_full_disk(*words: str | Path, **streams: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "sessionwatch", *words]
    with FULL.open("wb") as full:
        return subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False, **streams
        )


@full_disk
@pytest.mark.parametrize("words", [["rules", "show"], ["replay", "-"]], ids=" ".join)
def test_that_the_disk_is_full_is_one_sentence(words: list[str]):
    story = group(["p1"]).joins("h1", "09:58").joins("p1", "10:31")
    log = b"".join(encode(event) + b"\n" for event in story.events)
    ended = on_a_full_disk(*words, input=log)
    said = b"sessionwatch: cannot write: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (cli.FAILED, said)


@full_disk
@pytest.mark.parametrize("option", ["--dead-letters", "--against=built-in --json"])
def test_a_file_that_cannot_be_written_is_named(option: str, capsys, tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"{\n" + encode(group(["p1"]).events[0]) + b"\n")
    assert cli.main(["replay", str(log), *option.split(), str(FULL)]) == cli.WRONG_WORDS
    assert "/dev/full: No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["a.jsonl", None])
def test_what_else_fails_is_no_full_disk(file: str | None, monkeypatch: pytest.MonkeyPatch):
    def failing(_: object) -> int:
        raise OSError(errno.ENOSPC if file else errno.EIO, "some trouble", file)

    monkeypatch.setattr(cli, "_main", failing)
    with pytest.raises(OSError, match="some trouble"):
        cli.main([])


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
