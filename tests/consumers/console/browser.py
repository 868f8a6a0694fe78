"""A real Chromium that minds the page's manners: no script errors, no policy violations."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.consumers.console import world

if TYPE_CHECKING:  # conftest opens its browser by this module
    from tests.consumers.console.conftest import Clinic

expect.set_options(timeout=30_000)
PICTURES = Path("test-output") / "console"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
addEventListener("error", (event) => window.broken.push(`error ${event.message}`));
addEventListener("unhandledrejection", (event) => window.broken.push(`rejected ${event.reason}`));
"""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def page(
    browser: Browser,
    clinic: "Clinic",
    user: str,
    at: str = "",
    *,
    theme: str = "light",
    phone: bool = False,
    language: str = "en",
) -> AsyncIterator[Page]:
    """Signed in by the form; checked for broken rules at the end."""
    context = await browser.new_context(
        viewport=NARROW if phone else WIDE,  # type: ignore[arg-type]
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        timezone_id=world.ZONE,
    )
    try:
        await context.add_init_script(f"{WATCH} localStorage.setItem('language', '{language}');")
        opened = await context.new_page()
        opened.set_default_timeout(30_000)
        await opened.goto(f"{clinic.address}/{at}")
        await opened.fill("input[name=username]", user)
        await opened.fill("input[name=password]", world.PASSWORD)
        await opened.click("button[type=submit]")
        await opened.wait_for_selector(".bar")
        yield opened
        assert await opened.evaluate("window.broken") == []
    finally:
        await context.close()


async def picture(opened: Page, name: str) -> None:
    """Kept to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await opened.screenshot(path=PICTURES / f"{name}.png")


async def accessible(opened: Page) -> None:
    """No violation that axe-core knows of."""
    found = await Axe().run(opened)
    assert found.violations_count == 0, found.generate_report()
