"""Each process's own port: `/metrics` for Prometheus, `/healthz` and `/readyz` for supervisors."""

from collections.abc import Callable

from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from streams import http_server
from streams.metrics import registry, start_at_zero

LOOPBACK = "127.0.0.1"


def _metrics(request: Request) -> Response:
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), headers={"Content-Type": content_type})


def app(ready: Callable[[], bool] | None = None) -> Starlette:
    """`ready` says whether the process does its work yet; without it, it is from the start."""

    def readyz(_: Request) -> Response:
        if ready is None or ready():
            return PlainTextResponse("ready\n")
        return PlainTextResponse("not ready\n", status_code=503)

    def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/metrics", _metrics),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ]
    )


async def serve(
    port: int, *, part: str, host: str = LOOPBACK, ready: Callable[[], bool] | None = None
) -> None:
    """Serves until cancelled. `part` names the process's parts, joined by `+`.

    Raises `OSError` where the port is taken.
    """
    for one in part.split("+"):
        start_at_zero(one)
    await http_server.serve(app(ready), host, port)
