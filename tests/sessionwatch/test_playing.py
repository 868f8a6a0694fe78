"""Replay gives the bytes it has always given, whatever plays it and however it is divided."""

import contextlib
import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sessionwatch import backtest, playing
from sessionwatch.playing import INTERRUPTED, divided, played
from sessionwatch.replay import run
from sessionwatch.taking import Keep
from sessionwatch.tracks import tracks
from streams.codec import encode
from streams.rules import load
from tests.faults import load as example
from tests.sessionwatch.logs import simulated
from tests.sessionwatch.test_replay_archive import archive

OLD = load()
ALL = Keep(letters=True, attended=True)
RULES_HASH = re.compile(rb'"rules":"[0-9a-f]{12}"')

GOLDEN = {
    "groups": "1289bf1448d07e729e7c00da22cd7cf1519638569492e106a5f190805c875f0c",
    "day": "d9fa7e775a21db500a09bea44005cf01def872a94c666c0fe5d6670e1b2119e5",
    "day without ticks": "6d6de709f1f5e5dcd862f470606608c7801b2bd171fffdeb69a3e2f80c50f042",
    "two days": "7481d8d3e65225f4adc5dc50ffab974aa80ea58000f37ecaf177a88691925a91",
}
"""SHA-256 of the signals and attendance of each log, the rules' hash left out. Another one is
right only where a rule, a threshold or the simulated day was changed on purpose."""
LOGS = {
    "groups": lambda: [encode(event) for event in example.log()],
    "day": simulated,
    "day without ticks": lambda: simulated(2, ticks=False),
    "two days": lambda: [*simulated(3), *simulated(4, days_later=1)],
}


def written(path, lines):
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def digest(files):
    out, err = io.BytesIO(), io.StringIO()
    assert run(files, OLD, out, err, participant_events=True) == 0
    assert err.getvalue() == ""
    text, count = RULES_HASH.subn(b'"rules":""', out.getvalue())
    assert count > 20
    return hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("name", GOLDEN)
def test_the_same_log_gives_the_same_bytes_as_ever(tmp_path, name):
    assert digest([written(tmp_path / "log.jsonl", LOGS[name]())]) == GOLDEN[name]


@pytest.fixture
def new(tmp_path):
    file = tmp_path / "new.toml"
    file.write_text(
        "[general]\nallowed_lateness_seconds = 5\n[rule.missed_session]\ngrace_minutes = 14\n"
    )
    return load(file)


@pytest.fixture
def files(tmp_path):
    """Two files, one with lines that cannot be used, and an archive of two partitions."""
    bad = [b"{", b'{"type":"of.tomorrow","id":"x"}']
    return [
        written(tmp_path / "one.jsonl", [*LOGS["groups"](), *bad]),
        written(tmp_path / "two.jsonl", [*bad, *simulated()[:1500]]),
        str(archive(tmp_path / "archive", example.log(), every=100)),
    ]


def all_of(files, rules, workers):
    told = played(tracks(files), rules, io.StringIO(), ALL, workers)
    return {
        name: [
            (one, encode([one.signals, one.attended, [list(run.counts(0)) for run in one.runs]]))
            for one in found
        ]
        for name, found in told.items()
    }


def test_one_worker_or_several_one_reading_or_two_give_the_same(files, new):
    rules = {"old": OLD, "new": new}
    once = all_of(files, rules, workers=1)
    assert {name: len(found) for name, found in once.items()} == {"old": 5, "new": 5}
    assert once["old"] != once["new"]
    assert sum(one.unused.total() for one, _ in once["old"]) == 4
    assert all_of(files, rules, workers=2) == once  # both rules in one reading, two processes
    assert all_of(files, rules, workers=5) == once  # each by itself
    for name in rules:
        assert all_of(files, {name: rules[name]}, workers=1)[name] == once[name]


@pytest.mark.parametrize(("workers", "tasks"), [(1, 4), (4, 4), (5, 8)])
def test_old_and_new_share_a_reading_unless_cores_would_be_idle(files, workers, tasks):
    assert len(divided(tracks(files), ("old", "new"), workers)) == tasks


def test_the_report_of_a_back_test_does_not_depend_on_the_workers(files, new, monkeypatch):
    reports = []
    for worth, cores in ((2**40, 2), (0, 8)):
        monkeypatch.setattr(playing, "WORTH_A_PROCESS", worth)
        monkeypatch.setattr(playing, "cores", lambda cores=cores: cores)
        out, json = io.StringIO(), io.StringIO()
        assert backtest.run(files, new, OLD, out, json) == 0
        reports.append(out.getvalue())
    assert "missed_session" in reports[0]
    assert reports[1] == reports[0]


def test_a_file_that_cannot_be_read_is_named_and_ends_all(files, tmp_path, monkeypatch):
    monkeypatch.setattr(playing, "WORTH_A_PROCESS", 0)
    broken = next((tmp_path / "archive").rglob("*.parquet"))
    broken.write_bytes(broken.read_bytes()[:-10])
    err = io.StringIO()
    assert run(files, OLD, io.BytesIO(), err) == 2
    assert err.getvalue() == f"{broken}: cannot be read as an archive's file\n"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_asked_to_end_it_ends_with_its_processes_and_says_nothing(tmp_path):
    files = [written(tmp_path / f"{n}.jsonl", simulated()) for n in (1, 2)]
    command = [sys.executable, "-m", "sessionwatch", "replay", *files]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=can_be_interrupted,
    )
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    while len(Path(children).read_text().split()) < 3:  # the tracker of resources, and the two
        assert process.poll() is None
        time.sleep(0.01)
    started = Path(children).read_text().split()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (INTERRUPTED, b"", b"")
    until = time.monotonic() + 20
    while alive := [one for one in started if is_running(one)]:
        assert time.monotonic() < until, alive
        time.sleep(0.05)


def can_be_interrupted():
    """Also where the tests run in the background of a shell, which lets its jobs ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def is_running(process):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
