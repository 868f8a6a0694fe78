"""The gateway process: its server, its feed and its view of the directory, in one loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey
from producers.directory.lookup import Lookup
from producers.directory.store import Directory
from producers.gateway.asking import askers
from producers.gateway.beacon import Tokens
from producers.gateway.consented import Consents
from producers.gateway.feed import Feed
from producers.gateway.gathering import Gatherer
from producers.gateway.intake import Intake
from producers.gateway.join import Join
from producers.gateway.join_feed import JoinFeed
from producers.gateway.join_link import Link
from producers.gateway.join_said import JoinSaid
from producers.gateway.join_tokens import Invitations
from producers.gateway.names import Bots, DirectoryNames
from producers.gateway.occupancy import Occupancy
from producers.gateway.platforms import PLATFORMS
from producers.gateway.proofs import Proofs
from producers.gateway.recalling import Recalling
from producers.gateway.reconciling import Reconciler
from producers.gateway.recorder import Recorder
from producers.gateway.routes import Gateway
from producers.gateway.server import serve
from producers.gateway.settings import GatewaySettings
from producers.gateway.webhooks import Webhooks
from producers.gateway.writer import Writer
from streams import rules
from streams.kafka import KafkaSettings, producer
from streams.now import Clock

REQUEST_TIMEOUT_MS = 10_000
"""After so long without an answer a broker is taken for lost (the client's default is 40 s)."""


async def run(
    settings: GatewaySettings, *, kafka: KafkaSettings, clock: Clock, key: MasterKey
) -> None:
    """Until cancelled: then requests under way are answered, and what was taken in is written.

    Raises `OSError` where the port is taken or a file of secrets cannot be read, `BadRules`.
    """
    chosen = rules.load(Path(settings.rules) if settings.rules else None)
    proofs = Proofs(settings)
    async with _directory(settings, key) as directory, _writer(settings, kafka, key) as writer:
        pseudonyms, occupancy = Pseudonyms(key), Occupancy()
        lookup = Lookup(directory, pseudonyms, clock)
        await lookup.refresh()
        feed = Feed(writer, lookup, clock)
        recalling = Recalling(kafka, feed.recall, occupancy.recall)
        await recalling.catch_up()
        bots = Bots(settings.bot_names)
        names = {
            name: DirectoryNames(name, lookup, pseudonyms, occupancy, bots) for name in PLATFORMS
        }
        gatherer = Gatherer(writer, kafka.partitions, settings.gather_ms)
        consents = Consents(lookup, chosen)
        recorder = Recorder(writer, gatherer, occupancy, consents)
        intake = Intake(settings, writer)
        webhooks = Webhooks(settings, proofs, intake, lookup, names, recorder, feed, clock)
        reconciler = Reconciler(
            askers(settings),
            names,
            lookup,
            occupancy,
            recorder,
            recalling,
            clock,
            settings.settled_seconds,
        )
        invitations = Invitations(key)
        link = Link(
            settings.join, directory, lookup, recorder, invitations, clock, pseudonyms, consents
        )
        join_feed = JoinFeed(kafka, clock)
        join = Join(link, JoinSaid(link, intake, join_feed), Tokens(key))
        gateway = Gateway(
            settings, proofs, intake, webhooks, recorder, lookup, consents, clock, key
        )
        web = gateway.app(join.routes())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(lookup.keep_fresh())
            tasks.create_task(proofs.keep())
            tasks.create_task(feed.run(settings.feed_seconds))
            tasks.create_task(join_feed.run())
            tasks.create_task(reconciler.run(settings.reconcile_seconds))
            patience = settings.read_seconds
            tasks.create_task(serve(web, settings.host, settings.port, head_seconds=patience))


@asynccontextmanager
async def _directory(settings: GatewaySettings, key: MasterKey) -> AsyncIterator[Directory]:
    directory = await Directory.open(settings.directory, key)
    try:
        yield directory
    finally:
        await directory.close()


@asynccontextmanager
async def _writer(
    settings: GatewaySettings, kafka: KafkaSettings, key: MasterKey
) -> AsyncIterator[Writer]:
    client = producer(kafka, request_timeout_ms=REQUEST_TIMEOUT_MS)
    await client.start()
    try:
        yield Writer(client, kafka, key, settings.write_seconds)
    finally:
        await client.stop()
