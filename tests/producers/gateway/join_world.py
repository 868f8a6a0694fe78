"""A person's link on a running gateway, and what the alert service would say on its feed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from aiokafka import AIOKafkaProducer
from playwright.async_api import Browser, Page, async_playwright

from producers.gateway.join_settings import JoinSettings
from producers.gateway.join_tokens import Invitation, Invitations
from sessionwatch.broker import EmbeddedBroker
from streams import codec
from streams.events import HOUR, Act, AlertChanged, AlertState, DutyChanged, Signal
from streams.kafka import KafkaSettings, create_topics, producer, wait_for_broker
from streams.now import WALL
from streams.topics import ALERT_FEED
from tests.producers.gateway.conftest import Running, evening

PICTURES = Path("test-output") / "join"
PHONE = {"width": 390, "height": 844}
CLINIC_PHONE = "+1 555 010 0199"
DIAL_IN = "+1 555 010 0142"
RULES = {"crisis": "crisis_reported", "help": "help_requested", "technical": "tech_requested"}
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => window.broken.push(`error ${event.message}`));
addEventListener("unhandledrejection", (event) => window.broken.push(`rejected ${event.reason}`));
"""


class Linked:
    """The gateway, and one person's link to its first session."""

    def __init__(self, gateway: Running, feed: AIOKafkaProducer) -> None:
        self.gateway = gateway
        self._feed = feed
        self._invitations = Invitations(gateway.key)

    def token(self, who: str = "ana", number: int | None = 0, hours: float = 1) -> str:
        session = "" if number is None else self.gateway.session(number)
        over = WALL.now() + round(hours * HOUR)
        return self._invitations.token(Invitation(self.gateway.person(who), over, session))

    def address(self, token: str) -> str:
        return f"{self.gateway.url}/j/{token}"

    async def duty(self, people: int) -> None:
        program = self.gateway.names.program("iop")
        await self._say(program, DutyChanged(program_id=program, people=people))

    async def alert(
        self,
        kind: str,
        report: str,
        who: str = "ana",
        *,
        seen: bool,
        state: AlertState | None = None,
        at: int = 1_000,
    ) -> None:
        """As the alert service writes it for this report (the event's id)."""
        alert_id = f"alert-{kind}-{report}"
        signal = Signal(
            id=alert_id,
            alert_id=alert_id,
            rule=RULES[kind],
            status="raised",
            severity="critical",
            audience={"on_duty": "critical"},
            ts=at,
            raised_at=at,
            evidence={"report": report, "at": at},
            rules="0" * 12,
            session_id=self.gateway.session(0),
            participant_id=self.gateway.person(who),
        )
        alert = AlertChanged(
            seq=2 if seen else 1,
            case_id=alert_id,
            state=state or ("acknowledged" if seen else "open"),
            signal=signal,
            changed_at=at,
            acts=[Act(at, "acknowledge", "user-1")] if seen else [],
        )
        await self._say(alert_id, alert)

    async def _say(self, key: str, said: object) -> None:
        topic = self.gateway.kafka.topic(ALERT_FEED)
        await self._feed.send_and_wait(topic, codec.encode(said), key=key.encode())


@contextlib.asynccontextmanager
async def linked(broker: EmbeddedBroker, folder: Path) -> AsyncIterator[Linked]:
    """A gateway with a meeting place of its own for LiveKit's rooms; nobody is on duty yet."""
    kafka = KafkaSettings(bootstrap=broker.bootstrap, prefix=f"{folder.name}.", partitions=2)
    await wait_for_broker(kafka)
    await create_topics(kafka)
    join = JoinSettings(
        meeting_urls={
            "livekit": "http://127.0.0.1/meet?room={room}&as={identity}&l={language}#sw={beacon}",
            "zoom": "https://zoom.example/j/{room}",
        },
        dial_in={"zoom": DIAL_IN},
        phone=CLINIC_PHONE,
        ask_tiredness=["iop"],
        leave_to="http://127.0.0.1:9/",
    )
    options = {"feed_seconds": 3600, "write_seconds": 30, "join": join}
    async with evening(kafka, folder, **options) as gateway, feed_of(kafka) as feed:
        yield Linked(gateway, feed)


@contextlib.asynccontextmanager
async def feed_of(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    client = producer(kafka)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


@contextlib.asynccontextmanager
async def chromium(*flags: str, program: str = "/usr/bin/chromium") -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                # the clinic's page comes from the test, the gateway from this machine
                "--disable-features=LocalNetworkAccessChecks",
                *flags,
            ],
        )
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def phone(
    browser: Browser,
    address: str,
    *,
    locale: str = "en-US",
    theme: str = "light",
    permissions: tuple[str, ...] = ("camera", "microphone"),
    **others: object,
) -> AsyncIterator[Page]:
    """The page at a phone's width; checked at its end for broken rules."""
    context = await browser.new_context(
        viewport=PHONE,
        locale=locale,
        color_scheme=theme,
        reduced_motion="reduce",
        has_touch=True,
        is_mobile=True,
        permissions=[*permissions],
        **others,
    )
    await context.add_init_script(WATCH)
    opened = await context.new_page()
    opened.set_default_timeout(30_000)
    await opened.goto(address)
    yield opened
    if others.get("java_script_enabled", True):
        assert await opened.evaluate("window.broken") == []
    await context.close()


async def picture(opened: Page, name: str, *, full: bool = True) -> None:
    """Kept to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await opened.screenshot(path=PICTURES / f"{name}.png", full_page=full)


async def until(what, seconds: float = 30) -> None:
    """Polls `what` until it is true."""
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(0.05)
