"""A process's own port: what it serves, from when on, and that it ends when told to."""

import asyncio
import subprocess
from collections.abc import AsyncIterator

import httpx
import pytest

from sessionwatch.broker import free_port
from streams.metrics_endpoint import serve


class Endpoint:
    def __init__(self) -> None:
        self.ready = False
        self.port = free_port()
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}")

    async def answers(self) -> None:
        async with asyncio.timeout(20):
            while True:
                try:
                    await self.http.get("/healthz")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    here = Endpoint()
    task = asyncio.create_task(serve(here.port, part="gateway+alerts", ready=lambda: here.ready))
    await here.answers()
    yield here
    task.cancel()
    await asyncio.wait([task], timeout=20)
    assert task.cancelled()
    with pytest.raises(httpx.TransportError):
        await here.http.get("/healthz")
    await here.http.aclose()


async def test_known_labels_stand_at_zero_from_the_start(endpoint):
    told = (await endpoint.http.get("/metrics")).text
    assert 'sessionwatch_ingest_accepted_total{source="zoom"}' in told
    assert 'sessionwatch_alert_delay_seconds_count{rule="missed_session"}' in told
    assert 'sessionwatch_build_info{version="' in told
    assert "process_cpu_seconds_total" in told


async def test_readiness_follows_the_process(endpoint):
    assert (await endpoint.http.get("/healthz")).status_code == 200
    assert (await endpoint.http.get("/readyz")).status_code == 503
    endpoint.ready = True
    assert (await endpoint.http.get("/readyz")).status_code == 200


async def test_prometheus_own_linter_finds_nothing(endpoint):
    told = await endpoint.http.get("/metrics")
    ours = "\n".join(line for line in told.text.splitlines() if "sessionwatch_" in line) + "\n"
    checked = await asyncio.to_thread(
        subprocess.run,
        ["promtool", "check", "metrics"],
        input=ours,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


async def test_a_taken_port_is_an_error(endpoint):
    with pytest.raises(OSError, match="Address already in use"):
        await serve(endpoint.port, part="clock")
