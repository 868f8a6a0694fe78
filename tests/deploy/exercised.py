"""A process that exposes the registry with every metric in use: `python -m ... PORT`."""

import asyncio
import itertools
import sys
import time

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from streams import metrics
from streams.metrics_endpoint import serve

EXAMPLES = {
    "part": ("session", "clock"),
    "topic": ("session-events",),
    "source": ("livekit",),
    "reason": ("not_json",),
    "rule": ("dropped_out",),
    "status": ("raised",),
    "store": ("alerts",),
    "state": ("present", "away", "held", "open", "poor"),
    "team": ("tech",),
    "outcome": ("attended", "missed"),
    "group": ("session-monitor",),
    "platform": ("livekit",),
    "feed": ("evening",),
    "version": ("0.0.0",),
    "partition": ("2",),
}


def exercise(metric: MetricWrapperBase) -> None:
    for values in itertools.product(*(EXAMPLES[name] for name in metric._labelnames)):
        one = metric.labels(*values) if values else metric
        if isinstance(one, Counter):
            one.inc()
        elif isinstance(one, Histogram):
            one.observe(0.2)
        elif isinstance(one, Gauge) and metric._name.endswith("_timestamp_seconds"):
            one.set(time.time())
        elif isinstance(one, Gauge):
            one.inc()


async def main(port: int) -> None:
    ours = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(port, part="+".join(metrics.PARTS)))
        while True:
            for metric in ours:
                exercise(metric)
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
