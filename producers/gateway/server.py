"""The gateway's HTTP server: the process's own, patient only so long with a sender, and with
only so many senders at once."""

import asyncio
from typing import Any, Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from producers.gateway.errors import Busy
from streams import http_server
from streams.metrics import INGEST_REFUSED

CONNECTIONS: Final = 2_000
ALWAYS: Final = ("/healthz",)
"""Answered though all connections are taken: who is asked for help is not down."""
SOURCE: Final = "server"
"""Of what is refused before it is known who sends."""


class _Impatient(H11Protocol):
    """Closes a connection on which no request has begun in time; uvicorn waits for ever."""

    head_seconds: float
    most: int
    _patience: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._whole: ASGIApp = self.app
        self.app = self._unless_crowded

    async def _unless_crowded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """uvicorn's own limit answers in plain text, without when to come again."""
        app = self._whole
        if len(self.connections) >= self.most and scope["path"] not in ALWAYS:
            INGEST_REFUSED.labels(source=SOURCE, reason=Busy.reason).inc()
            headers = {"Retry-After": str(Busy.retry_after), "Connection": "close"}
            app = JSONResponse({"reason": Busy.reason}, Busy.status, headers)
        await app(scope, receive, send)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own narrowing
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._waits():
            self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _waits(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self._waits() and not self.transport.is_closing():
            self.transport.close()


async def serve(
    app: ASGIApp, host: str, port: int, *, head_seconds: float, connections: int = CONNECTIONS
) -> None:
    """Until cancelled; requests under way are answered first. Raises `OSError`: port taken.

    A sender may take `head_seconds` over a request's head. From so many `connections` on, senders
    are told to come again, and their connection is closed.
    """
    await http_server.serve(
        app,
        host,
        port,
        http=type("Protocol", (_Impatient,), {"head_seconds": head_seconds, "most": connections}),
        timeout_keep_alive=65,
        timeout_graceful_shutdown=5,
    )
