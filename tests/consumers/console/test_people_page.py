"""People and their cards; who supervises puts somebody on leave, discharges and admits again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from producers.directory.importing import import_file
from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def shown(clinic: Clinic, kafka: KafkaSettings, log: Log) -> AsyncIterator[Clinic]:
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    async with running(clinic, kafka), beating(log):
        yield clinic


async def test_a_supervisor_changes_an_enrolment(browser: Browser, shown: Clinic):
    sent: list[str] = []
    async with page(browser, shown, "omar", "#people") as opened:
        opened.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
        await expect(opened.locator(".list h1")).to_have_text("13 people in your care")
        await opened.get_by_role("searchbox").fill("lucio")
        rows = opened.locator(".list .row")
        await expect(rows).to_have_count(1)
        await rows.get_by_role("link", name="Lucio M.").click()
        card = opened.locator("#card")
        await expect(card.locator("h1")).to_have_text("Lucio M.")
        await expect(card.locator(".lead")).to_have_text("Admitted.")
        await accessible(opened)
        await picture(opened, "people-light")
        await card.get_by_role("button", name="Put on leave").click()
        asked = opened.get_by_role("dialog")
        await expect(asked).to_contain_text("Put Lucio on leave?")
        await expect(asked).to_contain_text("taken off the lists of all sessions to come")
        await expect(asked).to_contain_text("Nobody is alerted about Lucio any more")
        await accessible(opened)
        await picture(opened, "people-leave")
        await opened.keyboard.press("Escape")
        await expect(asked).to_have_count(0)
        assert sent == []
        await card.get_by_role("button", name="Put on leave").click()
        await asked.get_by_label("Since when").fill("2026-11-13")
        await asked.get_by_role("button", name="Put on leave").click()
        await expect(card.locator(".lead")).to_have_text("On leave since Fri 13 Nov.")
        await expect(opened.locator(".undo")).to_have_text("Lucio is on leave.")
        await expect(opened.locator(".list h2")).to_contain_text("On leave")
        await card.get_by_role("button", name="Back from leave").click()
        await asked.get_by_role("button", name="Yes, back").click()
        await expect(card.locator(".lead")).to_have_text("Admitted since Tue 17 Nov.")
        await expect(card.locator("ul")).to_contain_text("On leave since Fri 13 Nov")


async def test_people_stand_in_the_order_of_their_language(browser: Browser, shown: Clinic):
    people = shown.folder / "people.csv"
    people.write_text("person_id,role,name\nq-03,patient,\u00c1lvaro Zeta\n")
    await import_file(shown.directory, people, clock=shown.clock)
    async with page(browser, shown, "omar", "#people") as opened:
        rows = opened.locator("[data-person] .what")
        await expect(rows.nth(1)).to_have_text("\u00c1lvaro Z.")  # after Ada, before Bela


async def test_no_day_to_come_can_be_entered(browser: Browser, shown: Clinic):
    who = shown.ids.person("p-07")
    async with page(browser, shown, "omar", f"#people/{who}") as opened:
        await opened.get_by_role("button", name="Discharge").click()
        asked = opened.get_by_role("dialog")
        await asked.get_by_label("Since when").fill("2026-11-18")
        await asked.get_by_role("button", name="Discharge").click()
        await expect(asked).to_be_visible()  # the browser says why
        assert await asked.locator("input").evaluate("one => one.validity.rangeOverflow")


async def test_outreach_reads_the_card_and_changes_nothing(browser: Browser, shown: Clinic):
    who = shown.ids.person("p-07")
    async with page(browser, shown, "rosa", f"#people/{who}") as opened:
        card = opened.locator("#card")
        await expect(card).to_contain_text("Ask first")
        await expect(card).to_contain_text("Admitted.")
        await expect(card.locator(".acts button")).to_have_count(0)


async def test_the_host_opens_a_card_from_a_tile(browser: Browser, shown: Clinic):
    async with page(browser, shown, "dana") as opened:
        tile = opened.locator(".tile", has_text="Bela K.")
        await tile.locator("summary").first.click()
        await tile.get_by_role("link", name="Card").click()
        await expect(opened.locator("#card h1")).to_have_text("Bela")  # not of her own caseload
        assert await opened.title() == "People · sessionwatch"


@pytest.mark.parametrize(("theme", "language"), [("light", "es"), ("dark", "en")])
async def test_people_on_a_phone(browser: Browser, shown: Clinic, theme: str, language: str):
    async with page(
        browser, shown, "omar", "#people", theme=theme, phone=True, language=language
    ) as opened:
        await expect(opened.locator(".list .row")).to_have_count(13)
        await accessible(opened)
        await picture(opened, f"people-phone-{theme}")
        await opened.get_by_role("link", name="Lucio M.").click()
        await expect(opened.locator("#card h1")).to_be_visible()
        assert await opened.evaluate("document.documentElement.scrollWidth") <= 390
        await accessible(opened)
        await picture(opened, f"card-phone-{theme}")
        await opened.locator("#card .acts button").first.click()
        await expect(opened.get_by_role("dialog")).to_be_visible()
        await accessible(opened)
        await picture(opened, f"card-leave-phone-{theme}")
