"""Whatever a page sends on a link, it is taken or refused; nothing is a fault of ours."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.gateway.beacon import Tokens
from sessionwatch.broker import EmbeddedBroker
from streams.now import WALL
from tests.producers.gateway.join_world import Linked, linked

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

WHOLE = {
    "report": {"id": "0123456789abcdef", "kind": "help", "waited_ms": 0, "score": 1},
    "check": {
        "id": "0123456789abcdef",
        "result": "pass",
        "failures": [],
        "device": {"kind": "phone"},
        "network": {"effective": "4g"},
    },
    "consent": {"scope": "quality", "granted": True, "notice_version": "1"},
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from([[], {}, [[]], {"": None}, "x" * 5_000, "\ud800", "\x00", 10**400]),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def link(broker: EmbeddedBroker, tmp_path_factory) -> AsyncIterator[Linked]:
    async with linked(broker, tmp_path_factory.mktemp("any")) as up:
        yield up


@st.composite
def bodies(draw: st.DrawFn, whole: dict) -> bytes:
    """With fields replaced or added, or cut anywhere."""
    body = dict(whole)
    for key in draw(st.lists(st.sampled_from([*whole, "more"]), max_size=2)):
        body[key] = draw(ODD)
    raw = json.dumps(body).encode()
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.integers(0, 3)) == 0 else raw


@pytest.mark.parametrize("act", WHOLE)
async def test_nothing_that_a_page_sends_breaks(link: Linked, act: str):
    statuses = set()
    loop, gateway = asyncio.get_running_loop(), link.gateway

    async def post(token: str, body: bytes, kind: str) -> int:
        headers = {"content-type": kind}
        path = f"/j/{token}/{act}"
        return (await gateway.client.post(path, content=body, headers=headers)).status_code

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        bodies(WHOLE[act]),
        st.sampled_from(["ana", "luis", "nobody", "x"]),
        st.sampled_from(["application/json"] * 5 + ["text/plain", "", "application/json;"]),
    )
    def sends(body: bytes, who: str, kind: str) -> None:
        token = "ünknown" if who == "x" else link.token(who)
        posting = asyncio.run_coroutine_threadsafe(post(token, body, kind), loop)
        statuses.add(posting.result(30))

    await asyncio.to_thread(sends)
    assert not {status for status in statuses if status >= 500}


@pytest.mark.parametrize("bearer", ["", ".", "a.b", "é.é", "e30.AAAA", "x" * 9_000])
async def test_a_token_of_any_letters_is_only_refused(link: Linked, bearer: str):
    gateway = link.gateway
    sent = {"token": bearer, "sent_at": WALL.now()}
    assert (await gateway.client.post("/beacon", json=sent)).status_code == 401
    whole = Tokens(gateway.key).issue(gateway.session(0), gateway.person("ana"), "x", WALL.now())
    cut = await gateway.client.post("/beacon", json=sent | {"token": whole[:-1]})
    assert cut.status_code == 401
    for path in ("", "/go", "/state", "/megabyte"):
        answer = await gateway.client.get(f"/j/{bearer or '%00'}{path}")
        assert answer.status_code in (401, 404)
