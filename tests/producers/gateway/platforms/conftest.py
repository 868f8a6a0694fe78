"""One clinic whose evening group meets on each platform in a room of its own."""

import pytest

from producers.gateway.platforms import PLATFORMS
from streams.events import MINUTE
from tests.producers.gateway.clinic import Booking, Clinic

NOW = 1_795_436_310_000
"""2026-11-23T12:18:30Z"""
ROOM = "81234567890"


@pytest.fixture(scope="session")
def evenings(tmp_path_factory) -> Clinic:
    """`ana` and `luis` are patients, `dr-ortiz` the host; their ids are the same everywhere."""
    start = NOW - 30 * MINUTE
    rooms = [
        Booking(platform, ROOM, start - number * MINUTE, ["ana", "luis"], host="dr-ortiz")
        for number, platform in enumerate(PLATFORMS)
    ]
    return Clinic(tmp_path_factory.mktemp("evenings"), NOW, *rooms)
