"""What many tests need: a real broker, a fresh set of topics on it, an installation's key."""

import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from privacy.sealing import MasterKey
from sessionwatch.broker import EmbeddedBroker
from streams.kafka import KafkaSettings, create_topics, wait_for_broker
from tests import postgresql
from tests.kafka_cluster import KafkaNode, missing

pytest_plugins = ["tests.in_parallel"]

_numbers = itertools.count(1)

hypothesis.settings.register_profile(
    "any machine",
    hypothesis.settings(),
    deadline=None,  # a busy machine is no fault of what is tested
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    print_blob=True,
)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedBroker]:
    """One embedded broker for the whole run; tests keep apart by their topic prefix."""
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
async def kafka(broker: EmbeddedBroker) -> AsyncIterator[KafkaSettings]:
    """The embedded broker with topics of this test alone (two partitions)."""
    settings = KafkaSettings(
        bootstrap=broker.bootstrap,
        prefix=f"test{next(_numbers)}.",
        partitions=2,
        session_timeout_ms=2_000,
    )
    await wait_for_broker(settings)
    await create_topics(settings)
    return settings


@pytest.fixture(scope="session")
def apache_node() -> Iterator[KafkaNode]:
    """One node of Apache Kafka for the whole run."""
    if reason := missing():
        pytest.skip(reason)
    with KafkaNode() as node:
        yield node


@pytest.fixture
async def apache_kafka(apache_node: KafkaNode) -> AsyncIterator[KafkaSettings]:
    """Apache Kafka with topics of this test alone; skipped, and said why, without Java."""
    settings = KafkaSettings(
        bootstrap=apache_node.bootstrap,
        prefix=f"test{next(_numbers)}.",
        partitions=2,
        session_timeout_ms=2_000,
    )
    await wait_for_broker(settings, 60)
    await create_topics(settings)
    return settings


@pytest.fixture
def key(tmp_path: Path) -> MasterKey:
    """A new installation's key."""
    return MasterKey.make(tmp_path / "master.key")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL for the whole run; each store makes a schema of its own in it."""
    if postgresql.TOOLS is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: install it with: apt-get install postgresql")
    with postgresql.server() as url:
        yield url


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """What a command set up in this process ends with the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
