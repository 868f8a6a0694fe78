"""A real LiveKit server on loopback, built once from the Go module proxy.

The binary (53 MB) is kept in `.cache/livekit`; its versions and checksums are pinned in
`tools/livekit`. A build takes about two minutes and 1 GB of Go's caches.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from sessionwatch.broker import LOOPBACK, free_port
from tests.alone import alone

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tools" / "livekit"
BINARY = ROOT / ".cache" / "livekit" / "server"
PACKAGE = "github.com/livekit/livekit-server/cmd/server"
KEY, SECRET = "swtestkey", "swtestsecret-0123456789abcdefghijklmnop"

CONFIG = """
port: {http}
bind_addresses: ["{address}"]
rtc:
  udp_port: {udp}
  tcp_port: 0
  node_ip: {address}
  use_external_ip: false
  enable_loopback_candidate: true
  interfaces: {{includes: [{interface}]}}
  stun_servers: ["127.0.0.1:9"]
keys: {{{key}: {secret}}}
webhook: {{api_key: {key}, urls: ["{webhook}"]}}
room: {{empty_timeout: 2, departure_timeout: 2}}
logging: {{level: error}}
"""
"""`tcp_port` 0: else it listens on all interfaces; STUN here: else clients ask public servers."""


def missing() -> str | None:
    """What this machine lacks to build the server; None when it can, or has it."""
    if BINARY.exists() or shutil.which("go"):
        return None
    return "LiveKit was NOT tested: the server is not built and Go 1.26 is not installed"


def build() -> str | None:
    """Builds the server unless it is there; what went wrong, or None."""
    with alone("livekit"):
        return None if BINARY.exists() else _build()


def _build() -> str | None:
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    building = BINARY.with_suffix(".building")
    command = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(building), PACKAGE]
    done = subprocess.run(
        command,
        cwd=SOURCE,
        env=os.environ | {"GOFLAGS": "-p=2"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode:
        return f"LiveKit was NOT tested: its build failed: {done.stderr[-500:]}"
    building.rename(BINARY)
    return None


class LiveKitServer:
    """Its address, and the process."""

    def __init__(self, url: str, process: asyncio.subprocess.Process) -> None:
        self.url = url
        self.process = process


@asynccontextmanager
async def livekit_server(
    folder: Path,
    webhook: str,
    port: int = 0,
    address: str = LOOPBACK,
    interface: str = "lo",
) -> AsyncIterator[LiveKitServer]:
    """A server that sends its webhooks there, ended with the block (end its clients before)."""
    port = port or free_port()
    config = folder / "livekit.yaml"
    config.write_text(
        CONFIG.format(
            http=port,
            udp=free_port(),
            key=KEY,
            secret=SECRET,
            webhook=webhook,
            address=address,
            interface=interface,
        )
    )
    process = await asyncio.create_subprocess_exec(
        str(BINARY),
        "--config",
        str(config),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await _ready(f"http://{address}:{port}", process)
        yield LiveKitServer(f"ws://{address}:{port}", process)
    finally:
        if process.returncode is None:  # a test may have killed it
            process.kill()  # SIGTERM would wait for clients
        await process.wait()


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while process.returncode is None:
            try:
                if (await client.get(url)).text == "OK":
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise RuntimeError("the LiveKit server ended at once")
