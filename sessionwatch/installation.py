"""A whole installation on this machine, in one folder: key, settings, broker, topics, processes.

The demo and the end-to-end tests run it; a clinic's own is the same parts under systemd or
another supervisor (`docs/installing.md`).
"""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from privacy import private_files
from privacy.sealing import MasterKey
from sessionwatch.broker import EmbeddedBroker, free_port
from sessionwatch.processes import SMALL
from sessionwatch.settings import FILE, Settings, load
from sessionwatch.supervisor import Child, Supervisor, part
from streams.kafka import create_topics, wait_for_broker
from streams.now import Clock


class Secrets(Struct, frozen=True):
    """What the senders and the gateway share; made anew for each installation."""

    livekit: str
    zoom: str
    events: str

    @classmethod
    def new(cls) -> "Secrets":
        return cls(
            f"key{secrets.token_hex(4)}:{secrets.token_urlsafe(32)}",
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
        )


class Installation:
    """Prepared by `prepare`, runs until the `running` block is left."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        told: Callable[[str], None],
        console_port: int = 0,
        bootstrap: str | None = None,
        groups: Sequence[Sequence[str]] = SMALL,
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.secrets = Secrets.new()
        self.broker = EmbeddedBroker()
        self._bootstrap = bootstrap or self.broker.bootstrap
        self._embedded = bootstrap is None
        self._groups = groups
        self.console_port = console_port or free_port()
        self.gateway_port = free_port()
        self._hub_port = free_port()
        self._metrics = {tuple(group): free_port() for group in groups}
        self.supervisor = Supervisor(told)
        self.settings: Settings
        self.key: MasterKey

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.console_port}"

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def metrics(self) -> dict[str, str]:
        """By process, host and port of its metrics."""
        return {"+".join(names): f"127.0.0.1:{port}" for names, port in self._metrics.items()}

    def prepare(self) -> None:
        """Writes the settings and makes the key. Nothing runs yet."""
        private_files.folder(self.folder)
        file = self.folder / "sessionwatch.toml"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(_toml(self._tables()))
        self.settings = load({FILE: str(file)})
        self.key = MasterKey.make(self.settings.key_path)

    def _tables(self) -> dict[str, dict[str, Any]]:
        return {
            "": {"data": str(self.folder / "data")},
            "time": {
                "start": self.clock.start,
                "wall_at_start": self.clock.wall_at_start,
                "speed": self.clock.speed,
            },
            "kafka": {"bootstrap": self._bootstrap, "session_timeout_ms": 6_000},
            "gateway": {
                "port": self.gateway_port,
                "public_url": self.gateway,
                "secrets": {"livekit": [self.secrets.livekit], "zoom": [self.secrets.zoom]},
                "event_tokens": [self.secrets.events],
            },
            "console": {"port": self.console_port, "hub_port": self._hub_port},
        }

    @contextlib.asynccontextmanager
    async def running(self, *others: Child) -> AsyncIterator[None]:
        """All processes answer; with `others`, which the supervisor keeps running, too."""
        with self.broker if self._embedded else contextlib.nullcontext():
            await wait_for_broker(self.settings.kafka)
            await create_topics(self.settings.kafka)
            children = [self._child(names) for names in self._groups]
            keeping = asyncio.create_task(self.supervisor.run([*children, *others]))
            try:
                await self._ready(keeping)
                yield
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)

    def _child(self, names: Sequence[str]) -> Child:
        child = part(*names)
        log = self.folder / f"{child.name}.log"
        return Child(
            child.name,
            child.command,
            {
                FILE: str(self.folder / "sessionwatch.toml"),
                "SESSIONWATCH_PORTS_METRICS": str(self._metrics[tuple(names)]),
            },
            log,
        )

    async def _ready(self, keeping: "asyncio.Task[None]", seconds: float = 60) -> None:
        async with asyncio.timeout(seconds), httpx.AsyncClient(timeout=2) as client:
            for address in self.metrics.values():
                await _answers(client, f"http://{address}/readyz", keeping)
            await _answers(client, f"{self.console}/", keeping)
            await _answers(client, f"{self.gateway}/healthz", keeping)


async def _answers(client: httpx.AsyncClient, url: str, keeping: "asyncio.Task[None]") -> None:
    while True:
        if keeping.done():
            await keeping
        with contextlib.suppress(httpx.HTTPError):
            if (await client.get(url)).is_success:
                return
        await asyncio.sleep(0.1)


def _toml(tables: dict[str, dict[str, Any]]) -> str:
    """Our own few kinds of value: text, numbers, lists of text, one level of named lists."""
    lines: list[str] = []
    for table, values in tables.items():
        if table:
            lines.append(f"[{table}]")
        lines += [f"{key} = {_toml_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml_value(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)
