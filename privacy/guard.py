"""Who is asking, at HTTP: the session cookie, and proof that the page itself asks.

An act needs three things (OWASP's advice against cross-site requests): the cookie (SameSite
Strict), the session's token in the header `X-CSRF-Token`, and a browser's word that the request
comes from this site (`Sec-Fetch-Site`, else `Origin`).
"""

import hmac
from http.cookies import CookieError, SimpleCookie

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from privacy.access import Viewer
from privacy.accounts import ABSOLUTE, Accounts

CSRF_HEADER = "x-csrf-token"


class Guard:
    """`origins` are the exact addresses that the pages have, as `https://host`.

    `secure` False (plain HTTP away from the loopback address, for tests alone) drops the
    `__Host-` prefix, which browsers take over TLS or from loopback only.
    """

    def __init__(self, accounts: Accounts, origins: list[str], secure: bool = True) -> None:
        self.accounts = accounts
        self.origins = frozenset(origins)
        self.secure = secure
        self.cookie = "__Host-sid" if secure else "sid"

    async def viewer(self, request: Request) -> Viewer:
        """Who asks; raises 401 without a session that still runs."""
        token = self.token(request.headers.get("cookie"))
        viewer = await self.accounts.viewer(token) if token else None
        if viewer is None:
            raise HTTPException(401, "sign_in")
        return viewer

    async def acting(self, request: Request) -> Viewer:
        """Who asks for a change; 401 without a session, 403 without proof of the page."""
        viewer = await self.viewer(request)
        token = self.token(request.headers.get("cookie")) or ""
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), self.accounts.csrf(token).encode()):
            raise HTTPException(403, "csrf_token")
        if not self.same_site(request):
            raise HTTPException(403, "cross_site")
        return viewer

    def same_site(self, request: Request) -> bool:
        """Whether a page of ours sent this; also for signing in, before there is a token."""
        origin = request.headers.get("origin")
        if origin is not None and origin not in self.origins:
            return False
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        return origin is not None

    def token(self, cookies: str | None) -> str | None:
        """The session's token of a `Cookie` header (a WebSocket's handshake has one too)."""
        try:
            held = SimpleCookie(cookies or "").get(self.cookie)
        except CookieError:
            return None
        return held.value if held else None

    def remember(self, response: Response, token: str) -> None:
        """Sets the cookie of a new session."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=ABSOLUTE // 1000,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def forget(self, response: Response) -> None:
        response.delete_cookie(
            self.cookie, path="/", secure=self.secure, httponly=True, samesite="strict"
        )
