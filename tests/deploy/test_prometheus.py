"""Prometheus' own checks of the configuration and rules, and a real one on a real process."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from deploy.grafana import preview
from sessionwatch.broker import free_port
from sessionwatch.processes import METRICS_PORTS, SMALL
from tests.prometheus_server import (
    DEPLOY,
    PLAIN_WORD,
    ask,
    every_panel_returns_data,
    start_prometheus,
    strange_labels,
)

PROMETHEUS = DEPLOY / "prometheus"


def promtool(*arguments: str) -> None:
    ran = subprocess.run(
        ["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_configuration_is_valid():
    promtool("check", "config", "--lint=all", "--lint-fatal", "prometheus.yml")


def test_the_committed_targets_are_a_small_clinics_processes():
    [group] = json.loads((PROMETHEUS / "targets" / "sessionwatch.json").read_text())
    assert group["targets"] == [f"127.0.0.1:{METRICS_PORTS[names[0]]}" for names in SMALL]


def test_the_rules_are_valid():
    promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yml")


def test_the_rules_fire_when_they_should():
    promtool("test", "rules", "rules.test.yml")


def test_every_rule_is_tested_and_has_its_page():
    rules = (PROMETHEUS / "rules.yml").read_text()
    names = re.findall(r"- alert: (\w+)", rules)
    tested = (PROMETHEUS / "rules.test.yml").read_text()
    runbook = (DEPLOY.parent / "docs" / "runbooks" / "prometheus-alerts.md").read_text()
    assert names
    for name in names:
        assert f"alertname: {name}\n" in tested
        assert f"\n## {name}\n" in runbook
        assert f"prometheus-alerts.md#{name.lower()}\n" in rules


@pytest.mark.slow
async def test_a_real_prometheus_has_data_for_every_panel(tmp_path: Path):
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.deploy.exercised", str(port), cwd=DEPLOY.parent
    )
    try:
        async with start_prometheus(tmp_path, [f"127.0.0.1:{port}"]) as url:
            assert await every_panel_returns_data(url) == []
            assert await strange_labels(url) == []
            pictures = await asyncio.to_thread(preview.main, url, tmp_path, 0.5)
            assert [picture.name for picture in pictures] == ["pipeline.png", "sessions.png"]
            assert all(picture.stat().st_size > 50_000 for picture in pictures)
            async with httpx.AsyncClient(base_url=url) as http:
                assert await ask(http, 'ALERTS{alertname="Watchdog"}') == [1]
                assert await ask(http, 'ALERTS{alertname="NoClock"}') == []
    finally:
        process.kill()
        await process.wait()


@pytest.mark.slow
async def test_panels_of_a_process_that_is_not_there_have_no_data(tmp_path: Path):
    async with start_prometheus(tmp_path, [f"127.0.0.1:{free_port()}"]) as url:
        missing = await every_panel_returns_data(url, seconds=3)
    assert "Sessions / Rooms open / rooms" in missing
    assert "Pipeline / Delay of alerts / p99" in missing


@pytest.mark.parametrize("value", ["session-events", "not_json", "0.1.0", "livekit", "on_duty"])
def test_codes_topics_and_versions_are_plain_words(value):
    assert PLAIN_WORD.fullmatch(value)


@pytest.mark.parametrize(
    "value",
    ["mfrggzdfmztwq2lknnwg23tpoa", "mfrggzdfmztwqalknnwgxxtpoa", "s1:p2", "Ana", "a@example.org"],
)
def test_identifiers_are_not(value):
    assert not PLAIN_WORD.fullmatch(value)
