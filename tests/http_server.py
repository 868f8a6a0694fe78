"""A small real HTTP server for a test, in the test's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn
from starlette.types import ASGIApp

from sessionwatch.broker import LOOPBACK, free_port


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0, *, dated: bool = True) -> AsyncIterator[str]:
    """Its address, as long as the block lasts; `dated`: it says what time it is."""
    port = port or free_port()
    config = uvicorn.Config(
        app, LOOPBACK, port, log_level="error", lifespan="off", date_header=dated
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:
                await asyncio.sleep(0.01)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        await task
