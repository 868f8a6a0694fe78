"""What is easy to forget: a rule's text, a part's page, a platform's examples, a docstring."""

import ast
import tomllib
from pathlib import Path

import pytest

from producers.gateway.platforms import PLATFORMS
from sessionwatch.processes import PARTS, SMALL
from streams.incidents.detectors import DETECTORS as ABOUT_ALL_ROOMS
from streams.participant.detectors import DETECTORS as ABOUT_WEEKS
from streams.session.detectors import DETECTORS
from streams.topics import TOPICS

ROOT = Path(__file__).parent.parent
PACKAGES = ("alerts", "consumers", "privacy", "producers", "sessionwatch", "streams")
LONGEST = 400
CONTRACT = Path("streams/events.py")
"""Every event of every topic: one file, so that it can be read as one."""


def modules() -> list[Path]:
    return [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]


def tables(path: str) -> dict[str, object]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


CORES = {"session": DETECTORS, "participant": ABOUT_WEEKS, "incidents": ABOUT_ALL_ROOMS}


def rules(core: str) -> list[str]:
    return sorted(detector.__name__.rpartition(".")[2] for detector in CORES[core])


@pytest.mark.parametrize("core", CORES)
def test_every_detector_file_is_listed(core: str):
    files = (ROOT / f"streams/{core}/detectors").glob("[!_]*.py")
    assert sorted(file.stem for file in files) == rules(core)


@pytest.mark.parametrize(("core", "rule"), [(core, rule) for core in CORES for rule in rules(core)])
def test_a_rule_has_thresholds_texts_and_a_test(core: str, rule: str):
    assert (ROOT / f"tests/streams/{core}/detectors/test_{rule}.py").exists()
    assert rule in tables("streams/rules.toml")["rule"]  # type: ignore[operator]
    for language in ("en", "es"):
        assert rule in tables(f"alerts/texts/{language}.toml")["rules"]  # type: ignore[operator]


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_a_platform_has_its_examples(platform: str):
    assert (ROOT / f"producers/gateway/platforms/{platform}.py").exists()
    assert (ROOT / f"tests/producers/gateway/platforms/test_{platform}.py").exists()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_runs_in_the_small_installation_and_is_explained(part: str):
    assert sum(part in group for group in SMALL) == 1
    assert f"`{part}`" in (ROOT / "docs/installing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("topic", [topic.name for topic in TOPICS])
def test_a_topic_is_in_the_contract(topic: str):
    assert f"`{topic}`" in (ROOT / "docs/contract.md").read_text(encoding="utf-8")


def test_modules_say_what_they_are_and_stay_short():
    for file in modules():
        text = file.read_text(encoding="utf-8")
        where = file.relative_to(ROOT)
        assert ast.get_docstring(ast.parse(text)), f"{where} has no docstring"
        if where != CONTRACT:
            assert text.count("\n") <= LONGEST, f"{where} is longer than {LONGEST} lines"


def test_the_environment_is_read_in_one_place():
    readers = [
        str(file.relative_to(ROOT))
        for file in modules()
        if "environ" in file.read_text(encoding="utf-8")
    ]
    assert sorted(readers) == [
        "sessionwatch/cli.py",  # passes it to the settings
        "sessionwatch/settings.py",
        "sessionwatch/supervisor.py",  # passes it to children
    ]
