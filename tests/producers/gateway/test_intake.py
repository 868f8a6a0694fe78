"""A fault of our own: an answer, a sealed letter, and no word of what was sent."""

import logging

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from producers.gateway.intake import Delivery, Intake
from producers.gateway.settings import GatewaySettings

SENT = b'{"name": "Ana Rivera"}'


class Letters:
    def __init__(self) -> None:
        self.kept: list[tuple[str, bytes, str]] = []

    async def dead_letter(self, source: str, raw: bytes, reason: str) -> None:
        self.kept.append((source, raw, reason))


async def sent(letters: Letters, *, verified: bool) -> httpx.Response:
    async def handle(delivery: Delivery) -> Response:
        delivery.verified = verified
        raise RuntimeError(delivery.body.decode())

    intake = Intake(GatewaySettings(), letters)

    async def take(request: Request) -> Response:
        return await intake.take("livekit", request, frozenset({"application/json"}), handle)

    app = Starlette(routes=[Route("/", take, methods=["POST"])])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        headers = {"content-type": "application/json"}
        return await client.post("/", content=SENT, headers=headers)


async def test_a_fault_is_answered_and_kept_and_told_by_its_place_alone(caplog):
    caplog.set_level(logging.INFO)
    letters = Letters()
    answer = await sent(letters, verified=True)
    assert answer.status_code == 500
    assert letters.kept == [("livekit", SENT, answer.json()["reason"])]
    assert "kind=RuntimeError at=test_intake.py:" in caplog.text
    assert "Ana" not in caplog.text + answer.text


async def test_nothing_is_kept_of_who_has_not_proved_who_they_are():
    letters = Letters()
    assert (await sent(letters, verified=False)).status_code == 500
    assert letters.kept == []
