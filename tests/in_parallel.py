"""Which tests `make test` runs side by side: those of several modules, but for what is listed here.

A module's tests stay in one process, since they share what is slow to start.
"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

ONE_AT_A_TIME = {
    "tests/end_to_end/": "the whole machine",
    "tests/producers/browser/test_livekit.py": "the whole machine",
    "tests/faults/": "Java",
    "tests/fhir/": "Java",
    "tests/streams/session/test_worker.py": "Java",
    "tests/test_kafka_cluster.py": "Java",
}
"""Modules by their paths' beginnings, and what only one of them may use at a time: a whole
installation or a real call, which run at their own speed; Java's servers, which are large."""


def scope(nodeid: str) -> str:
    """Tests of one scope run one after another, in one process."""
    module = nodeid.partition("::")[0]
    shared = (what for start, what in ONE_AT_A_TIME.items() if module.startswith(start))
    return next(shared, module)


class ByModule(LoadScopeScheduling):
    """Hands out modules in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    config.option.loadscopereorder = False
    return ByModule(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The slow ones first, so that no process is left alone with them at the end."""
    if hasattr(config, "workerinput"):
        order = _slowest_first(items)
        items.sort(key=lambda item: order.index(scope(item.nodeid)))


def _slowest_first(items: Sequence[pytest.Item]) -> list[str]:
    slow: dict[str, int] = {}
    for item in items:
        is_slow = item.get_closest_marker("slow") is not None
        slow[scope(item.nodeid)] = slow.get(scope(item.nodeid), 0) + is_slow
    first = dict.fromkeys(what for what in ONE_AT_A_TIME.values() if what in slow)
    return [*first, *sorted(slow.keys() - first, key=lambda one: (-slow[one], one))]
