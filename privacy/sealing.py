"""Keys of the installation, and AES-256-GCM over what must not be read on disk or on a topic.

One 32-byte master key per installation lies in a file (0600); every use derives its own key
from it with HKDF-SHA256 (RFC 5869), so that no two purposes share one.
"""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class BadKeyFile(ValueError):
    """The master key file is missing, readable by others, or not 32 bytes in hex."""


class MasterKey:
    """The installation's key; never printed."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise BadKeyFile("the master key must be 32 bytes")
        self._secret = secret

    @classmethod
    def read(cls, path: Path) -> "MasterKey":
        """Raises `BadKeyFile` with what to do about it."""
        try:
            mode = path.stat().st_mode & 0o077
            text = path.read_text().strip()
        except OSError as error:
            raise BadKeyFile(f"cannot read {path}; make one with: sessionwatch keys new") from error
        if mode:
            raise BadKeyFile(f"{path} can be read by others; run: chmod 600 {path}")
        try:
            return cls(bytes.fromhex(text))
        except ValueError:
            raise BadKeyFile(f"{path} does not hold 64 hex digits") from None

    @classmethod
    def make(cls, path: Path) -> "MasterKey":
        """Writes a new key to `path`, which must not exist."""
        path.parent.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_bytes(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret.hex() + "\n")
        return cls(secret)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for this purpose alone."""
        return HKDF(SHA256(), 32, salt=None, info=b"sessionwatch/" + purpose.encode()).derive(
            self._secret
        )


class Seal:
    """Encrypts with AES-256-GCM; what it sealed is nonce, ciphertext and tag."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, plain: bytes, bound_to: bytes = b"") -> bytes:
        """`bound_to` must be given again to open (for example who and which field)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes = b"") -> bytes:
        """Raises `cryptography.exceptions.InvalidTag` when it was altered or bound otherwise."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
