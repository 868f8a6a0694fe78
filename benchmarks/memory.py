"""Memory of a running installation: every process of the given trees, resident and unshared.

`python -m benchmarks.memory PID...`: the supervisor's is enough. Linux only (`/proc`).
`RSS` counts pages that processes share once for each; `PSS` shares them out, so that its sum is
what the installation really takes.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.table import show

PROC = Path("/proc")


class Process(Struct, frozen=True):
    """Memory in KiB."""

    pid: int
    name: str
    rss: int
    pss: int


def tree(pid: int) -> Iterator[int]:
    """The process and all that it started."""
    yield pid
    for task in sorted((PROC / str(pid) / "task").glob("*/children")):
        for child in task.read_text().split():
            yield from tree(int(child))


def process(pid: int) -> Process:
    """Raises `OSError` when it has ended."""
    words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    totals = {
        line.split(":")[0]: int(line.split()[1])
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    }
    return Process(pid, _short([word.decode() for word in words if word]), **_sizes(totals))


def _sizes(totals: dict[str, int]) -> dict[str, int]:
    return {"rss": totals["Rss"], "pss": totals["Pss"]}


def _short(words: Sequence[str]) -> str:
    """`/x/bin/python /x/bin/sessionwatch run gateway` -> `sessionwatch run gateway`."""
    names = [Path(words[0]).name, *words[1:]] if words else ["?"]
    if names[0].startswith("python") and len(names) > 1:
        names = [Path(names[1]).name, *names[2:]]
    return " ".join(names)[:48]


def main(argv: Sequence[str] | None = None) -> int:
    """2 when none of the processes is there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("pid", type=int, nargs="+")
    asked = parser.parse_args(argv)
    try:
        found = [process(pid) for root in asked.pid for pid in tree(root)]
    except OSError as error:
        print(f"cannot read process: {error.strerror}", file=sys.stderr)
        return 2
    rows = [(one.name, one.pid, _mib(one.rss), _mib(one.pss)) for one in found]
    total = ("all", "", _mib(sum(one.rss for one in found)), _mib(sum(one.pss for one in found)))
    show("Memory, MiB", ("process", "pid", "RSS", "PSS"), [*rows, total])
    return 0


def _mib(kib: int) -> str:
    return f"{kib / 1024:,.1f}"


if __name__ == "__main__":
    sys.exit(main())
