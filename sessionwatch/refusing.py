"""How a command says that it did nothing: why, on standard error, and its exit status."""

import sys

from aiokafka.errors import KafkaError

from sessionwatch.settings import Settings

DONE, FAILED = 0, 1


def refused(why: str) -> int:
    """Says why on standard error; the exit status of a failure."""
    print(f"sessionwatch: {why}", file=sys.stderr)
    return FAILED


def no_broker(settings: Settings, error: KafkaError) -> str:
    """What to do when the broker cannot be reached."""
    return (
        f"no broker answers at {settings.kafka.bootstrap} ({type(error).__name__}); "
        "set kafka.bootstrap or SESSIONWATCH_KAFKA"
    )
