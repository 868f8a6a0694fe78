"""The one reader of bodies: whatever comes, an answer that says what to do, and never a 5xx."""

import asyncio
import json
from typing import Annotated

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streams import http_json

MOST = 512


class Wanted(Struct, forbid_unknown_fields=True):
    word: Annotated[str, Meta(min_length=1, max_length=64)]
    number: Annotated[int, Meta(ge=0, le=9)] = 0
    share: float = 0.0


class NotNow(Exception):
    status, reason = 409, "not_now"


async def take(request: Request) -> Response:
    body = await http_json.read(request, Wanted, MOST)
    if body.word == "not now":
        raise NotNow
    return http_json.answer(body)


async def optional(request: Request) -> Response:
    return http_json.answer(await http_json.read(request, dict[str, int], MOST))


async def closed(_: Request) -> Response:
    raise HTTPException(401, "sign_in", {"WWW-Authenticate": "Cookie"})


APP = Starlette(
    routes=[
        Route("/", take, methods=["POST"]),
        Route("/optional", optional, methods=["POST"]),
        Route("/closed", closed, methods=["POST"]),
    ],
    exception_handlers=http_json.handlers(NotNow),
)


def post(body, kind="application/json", path="/"):
    async def ask():
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            headers = {"Content-Type": kind} if kind else {}
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        (b"{", 400, "not_json", "send one JSON object in UTF-8"),
        (b'{"word": "\xff"}', 400, "not_json", "send one JSON object in UTF-8"),
        (b'{"word": "a", "share": NaN}', 400, "not_json", "send one JSON object in UTF-8"),
        (b'{"word": "a"} {}', 400, "not_json", "send one JSON object in UTF-8"),
        (b" " * (MOST + 1), 413, "too_large", "send at most 512 bytes"),
        (b"", 422, "invalid_field", "a field is missing, unknown, or not of its kind"),
        (b"[]", 422, "invalid_field", "a field is missing, unknown, or not of its kind"),
        (
            b'{"word": 1}',
            422,
            "invalid_field",
            "a field word is missing, unknown, or not of its kind",
        ),
        (
            b'{"word": "a", "number": 99999999999999999999999}',
            422,
            "invalid_field",
            "a field number is missing, unknown, or not of its kind",
        ),
    ],
)
def test_a_refusal_says_what_to_do(body, status, code, says):
    answer = post(body)
    assert (answer.status_code, answer.json()) == (status, {"error": code, "reason": says})
    assert answer.headers["cache-control"] == "no-store"


def test_what_was_sent_is_not_repeated():
    for body in ({"word": "a", "Ana Rivera": 1}, {"word": {"Ana Rivera": 1}}, {"word": "R" * 65}):
        answer = post(json.dumps(body))
        assert answer.status_code == 422
        assert "Ana" not in answer.text
        assert "RR" not in answer.text
    assert "Ana" not in post(b'{"Ana Rivera": "x"}', path="/optional").text


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        (None, 415),
    ],
)
def test_only_json_is_taken_which_no_form_of_another_site_can_send(kind, status):
    assert post(b'{"word": "a"}', kind).status_code == status


def test_no_body_is_an_empty_object_of_any_kind():
    assert post(b"", None, "/optional").json() == {}


def test_of_a_name_that_stands_twice_the_last_counts():
    assert post(b'{"word": "a", "word": "b"}').json()["word"] == "b"


def test_refusals_of_a_part_and_headers_of_http_ones():
    answer = post(b'{"word": "not now"}')
    assert (answer.status_code, answer.json()) == (409, {"error": "not_now"})
    answer = post(b"", path="/closed")
    assert (answer.status_code, answer.json()) == (401, {"error": "sign_in"})
    assert answer.headers["www-authenticate"] == "Cookie"


async def test_no_more_is_read_than_may_be():
    pieces = 0

    async def receive():
        nonlocal pieces
        pieces += 1
        return {"type": "http.request", "body": b"x" * 200, "more_body": True}

    scope = {"type": "http", "method": "POST", "headers": []}
    with pytest.raises(http_json.BadBody) as refused:
        await http_json.read(Request(scope, receive), Wanted, MOST)
    assert (refused.value.status_code, pieces) == (413, 3)


async def test_a_body_that_breaks_off_is_refused():
    async def receive():
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "headers": []}
    with pytest.raises(http_json.BadBody):
        await http_json.read(Request(scope, receive), Wanted, MOST)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["word", "number", "share", "other"])
TWICE = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(
    lambda pairs: f"{{{','.join(f'{json.dumps(k)}:{json.dumps(v)}' for k, v in pairs)}}}"
)
NUMBERS = st.from_regex(
    r'\A\{"word":"a","(number|share)":-?[0-9]{1,200}(\.[0-9]{1,50})?([eE][+-]?[0-9]{1,6})?\}\Z'
)
DEEP = st.builds(
    lambda opens, n: (opens * n).encode(),
    st.sampled_from(["[", '{"a":', '{"word":[']),
    st.integers(1, 4000),
)
BODIES = (
    st.binary(max_size=700)
    | VALUES.map(json.dumps).map(str.encode)
    | TWICE.map(str.encode)
    | NUMBERS.map(str.encode)
    | DEEP
)


@settings(max_examples=300, deadline=None)
@example(b"[" * 500)
@example(b'{"word":"\\ud800"}')
@given(BODIES)
def test_no_body_however_malformed_breaks_it(body):
    answer = post(body)
    assert answer.status_code in (200, 400, 413, 422, 409)
    if answer.status_code in (400, 413, 422):
        assert set(answer.json()) == {"error", "reason"}
    if len(body) > MOST:
        assert answer.status_code == 413
