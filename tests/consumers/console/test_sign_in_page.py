"""Signing in, as a browser does it that has never been here."""

import pytest
from playwright.async_api import Browser, expect

from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.conftest import Clinic, running

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_the_browser_s_language_stays_and_a_strange_address_is_told_apart(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings
):
    async with running(clinic, kafka):
        context = await browser.new_context(locale="es-US")
        opened = await context.new_page()
        for address, told in (
            (clinic.address.replace("127.0.0.1", "watch.localhost"), ".wrong"),
            (clinic.address, "nav"),
            (clinic.address.replace("127.0.0.1", "localhost"), "nav"),
        ):
            await opened.goto(address)
            await opened.fill("input[name=username]", "dana")
            await opened.fill("input[name=password]", world.PASSWORD)
            await opened.click("button[type=submit]")
            said = "En esta dirección nadie puede entrar" if told == ".wrong" else "Ahora"
            await expect(opened.locator(told)).to_contain_text(said)
        # Signed in by that name, the hub's cookie is that name's, too: the page stays.
        await expect(opened.locator(".live")).not_to_contain_text("Conectando")
        await expect(opened.locator("nav")).to_contain_text("Ahora")
        await context.close()
