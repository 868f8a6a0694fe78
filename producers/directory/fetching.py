"""Fetches schedules by URL: a calendar's feed, or a FHIR server's search with all of its pages.

A calendar's address often is its secret, and a FHIR search may name people: no address is ever
in an error or a log.
"""

import asyncio
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx
from msgspec import Struct

from producers.directory import fhir
from producers.directory.formats import format_of
from producers.directory.importing import LARGEST
from producers.directory.records import BadFile

ACCEPTED: Final = "text/calendar, application/fhir+json, text/csv;q=0.8, */*;q=0.5"
PACKED: Final = ("", "identity", "gzip")
"""How an answer may be packed: once. Packed again, a few bytes are more than any memory holds."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
MOST_PAGES: Final = 500
MOST_REDIRECTS: Final = 3
PAGE_SECONDS: Final = 30.0
ALL_SECONDS: Final = 300.0


class NotFetched(Exception):
    """Why, in words that name no address."""


class Validators(Struct, frozen=True):
    """By which a server knows what we have (RFC 9110, 8.8)."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


class Fetched(Struct, frozen=True):
    pages: list[bytes]
    validators: Validators


NOTHING: Final = Validators()
"""Known of what was never fetched."""


async def fetch(url: str, token: str = "", known: Validators = NOTHING) -> Fetched | None:
    """All pages; None when nothing has changed since `known`. Raises `NotFetched`, and `BadFile`
    for a page that is no FHIR bundle.

    A bearer `token` goes to the URL's own server alone.
    """
    try:
        async with asyncio.timeout(ALL_SECONDS), httpx.AsyncClient(timeout=PAGE_SECONDS) as client:
            return await _Fetching(client, url, token).all(known)
    except TimeoutError:
        raise NotFetched(f"not whole within {ALL_SECONDS:.0f} s") from None
    except httpx.TimeoutException:
        raise NotFetched(f"no answer within {PAGE_SECONDS:.0f} s") from None
    except httpx.HTTPError as error:
        raise NotFetched(f"no answer ({type(error).__name__})") from None
    except BadFile:
        raise
    except (httpx.InvalidURL, ValueError):  # ours, or one that the server sends us on to
        raise NotFetched("not an address") from None


class _Fetching:
    """One fetch: its pages share a limit of size."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        self._client = client
        self._url = url
        self._token = token
        self._left = LARGEST

    async def all(self, known: Validators) -> Fetched | None:
        first = await self._get(self._url, known.headers())
        if first is None:
            if known == NOTHING:
                raise NotFetched("unchanged, says a server that never told anything")
            return None
        body, validators = first
        pages = [body]
        if format_of(body) == "fhir":
            await self._follow(pages)
        return Fetched(pages, validators)

    async def _follow(self, pages: list[bytes]) -> None:
        """Adds the further pages of a search."""
        url = self._url
        asked = {url}
        while link := fhir.bundle(pages[-1]).next:
            url = urljoin(url, link)
            if _server(url) != _server(self._url):
                raise NotFetched("a page lies on another server")
            if url in asked:
                raise NotFetched("its pages go round in a circle")
            asked.add(url)
            if len(pages) == MOST_PAGES:
                raise NotFetched(f"more than {MOST_PAGES} pages")
            page = await self._get(url, {})
            if page is None:
                raise NotFetched("a page is missing")
            pages.append(page[0])

    async def _get(self, url: str, headers: dict[str, str]) -> tuple[bytes, Validators] | None:
        for _ in range(MOST_REDIRECTS + 1):
            _check(url)
            ours = _server(url) == _server(self._url)
            asked = {"Accept": ACCEPTED, "Accept-Encoding": "gzip"} | headers
            if self._token and ours:
                asked["Authorization"] = f"Bearer {self._token}"
            async with self._client.stream("GET", url, headers=asked) as answer:
                if answer.status_code == 304:
                    return None
                if not answer.is_redirect:
                    return await self._body(answer), _validators(answer)
                url = redirected(url, answer.headers.get("location", ""))
        raise NotFetched(f"redirected more than {MOST_REDIRECTS} times")

    async def _body(self, answer: httpx.Response) -> bytes:
        if answer.status_code != 200:
            raise NotFetched(f"answered {answer.status_code}")
        if answer.headers.get("content-encoding", "").strip().lower() not in PACKED:
            raise NotFetched("packed in a way that was not asked for")
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > self._left:
                raise NotFetched(f"larger than {LARGEST >> 20} MiB")
        self._left -= len(body)
        return bytes(body)


def redirected(url: str, location: str) -> str:
    """Where an answer of `url` sends us. Raises `NotFetched` where a server elsewhere would have us
    ask something of this machine, or without encryption."""
    if not location:
        raise NotFetched("redirected to nowhere")
    there = urljoin(url, location)
    if urlsplit(url).scheme == "https" and urlsplit(there).scheme != "https":
        raise NotFetched("redirected to an address without https")
    return there


def _validators(answer: httpx.Response) -> Validators:
    return Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))


def _server(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise NotFetched("only https is fetched, and http from this machine")
