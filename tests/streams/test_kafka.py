"""The only maker of Kafka clients, on a real broker."""

import pytest

from streams.kafka import (
    KafkaSettings,
    TopicsDiffer,
    check_topics,
    consumer,
    create_topics,
    partition_of,
    producer,
)
from streams.topics import INTERNAL, SESSION_EVENTS, TOPICS


async def test_topics_are_made_once(kafka: KafkaSettings):
    assert await create_topics(kafka) == []
    await check_topics(kafka)


async def test_another_number_of_partitions_is_refused(kafka: KafkaSettings):
    from msgspec.structs import replace

    with pytest.raises(TopicsDiffer, match="2 partitions, the settings say 3"):
        await check_topics(replace(kafka, partitions=3))


async def test_asking_for_topics_that_are_missing_does_not_make_them(kafka: KafkaSettings):
    """The broker would, with as many partitions as it likes."""
    from msgspec.structs import replace

    fresh = replace(kafka, prefix=f"{kafka.prefix}fresh.")
    for _ in range(2):
        with pytest.raises(TopicsDiffer, match="is missing; run: sessionwatch topics create"):
            await check_topics(fresh)
    assert len(await create_topics(fresh)) == len((*TOPICS, *INTERNAL))
    await check_topics(fresh)


async def test_a_record_lies_where_its_key_says(kafka: KafkaSettings):
    async with producer(kafka) as writer:
        for key in ("a", "b", "c", "d"):
            sent = await writer.send_and_wait(kafka.topic(SESSION_EVENTS), b"{}", key=key.encode())
            assert sent.partition == partition_of(key, kafka.partitions)
    async with consumer(kafka, SESSION_EVENTS) as reader:
        read = [await reader.getone() for _ in range(4)]
    assert {record.key for record in read} == {b"a", b"b", b"c", b"d"}
