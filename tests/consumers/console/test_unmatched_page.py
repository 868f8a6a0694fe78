"""Who is not matched: one tap of the host, and the queue of those who come after her."""

import re
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from producers.directory.unmatched import hear
from streams.events import MINUTE, ParticipantJoined, ParticipantLeft
from streams.kafka import KafkaSettings
from streams.topics import DAY_MS
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
GUEST = "unmapped:" + "b" * 26


@pytest_asyncio.fixture(loop_scope="module")
async def shown(clinic: Clinic, kafka: KafkaSettings, log: Log) -> AsyncIterator[Clinic]:
    """Somebody is in Dana's room now; the guest was in Iris's for half an hour."""
    await stayed(clinic, world.UNMAPPED, 1, 73, None)
    await stayed(clinic, GUEST, 2, 20, 50)
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    await log.board(world.second(clinic.ids, clinic.clock.now()))
    async with running(clinic, kafka), beating(log):
        yield clinic


async def stayed(clinic: Clinic, who: str, room: int, start: int, end: int | None) -> None:
    """From one minute of the room's to another, or until now."""
    session, line = clinic.ids.session(room), f"{who}-line"
    events: list[ParticipantJoined | ParticipantLeft] = [
        ParticipantJoined(
            id=f"{line}-j",
            session_id=session,
            participant_id=who,
            ts=world.START + start * MINUTE,
            role="participant",
            connection_id=line,
        )
    ]
    if end is not None:
        events.append(
            ParticipantLeft(
                id=f"{line}-l",
                session_id=session,
                participant_id=who,
                ts=world.START + end * MINUTE,
                connection_id=line,
                reason="left",
            )
        )
    await hear(clinic.directory, events, clinic.clock.now())


async def test_the_host_finds_those_absent_first_and_reads_what_follows(
    browser: Browser, shown: Clinic
):
    async with page(browser, shown, "dana") as opened:
        line = opened.locator(".facts-list li", has_text="is not matched")
        await expect(line.locator(".acts > button")).to_have_text(["It is Ada", "It is Lucio"])
        await line.locator("summary").click()
        menu = line.locator(".pop")
        await expect(menu.locator("p")).to_have_text(["Here, perhaps on two devices"])
        await expect(menu.get_by_role("button")).to_have_count(9)
        await accessible(opened)
        await picture(opened, "now-unmatched-menu")
        await line.get_by_role("button", name="It is Ada").click()
        toast = opened.locator(".undo")
        await expect(toast).to_contain_text("What they did counts as theirs")
        await expect(opened.locator("#done")).to_contain_text("It is Ada · not sent yet")
        await toast.get_by_role("button", name="Undo").click()
        await expect(line.locator(".acts > button")).to_have_count(2)


async def test_outreach_works_the_queue_off(browser: Browser, shown: Clinic):
    sent: list[str] = []
    async with page(browser, shown, "rosa", "#cases") as opened:
        opened.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
        rows = opened.locator("[data-unmatched]")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("Somebody in the room is not matched")
        await expect(rows.first).to_contain_text("Evening group · Dana W. · since 19:13")
        was = rows.last
        await expect(was).to_contain_text("Evening group · Iris N. · 18:20 to 18:50")
        await expect(was.locator(".acts > button")).to_have_text(["It is Noor", "It is Rafael"])
        await accessible(opened)
        await picture(opened, "cases-unmatched")
        # Taken back within the five seconds: nothing was sent.
        await was.get_by_role("button", name="It is Noor").click()
        await expect(was).to_contain_text("It is Noor · not sent yet")
        await opened.keyboard.press("z")
        await expect(was.get_by_role("button", name="It is Rafael")).to_be_visible()
        assert sent == []
        async with opened.expect_response("**/match") as answered:
            await was.get_by_role("button", name="It is Rafael").click()
        assert (await answered.value).status == 200
        await expect(rows).to_have_count(1)
        # By keys alone: the menu opens, and says nobody's patient.
        await rows.first.locator("summary").focus()
        await opened.keyboard.press("Enter")
        nobody = rows.first.get_by_role("button", name="Not a patient")
        await nobody.focus()
        async with opened.expect_response("**/match"):
            await opened.keyboard.press("Enter")
        await expect(rows).to_have_count(0)


async def test_a_closed_day_is_said_and_matched_for_the_next_time(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings
):
    await stayed(clinic, GUEST, 2, 20, 50)
    next_day = world.simulated(world.NOW + DAY_MS)  # no board stands any more
    later = msgspec.structs.replace(clinic, clock=next_day)
    async with (
        Log(kafka, next_day) as log,
        running(later, kafka),
        beating(log),
        page(browser, later, "omar", "#cases") as it,
    ):
        row = it.locator("[data-unmatched]")
        await expect(row).to_contain_text("session at 18:00 · Tue 17 Nov")
        await expect(row).to_contain_text("a match counts from the next time on")
        await row.locator("summary").click()
        await expect(row.locator(".pop p")).to_have_text(["On the list"])
        async with it.expect_response("**/match") as answered:
            await row.get_by_role("button", name="Wen L.").click()
            await expect(it.locator(".undo")).to_contain_text("the day itself is closed")
        assert await (await answered.value).json() == {"event_id": None}
        await expect(row).to_have_count(0)


@pytest.mark.parametrize(("theme", "language"), [("light", "es"), ("dark", "en")])
async def test_the_queue_on_a_phone(browser: Browser, shown: Clinic, theme: str, language: str):
    async with page(
        browser, shown, "rosa", "#cases", theme=theme, phone=True, language=language
    ) as opened:
        rows = opened.locator("[data-unmatched]")
        await expect(rows).to_have_count(2)
        await fits(opened)
        await rows.last.locator("summary").click()
        await fits(opened)
        await accessible(opened)
        await picture(opened, f"cases-unmatched-phone-{theme}")
        button = re.compile("Es Noor" if language == "es" else "It is Noor")
        await rows.last.get_by_role("button", name=button).first.click()
        await picture(opened, f"cases-unmatched-held-phone-{theme}")


async def fits(opened: Page) -> None:
    assert await opened.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("user", ["kim", "max"])
async def test_no_queue_for_who_may_not_match(browser: Browser, shown: Clinic, user: str):
    async with page(browser, shown, user, "#cases") as opened:
        await expect(opened.locator(".list h1")).to_be_visible()
        await expect(opened.locator("[data-unmatched]")).to_have_count(0)
        await expect(opened.get_by_role("link", name="People")).to_have_count(0)
