"""The tables of the settings file: each part's own settings, under the part's name."""

from msgspec import Struct

from streams.kafka import KafkaSettings
from streams.now import Clock


class Sections(Struct, frozen=True, kw_only=True):
    kafka: KafkaSettings = KafkaSettings()
    clock: Clock = Clock()
