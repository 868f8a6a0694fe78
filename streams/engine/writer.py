"""Writes what runs of events caused: signals first, then the state, then the acknowledgement.

Events are applied as they come; while one run is being written the next one gathers, so a busy
partition pays for one round trip a run, not one an event. A crash anywhere in between repeats
signals with the same ids, and loses nothing: the state is never ahead of what was said.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from aiokafka import AIOKafkaProducer

from streams.dead_letters import DeadLetters, TooManyDeadLetters
from streams.engine.part import Part, Record
from streams.engine.steps import Letter, Run, State, Steps
from streams.kafka import KafkaSettings
from streams.metrics import EVENTS_WRITTEN

Save = Callable[[State], Awaitable[object]]


class Writer:
    """`save` writes one changelog record; what it returns is awaited for the acknowledgement."""

    def __init__(
        self,
        part: Part,
        kafka: KafkaSettings,
        producer: AIOKafkaProducer,
        dead_letters: DeadLetters,
        save: Save,
    ) -> None:
        self._part = part
        self._kafka = kafka
        self._producer = producer
        self._dead_letters = dead_letters
        self._save = save

    async def write(self, runs: list[tuple[Steps, Run]]) -> None:
        """Returns when all of it is on the broker. Raises `TooManyDeadLetters` after that.

        The states are taken before anything is awaited: they hold what these runs did and no
        later event.
        """
        changed = [(steps, run) for steps, run in runs if run.touched or run.letters]
        states = [steps.saved(run.touched) for steps, run in changed]
        await self._send([record for _, run in runs for record in run.records])
        flood = None
        for steps, run in changed:
            try:
                await self._bury(steps.partition, run.letters)
            except TooManyDeadLetters as error:
                flood = error
        await self._save_all(state for of_one in states for state in of_one[:-1])
        await self._save_all(of_one[-1] for of_one in states)
        if flood is not None:
            raise flood

    async def _send(self, records: list[Record]) -> None:
        """All together: one by one they would cost a linger each."""
        waiting = [
            await self._producer.send(
                self._kafka.topic(record.topic),
                value=record.value,
                key=record.key,
                partition=record.partition,
            )
            for record in records
        ]
        await asyncio.gather(*waiting)
        for record in records:
            EVENTS_WRITTEN.labels(part=self._part.name, topic=record.topic.name).inc()

    async def _bury(self, partition: int, letters: list[Letter]) -> None:
        flood = None
        for letter in letters:
            origin = f"{self._kafka.topic(self._part.source)}/{partition}/{letter.offset}"
            try:
                await self._dead_letters.put(
                    origin, letter.raw, letter.reason, floods=not letter.parked
                )
            except TooManyDeadLetters as error:
                flood = error
        if flood is not None:
            raise flood

    async def _save_all(self, states: Iterable[State]) -> None:
        await asyncio.gather(*[self._save(state) for state in states])
