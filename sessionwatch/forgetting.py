"""What forgets an erased person besides the directory: the archive and a monitor's saved state.

The directory's tombstone keeps an import from bringing the person back, and the archive writes
nothing of them again. Doing it twice does no harm: what a crash left undone is done then.
"""

import asyncio

from aiokafka.errors import KafkaError

from consumers.archive import erasing
from sessionwatch.settings import Settings
from streams.episodes import NEVER
from streams.kafka import KafkaSettings, partition_of, producer
from streams.topics import PARTICIPANT_WEEKS

STAYS = (
    "What is still on the log's topics is pseudonymous, belongs to nobody any more, and ends with "
    "their retention."
)


async def forget(settings: Settings, person_id: str) -> list[str]:
    """What was done, in words; a broker that does not answer is one of them."""
    archived = await asyncio.to_thread(erasing.erase, settings.archive_folder, person_id, NEVER)
    return [str(archived), await _forget_weeks(settings.kafka, person_id), STAYS]


async def _forget_weeks(kafka: KafkaSettings, person_id: str) -> str:
    """A tombstone in place of the participant monitor's saved state of the person."""
    writer = producer(kafka, request_timeout_ms=5_000)
    try:
        await writer.start()
        await writer.send_and_wait(
            kafka.topic(PARTICIPANT_WEEKS),
            key=person_id.encode(),
            partition=partition_of(person_id, kafka.partitions),
        )
    except KafkaError as error:
        return f"monitors: no broker answered ({type(error).__name__}); run this again"
    finally:
        await writer.stop()
    return "monitors: the saved state of the person's weeks has a tombstone"
