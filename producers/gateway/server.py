"""The gateway's HTTP server: the process's own, patient only so long with a sender."""

import asyncio

from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from streams import http_server


class _Impatient(H11Protocol):
    """Closes a connection on which no request has begun in time; uvicorn waits for ever."""

    head_seconds: float
    _patience: asyncio.TimerHandle | None = None

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
    app: ASGIApp, host: str, port: int, *, head_seconds: float, connections: int = 2_000
) -> None:
    """Until cancelled; requests under way are answered first. Raises `OSError`: port taken.

    A sender may take `head_seconds` over a request's head.
    """
    await http_server.serve(
        app,
        host,
        port,
        http=type("Protocol", (_Impatient,), {"head_seconds": head_seconds}),
        limit_concurrency=connections,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=5,
    )
