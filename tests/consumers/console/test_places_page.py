"""Where the page stands when what it shows changes: how far down, and with what focus."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from streams.events import HOUR
from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
CLIPPED = """() => [...document.querySelectorAll(".tile h2, .tile p, .bar .end > *")]
  .filter((one) => one.checkVisibility() && (one.scrollWidth > one.clientWidth + 1
    || one.getBoundingClientRect().right > innerWidth))
  .map((one) => one.textContent)"""


@pytest_asyncio.fixture(loop_scope="module")
async def shown(clinic: Clinic, kafka: KafkaSettings, log: Log) -> AsyncIterator[Clinic]:
    """Two rooms, and a list of cases that is longer than a screen."""
    ids = clinic.ids
    await log.board(world.evening(ids, clinic.clock.now()))
    await log.board(world.second(ids, clinic.clock.now()))
    for number, (own, *_) in enumerate(world.PATIENTS[:10]):
        await log.signal(world.signal(ids, "left_early", own, 40 + number))
    async with running(clinic, kafka, service=True), beating(log):
        yield clinic


async def test_the_end_of_a_long_list_keeps_in_view_what_is_chosen_there(
    browser: Browser, shown: Clinic
):
    async with page(browser, shown, "omar", "#cases") as opened:
        await opened.set_viewport_size({"width": 1366, "height": 640})
        await expect(opened.locator("[data-alert]")).to_have_count(10)
        for screen, row, heading in (
            ("cases", "alert", "#case h1"),
            ("people", "person", "#card h1"),
        ):
            await opened.goto(f"{shown.address}/#{screen}")
            last = opened.locator(f"[data-{row}]").last
            await last.locator(".what").click()
            await expect(opened.locator(heading)).to_be_in_viewport()
            await expect(last).to_be_in_viewport()
            await accessible(opened)


async def test_on_a_phone_a_case_begins_at_its_top_and_the_list_stands_where_it_was_left(
    browser: Browser, shown: Clinic
):
    async with page(browser, shown, "rosa", "#cases", phone=True) as opened:
        last = opened.locator("[data-alert]").last
        await expect(opened.locator("[data-alert]")).to_have_count(10)
        await last.scroll_into_view_if_needed()
        left = await opened.evaluate("scrollY")
        assert left > 200
        await last.locator(".what").click()
        heading = opened.locator("#case h1")
        await expect(heading).to_be_in_viewport()
        assert await opened.evaluate("scrollY") == 0
        await opened.locator(".back").click()
        await expect(last).to_be_in_viewport()
        assert await opened.evaluate("scrollY") == left
        await opened.go_back()
        await expect(heading).to_be_in_viewport()
        assert await opened.evaluate("scrollY") == 0


async def test_a_button_that_goes_with_its_act_leaves_the_focus_to_its_row(
    browser: Browser, shown: Clinic
):
    async with page(browser, shown, "rosa", "#cases") as opened:
        await expect(opened.locator("[data-alert]")).to_have_count(10)
        row = opened.locator("[data-alert]").first
        await row.get_by_role("button", name="Take").press("Enter")
        await expect(row.locator(".has")).to_have_text("You")
        await expect(row.locator(".what")).to_be_focused()
        await opened.keyboard.press("j")
        await opened.keyboard.press("j")
        case = opened.locator("#case")
        await case.get_by_role("button", name="Acknowledge").press("Enter")
        await case.get_by_role("button", name="Take").press("Enter")
        await expect(case).to_contain_text("taken by you")
        assert await case.evaluate("(one) => one.contains(document.activeElement)")


async def test_an_act_that_gets_no_answer_says_so_and_is_not_sent_twice(
    browser: Browser, shown: Clinic
):
    sent: list[str] = []
    answer = asyncio.Event()
    async with page(browser, shown, "rosa", "#cases") as opened:

        async def hang(route: Route) -> None:
            sent.append(route.request.url)
            await answer.wait()
            await route.continue_()

        await opened.route("**/take", hang)
        row = opened.locator("[data-alert]").first
        await row.get_by_role("button", name="Take").click()
        await row.get_by_role("button", name="Not sent yet").click()
        answer.set()
        await expect(row.locator(".has")).to_have_text("You")
        assert len(sent) == 1


@pytest.mark.parametrize(("width", "height"), [(768, 1024), (940, 700), (1024, 768)])
async def test_a_tablet_shows_whole_names_and_no_less(
    browser: Browser, shown: Clinic, width: int, height: int
):
    async with page(browser, shown, "dana", language="es") as opened:
        await opened.set_viewport_size({"width": width, "height": height})
        await expect(opened.locator(".tile")).to_have_count(10)
        assert await opened.evaluate(CLIPPED) == []
        await accessible(opened)
        await picture(opened, f"now-{width}")
        await opened.goto(f"{shown.address}/#cases")
        await expect(opened.locator("[data-alert]").first).to_be_visible()
        assert await opened.evaluate("document.documentElement.scrollWidth") <= width
        await picture(opened, f"cases-{width}")


async def test_on_a_phone_the_last_menu_is_whole_and_says_whose_it_is(
    browser: Browser, shown: Clinic
):
    async with page(browser, shown, "dana", phone=True) as opened:
        tile = opened.locator(".tile").last
        await tile.locator("summary").first.click()
        pop = tile.locator(".pop")
        await expect(pop).to_be_in_viewport(ratio=1)
        await expect(pop.locator(".whose")).to_have_text("Tobias B.")
        for one in await pop.locator(":is(button, summary, a):visible").all():
            box = await one.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        await accessible(opened)
        await picture(opened, "now-phone-menu")


async def test_a_duty_that_has_ended_is_not_said_to_go_on(browser: Browser, shown: Clinic):
    async with page(browser, shown, "rosa") as opened:
        frames: list[str | bytes] = []
        opened.on("websocket", lambda hub: hub.on("framereceived", lambda one: frames.append(one)))
        await opened.reload()
        await expect(opened.locator(".live")).to_contain_text("Live")
        known = len(_starts(frames))
        await opened.get_by_role("button", name="Go on duty").click()
        async with asyncio.timeout(20):
            while len(_starts(frames)) == known:  # till the hub has heard of the duty
                await asyncio.sleep(0.05)
        await expect(opened.locator(".live")).to_contain_text("You are on duty")
        await _duty_ends(shown, "rosa")
        await expect(opened.locator(".live")).not_to_contain_text("on duty")
        await expect(opened.get_by_role("button", name="Go on duty")).to_be_visible()


def _starts(frames: list[str | bytes]) -> list[str | bytes]:
    return [one for one in frames if isinstance(one, str) and '"type":"start"' in one[:40]]


async def _duty_ends(clinic: Clinic, user: str) -> None:
    session = await clinic.accounts.sign_in(user, world.PASSWORD)
    assert session is not None
    viewer = await clinic.accounts.viewer(session[0])
    assert viewer is not None
    over = clinic.clock.now() - HOUR
    await clinic.accounts.set_duty(viewer, [clinic.ids.program], over)


async def test_a_role_without_people_gets_no_empty_list_of_them(browser: Browser, shown: Clinic):
    async with page(browser, shown, "max", "#people", phone=True) as opened:
        await expect(opened.locator(".rooms")).to_be_visible()
        await opened.locator(".room a").first.click()
        await expect(opened.locator(".course .plot")).to_be_visible()  # all that there is to see
