"""Where to begin reading so that what lies before a commit is known again."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.kafka import KafkaSettings, consumer


async def rewound(
    settings: KafkaSettings,
    reader: AIOKafkaConsumer,
    place: TopicPartition,
    committed: int,
    seconds: float,
) -> int:
    """The offset of the first record written at most so many wall seconds before the last one
    that was committed; never behind the commit."""
    first: int = (await reader.beginning_offsets([place]))[place]
    if committed <= first:
        return first
    written_at = await _written_at(settings, place, committed - 1)
    found = (await reader.offsets_for_times({place: written_at - round(1000 * seconds)}))[place]
    return committed if found is None else min(found.offset, committed)


async def _written_at(settings: KafkaSettings, place: TopicPartition, offset: int) -> int:
    """When the broker got the record at `offset` (ms)."""
    reader = consumer(settings)
    await reader.start()
    try:
        reader.assign([place])
        reader.seek(place, offset)
        record = await asyncio.wait_for(reader.getone(), 20)
        return int(record.timestamp)
    finally:
        await reader.stop()
