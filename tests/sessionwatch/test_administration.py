"""What an administrator types, and what is said when it cannot be."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sessionwatch.cli import main

PEOPLE = "person_id,role,name\nst-dana,staff,Dana Whitfield\n"
PROGRAMS = "program,name,time_zone\niop-evening,Evening program,America/New_York\n"


@pytest.fixture
def settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The file of settings of an installation that no broker is near."""
    file = tmp_path / "sessionwatch.toml"
    file.write_text(f'data = "{tmp_path}"\n[kafka]\nbootstrap = "127.0.0.1:9"\n')
    assert main(["--settings", str(file), "keys", "new"]) == 0
    capsys.readouterr()
    return str(file)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["clock", "session"])
def test_a_part_without_a_broker_says_so_in_one_line(settings: str, part: str):
    command = [Path(sys.executable).with_name("sessionwatch"), "--settings", settings, "run", part]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert [line for line in ran.stderr.splitlines() if line.startswith("sessionwatch:")] == [
        "sessionwatch: no broker answers at 127.0.0.1:9 (KafkaConnectionError); "
        "set kafka.bootstrap or SESSIONWATCH_KAFKA"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["users", "list"], "sessionwatch: the database sqlite+aiosqlite:///{accounts} cannot be"),
        (
            ["schedule", "feeds"],
            "sessionwatch: the database sqlite+aiosqlite:///{directory} cannot",
        ),
        (["doctor"], "FAIL  accounts database        cannot be read (DatabaseError)"),
    ],
)
def test_a_file_that_is_no_database_is_named(settings: str, tmp_path, capsys, words, said):
    files = {name: tmp_path / f"{name}.db" for name in ("accounts", "directory")}
    for file in files.values():
        file.write_bytes(b"no database at all" * 100)
    assert main(["--settings", settings, *words]) == 1
    printed = capsys.readouterr()
    assert said.format_map(files) in printed.out + printed.err
    assert len(printed.err.splitlines()) <= 2


def test_a_database_that_does_not_answer_is_named_without_its_password(
    settings: str, monkeypatch, capsys
):
    url = "postgresql+asyncpg://dana:very-secret@127.0.0.1:9/sessionwatch"
    monkeypatch.setenv("SESSIONWATCH_DATABASES_ACCOUNTS", url)
    assert main(["--settings", settings, "users", "list"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("sessionwatch: the database postgresql+asyncpg://dana:***@127.0.0.1:9/")
    assert "very-secret" not in said


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SECURITY": "SASL_PLAINTEXT"}, "password_file: is not set"),
        ({"SECURITY": "SASL_SSL", "PASSWORD_FILE": "/none"}, "password_file: /none: No such file"),
        ({"SECURITY": "SSL", "CA_FILE": "/none"}, "ca_file: /none: No such file"),
        ({"SECURITY": "SSL", "CA_FILE": __file__}, f"ca_file: {__file__}: NO_CERTIFICATE"),
        ({"SECURITY": "SSL", "CERT_FILE": __file__}, f"cert_file, key_file: {__file__}: "),
    ],
)
def test_a_file_for_the_broker_that_cannot_be_used_is_named(
    settings: str, monkeypatch, capsys, variables, said
):
    for name, value in variables.items():
        monkeypatch.setenv(f"SESSIONWATCH_KAFKA_{name}", value)
    assert main(["--settings", settings, "topics", "create"]) == 2
    assert capsys.readouterr().err.startswith(f"sessionwatch: [kafka] {said}")


def test_what_is_wrong_with_a_key_file_is_said(settings: str, tmp_path, monkeypatch, capsys):
    def told(path: Path, *words: str) -> str:
        monkeypatch.setenv("SESSIONWATCH_KEY_FILE", str(path))
        assert main(["--settings", settings, *words]) != 0
        return capsys.readouterr().err

    assert told(tmp_path / "none", "users", "list").endswith(
        "make one with: sessionwatch keys new\n"
    )
    assert told(tmp_path, "users", "list").endswith(f"cannot read {tmp_path}: Is a directory\n")
    (tmp_path / "file").write_bytes(b"\xff" * 32)
    (tmp_path / "file").chmod(0o600)
    assert "does not hold 64 hex digits" in told(tmp_path / "file", "users", "list")
    assert "cannot make" in told(tmp_path / "file" / "key", "keys", "new")
    assert "exists already" in told(tmp_path / "file", "keys", "new")


AS_NOBODY_MUCH = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Takes from root that it may read everything."""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["replay", "{shut}"], 2, "{shut}: Permission denied"),
        (["replay", "{shut}/log.jsonl"], 2, "{shut}/log.jsonl: Permission denied"),
        (["keys", "new"], 1, "sessionwatch: cannot make {shut}/master.key: Permission denied"),
        (["users", "list"], 2, "sessionwatch: cannot read {shut}/master.key: Permission denied"),
        (["doctor"], 1, "FAIL  accounts database        cannot be read (PermissionError)"),
    ],
)
def test_what_may_not_be_read_is_said(tmp_path, words, status, said):
    shut = tmp_path / "shut"
    shut.mkdir(mode=0)
    given = [word.format(shut=shut) for word in words]
    environment = {"SESSIONWATCH_DATA": str(shut), "SESSIONWATCH_KAFKA": "127.0.0.1:9"}
    prefix = AS_NOBODY_MUCH if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*prefix, sys.executable, "-m", "sessionwatch", *given],
        capture_output=True,
        text=True,
        timeout=90,
        env=os.environ | environment,
    )
    shut.chmod(0o700)
    assert ran.returncode == status
    assert said.format(shut=shut) in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_account_is_held_against_the_directory(settings: str, tmp_path, monkeypatch, capsys):
    def add(name: str, *words: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("a long enough passphrase\n"))
        given = ["--name", "Dana W.", "--role", "clinician", *words]
        assert main(["--settings", settings, "users", "add", name, *given]) == 0
        return capsys.readouterr().err

    assert main(["--settings", settings, "users", "list"]) == 0
    assert "no account yet" in capsys.readouterr().out
    said = add("early", "--staff", "st-dana", "--program", "iop-evening")
    assert "nobody of the staff has the id st-dana" in said
    assert "no program has the code iop-evening" in said
    for name, rows in (("programs.csv", PROGRAMS), ("people.csv", PEOPLE)):
        (tmp_path / name).write_text(rows)
        assert main(["--settings", settings, "schedule", "import", str(tmp_path / name)]) == 0
    assert add("dana", "--staff", "st-dana", "--program", "iop-evening") == ""
    assert add("all") == ""
    assert "(known: iop-evening)" in add("typo", "--program", "iop-evenning")
    capsys.readouterr()
    assert main(["--settings", settings, "users", "list"]) == 0
    assert capsys.readouterr().out.count("\n") == 4
    changing = ["--settings", settings, "users", "change", "typo", "--program", "iop-evening"]
    assert main(changing) == 0
    assert capsys.readouterr().err == ""
    assert main(["--settings", settings, "users", "disable", "typo"]) == 0
    assert main(["--settings", settings, "users", "list"]) == 0
    assert "typo\tDana W.\tdisabled\n" in capsys.readouterr().out


def test_without_feeds_it_says_how_to_have_one(settings: str, capsys):
    assert main(["--settings", settings, "schedule", "feeds"]) == 0
    assert "set [schedule] feeds" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named_without_a_line(settings: str, tmp_path, capsys):
    assert main(["--settings", settings, "schedule", "import", str(tmp_path / "none.csv")]) != 0
    said = capsys.readouterr().err
    assert "file: cannot be read: No such file or directory" in said
    assert "line 0" not in said
