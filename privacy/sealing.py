"""Keys of the installation, and AES-256-GCM over what must not be read on disk or on a topic.

One 32-byte master key per installation lies in a file (0600); every use derives its own key
from it with HKDF-SHA256 (RFC 5869), so that no two purposes share one. Further lines of the file
(`v2 ` and 64 hex digits) are newer secrets, for what can be made anew: pseudonyms of people.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacy import private_files

NONCE_BYTES = 12


class BadKeyFile(ValueError):
    """The master key file is missing, readable by others, or not 32 bytes in hex."""


class MasterKey:
    """The installation's key; never printed. `newer` are the secrets of version 2, 3, ..."""

    def __init__(self, secret: bytes, newer: Sequence[bytes] = ()) -> None:
        self._secrets = [secret, *newer]
        if any(len(one) != 32 for one in self._secrets):
            raise BadKeyFile("the master key must be 32 bytes")

    @property
    def versions(self) -> int:
        """How many secrets there are; the last is the newest."""
        return len(self._secrets)

    @classmethod
    def read(cls, path: Path) -> "MasterKey":
        """Raises `BadKeyFile` with what to do about it."""
        try:
            mode = path.stat().st_mode & 0o077
            text = path.read_text().strip()
        except OSError as error:
            is_missing = isinstance(error, FileNotFoundError)
            do = "; make one with: sessionwatch keys new" if is_missing else ""
            raise BadKeyFile(f"cannot read {path}: {error.strerror}{do}") from None
        except UnicodeDecodeError:
            text = ""
        if mode:
            raise BadKeyFile(f"{path} can be read by others; run: chmod 600 {path}")
        first, *newer = text.splitlines() or [""]
        try:
            return cls(bytes.fromhex(first), [_newer(*one) for one in enumerate(newer, 2)])
        except ValueError:
            raise BadKeyFile(f"{path} does not hold 64 hex digits in each line") from None

    @classmethod
    def make(cls, path: Path) -> "MasterKey":
        """Writes a new key to `path`, which must not exist."""
        secret = secrets.token_bytes(32)
        with os.fdopen(private_files.create(path), "w") as file:
            file.write(secret.hex() + "\n")
        return cls(secret)

    @classmethod
    def rotate(cls, path: Path) -> "MasterKey":
        """Adds a newer secret to the file, whole or not at all; the older ones stay."""
        version = cls.read(path).versions + 1
        text = path.read_text().rstrip("\n") + f"\nv{version} {secrets.token_hex(32)}\n"
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(private_files.create(new), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        return cls.read(path)

    def derive(self, purpose: str, version: int = 1) -> bytes:
        """32 bytes for this purpose alone."""
        return HKDF(SHA256(), 32, salt=None, info=b"sessionwatch/" + purpose.encode()).derive(
            self._secrets[version - 1]
        )


def _newer(version: int, line: str) -> bytes:
    word, _, digits = line.partition(" ")
    if word != f"v{version}":
        raise ValueError
    return bytes.fromhex(digits)


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
