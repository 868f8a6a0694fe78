"""Writes `docs/openapi-staff.json`, what staff say of a session over HTTP.

Run by `python -m docs.generate_openapi_staff`. What an act says comes from its own struct; a test
holds the paths against those of the directory's app.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from producers.directory.app import Match
from producers.directory.correcting import Correction
from producers.directory.staff_acts import ON_SEATS, ON_SESSIONS

TARGET: Final = Path(__file__).parent / "openapi-staff.json"
SESSION: Final = "/api/directory/sessions/{session_id}"
SEAT: Final = SESSION + "/people/{participant_id}"
SAID: Final = {
    "excuse": "Said before that they will be absent, late, or leave early",
    "in-person": "Here, but not on video",
    "present-with": "At another's device",
    "break": "The session pauses, or goes on",
    "match": "Who somebody unmatched is",
    "correct": "What the attendance really was; by the host or the program's supervisor, from the "
    "session's start to 14 days after its end. The same said twice is said once",
}
REFUSED: Final = {
    "400": "not JSON",
    "401": "not signed in",
    "403": "without the CSRF token, or from another page",
    "404": "a session that is not known, or not the viewer's to act on",
    "409": "too early, too late, cancelled, or another's identity",
    "413": "too large",
    "415": "not application/json",
    "422": "a field is not as it should be, or the person is not on the roster",
}


def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    acts: dict[str, type] = {f"{SEAT}/{act}": body for act, body in ON_SEATS.items()}
    acts |= {f"{SESSION}/{act}": body for act, body in ON_SESSIONS.items()}
    acts |= {f"{SEAT}/correct": Correction, f"{SESSION}/match": Match}
    _, schemas = msgspec.json.schema_components(
        acts.values(), ref_template="#/components/schemas/{name}"
    )
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sessionwatch staff's acts",
            "version": version("sessionwatch"),
            "description": "By a signed-in member of staff. An act answers once it is kept; the "
            "log brings it back to every screen.",
        },
        "paths": {path: {"post": _act(path, body)} for path, body in sorted(acts.items())},
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-sid"}
            },
            "schemas": {**schemas, "Refused": error},
        },
        "security": [{"session": []}],
    }


def _act(path: str, body: type) -> dict[str, Any]:
    act = path.rpartition("/")[2]
    text = {"type": "string"}
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    placed = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
    token = {"name": "X-CSRF-Token", "in": "header", "required": True, "schema": text}
    done = {"type": "object", "properties": {"event_id": {"type": ["string", "null"]}}}
    return {
        "summary": SAID[act],
        "operationId": act,
        "parameters": [*placed, token],
        "requestBody": {"content": _json({"$ref": f"#/components/schemas/{body.__name__}"})},
        "responses": {
            "200": {
                "description": "kept; without an id where nothing new was said",
                "content": _json(done),
            },
            **{
                status: {
                    "description": why,
                    "content": _json({"$ref": "#/components/schemas/Refused"}),
                }
                for status, why in REFUSED.items()
            },
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def generated() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
