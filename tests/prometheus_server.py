"""A real Prometheus with the committed configuration and rules, and what it answers to panels."""

import asyncio
import json
import math
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from deploy.grafana.queries import queries
from sessionwatch.broker import LOOPBACK, free_port
from streams.metrics import LABELS

DEPLOY = Path(__file__).parent.parent / "deploy"
BINARY = "/usr/bin/prometheus"
PLAIN_WORD = re.compile(r"[a-z]{1,20}([_-][a-z0-9]+)*|[0-9]+(\.[0-9]+)*[a-z0-9.+]*")
"""A code, a topic or a version; a pseudonym of 26 letters and digits is none of them."""


@asynccontextmanager
async def start_prometheus(folder: Path, targets: Sequence[str]) -> AsyncIterator[str]:
    """Scrapes the targets (`host:port`) each second; gives its address, ends with the block."""
    committed = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    config = folder / "prometheus.yml"
    config.write_text(committed.replace("15s", "1s"), encoding="utf-8")
    shutil.copy(DEPLOY / "prometheus" / "rules.yml", folder)
    (folder / "targets").mkdir()
    (folder / "targets" / "these.json").write_text(json.dumps([{"targets": list(targets)}]))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        BINARY,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await _ready(f"http://{LOOPBACK}:{port}", process)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.kill()
        await process.wait()


async def _ready(url: str, process: asyncio.subprocess.Process, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds), httpx.AsyncClient() as http:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"Prometheus ended with {process.returncode}")
            try:
                if (await http.get(f"{url}/-/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def every_panel_returns_data(
    prometheus_url: str, seconds: float = 60, but: str | None = None
) -> list[str]:
    """The panels' series without a finite figure now; asks again until none, or time is up.
    A panel of the title `but` may be empty."""
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=prometheus_url) as http:
        missing = [query for query in queries() if not but or but not in str(query)]
        while missing:
            missing = [query for query in missing if not await _finite(http, query.promql)]
            if time.monotonic() > until:
                break
            await asyncio.sleep(0.5)
    return [str(query) for query in missing]


async def _finite(http: httpx.AsyncClient, promql: str) -> bool:
    return any(math.isfinite(value) for value in await ask(http, promql))


async def ask(http: httpx.AsyncClient, promql: str) -> list[float]:
    """The figures that PromQL has now. Raises `ValueError` where Prometheus refuses it."""
    answer: dict[str, Any] = (await http.get("/api/v1/query", params={"query": promql})).json()
    if answer["status"] != "success":
        raise ValueError(f"{answer['error']}: {promql}")
    return [float(series["value"][1]) for series in answer["data"]["result"]]


async def strange_labels(prometheus_url: str, values: int = 60) -> list[str]:
    """Labels of our metrics outside the closed sets: unknown, too many, or like an identifier."""
    async with httpx.AsyncClient(base_url=prometheus_url) as http:
        asked = {"match[]": '{__name__=~"sessionwatch_.+"}'}
        series = (await http.get("/api/v1/series", params=asked)).json()["data"]
    found: dict[str, set[str]] = {}
    for labels in series:
        for name, value in labels.items():
            found.setdefault(name, set()).add(value)
    ours = {name: found[name] for name in found.keys() - {"__name__", "job", "instance", "le"}}
    strange = [name for name in ours if name not in LABELS or len(ours[name]) > values]
    strange += [
        f"{name}={value}"
        for name, known in ours.items()
        for value in known
        if not PLAIN_WORD.fullmatch(value)
    ]
    return strange
