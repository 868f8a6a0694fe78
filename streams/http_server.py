"""uvicorn in the process's own loop: it leaves signals to the process, and ends with its task."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Leaves signals to the process: several servers may run in its loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: ASGIApp, host: str, port: int, **options: Any) -> None:
    """Until cancelled; requests under way are answered first. Raises `OSError`: port taken.

    `options` are uvicorn's.
    """
    listening = socket.create_server((host, port), backlog=1024)
    chosen: dict[str, Any] = {
        "ws": "none",
        "lifespan": "off",
        "access_log": False,
        "log_config": None,  # the process's logging stays as it is
        "server_header": False,
        "timeout_graceful_shutdown": 2,
    }
    server = _Server(uvicorn.Config(app, **(chosen | options)))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
