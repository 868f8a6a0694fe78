"""The gateway's server when more come than it has places for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from producers.gateway.server import SOURCE, serve
from sessionwatch.broker import free_port
from streams.metrics import INGEST_REFUSED
from tests.producers.gateway.conftest import answering

MOST = 6


async def fine(_: Request) -> PlainTextResponse:
    return PlainTextResponse("fine")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/beacon", fine, methods=["POST"]), Route("/healthz", fine)])
    port = free_port()
    serving = asyncio.create_task(serve(app, "127.0.0.1", port, head_seconds=60, connections=MOST))
    async with client(port) as first:
        await answering(first, serving)
    yield port
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def client(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30)


async def test_at_the_limit_senders_are_told_to_come_again_and_health_still_answers(port: int):
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST - 2)]
    async with client(port) as last:  # the last place
        assert (await last.post("/beacon")).status_code == 200
        before = refused()
        async with client(port) as another, client(port) as health:
            for _ in range(3):  # each time on a connection anew: it is closed
                answer = await another.post("/beacon")
                assert answer.status_code == 503
                assert answer.json() == {"reason": "busy"}
                assert answer.headers["retry-after"] == "1"
                assert answer.headers["connection"] == "close"
                assert (await health.get("/healthz")).text == "fine"
        assert refused() == before + 3
        for _, writer in idle:
            writer.close()
        async with asyncio.timeout(20):
            while (await last.post("/beacon")).status_code == 503:
                await asyncio.sleep(0.02)


def refused() -> float:
    return INGEST_REFUSED.labels(source=SOURCE, reason="busy")._value.get()
