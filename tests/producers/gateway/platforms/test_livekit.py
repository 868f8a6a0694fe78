"""What a real LiveKit server sent, word for word, and what it becomes."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy.pseudonyms import Pseudonyms
from producers.gateway.errors import BadSignature, Stale
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import livekit
from streams.events import MINUTE
from tests.producers.gateway.clinic import (
    LIVEKIT,
    Booking,
    at,
    names_of,
    open_clinic,
)

DATA = Path(__file__).parents[3] / "data" / "livekit"
DELIVERIES = sorted(DATA.glob("[ab]*.json"))
_SCENARIO = re.compile(r"[ab]\d+_([a-z]\d\d-[a-z0-9-]+?)_.*")
SCENARIOS = sorted({_SCENARIO.sub(r"\1", path.name) for path in DELIVERIES})


def delivery(path: Path) -> tuple[dict, bytes, int]:
    told = json.loads(path.read_text())
    headers = {name.lower(): value for name, value in told["headers"]}
    return headers, base64.b64decode(told["body_b64"]), int(told["received_at_unix"] * 1000)


@pytest.mark.parametrize("path", DELIVERIES, ids=lambda path: path.stem)
def test_the_servers_own_signatures_are_right_and_hold_for_nothing_else(path):
    headers, body, received = delivery(path)
    assert livekit.verify(headers, body, ["other:secret", LIVEKIT], received) == LIVEKIT
    for wrong in (body + b" ", body[:-1], json.dumps(json.loads(body)).encode() + b"\n"):
        with pytest.raises(BadSignature):
            livekit.verify(headers, wrong, [LIVEKIT], received)
    with pytest.raises(Stale):
        livekit.verify(headers, body, [LIVEKIT], received + 7 * MINUTE)
    with pytest.raises(Stale):
        livekit.verify(headers, body, [LIVEKIT], received - 2 * MINUTE)


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_what_the_server_sent_becomes(scenario, key, tmp_path):
    paths = [path for path in DELIVERIES if f"_{scenario}_" in path.name]
    first = delivery(paths[0])[2]
    hosts, people = ["py-therapist"], ["py-ann", "py-a", "py-human", "web-a", "web-pat1"]
    booking = Booking("livekit", scenario, first - first % MINUTE, people, *hosts)
    clock = at(first)
    directory = await open_clinic(tmp_path, key, clock, booking)
    occupancy = Occupancy()
    names = await names_of("livekit", directory, key, clock, occupancy)
    await directory.close()
    lines = []
    for path in paths:
        events = livekit.translate(delivery(path)[1], names)
        occupancy.note(events)
        lines += [line(event, key, names, people + hosts) for event in events]
    expected = DATA / "expected" / f"{scenario}.txt"
    assert lines == expected.read_text().splitlines()


def line(event, key, names, people: list[str]) -> str:
    """An event in words that can be checked by eye: pseudonyms as what they stand for."""
    made = Pseudonyms(key)
    known = {made.participant(who): who for who in people} | {made.staff(w): w for w in people}
    known |= {made.unmapped("livekit", who): f"unmapped {who}" for who in ("bot", "raw-ws")}
    sids = {}
    for path in DELIVERIES:
        for sid in re.findall(r"PA_\w{12}", path.read_text()):
            sids[made.connection("livekit", sid)] = sid
    when = datetime.fromtimestamp(event.ts / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
    words = [when, event.__struct_config__.tag]
    for name in ("participant_id", "role", "connection_id", "reason", "stage", "detail"):
        value = getattr(event, name, None)
        if value is not None:
            words.append(known.get(value) or sids.get(value) or value)
    if getattr(event, "exclusive", False):
        words.append("exclusive")
    return " ".join(words)
