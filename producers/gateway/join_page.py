"""The join page as it is sent: one small document, its own files, and what it may load.

It is the same for everybody: neither title, address nor link preview tells a clinic, a treatment
or a name, and a preview's robot that opens it changes nothing.
"""

import html
import json
import re
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

LANGUAGES: Final = ("en", "es")
PLACE: Final = re.compile(r"\{\{(\w+)\}\}")
KINDS: Final = {"js": "text/javascript", "css": "text/css", "json": "application/json"}
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

_browser = files("producers.browser")
_shell = (_browser / "join" / "join.html").read_text(encoding="utf-8")
WORDS: Final[dict[str, dict[str, str]]] = {
    language: json.loads((_browser / "join" / f"{language}.json").read_text(encoding="utf-8"))
    for language in LANGUAGES
}
_JOIN: Final = {
    one.name: one.read_bytes()
    for one in (_browser / "join").iterdir()
    if one.name.endswith((".js", ".css"))
}
_AGENT: Final = {
    one.name: one.read_bytes() for one in _browser.iterdir() if one.name.endswith(".js")
}


def page(request: Request, base: str | None, phone: str, leave_to: str) -> Response:
    """The document in the language asked for (`?l=es`), else in the browser's. `base`: where the
    page's own requests go; None for a link that is over, which still shows whom to call."""
    language = language_of(request)
    places = WORDS[language] | {
        "base": base or "",
        "kind": "open" if base else "over",
        "language": language,
        "phone": phone,
        "leave_to": leave_to,
    }
    made = {name: html.escape(text) for name, text in places.items()}
    made |= {"words": _data(WORDS), "phone_hidden": "" if phone else " hidden"}
    text = PLACE.sub(lambda found: made[found[1]], _shell)
    status = 200 if base else 404
    headers = {**HEADERS, "Vary": "Accept-Language"}
    return Response(text, status, headers, media_type="text/html")


def language_of(request: Request) -> str:
    """The first of ours that is asked for."""
    asked = [request.query_params.get("l", "")]
    asked += request.headers.get("accept-language", "").split(",")
    for one in asked:
        if (word := one.strip().lower()[:2]) in LANGUAGES:
            return word
    return LANGUAGES[0]


async def join_file(request: Request) -> Response:
    return _file(_JOIN, request.path_params["name"], HEADERS | {"Cache-Control": "no-cache"})


async def agent_file(request: Request) -> Response:
    """A clinic's page of another origin includes it."""
    shared = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=3600",
    }
    return _file(_AGENT, request.path_params["name"], shared)


def _file(known: dict[str, bytes], name: str, headers: dict[str, str]) -> Response:
    if name not in known:
        return Response(status_code=404)
    kind = KINDS[name.rpartition(".")[2]]
    return Response(known[name], headers=headers, media_type=kind)


def _data(words: object) -> str:
    """As a block of data inside of a document, which no word can end."""
    return json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
