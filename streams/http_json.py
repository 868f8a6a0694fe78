"""JSON in and out of the apps that people's pages use: one bounded reader, one form of errors.

Errors are `{"error": code}`; of a body that cannot be taken also `reason`, what to do about it,
without a word of what was sent. Of a name that stands twice in an object the last counts.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

T = TypeVar("T")

JSON: Final = "application/json"
_PLACE = re.compile(r"at `\$((?:\.[a-z_]{1,40}|\[\d{1,6}\])+)`$")
"""Where in the body, as msgspec tells; names that are not ours are not repeated."""


class BadBody(HTTPException):
    """`detail` is the code, `reason` a sentence."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(status, code)
        self.reason = reason


async def read(request: Request, wanted: type[T], most: int) -> T:
    """The request's body, of at most so many bytes; none is an empty object.

    Raises `BadBody`: 413 too long (read no further), 415 of another kind, 400 no JSON, 422 not
    the fields that are wanted.
    """
    raw = await _bounded(request, most)
    if raw and request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise BadBody(415, "not_json", f"send Content-Type: {JSON}")
    try:
        return msgspec.json.decode(raw or b"{}", type=wanted)
    except msgspec.ValidationError as error:
        found = _PLACE.search(str(error))
        place = f" {found[1].removeprefix('.')}" if found else ""
        reason = f"a field{place} is missing, unknown, or not of its kind"
        raise BadBody(422, "invalid_field", reason) from None
    except (ValueError, RecursionError):  # also text that is not UTF-8
        raise BadBody(400, "not_json", "send one JSON object in UTF-8") from None


async def _bounded(request: Request, most: int) -> bytes:
    raw = bytearray()
    try:
        async for piece in request.stream():
            raw += piece
            if len(raw) > most:
                raise BadBody(413, "too_large", f"send at most {most} bytes")
    except ClientDisconnect:
        raise BadBody(400, "not_json", "the body ended before its end") from None
    return bytes(raw)


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """What no cache may keep."""
    return Response(
        msgspec.json.encode(content),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type=JSON,
    )


class Refusal(Protocol):
    """What a part's own refusals have: an HTTP status, and a code."""

    status: int
    reason: str


Handler = Callable[[Request, Exception], Response]


def handlers(*refusals: type[Exception]) -> dict[Any, Handler]:
    """For an app's `exception_handlers`; `refusals` are classes of the shape `Refusal`."""
    return {HTTPException: _http_error} | dict.fromkeys(refusals, _refused)


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    told = {"error": error.detail}
    if isinstance(error, BadBody):
        told["reason"] = error.reason
    return answer(told, error.status_code, error.headers)


def _refused(_: Request, error: Any) -> Response:
    return answer({"error": error.reason}, error.status)
