"""Documents made from code are current, valid, and true of what is really written."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError

from docs import (
    generate_asyncapi,
    generate_metrics,
    generate_openapi,
    generate_openapi_staff,
    generate_platforms,
)
from streams.codec import Unreadable, encode, session_events
from streams.events import (
    ClockTicked,
    DutyChanged,
    ParticipantJoined,
    ParticipantPresentWith,
    Sample,
    SampleBatch,
)
from streams.topics import TOPICS

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"


@cache
def asyncapi() -> dict[str, Any]:
    return json.loads((DOCS / "asyncapi.json").read_text(encoding="utf-8"))


def check(record: bytes, name: str) -> None:
    """Raises `ValidationError` unless the record is what the document says of `name`."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": asyncapi()["components"]}
    Draft202012Validator(schema).validate(json.loads(record))


def test_the_asyncapi_document_is_current():
    assert (DOCS / "asyncapi.json").read_text(encoding="utf-8") == generate_asyncapi.generated(), (
        "run: python -m docs.generate_asyncapi"
    )


def test_the_asyncapi_document_is_valid():
    specification = json.loads((HERE / "data" / "asyncapi" / "3.0.0.json").read_text())
    problems = Draft7Validator(specification).iter_errors(asyncapi())
    assert [problem.json_path for problem in problems] == []


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    def follow(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                found = asyncapi()
                for step in node["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for value in node.values():
                follow(value)
        elif isinstance(node, list):
            for value in node:
                follow(value)

    follow(asyncapi())


def test_every_topic_is_a_channel():
    assert set(asyncapi()["channels"]) == {topic.name for topic in TOPICS}


@pytest.mark.parametrize(
    "record",
    [
        ClockTicked(id="1", ts=1),
        ParticipantJoined(
            id="1", ts=1, session_id="s", participant_id="p", role="host", connection_id="c"
        ),
        ParticipantPresentWith(id="1", ts=1, session_id="s", participant_id="p", with_="q"),
        DutyChanged(program_id="p", people=2),
        SampleBatch([Sample("s", "p", "c", ts=1, rtt_ms=20, jitter_ms=3, loss=0.01)]),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_the_codec_writes_is_what_the_document_says(record):
    check(encode(record), type(record).__name__)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b'{"type": "clock.ticked", "id": "1"}', id="a missing time"),
        pytest.param(b'{"type": "clock.ticked", "id": "1", "ts": "1"}', id="a time as text"),
        pytest.param(b'{"type": "clock.tocked", "id": "1", "ts": 1}', id="another type"),
    ],
)
def test_the_document_refuses(bad):
    with pytest.raises(ValidationError):
        check(bad, "ClockTicked")


def test_an_identifier_with_anything_else_is_refused():
    for wrong in ("ana@example.org", "Ana Lopez", "p1\n", ""):
        event = ParticipantPresentWith(
            id="1", ts=1, session_id="s", participant_id=wrong, with_="q"
        )
        with pytest.raises(ValidationError):
            check(encode(event), "ParticipantPresentWith")


def join_failed(**more: object) -> bytes:
    told = {"type": "participant.join_failed", "id": "1", "ts": 1, "session_id": "s"}
    return encode({**told, "participant_id": "p", "stage": "media", **more})


@pytest.mark.parametrize("wrong", ["ana@example.org", "it did not work for Ana", "", "a" * 65])
def test_a_code_is_neither_prose_nor_an_address(wrong):
    check(join_failed(detail="signal_close"), "ParticipantJoinFailed")
    with pytest.raises(ValidationError):
        check(join_failed(detail=wrong), "ParticipantJoinFailed")
    with pytest.raises(Unreadable):
        session_events.decode(join_failed(detail=wrong))


def test_no_address_is_the_name_of_a_carrier():
    network = {"type": "wifi", "carrier": "Orange (AT&T)", "region": "eu-west.1"}
    check(join_failed(network=network), "ParticipantJoinFailed")
    wrong = join_failed(network=network | {"carrier": "ana@example.org"})
    with pytest.raises(ValidationError):
        check(wrong, "ParticipantJoinFailed")
    with pytest.raises(Unreadable):
        session_events.decode(wrong)


def test_the_page_of_metrics_is_current():
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == generate_metrics.generated(), (
        "run: python -m docs.generate_metrics"
    )


@pytest.mark.parametrize("made", [generate_openapi, generate_openapi_staff, generate_platforms])
def test_the_gateways_documents_are_current(made):
    assert made.TARGET.read_text(encoding="utf-8") == made.generated(), f"run: {made.__name__}"


def test_the_contract_names_every_topic_and_type():
    words = (DOCS / "contract.md").read_text(encoding="utf-8")
    for topic in TOPICS:
        assert f"`{topic.name}`" in words
    for message in asyncapi()["components"]["messages"].values():
        if message["name"] not in ("batch", "dead.letter"):
            assert f"`{message['name']}`" in words


def test_decisions_are_short_and_numbered_without_a_gap():
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert len(text.split()) < 200, page.name


def test_every_link_between_the_documents_leads_somewhere():
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
