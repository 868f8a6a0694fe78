"""What every request passes: its limits before, its answer and its counts after."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from producers.gateway.errors import (
    BadMediaType,
    Busy,
    Internal,
    NotTaken,
    Refused,
    TooLarge,
    TooSlow,
)
from producers.gateway.settings import GatewaySettings
from streams.metrics import INGEST_ACCEPTED, INGEST_REFUSED, INGEST_SECONDS

DRAINED = 16
"""Up to so many times the limit is read and dropped, or the sender would see a broken connection
instead of the answer."""

log = logging.getLogger(__name__)


class Delivery(Struct):
    """One request as far as it has come. `verified`: the sender has proved who it is."""

    source: str
    request: Request
    body: bytes = b""
    verified: bool = False


class Keeps(Protocol):
    async def dead_letter(self, source: str, raw: bytes, reason: str) -> None: ...


Handle = Callable[[Delivery], Awaitable[Response]]
Limit = Callable[[Delivery], None]


class Intake:
    """Limits come before authentication, and nothing of a request comes into an answer or a log."""

    def __init__(self, settings: GatewaySettings, letters: Keeps) -> None:
        self._settings = settings
        self._letters = letters
        self._in_flight = 0

    async def take(
        self,
        source: str,
        request: Request,
        media_types: frozenset[str],
        handle: Handle,
        limit: Limit = lambda delivery: None,
    ) -> Response:
        """`limit` is asked before anything is read; it raises `TooMany`."""
        began = time.perf_counter()
        delivery = Delivery(source, request)
        self._in_flight += 1
        try:
            if self._in_flight > self._settings.max_in_flight:
                raise Busy
            if media_type(request) not in media_types:
                raise BadMediaType
            limit(delivery)
            delivery.body = await self._body(request)
            answer = await handle(delivery)
        except Refused as refused:
            answer = await self._refuse(delivery, refused)
        except Exception as error:
            log.error("fault source=%s kind=%s at=%s", source, type(error).__name__, _place(error))
            answer = await self._refuse(delivery, Internal())
        else:
            INGEST_ACCEPTED.labels(source=source).inc()
        finally:
            self._in_flight -= 1
        INGEST_SECONDS.labels(source=source).observe(time.perf_counter() - began)
        return answer

    async def _body(self, request: Request) -> bytes:
        most = self._settings.max_body_bytes
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced[:12]) > most * DRAINED:
            raise TooLarge
        parts, size = [], 0
        try:
            async with asyncio.timeout(self._settings.read_seconds):
                async for part in request.stream():
                    size += len(part)
                    if size <= most:
                        parts.append(part)
                    elif size > most * DRAINED:
                        break
        except (TimeoutError, ClientDisconnect):
            raise TooSlow from None
        if size > most:
            raise TooLarge
        return b"".join(parts)

    async def _refuse(self, delivery: Delivery, refused: Refused) -> Response:
        if refused.kept and delivery.verified:
            try:
                await self._letters.dead_letter(delivery.source, delivery.body, refused.reason)
            except NotTaken as error:
                refused = error
        INGEST_REFUSED.labels(source=delivery.source, reason=refused.reason).inc()
        log.info(
            "refused source=%s status=%d reason=%s", delivery.source, refused.status, refused.reason
        )
        headers = {"Connection": "close"} if refused.status in (408, 413, 415) else {}
        if refused.retry_after is not None:
            headers["Retry-After"] = str(refused.retry_after)
        return JSONResponse({"reason": refused.reason}, refused.status, headers)


def media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _place(error: Exception) -> str:
    """File and line of our code; never the exception's text, which may hold what was sent."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
