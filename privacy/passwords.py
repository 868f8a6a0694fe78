"""Passwords by argon2id, at most two at a time, and equally slow for unknown names.

Parameters are argon2-cffi's defaults (RFC 9106's second recommendation: 64 MiB, 3 passes, 4
lanes), above OWASP's floor.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

AT_ONCE = 2
"""Each takes 64 MiB; more at once would let strangers fill the memory."""
SHORTEST = 12


class Passwords:
    """Hashes and verifies off the event loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        return await self._off_loop(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """False for a wrong password; as slow for None, a name that nobody has."""
        if stored is None:
            if self._dummy is None:
                self._dummy = await self.hash(secrets.token_urlsafe())
            await self._off_loop(self._matches, self._dummy, password)
            return False
        return await self._off_loop(self._matches, stored, password)

    def outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _off_loop(self, call: Callable[..., T], *given: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, *given)
