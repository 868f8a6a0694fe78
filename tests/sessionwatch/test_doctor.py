"""`sessionwatch doctor` at a running gateway on a real broker: what is well, what is not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from alerts.store import Store
from privacy.accounts import Accounts
from privacy.sealing import MasterKey
from producers.directory import publisher
from producers.directory.store import Directory
from producers.gateway.settings import Api
from sessionwatch.broker import EmbeddedBroker
from sessionwatch.cli import main
from sessionwatch.doctor import examine
from sessionwatch.settings import Databases, Settings
from streams.events import HOUR, MINUTE
from streams.kafka import KafkaSettings, create_topics, wait_for_broker
from streams.now import WALL
from tests.http_server import serving
from tests.producers.gateway.clinic import SECRETS, Booking, open_clinic
from tests.producers.gateway.conftest import Running, running, settings_for
from tests.producers.gateway.test_app import livekit_joined

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


class Clinic:
    """A gateway that runs, and settings of which the doctor has the same or others."""

    def __init__(self, gateway: Running, settings: Settings, directory: Directory) -> None:
        self.gateway, self.settings, self.directory = gateway, settings, directory

    async def lines(self, rehearsal: str = "", **changes: object) -> dict[str, str]:
        """By what was looked at: the verdict and what was told."""
        gateway = replace(self.settings.gateway, **changes)
        settings = replace(self.settings, gateway=gateway)
        found: dict[str, str] = {}
        async for one in examine(settings, rehearsal):
            assert (one.verdict == "FAIL") <= bool(one.do)
            told = f"{one.verdict} {one.told}"
            found[one.what] = f"{found[one.what]}; {told}" if one.what in found else told
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(broker: EmbeddedBroker, tmp_path_factory) -> AsyncIterator[Clinic]:
    """One for all, in the order of the file: what they play stays on its log."""
    tmp_path = tmp_path_factory.mktemp("doctor")
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix=f"{tmp_path.name}.", partitions=2)
    await wait_for_broker(kafka)
    await create_topics(kafka)
    key = MasterKey.make(tmp_path / "master.key")
    start = WALL.now() // MINUTE * MINUTE - 30 * MINUTE
    rooms = [
        Booking("livekit", "evening", start, ["ana"]),
        Booking("zoom", "812", start, ["ana"]),
        Booking("jitsi", "later", start + 3 * HOUR, ["ana"]),
    ]
    directory = await open_clinic(tmp_path, key, WALL, *rooms)
    others = {name: f"sqlite+aiosqlite:///{tmp_path / name}.db" for name in ("alerts", "accounts")}
    await (await Store.open(others["alerts"])).close()
    await (await Accounts.open(others["accounts"], key)).close()
    gateway = settings_for(tmp_path, feed_seconds=0.2)
    settings = Settings(
        key_file=str(tmp_path / "master.key"),
        databases=Databases(directory=gateway.directory, **others),
        kafka=kafka,
        gateway=gateway,
    )
    publishing = asyncio.create_task(publisher.publish(directory, kafka, WALL))
    try:
        async with running(kafka, key, tmp_path, gateway, start) as up:
            yield Clinic(up, settings, directory)
    finally:
        publishing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await publishing
        await directory.close()


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(shared: Clinic) -> Clinic:
    await shared.gateway.skip()
    return Clinic(shared.gateway, shared.settings, shared.directory)


async def test_all_that_stands_is_said_to_and_what_was_never_heard_is_not(clinic: Clinic):
    await clinic.gateway.signed("livekit", livekit_joined())
    async with asyncio.timeout(30):
        while not (said := await clinic.lines())["livekit feed"].startswith("ok"):
            await asyncio.sleep(0.1)  # until the gateway has said that it was heard
    for what in ("key file", "broker", "directory database", "gateway secrets", "gateway"):
        assert said[what].startswith("ok")
    for platform in SECRETS:
        assert said[f"{platform} secret"] == "ok 2 active"
        for number in ("", " 2"):
            accepted = "ok a test delivery is accepted by the running gateway"
            assert said[f"{platform} signature{number}"] == accepted
    assert said["livekit rooms"].startswith("ok none of 1 session begun in the last 24")
    assert said["livekit feed"].startswith("ok last heard")
    assert said["help button"] == (
        "note the join page shows no number of the clinic; "
        "note nobody is on duty in 1 of 1 programs in session"
    )
    never = "FAIL 1 of 1 session begun in the last 24 hours were never heard: "
    assert said["zoom rooms"].startswith(never)
    assert said["zoom feed"] == "FAIL never heard, and a session is under way"
    assert said["daily feed"] == "note never heard"
    assert said["jitsi API"].startswith("note what a webhook loses stays lost: There is no API")
    assert said["twilio address"].startswith("note signs the address that it calls")
    events = await clinic.gateway.events()
    assert [event.__struct_config__.tag for event in events].count("participant.joined") == 1


async def test_rooms_that_no_session_has_are_counted(clinic: Clinic):
    for room in ("evning", "evning2"):
        await clinic.gateway.signed("zoom", livekit_joined())
        await clinic.gateway.signed("livekit", livekit_joined(room=room))
    said = await clinic.lines()
    assert said["livekit rooms"].startswith("note 2 deliveries of the last day named rooms")


@pytest.mark.parametrize(
    ("changes", "what", "told"),
    [
        (
            {"secrets": {"zoom": ["new"]}},
            "zoom signature",
            "FAIL the running gateway refuses it: bad_signature",
        ),
        ({"secrets": {"zoom": ["z"]}}, "livekit secret", "FAIL none is set"),
        (
            {"secrets": {"daily": ["not base64"]}},
            "daily signature",
            "FAIL the secret cannot be one",
        ),
        ({"secrets": {"zoom": [""]}}, "gateway secrets", "FAIL gateway: a secret of zoom is empty"),
        (
            {"secret_files": {"zoom": "/nowhere"}},
            "gateway secrets",
            "FAIL gateway: cannot read /nowhere",
        ),
        ({"port": 9}, "gateway", "FAIL none answers"),
        (
            {"apis": {"daily": Api(url="http://127.0.0.1:9/v1", key="k")}},
            "daily API",
            "FAIL does not answer as it should: ConnectError",
        ),
    ],
)
async def test_what_is_wrong_is_said(clinic: Clinic, changes, what, told):
    said = await clinic.lines(**changes)
    assert said[what].startswith(told)


async def test_what_is_away_is_said_and_the_rest_is_left(clinic: Clinic, tmp_path):
    clinic.settings = replace(
        clinic.settings,
        key_file=str(tmp_path / "nowhere.key"),
        databases=replace(clinic.settings.databases, alerts="sqlite+aiosqlite:////no/alerts.db"),
        kafka=replace(clinic.settings.kafka, partitions=3),
    )
    said = await clinic.lines()
    assert said["key file"].startswith("FAIL cannot read")
    assert said["alerts database"] == "FAIL is not made yet"
    assert said["broker"].startswith("FAIL topic")
    assert said["platforms"].startswith("note not looked at")


@pytest.mark.parametrize(
    ("headers", "dated", "told"),
    [
        ({}, True, "ok "),
        ({"date": "Mon, 23 Nov 2020 12:18:30 GMT"}, False, "FAIL "),
        ({}, False, "note the platform does not say"),
    ],
)
async def test_a_platforms_clock_is_compared(clinic: Clinic, headers, dated, told):
    async def presence(_: Request) -> JSONResponse:
        return JSONResponse({}, headers=headers)

    app = Starlette(routes=[Route("/v1/presence", presence), Route("/v1", presence)])
    async with serving(app, dated=dated) as url:
        said = await clinic.lines(apis={"daily": Api(url=f"{url}/v1", key="k")})
    assert said["daily API"].startswith("ok answers; 0 people")
    assert said["daily clock"].startswith(told)


async def test_a_rehearsal_plays_through_every_platform_and_leaves_nothing_on(clinic: Clinic):
    said = await clinic.lines("all")
    for platform in SECRETS:
        steps = said[f"{platform} rehearsal"].split("; ")
        assert [step.partition(" ")[0] for step in steps] == ["ok"] * 3, steps
        assert "session.started" in steps[1]
        assert steps[2] == "ok the session is cancelled"
    kinds = [event.__struct_config__.tag for event in await clinic.gateway.events()]
    assert kinds.count("session.cancelled") == len(SECRETS)
    assert kinds.count("participant.joined") == 2 * len(SECRETS)


async def test_a_rehearsal_of_what_is_not_set_up(clinic: Clinic):
    said = await clinic.lines("teams")
    assert said["teams rehearsal"] == "FAIL it is not set up"


async def test_the_exit_status_says_it_too(tmp_path, capsys):
    file = tmp_path / "sessionwatch.toml"
    file.write_text(f'data = "{tmp_path}"\n[kafka]\nbootstrap = "127.0.0.1:9"\n')
    words = ["--settings", str(file), "doctor"]
    assert await asyncio.to_thread(main, words) == 1
    printed = capsys.readouterr()
    assert "FAIL  broker" in printed.out
    assert "-> Start it" in printed.out
    assert printed.err.endswith("Something needs mending; see above.\n")
    assert "shadow mode" not in printed.out


async def test_shadow_mode_is_said_first(tmp_path):
    settings = Settings(data=str(tmp_path), shadow=True)
    first = await anext(examine(settings))
    assert (first.verdict, first.what) == ("note", "shadow mode")
    assert "nobody is told" in first.told
    assert "shadow = false" in first.do
