"""A day of each platform's deliveries, and what each becomes (`tests/data/<platform>`)."""

import pytest

from producers.gateway.errors import Refused
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import PLATFORMS
from streams.events import Sample
from tests.producers.gateway.clinic import NOW, ROOM
from tests.producers.gateway.golden import DATA, deliveries
from tests.producers.gateway.words import Words


@pytest.mark.parametrize("platform", [name for name in PLATFORMS if name != "livekit"])
def test_what_each_delivery_becomes(evenings, platform):
    occupancy = Occupancy()
    names = Words(evenings, platform, occupancy, "dr-ortiz", ["ana", "luis"])
    lines = []
    for name, body in deliveries(platform).items():
        lines += [f"{name}: {told}" for told in _told(platform, body, names, occupancy)]
    expected = DATA / platform / "expected.txt"
    assert lines == expected.read_text().splitlines()


def _told(platform: str, body: bytes, names: Words, occupancy: Occupancy) -> list[str]:
    adapter = PLATFORMS[platform]
    try:
        if adapter.challenge(body, "secret"):
            return ["answered"]
        events = adapter.translate(body, names)
    except Refused as refused:
        return [f"{refused.status} {refused.reason}"]
    assert {event.session_id for event in events} <= {names.session(ROOM, NOW)}
    occupancy.note([event for event in events if not isinstance(event, Sample)])
    return [names.line(event) for event in events] or ["nothing"]
