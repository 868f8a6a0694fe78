"""`sessionwatch evaluate`: the labelled scenarios and the default simulations, over many seeds."""

import argparse
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from producers.simulator.scenarios import IN_ROOMS, OVER_WEEKS
from producers.simulator.scenarios.registry import Scenario
from sessionwatch.by_chance import chances
from sessionwatch.by_chance_rooms import chances as of_rooms
from sessionwatch.default_day import days
from sessionwatch.evaluation import Evaluation, by_detector
from sessionwatch.evaluation_page import page
from sessionwatch.patterns import all_curves, elsewhere
from sessionwatch.scenarios import Verdict, judge
from streams import rules

SEED = 1
KNOWN: Mapping[str, Scenario[Any]] = {**IN_ROOMS, **OVER_WEEKS}


PEOPLE = 400
ROOMS = 150
OTHER_PEOPLE, OTHER_ROOMS = 120, 40
CHANCES = 1_000
LOOKS = 10_000
DAYS = 5
"""How much is simulated with `--all`, besides the scenarios."""


def judge_all(names: Iterable[str], seeds: int, pool: Executor | None = None) -> list[Verdict]:
    """Every scenario under the seeds 1 to `seeds`. Raises `KeyError` for an unknown name."""
    asked = list(product(names, range(1, seeds + 1)))
    if pool is None:
        return [judge(*one) for one in asked]
    return list(pool.map(judge, *zip(*asked, strict=True), chunksize=8))


def evaluated(names: Sequence[str], verdicts: Sequence[Verdict], command: str) -> Evaluation:
    """The scenarios' figures."""
    tempted = [(name, rule) for name in names for rule in KNOWN[name].tempts]
    wrong: dict[str, list[int]] = defaultdict(list)
    for verdict in verdicts:
        if not verdict.right:
            wrong[verdict.name].append(verdict.seed)
    return Evaluation(
        command=command,
        rules=rules.load().hash,
        seeds=len({verdict.seed for verdict in verdicts}),
        detectors=by_detector(verdicts, tempted),
        wrong=dict(wrong),
        named=sum(verdict.named for verdict in verdicts),
        misnamed=sum(len(verdict.misnamed) for verdict in verdicts),
        scenarios={name: KNOWN[name].what for name in names},
    )


def main(argv: Sequence[str] | None = None) -> int:
    """0 when every clear-cut detector was right about everything, 1 when not, 2 for bad words."""
    parser = argparse.ArgumentParser(prog="sessionwatch evaluate", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--scenario", nargs="+", choices=KNOWN, metavar="NAME", default=[])
    which.add_argument("--all", action="store_true", help="all scenarios (also when none is named)")
    which.add_argument("--list", action="store_true", help="name them, and what happens in each")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="PNG; needs matplotlib")
    parser.add_argument("--page", type=Path, metavar="FILE", help="the figures as a Markdown page")
    asked = parser.parse_args(argv)
    if asked.list:
        for name, scenario in KNOWN.items():
            print(f"{name:<36}{scenario.what}")
        return 0
    if asked.seeds < 1 or asked.processes < 1:
        parser.error("--seeds and --processes must be 1 or more")
    for file in filter(None, (asked.json, asked.page, asked.picture)):
        if file.is_dir() or not file.parent.is_dir():  # said now: all of it takes minutes
            parser.error(f"{file} cannot be written: no such folder, or one itself")
    begun = time.perf_counter()
    names = asked.scenario or tuple(KNOWN)
    words = f"--scenario {' '.join(names)}" if asked.scenario else "--all"
    with ProcessPoolExecutor(asked.processes) as pool:
        verdicts = judge_all(names, asked.seeds, pool)
        found = evaluated(names, verdicts, f"sessionwatch evaluate {words} --seeds {asked.seeds}")
        if not asked.scenario:
            found.curves = all_curves(PEOPLE, ROOMS, SEED, pool)
            found.elsewhere = elsewhere(OTHER_PEOPLE, OTHER_ROOMS, SEED, pool)
            found.chances = [*chances(CHANCES), *of_rooms(CHANCES, LOOKS, pool.map)]
            found.day = days(DAYS, pool)
    for line in found.lines():
        print(line)
    runs = len(names) * asked.seeds
    print(f"{len(names)} scenarios, {runs} runs: {time.perf_counter() - begun:.1f} s")
    _explain(verdicts)
    _write(found, asked)
    return 0 if found.right else 1


def _write(found: Evaluation, asked: argparse.Namespace) -> None:
    if asked.json:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    if asked.page:
        asked.page.write_text(page(found), encoding="utf-8")
    if asked.picture:
        from sessionwatch.evaluation_picture import draw

        draw(found, asked.picture)


def _explain(verdicts: Iterable[Verdict]) -> None:
    for verdict in verdicts:
        where = f"{verdict.name}, seed {verdict.seed}"
        for truth in verdict.missed:
            print(
                f"missed: {where}: {truth.rule} {truth.participant_id} {truth.earliest}",
                file=sys.stderr,
            )
        for words in verdict.misnamed:
            print(f"otherwise: {where}: {words}", file=sys.stderr)
        for false in verdict.false:
            print(
                f"false: {where}: {false.rule} {false.participant_id} {false.ts}", file=sys.stderr
            )


if __name__ == "__main__":
    sys.exit(main())
