"""Shadow mode on the pages: who opens them reads why there are no cases, and hears of calls."""

import pytest
from playwright.async_api import expect

from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, chromium, page, picture
from tests.consumers.console.conftest import Clinic, beating, running
from tests.consumers.console.world import Log


@pytest.mark.slow
async def test_in_shadow_every_page_says_so_and_only_what_people_ask_for_comes(
    clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids = clinic.ids
    await log.board(world.evening(ids, clinic.clock.now()))
    await log.signal(world.signal(ids, "missed_session", "p-02", 15))
    async with (
        running(clinic, kafka, service=True, shadow=True),
        beating(log),
        chromium() as browser,
        page(browser, clinic, "rosa", "#cases") as opened,
        page(browser, clinic, "rosa", language="es", phone=True) as phone,
    ):
        told = "nobody is told of it. What people ask for themselves comes here"
        await expect(opened.locator(".shadow")).to_contain_text(told)
        await expect(phone.locator(".shadow")).to_contain_text("no se avisa a nadie")
        await expect(opened.locator("main")).to_contain_text("No calls; all else is only recorded.")
        await expect(opened.locator("main")).not_to_contain_text("Nothing needs you")
        await accessible(opened)
        await picture(opened, "shadow")
        await log.signal(world.signal(ids, "crisis_reported", "p-04", 16))
        await expect(opened.locator("main")).to_contain_text("Darnell")
        await expect(opened.locator("main")).not_to_contain_text("Bela")
        await expect(opened.locator(".live")).to_have_attribute("data-live", "yes")
