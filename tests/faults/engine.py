"""One engine in a process of its own, to be killed: `python -m tests.faults.engine PART KAFKA`."""

import asyncio
import contextlib
import subprocess
import sys

import msgspec

from privacy.sealing import Seal
from streams.kafka import KafkaSettings
from streams.now import WALL
from streams.participant.worker import ParticipantSettings
from streams.participant.worker import main as run_participant
from streams.quality.worker import QualitySettings
from streams.quality.worker import run as run_quality
from streams.session.worker import SessionSettings
from streams.session.worker import main as run_session
from tests.kafka_cluster import ROOT

SEAL = Seal(bytes(32))


class Engines:
    """Processes of one part, ended with the `with` block."""

    def __init__(self, part, kafka):
        self._words = [sys.executable, "-m", "tests.faults.engine", part]
        self._words.append(msgspec.json.encode(kafka).decode())
        self._started = []

    def start(self):
        process = subprocess.Popen(self._words, cwd=ROOT)
        self._started.append(process)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._started:
            process.kill()
            process.wait()


def main(part, kafka):
    if part == "session":
        return run_session(SessionSettings(), kafka=kafka, clock=WALL, seal=SEAL.close)
    if part == "participant":
        return run_participant(ParticipantSettings(), kafka=kafka, clock=WALL, seal=SEAL.close)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run_quality(QualitySettings(), kafka=kafka, clock=WALL, seal=SEAL.close))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], msgspec.json.decode(sys.argv[2], type=KafkaSettings)))
