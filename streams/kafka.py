"""The only maker of Kafka clients, and the topics as a broker knows them."""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.partitioner import murmur2
from msgspec import Meta, Struct

from streams.bounds import Count
from streams.topics import INTERNAL, TOPICS, Topic

TOPIC_EXISTS = 36
FETCH_WAIT_MS = 100
"""Kafka answers a waiting fetch at once when a record comes; the embedded broker only after
half of the wait (215 ms a hop with the client's 500, 15 ms with 100). Idle it costs 0.7 % CPU."""


class KafkaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How to reach the brokers. `bootstrap` is host:port, several with commas."""

    bootstrap: str = "127.0.0.1:9092"
    prefix: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]*$")] = "sessionwatch."
    partitions: Count = 4
    replication: Count = 1
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    session_timeout_ms: int = 10_000

    def topic(self, topic: Topic) -> str:
        return self.prefix + topic.name

    def security_options(self) -> dict[str, Any]:
        """What aiokafka's clients need for TLS and SASL. Raises `BadKafkaFile`."""
        made: dict[str, Any] = {"security_protocol": self.security}
        if self.security.endswith("SSL"):
            made["ssl_context"] = self.ssl_context()
        if self.security.startswith("SASL"):
            made |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password(),
            }
        return made

    def ssl_context(self) -> ssl.SSLContext:
        """Raises `BadKafkaFile`."""
        with _read("ca_file", self.ca_file):
            context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.cert_file:
            with _read("cert_file, key_file", self.cert_file):
                context.load_cert_chain(self.cert_file, self.key_file or None)
        return context

    def password(self) -> str:
        """Raises `BadKafkaFile`."""
        if not self.password_file:
            raise BadKafkaFile("[kafka] password_file: is not set")
        with _read("password_file", self.password_file):
            return Path(self.password_file).read_text(encoding="utf-8").strip()


class BadKafkaFile(ValueError):
    """A file that the settings name cannot be used."""


@contextmanager
def _read(setting: str, file: str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:  # ssl's own errors are OSErrors
        why = getattr(error, "reason", None) or getattr(error, "strerror", None)
        raise BadKafkaFile(f"[kafka] {setting}: {file}: {why}") from None


class TopicsDiffer(RuntimeError):
    """The broker's topics are missing or have another number of partitions."""


def partition_of(key: str, partitions: int) -> int:
    """The partition Kafka's default partitioner (murmur2) gives this key."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def consumer(
    settings: KafkaSettings, *topics: Topic, group: str | None = None, **options: Any
) -> AIOKafkaConsumer:
    """A consumer that commits only when told to and starts at the earliest record."""
    chosen: dict[str, Any] = {
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "session_timeout_ms": settings.session_timeout_ms,
        "heartbeat_interval_ms": max(500, settings.session_timeout_ms // 3),
        "fetch_max_wait_ms": FETCH_WAIT_MS,
        "group_id": group and settings.prefix + group,
        "client_id": "sessionwatch",
    }
    return AIOKafkaConsumer(
        *(settings.topic(topic) for topic in topics),
        bootstrap_servers=settings.bootstrap,
        **settings.security_options(),
        **(chosen | options),
    )


def producer(settings: KafkaSettings, **options: Any) -> AIOKafkaProducer:
    """A producer whose sends return when all replicas hold the record."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        client_id="sessionwatch",
        **settings.security_options(),
        **({"acks": "all", "linger_ms": 5} | options),
    )


def admin(settings: KafkaSettings) -> AIOKafkaAdminClient:
    return AIOKafkaAdminClient(
        bootstrap_servers=settings.bootstrap,
        client_id="sessionwatch",
        **settings.security_options(),
    )


async def create_topics(settings: KafkaSettings) -> list[str]:
    """Makes the topics that are missing; returns their names. Raises where the broker refuses."""
    client = admin(settings)
    await client.start()
    try:
        present = set(await client.list_topics())
        missing = [t for t in (*TOPICS, *INTERNAL) if settings.topic(t) not in present]
        if not missing:
            return []
        answer = await client.create_topics(
            [
                NewTopic(
                    settings.topic(topic),
                    settings.partitions if topic.partitioned else 1,
                    settings.replication,
                    topic_configs=topic.configs(),
                )
                for topic in missing
            ]
        )
        for name, code, *rest in answer.topic_errors:
            if code not in (0, TOPIC_EXISTS):
                raise TopicsDiffer(f"the broker refused to make {name}: {rest or code}")
        return [settings.topic(topic) for topic in missing]
    finally:
        await client.close()


async def check_topics(settings: KafkaSettings) -> None:
    """Raises `TopicsDiffer` unless every topic stands as configured."""
    client = admin(settings)
    await client.start()
    try:
        # Who asks for a topic that is missing may have the broker make it, with figures of its own.
        named = {settings.topic(topic) for topic in (*TOPICS, *INTERNAL)}
        standing = sorted(named & set(await client.list_topics()))
        described = await client.describe_topics(standing) if standing else []
        present = {
            told["topic"]: len(told["partitions"]) for told in described if not told["error_code"]
        }
    finally:
        await client.close()
    _compare(settings, present)


def _compare(settings: KafkaSettings, present: Mapping[str, int]) -> None:
    for topic in (*TOPICS, *INTERNAL):
        name = settings.topic(topic)
        wanted = settings.partitions if topic.partitioned else 1
        if name not in present:
            raise TopicsDiffer(f"topic {name} is missing; run: sessionwatch topics create")
        if present[name] != wanted:
            raise TopicsDiffer(
                f"topic {name} has {present[name]} partitions, the settings say {wanted}; "
                "set kafka.partitions to what the broker has, or choose a new prefix"
            )


async def wait_for_broker(settings: KafkaSettings, seconds: float = 30) -> None:
    """Returns once the broker answers a metadata request."""
    async with asyncio.timeout(seconds):
        while True:
            client = admin(settings)
            try:
                await client.start()
                await client.list_topics()
            except Exception:  # any failure means: not yet
                await asyncio.sleep(0.1)
            else:
                return
            finally:
                await client.close()
