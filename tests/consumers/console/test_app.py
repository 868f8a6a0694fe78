"""The page's own requests: headers, signing in and out, duty."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from consumers.console.app import LARGEST_BODY, web
from tests.consumers.console import world
from tests.consumers.console.conftest import Clinic

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def browser(clinic: Clinic) -> AsyncIterator[httpx.AsyncClient]:
    app = web(
        clinic.settings,
        guard=clinic.guard,
        clock=clinic.clock,
        programs=lambda: frozenset({clinic.ids.program}),
    )
    # The cookie is Secure; httpx, unlike browsers, sends it over TLS alone.
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="https://127.0.0.1",
        headers={"Origin": clinic.address, "Sec-Fetch-Site": "same-origin"},
    ) as client:
        yield client


async def sign_in(browser: httpx.AsyncClient, name: str = "dana", **changed: str) -> httpx.Response:
    said = {"username": name, "password": world.PASSWORD} | changed
    answer = await browser.post("/sign-in", json=said)
    if answer.status_code == 200:
        browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return answer


@pytest.mark.parametrize("path", ["/", "/me", "/static/main.js", "/static/none.js", "/nowhere"])
async def test_every_answer_carries_the_headers(browser: httpx.AsyncClient, path: str):
    headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert any(part.startswith("connect-src 'self' ws://127.0.0.1:") for part in policy)
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "max-age" in headers["strict-transport-security"]


async def test_data_is_not_stored_and_code_is_asked_for_each_time(browser: httpx.AsyncClient):
    assert (await browser.get("/me")).headers["cache-control"] == "no-store"
    assert (await browser.get("/static/main.js")).headers["cache-control"] == "no-cache"


async def test_signing_in_tells_who_one_is_and_sets_a_strict_cookie(browser: httpx.AsyncClient):
    answer = await sign_in(browser)
    me = answer.json()
    assert (me["name"], me["roles"], me["on_duty"]) == ("Dana Whitfield", ["clinician"], False)
    assert me["hub"].endswith("/live")
    cookie = answer.headers["set-cookie"]
    for word in ("__Host-sid=", "Secure", "HttpOnly", "SameSite=strict", "Path=/"):
        assert word in cookie
    assert (await browser.get("/me")).json() == me


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(browser: httpx.AsyncClient):
    wrong = await sign_in(browser, password="not the passphrase")
    unknown = await sign_in(browser, name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content
    assert "set-cookie" not in wrong.headers
    assert (await browser.get("/me")).json() is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_signing_in_from_elsewhere_is_refused(
    browser: httpx.AsyncClient, headers: dict[str, str], status: int
):
    said = {"username": "dana", "password": world.PASSWORD}
    answer = await browser.post("/sign-in", json=said, headers=headers)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b'{"username": "dana"}', 422),
        (b'{"username": 1, "password": "x"}', 422),
        (b"[" * 3_000, 422),
        (b" " * (LARGEST_BODY + 1), 413),
    ],
)
async def test_what_is_no_sign_in_is_refused(browser: httpx.AsyncClient, body: bytes, status: int):
    json = {"Content-Type": "application/json"}
    assert (await browser.post("/sign-in", content=body, headers=json)).status_code == status
    assert (await browser.post("/sign-in", content=b"{}")).status_code == 415


async def test_a_new_session_ends_the_one_before(browser: httpx.AsyncClient, clinic: Clinic):
    await sign_in(browser)
    first = browser.cookies["__Host-sid"]
    await sign_in(browser)
    assert browser.cookies["__Host-sid"] != first
    assert await clinic.accounts.viewer(first) is None


async def test_signing_out_ends_the_session(browser: httpx.AsyncClient, clinic: Clinic):
    await sign_in(browser)
    token = browser.cookies["__Host-sid"]
    assert (await browser.post("/sign-out")).status_code == 200
    assert await clinic.accounts.viewer(token) is None
    assert (await browser.get("/me")).json() is None


async def test_acts_need_the_sessions_own_token(browser: httpx.AsyncClient):
    await sign_in(browser)
    browser.headers["X-CSRF-Token"] = "0" * 64
    assert (await browser.post("/duty", json={"on": True})).status_code == 403
    assert (await browser.post("/sign-out")).status_code == 403
    assert (await browser.get("/sign-out")).status_code == 405


@pytest.mark.parametrize("name", ["rosa", "max"])  # of one program, and of all there are
async def test_going_on_duty_and_off_again(browser: httpx.AsyncClient, clinic: Clinic, name: str):
    await sign_in(browser, name)
    assert (await browser.post("/duty", json={"on": True})).json()["on_duty"]
    assert len(await clinic.accounts.on_duty(clinic.ids.program)) == 1
    assert not (await browser.post("/duty", json={"on": False})).json()["on_duty"]
    assert not await clinic.accounts.on_duty(clinic.ids.program)


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/"])
async def test_nothing_but_the_static_files_is_served(browser: httpx.AsyncClient, path: str):
    assert (await browser.get(path)).status_code == 404
