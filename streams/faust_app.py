"""The only maker of Faust apps, and what runs one in a process of its own.

Every setting here is one of the safe subset of `docs/architecture.md`; each was learnt from a
measured fault or an open issue of Faust 0.15.3.
"""

import asyncio
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

from streams.kafka import FETCH_WAIT_MS, KafkaSettings

STOP_SECONDS = 8
"""A stop that takes longer is cut off: nothing is lost, the next worker reads on."""
log = logging.getLogger(__name__)


class _Thread(driver.AIOKafkaConsumerThread):
    """Waits for records as our other consumers do; Faust's own 1500 ms cannot be set."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        made = super()._create_worker_consumer(transport)
        made._fetch_max_wait_ms = FETCH_WAIT_MS  # read when it starts
        return made


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class App(faust.App):
    """`before_stop` is called first of all when it stops: a signal's receivers have no order."""

    before_stop: Callable[[], None] | None = None

    async def on_stop(self) -> None:
        if self.before_stop:
            self.before_stop()
        await super().on_stop()

    def _new_transport(self) -> _Transport:
        return _Transport(self.conf.broker_consumer, self)


def faust_app(name: str, kafka: KafkaSettings, max_batch_bytes: int) -> App:
    """An app whose id is its consumer group: raw bytes, no web server, no topics of its own.

    `max_batch_bytes` limits the batches of its changelog.
    """
    for chatty in ("faust", "mode", "aiokafka"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("faust.topics").setLevel(logging.ERROR)  # its warnings print the record
    seconds = kafka.session_timeout_ms / 1000
    return App(
        kafka.prefix + name,
        broker=[f"kafka://{server}" for server in kafka.bootstrap.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=seconds,
        broker_heartbeat_interval=max(0.5, seconds / 3),
        broker_rebalance_timeout=max(10.0, seconds),
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        producer_linger=0.02,
        producer_max_batch_size=max_batch_bytes,
        producer_acks=-1,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        table_standby_replicas=0,
        topic_partitions=kafka.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        web_enabled=False,
        autodiscover=False,
        datadir=tempfile.gettempdir(),  # a memory store writes nothing there
    )


def _credentials(kafka: KafkaSettings) -> Any:
    if kafka.security == "PLAINTEXT":
        return None
    context = kafka.ssl_context() if kafka.security.endswith("SSL") else None
    if not kafka.security.startswith("SASL"):
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=kafka.username,
        password=kafka.password(),
        mechanism=kafka.sasl_mechanism,
        ssl_context=context,
    )


def execute(app: App, failed: Callable[[], bool]) -> int:
    """Runs the app until SIGTERM or SIGINT; the exit status is 0, or 1 when it `failed` or
    crashed. What breaks only while it stops is no failure: it was not acknowledged, and the next
    worker reads it again."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(
        app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False
    )
    worker.spinner = None  # it writes to the terminal even when quiet
    stopped_well = False

    def stopping() -> None:
        nonlocal stopped_well
        stopped_well = not (worker.crashed or app.crashed)
        late = threading.Timer(STOP_SECONDS, lambda: os._exit(1 if failed() else 0))
        late.daemon = True
        late.start()

    app.before_stop = stopping
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        if end.code:  # as when Faust ends its producer before what is still to be sent
            reason = type(worker.crash_reason or app.crash_reason).__name__
            log.error("%s: %s", "broken off in stopping" if stopped_well else "crashed", reason)
        return 1 if failed() or (end.code and not stopped_well) else 0
    except Exception:
        log.exception("the app ended with an error")
    return 1
