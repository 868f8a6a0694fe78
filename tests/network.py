"""A network of its own for one program, cut and made lossy for real (Linux, as root).

The program runs in a network namespace; a pair of virtual cables is its only way out.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

NAME = f"swtest{os.getpid()}"
OUTSIDE, INSIDE = f"swo{os.getpid() % 100_000}", f"swi{os.getpid() % 100_000}"
"""The cable's two ends (names of 15 letters at most)."""
ADDRESS, THERE = "10.213.7.1", "10.213.7.2"
"""Ours and the program's."""

DROPPING = """
table inet {name} {{
  chain incoming {{
    type filter hook input priority 0
    iifname "{end}" {rule}
  }}
}}
"""


def missing() -> str | None:
    """What this machine lacks for it; None when nothing."""
    lacking = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if lacking:
        return f"REAL CUTS WERE NOT TESTED: {' and '.join(lacking)} not installed"
    if os.geteuid() != 0:
        return "REAL CUTS WERE NOT TESTED: network namespaces need root"
    tried = subprocess.run(["ip", "netns", "add", f"{NAME}x"], capture_output=True, text=True)
    if tried.returncode:
        return f"REAL CUTS WERE NOT TESTED: no network namespace: {tried.stderr.strip()}"
    _run("ip", "netns", "del", f"{NAME}x")
    return None


class Cable:
    """The program's only way to us."""

    address, outside = ADDRESS, OUTSIDE

    def __init__(self, folder: Path) -> None:
        self.wrapper = folder / "inside"
        """A command before a program's own: runs it in there."""

    def cut(self) -> None:
        """Nothing passes, in either direction."""
        self._drop("drop")

    def lose(self, percent: int) -> None:
        """Each packet is lost with this chance, in either direction."""
        self._drop(f"numgen random mod 100 < {percent} drop")

    def mend(self) -> None:
        for inside in (False, True):
            _nft(f"delete table inet {NAME}", inside=inside, quietly=True)

    def _drop(self, rule: str) -> None:
        self.mend()
        for end, inside in ((OUTSIDE, False), (INSIDE, True)):
            _nft(DROPPING.format(name=NAME, end=end, rule=rule), inside=inside)


@contextlib.contextmanager
def cable(folder: Path, program: str) -> Iterator[Cable]:
    """Laid until the end of the block; `program` is what `wrapper` runs in there."""
    made = Cable(folder)
    made.wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {NAME} {program} "$@"\n')
    made.wrapper.chmod(0o755)
    _run("ip", "netns", "add", NAME)
    try:
        _run("ip", "link", "add", OUTSIDE, "type", "veth", "peer", "name", INSIDE, "netns", NAME)
        _run("ip", "addr", "add", f"{ADDRESS}/24", "dev", OUTSIDE)
        _run("ip", "link", "set", OUTSIDE, "up")
        for words in (
            ("addr", "add", f"{THERE}/24", "dev", INSIDE),
            ("link", "set", INSIDE, "up"),
            ("link", "set", "lo", "up"),
        ):
            _run("ip", "-n", NAME, *words)
        yield made
    finally:
        _nft(f"delete table inet {NAME}", quietly=True)
        _run("ip", "netns", "del", NAME)  # its end of the cable goes with it, and so does ours


def _nft(rules: str, *, inside: bool = False, quietly: bool = False) -> None:
    command = [*(["ip", "netns", "exec", NAME] if inside else []), "nft", "-f", "-"]
    subprocess.run(command, input=rules, text=True, check=not quietly, capture_output=True)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
