"""Writes `docs/openapi.json`, the gateway's HTTP interface: `python -m docs.generate_openapi`.

OpenAPI 3.1 (spec.openapis.org). What the answers' reasons are comes from `errors.py`, what a
beacon and an event hold from the structs; a test holds the paths against the running gateway's.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from producers.gateway import cloudevents, errors
from producers.gateway.adapter import FORM_TYPES, JSON_TYPES
from producers.gateway.errors import Refused
from producers.gateway.platforms import PLATFORMS

TARGET: Final = Path(__file__).parent / "openapi.json"
TEXT: Final = {"text/plain": {"schema": {"type": "string"}}}
OBJECT: Final = {"type": "object", "additionalProperties": True}
HEADERS: Final = {
    "livekit": ["Authorization"],
    "zoom": ["x-zm-request-timestamp", "x-zm-signature"],
    "daily": ["X-Webhook-Timestamp", "X-Webhook-Signature"],
    "twilio": ["X-Twilio-Signature"],
    "jitsi": ["X-Jaas-Signature"],
    "bigbluebutton": ["Authorization"],
}


def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    one = _event_schema()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sessionwatch gateway",
            "version": version("sessionwatch"),
            "description": "What video platforms, browsers and other systems send. A 2xx says "
            "that all replicas hold what came; after 429 and 503 come again.",
        },
        "paths": {
            "/webhooks/{platform}": {"post": _webhook()},
            "/beacon": {"post": _beacon(), "options": _preflight()},
            "/events": {"post": _events(one)},
            "/healthz": {"get": _healthz()},
        },
        "components": {
            "securitySchemes": {"events": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Refused": _refused_schema()},
        },
    }


def _webhook() -> dict[str, Any]:
    words = "; ".join(f"{name}: {', '.join(headers)}" for name, headers in HEADERS.items())
    platform = {"type": "string", "enum": [*PLATFORMS]}
    return {
        "summary": "A video platform's delivery",
        "description": f"Signed as the platform signs, over the raw body ({words}). See "
        "docs/platforms.md.",
        "operationId": "webhook",
        "parameters": [{"name": "platform", "in": "path", "required": True, "schema": platform}],
        "requestBody": _body(dict.fromkeys(sorted(JSON_TYPES | FORM_TYPES), OBJECT)),
        "responses": _responses(),
    }


def _beacon() -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["token", "sent_at"],
        "properties": {
            "token": {"type": "string", "description": "names session, person and origin"},
            "sent_at": {"type": "integer", "description": "the device's clock, ms"},
            "skew": {
                "type": ["integer", "null"],
                "description": "how far the device's clock is behind ours, ms, where it was "
                "measured; else it is taken from when the beacon comes",
            },
            "samples": {"type": "array", "items": OBJECT},
            "events": {"type": "array", "items": OBJECT},
        },
    }
    return {
        "summary": "A browser's samples and events",
        "operationId": "beacon",
        "requestBody": _body({"application/json": schema}),
        "responses": _responses(),
    }


def _preflight() -> dict[str, Any]:
    return {
        "summary": "Whether a page may send",
        "operationId": "preflight",
        "responses": {"204": {"description": "it may; the token says who it is"}},
    }


def _events(one: dict[str, Any]) -> dict[str, Any]:
    batch = {"type": "array", "items": one}
    types = {cloudevents.STRUCTURED: one, cloudevents.BATCH: batch}
    return {
        "summary": "Another system's events, as CloudEvents 1.0",
        "operationId": "events",
        "security": [{"events": []}],
        "requestBody": _body(types),
        "responses": _responses(),
    }


def _event_schema() -> dict[str, Any]:
    _, made = msgspec.json.schema_components([cloudevents.CloudEvent])
    schema = made["CloudEvent"]
    schema["properties"]["type"] |= {"examples": sorted(cloudevents.ALLOWED)}
    return schema


def _healthz() -> dict[str, Any]:
    return {
        "summary": "Whether the gateway answers",
        "operationId": "healthz",
        "responses": {"200": {"description": "it does", "content": TEXT}},
    }


def _body(types: dict[str, Any]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {media: {"schema": schema} for media, schema in types.items()},
    }


def _responses() -> dict[str, Any]:
    """Those of a request that is taken in, and of one that is not."""
    made: dict[str, Any] = {
        "200": {
            "description": "taken in; or nothing that is needed; or the platform's own question "
            "answered",
            "content": {"application/json": {"schema": OBJECT}},
        }
    }
    for status, kinds in sorted(_refusals().items()):
        if status != 200:
            made[str(status)] = {
                "description": ", ".join(kind.reason for kind in kinds),
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}
                },
            }
    return made


def _refusals() -> dict[int, list[type[Refused]]]:
    found: dict[int, list[type[Refused]]] = {}
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, Refused) and kind is not Refused:
            found.setdefault(kind.status, []).append(kind)
    return found


def _refused_schema() -> dict[str, Any]:
    reasons = sorted(kind.reason for kinds in _refusals().values() for kind in kinds)
    return {
        "type": "object",
        "required": ["reason"],
        "properties": {"reason": {"type": "string", "enum": reasons}},
        "additionalProperties": False,
    }


def generated() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
