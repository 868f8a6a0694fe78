"""Deliveries of each platform, rightly signed and wrong, against a running gateway."""

import copy
import gzip
import json
import logging
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from privacy.sealing import MasterKey
from producers.gateway.platforms import PLATFORMS
from sessionwatch.broker import EmbeddedBroker
from streams.events import MINUTE
from streams.kafka import KafkaSettings, create_topics, wait_for_broker
from tests.producers.gateway.clinic import NOW, OTHERS, ROOM, SECRETS, Booking, at, open_clinic
from tests.producers.gateway.conftest import Running, running, settings_for
from tests.producers.gateway.golden import deliveries
from tests.producers.gateway.platforms.test_any_bytes import ODDER, SEEDS, inside, places, wired

pytestmark = pytest.mark.asyncio(loop_scope="module")

EACH = 60
"""Wrong deliveries of each platform."""
JOINS = {
    "zoom": "10-joins",
    "daily": "05-joins",
    "twilio": "03-connects",
    "jitsi": "06-joins",
    "bigbluebutton": "03-joins",
}
IN_THE_BODY = ("twilio", "bigbluebutton")
"""Where the signature's time is a field, which may be wrong too."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(broker: EmbeddedBroker, tmp_path_factory) -> AsyncIterator[Running]:
    """On the evening of the deliveries."""
    folder = tmp_path_factory.mktemp("hostile")
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix=f"{folder.name}.", partitions=2)
    await wait_for_broker(kafka)
    await create_topics(kafka)
    key, clock, start = MasterKey.make(folder / "installation.key"), at(NOW), NOW - 30 * MINUTE
    rooms = [Booking(one, ROOM, start, ["ana", "luis"], host="dr-ortiz") for one in PLATFORMS]
    await (await open_clinic(folder, key, clock, *rooms)).close()
    limits = {"webhooks_a_minute": 100_000, "feed_seconds": 3_600, "write_seconds": 30}
    settings = settings_for(folder, **limits)
    async with running(kafka, key, folder, settings, start, clock) as up:
        yield up


def wrong(platform: str, choose: random.Random) -> bytes:
    told = copy.deepcopy(choose.choice(SEEDS[platform]))
    for _ in range(choose.randint(1, 2)):
        *path, last = choose.choice(places(told))
        inside(told, path)[last] = "(odd)"
    text = json.dumps(told)
    while '"(odd)"' in text:
        text = text.replace('"(odd)"', choose.choice(ODDER), 1)
    return wired(platform, text.encode())


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_is_wrong_is_refused_and_never_a_fault_of_ours(
    gateway: Running, caplog, platform: str
):
    caplog.set_level(logging.DEBUG, logger="producers")
    await gateway.skip()
    choose, answers = random.Random(platform), []  # noqa: S311 - the same each time
    for _ in range(EACH):
        answer = await gateway.signed(platform, wrong(platform, choose))
        answers.append((answer.status_code, answer.json().get("reason")))
    refused = {(200, "unknown_event"), (202, "unknown_room"), (202, "waiting")}
    refused |= {(400, "not_json"), (400, "invalid_field"), (422, "future_timestamp")}
    if platform in IN_THE_BODY:
        refused |= {(401, "stale_signature"), (401, "bad_signature")}
    assert {one for one in answers if one != (200, None)} <= refused
    letters = await gateway.letters()
    kept = [reason for _, reason in answers if reason in KEPT]
    assert sorted(one.reason for one in letters) == sorted(kept)
    assert len(kept) > EACH / 10
    ours = {event.session_id for event in await gateway.events()}
    assert ours <= {gateway.session(number) for number, _ in enumerate(PLATFORMS)}
    for word in (
        "Ana",
        "Lindqvist",
        "ana",
        "ortiz",
        "0142",
        "16778240",
        ROOM,
        gateway.person("ana"),
    ):
        assert word not in caplog.text


KEPT = ("unknown_room", "not_json", "invalid_field", "future_timestamp")


@pytest.mark.parametrize("platform", ["zoom", "daily", "jitsi"])
async def test_bytes_that_are_no_json_are_kept_as_they_came(gateway: Running, platform: str):
    await gateway.skip()
    body = deliveries(platform)[JOINS[platform]]
    cut = body[: len(body) // 2] + b"\xc3"
    marked = b"\xef\xbb\xbf" + body  # JSON begins with no such mark (RFC 8259, 8.1)
    for odd in (b"\xff" + body, gzip.compress(body), body.decode().encode("utf-16"), cut, marked):
        answer = await gateway.signed(platform, odd)
        assert (answer.status_code, answer.json()) == (400, {"reason": "not_json"})
        [letter] = await gateway.letters()
        assert (letter.origin, letter.raw) == (f"gateway/{platform}", odd)


@pytest.mark.parametrize("platform", JOINS)
async def test_what_is_signed_is_what_came_on_the_wire(gateway: Running, platform: str):
    await gateway.skip()
    body = deliveries(platform)[JOINS[platform]]
    url = f"{gateway.url}/webhooks/{platform}"

    async def answered(body: bytes, secret: str = SECRETS[platform], content=None, **more):
        signed = PLATFORMS[platform].sign(body, secret, gateway.clock.now(), url)
        headers = signed.headers | more
        return await gateway.client.post(signed.url, content=content or body, headers=headers)

    async def pieces():
        for number in range(0, len(body), 100):
            yield body[number : number + 100]

    assert (await answered(body, content=pieces())).json() == {"accepted": 1}
    assert (await answered(body, OTHERS[platform])).json() == {"accepted": 1}
    squeezed = {"content": gzip.compress(body), "Content-Encoding": "gzip"}
    assert (await answered(body, **squeezed)).status_code == 401
    assert (await answered(body, "d3Jvbmctc2VjcmV0")).status_code == 401
    ids = {event.id for event in await gateway.events()}
    assert len(ids) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_only_a_signed_post_is_heard(gateway: Running, platform: str):
    url, secret = f"/webhooks/{platform}", SECRETS[platform]
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        assert (await gateway.client.request(method, url)).status_code == 405
    types = sorted(PLATFORMS[platform].MEDIA_TYPES)[0]
    answer = await gateway.client.post(
        url,
        params={"secret": secret, "token": secret},
        content=b"{}",
        headers={"content-type": types},
    )
    assert (answer.status_code, answer.json()) == (401, {"reason": "bad_signature"})
