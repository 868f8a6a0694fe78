"""The commands about schedules, people and keys, as an administrator types them."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from sessionwatch.cli import main

SAMPLES = Path(str(files("producers.directory") / "samples"))
ATTENDANCE = Path(__file__).parents[1] / "data" / "attendance"


class Shell:
    """Runs commands on an installation of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings = folder / "sessionwatch.toml"
        self.settings.write_text(f'data = "{folder}/data"\n')
        self._capsys = capsys

    def __call__(self, *words: str | Path) -> tuple[int, str, str]:
        status = main(["--settings", str(self.settings), *map(str, words)])
        captured = self._capsys.readouterr()
        return status, captured.out, captured.err


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    made = Shell(tmp_path, capsys)
    made("keys", "new")
    for name in ("programs", "people", "sessions"):
        assert made("schedule", "import", SAMPLES / f"{name}.csv")[0] == 0
    return made


def test_a_person_is_enrolled_exported_and_erased(shell: Shell):
    assert shell("person", "leave", "p-1042")[:2] == (0, "now on_leave\n")
    assert shell("person", "leave", "p-1042")[:2] == (0, "was on_leave already\n")
    words = ("--to", "the person", "--purpose", "asked for it")
    status, out, err = shell("person", "export", "p-1042", *words)
    assert status == 0
    told = json.loads(out)
    assert told["fields"]["name"] == "Ana María Rivera"
    assert told["archived"] == []
    assert "42 CFR part 2 prohibits" in told["notice"]
    assert "42 CFR part 2 prohibits" in err
    (line,) = shell("person", "disclosures", told["participant_id"])[1].splitlines()
    assert json.loads(line)["given"]["recipient"] == "the person"
    assert shell("person", "erase", "p-1042")[0] == 1
    status, out, _ = shell("person", "erase", "p-1042", "--sure")
    assert (status, out.startswith("erased: the person's key, ")) == (0, True)
    status, _, err = shell("person", "export", "p-1042", *words)
    assert (status, "nobody of that id is known" in err) == (1, True)
    assert shell("person", "disclosures", "p-1042")[1] == line + "\n"


def test_after_a_rotation_people_are_found_by_their_own_ids(shell: Shell):
    status, out, _ = shell("keys", "rotate")
    assert (status, "v2." in out) == (0, True)
    assert shell("person", "leave", "p-1042")[:2] == (0, "now on_leave\n")
    again = shell("schedule", "import", SAMPLES / "people.csv")[1]
    assert again.splitlines()[0] == "people: 8 unchanged, 1 changed"  # who is on leave is active


def test_attendance_is_printed_for_a_replay(shell: Shell, tmp_path: Path):
    words = ("attendance", "import", ATTENDANCE / "teams_en.csv", "--platform", "teams")
    words = (*words, "--session", "evening-2026-11-24")
    status, _, err = shell(*words)
    assert (status, "--time-zone" in err) == (1, True)
    status, out, err = shell(*words, "--time-zone", "America/New_York")
    hours = "session of 2026-11-24 18:00-21:00 America/New_York: first join 17:55, last leave 21:02"
    counted = "10 events of 3 people; not matched: 1, line 20"
    assert (status, err.splitlines()) == (0, [hours, counted])
    types = [json.loads(line)["type"] for line in out.splitlines()]
    assert (types[0], types[-1], len(types)) == ("session.scheduled", "clock.ticked", 12)


def test_feeds_and_urls(shell: Shell):
    status, out, err = shell("schedule", "feeds")
    assert (status, out, "no feed is set" in err) == (0, "", True)
    status, _, err = shell("schedule", "import", "http://calendar.example/secret.ics")
    assert status == 1
    assert "only https" in err
    assert "secret" not in err
    with shell.settings.open("a") as file:
        file.write('[schedule]\nfeeds = [{ name = "ehr", url = "https://ehr.example/x" }]\n')
    assert shell("schedule", "feeds")[:2] == (1, "ehr\tnever asked\tnever read\n")
