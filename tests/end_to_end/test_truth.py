"""The truth of a simulated day against what the whole installation says of it, live."""

import asyncio
import time

import pytest

from privacy.pseudonyms import Pseudonyms
from producers.simulator import worker as simulator
from producers.simulator.truth import truths
from sessionwatch.evaluate import evaluate, read_signals
from sessionwatch.installation import Installation
from streams.events import MINUTE
from streams.now import Clock
from tests.producers.simulator.days import START

SPEED = 45
PLAYED = 21.5 * MINUTE
"""By then every rule has spoken, the last when a platform falls silent."""
SLACK = SPEED * 300
"""A beacon's times are set right by when it comes, which a busy machine delays: 0.3 s here."""


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_every_kind_of_alert_is_right_while_the_demonstration_runs(tmp_path):
    clock = Clock(START, time.time_ns() // 1_000_000, SPEED)
    installation = Installation(tmp_path, clock=clock, told=print)
    installation.prepare()
    async with installation.running():
        settings = simulator.SimulatorSettings(
            gateway=installation.gateway,
            directory=installation.settings.database("directory"),
            first_start=simulator.first_start(clock),
            livekit_secret=installation.secrets.livekit,
            zoom_secret=installation.secrets.zoom,
            event_token=installation.secrets.events,
        )
        playing = asyncio.create_task(simulator.run(settings, clock=clock, key=installation.key))
        until = settings.first_start + PLAYED
        while clock.now() < until + 2 * MINUTE and not playing.done():
            await asyncio.sleep(0.2)
        assert not playing.done(), playing
        said = await read_signals(installation.settings.kafka)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    day, pseudonyms = simulator.day_of(settings, clock), Pseudonyms(installation.key)
    wanted = [truth for truth in truths(day, pseudonyms) if truth.latest < until]
    result = evaluate(wanted, [signal for signal in said if signal.ts < until], SLACK)
    print("\n".join(result.lines()))
    assert not result.missed
    assert not result.false
    assert all(score.expected for score in result.scores.values())
