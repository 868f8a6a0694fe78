"""The engine's settings, for each part that it runs; `sessionwatch/settings.py` reads them."""

from msgspec import Struct


class EngineSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`rules` is a path; empty: the rules that come with the program.

    `max_batch_bytes` keeps a changelog batch to one record: the embedded broker takes a batch's
    first offset for the end of the partition, and recovery would stop short of the rest. On
    Apache Kafka it may be 16384.
    """

    rules: str = ""
    dead_letters_a_minute: int = 100
    stalled_seconds: float = 60
    max_batch_bytes: int = 64
