"""A clinic, and a console over the real broker that shows it."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from msgspec import Struct
from playwright.async_api import Browser
from starlette.routing import Mount

from alerts import worker as alert_service
from alerts.app import app as alerts_app
from alerts.store.store import Store
from consumers.console.settings import ConsoleSettings
from privacy.accounts import Accounts
from privacy.guard import Guard
from privacy.sealing import MasterKey
from producers.directory.app import app as directory_app
from producers.directory.store import Directory
from sessionwatch.broker import free_port
from streams.kafka import KafkaSettings
from streams.now import Clock
from tests.consumers.console import world
from tests.consumers.console.browser import chromium
from tests.consumers.console.process import serve
from tests.consumers.console.world import Ids, Log


class Clinic(Struct, frozen=True):
    """What the console is given."""

    folder: Path
    key: MasterKey
    clock: Clock
    directory: Directory
    accounts: Accounts
    settings: ConsoleSettings

    @property
    def ids(self) -> Ids:
        return Ids(self.directory.pseudonyms)

    @property
    def guard(self) -> Guard:
        return Guard(self.accounts, self.settings.page_origins)

    @property
    def address(self) -> str:
        return self.settings.page_origins[0]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clinic's databases and key, made once: hashing passwords takes its time."""
    folder = tmp_path_factory.mktemp("clinic")
    key = MasterKey.make(folder / "master.key")

    async def make() -> None:
        directory, accounts = await world.clinic(folder, key, world.simulated())
        await directory.close()
        await accounts.close()

    asyncio.run(make())
    return folder


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(tmp_path: Path, template: Path) -> AsyncIterator[Clinic]:
    folder = tmp_path / "clinic"
    shutil.copytree(template, folder)
    settings = ConsoleSettings(
        port=free_port(), hub_port=free_port(), beat_seconds=0.5, recheck_seconds=0.5
    )
    clock, key = world.simulated(), MasterKey.read(folder / "master.key")
    directory, accounts = await world.opened(folder, key, clock)
    yield Clinic(folder, key, clock, directory, accounts, settings)
    await directory.close()
    await accounts.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for a module's tests; each opens contexts of its own in it."""
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def log(kafka: KafkaSettings, clinic: Clinic) -> AsyncIterator[Log]:
    async with Log(kafka, clinic.clock) as opened:
        yield opened


@contextlib.asynccontextmanager
async def running(
    clinic: Clinic, kafka: KafkaSettings, *, service: bool = False, shadow: bool = False
) -> AsyncIterator[None]:
    """The console on its ports; with `service` also the alert service behind its acts; both in
    `shadow`, or not."""
    async with contextlib.AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        store = await Store.open(f"sqlite+aiosqlite:///{clinic.folder / 'alerts.db'}")
        stack.push_async_callback(store.close)
        alerts_api = alerts_app(store, clinic.guard, clinic.clock)
        directory_api = directory_app(clinic.directory, clinic.guard, clinic.clock)
        console = serve(
            clinic.settings,
            kafka=kafka,
            clock=clinic.clock,
            guard=clinic.guard,
            directory=clinic.directory,
            mounts=[Mount("/api/alerts", alerts_api), Mount("/api/directory", directory_api)],
            shadow=shadow,
        )
        started = [tasks.create_task(console)]
        if service:
            alerts = alert_service.run(
                alert_service.AlertsSettings(),
                kafka=kafka,
                clock=clinic.clock,
                key=clinic.key,
                store=store,
                accounts=clinic.accounts,
                shadow=shadow,
            )
            started.append(tasks.create_task(alerts))
        await answers(clinic.address)
        try:
            yield
        finally:
            for task in started:
                task.cancel()


async def answers(address: str) -> None:
    """Returns once the pages are served."""
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                await client.get(address)
                return
            await asyncio.sleep(0.05)


async def act(
    clinic: Clinic, user: str, alert_id: str, what: str, said: dict[str, str] | None = None
) -> None:
    """Somebody else's act, once the alert is known."""
    session = await clinic.accounts.sign_in(user, world.PASSWORD)
    assert session is not None
    headers = {
        "Cookie": f"__Host-sid={session[0]}",
        "X-CSRF-Token": session[1],
        "Origin": clinic.address,
    }
    async with asyncio.timeout(30), httpx.AsyncClient(headers=headers) as client:
        while True:
            address = f"{clinic.address}/api/alerts/{alert_id}/{what}"
            answer = await client.post(address, json=said)
            if answer.status_code == 200:
                return
            assert answer.status_code == 404, answer.text
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def beating(log: Log) -> AsyncIterator[None]:
    """The monitor's clock moves on."""

    async def beat() -> None:
        while True:
            await log.beat()
            await asyncio.sleep(1)

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
