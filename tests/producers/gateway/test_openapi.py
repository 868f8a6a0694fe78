"""The gateway does what its OpenAPI document says, whatever is sent to it."""

import ast
import asyncio
import json
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from docs import generate_openapi
from producers.gateway import routes
from producers.gateway.platforms import PLATFORMS
from streams.now import WALL
from tests.producers.gateway.clinic import SECRETS
from tests.producers.gateway.conftest import TOKEN, Running
from tests.producers.gateway.test_app import token_of

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Do not use the `random` module"),
]

DOCUMENT = json.loads(generate_openapi.generated())
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Signs(requests.auth.AuthBase):
    """Signs the very bytes that go out, as the platform named in the address would."""

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        platform = prepared.path_url.rpartition("/")[2]
        if platform in PLATFORMS:
            body = prepared.body or b""
            raw = body.encode() if isinstance(body, str) else body
            signed = PLATFORMS[platform].sign(raw, SECRETS[platform], WALL.now(), prepared.url)
            proofs = {name: value for name, value in signed.headers.items() if "Type" not in name}
            prepared.headers.update(proofs)
            prepared.url = signed.url
        return prepared


def described() -> set[tuple[str, str]]:
    return {
        (path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods
    }


def routed() -> set[tuple[str, str]]:
    """What `routes.py` itself serves; the join link's pages are described elsewhere."""
    found = set()
    for node in ast.walk(ast.parse(Path(routes.__file__).read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Route":
            methods = [word.value for word in node.keywords if word.arg == "methods"]
            names = ast.literal_eval(methods[0]) if methods else ["GET"]
            found |= {(node.args[0].value, name) for name in names}
    return found


async def test_every_path_is_described():
    assert described() == routed()


@pytest.mark.parametrize(
    ("path", "method"),
    [("/webhooks/{platform}", "POST"), ("/beacon", "POST"), ("/events", "POST")],
)
async def test_it_answers_as_described(gateway: Running, path, method):
    """Rightly signed, so that what is fuzzed comes in as far as it can."""
    statuses: set[int] = set()
    token = token_of(gateway)

    @BOUNDED
    @given(case=SCHEMA[path][method].as_strategy())
    def sends(case):
        if path == "/beacon" and isinstance(case.body, dict):
            case.body["token"] = token
        headers = {"Authorization": f"Bearer {TOKEN}"} if path == "/events" else {}
        answer = case.call(base_url=gateway.url, headers=headers, auth=Signs(), timeout=30)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    await asyncio.to_thread(sends)
    assert statuses - {401, 415}
