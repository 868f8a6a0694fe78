"""The guard in front of a real app: who is let through, and who is told what."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from privacy.accounts import Accounts
from privacy.guard import Guard

HERE = "https://console.example"
PASSWORD = "correct horse battery"


@pytest.fixture
async def accounts(tmp_path, key):
    opened = await Accounts.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db", key)
    await opened.add("ana", PASSWORD, "Ana", ["clinician"], ["*"])
    yield opened
    await opened.close()


@pytest.fixture
async def client(accounts):
    guard = Guard(accounts, [HERE])

    async def look(request):
        return JSONResponse({"name": (await guard.viewer(request)).name})

    async def act(request):
        return JSONResponse({"name": (await guard.acting(request)).name})

    async def enter(request):
        signed_in = await accounts.sign_in("ana", PASSWORD)
        response = JSONResponse({"csrf": signed_in[1]})
        guard.remember(response, signed_in[0])
        return response

    routes = [
        Route("/look", look),
        Route("/act", act, methods=["POST"]),
        Route("/enter", enter, methods=["POST"]),
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as made:
        yield made


async def test_the_cookie_is_of_this_host_alone_and_not_for_scripts(client):
    cookie = (await client.post("/enter")).headers["set-cookie"].lower()
    assert cookie.startswith("__host-sid=")
    for part in ("secure", "httponly", "samesite=strict", "path=/"):
        assert part in cookie
    assert "domain" not in cookie


async def test_without_a_session_nothing_is_shown(client):
    assert (await client.get("/look")).status_code == 401
    client.cookies.set("__Host-sid", "made-up")
    assert (await client.get("/look")).status_code == 401
    assert (await client.get("/look", headers={"cookie": "a=;;=\x7f"})).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"sec-fetch-site": "same-origin"}, 200, id="the page"),
        pytest.param({"origin": HERE}, 200, id="an old browser's page"),
        pytest.param({"origin": HERE, "sec-fetch-site": "same-origin"}, 200, id="both"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a sister site"),
        pytest.param({"origin": "https://evil.example"}, 403, id="a foreign origin"),
        pytest.param(
            {"origin": HERE + ".evil.example", "sec-fetch-site": "same-origin"},
            403,
            id="a longer origin",
        ),
        pytest.param(
            {"sec-fetch-site": "same-origin", "x-csrf-token": "wrong"}, 403, id="wrong token"
        ),
        pytest.param({"sec-fetch-site": "same-origin", "x-csrf-token": ""}, 403, id="no token"),
        pytest.param({}, 403, id="no word of where from"),
    ],
)
async def test_an_act_needs_cookie_token_and_site(client, headers, status):
    csrf = (await client.post("/enter")).json()["csrf"]
    assert (await client.get("/look")).json() == {"name": "Ana"}
    answer = await client.post("/act", headers={"x-csrf-token": csrf} | headers)
    assert answer.status_code == status
