"""Whole deliveries as the platforms send them (`tests/data/<platform>`), in the order of a day.

Shapes, names and types are those of the platforms' documentation; the people are invented.
"""

import base64
import json
from pathlib import Path
from urllib.parse import urlencode

from producers.gateway.adapter import FORM_TYPES
from producers.gateway.platforms import PLATFORMS

DATA = Path(__file__).parents[2] / "data"


def deliveries(platform: str) -> dict[str, bytes]:
    """Bodies by their files' names. LiveKit's are a server's own, with headers and all."""
    paths = sorted((DATA / platform).glob("*.json"))
    if platform == "livekit":
        return {path.stem: base64.b64decode(read(path)["body_b64"]) for path in paths}
    return {path.stem: wired(platform, json.dumps(read(path))) for path in paths}


def wired(platform: str, told: str) -> bytes:
    """JSON as the platform wraps it: a form's fields are an object's, with JSON in some."""
    if PLATFORMS[platform].MEDIA_TYPES >= FORM_TYPES:
        fields = json.loads(told)
        return urlencode(
            {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in fields.items()
            },
            errors="surrogatepass",
        ).encode()
    return told.encode()


def read(path: Path) -> dict:
    return json.loads(path.read_text())
