"""The built wheel has everything: it runs away from the checkout, texts and pages included."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REPLAY = (
    b'{"type":"session.scheduled","id":"s","session_id":"s1","ts":0,"program_id":"p",'
    b'"track":"evening","kind":"group","starts_at":3600000,"ends_at":14400000,"host_id":"h",'
    b'"modality":"virtual","roster":[{"participant_id":"p1"}]}\n'
    b'{"type":"participant.joined","id":"j","session_id":"s1","ts":3590000,'
    b'"participant_id":"h","role":"host","connection_id":"c"}\n'
    b'{"type":"media.changed","id":"m","session_id":"s1","ts":4300000,'
    b'"participant_id":"h","camera":"off"}\n'
)
PAGE = """
from importlib.resources import files
import sessionwatch, alerts.render
static = files("consumers.console") / "static"
assert (static / "index.html").is_file() and (static / "main.js").is_file()
print(sessionwatch.__file__)
"""


@pytest.mark.slow
def test_a_wheel_runs_away_from_the_checkout(tmp_path: Path):
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path), "."]
    subprocess.run(build, cwd=ROOT, check=True, timeout=110)
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)

    def run(*words: str, typed: bytes = b"") -> str:
        done = subprocess.run(
            [sys.executable, *words],
            input=typed,
            capture_output=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin"},
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    assert run("-c", PAGE).strip().startswith(str(unpacked))
    assert run("-m", "sessionwatch", "--version").startswith("sessionwatch ")
    signals = run("-m", "sessionwatch", "replay", "-", typed=REPLAY)
    assert '"rule":"missed_session"' in signals
