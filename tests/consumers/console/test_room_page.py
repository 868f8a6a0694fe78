"""Rooms that are over or not due, and a call for help whose caller is gone."""

import msgspec
import pytest
from playwright.async_api import Browser, expect

from streams.events import MINUTE
from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
FITS = """() => {
  const last = [...document.querySelectorAll(".tile")].at(-1).getBoundingClientRect();
  return last.bottom <= innerHeight;
}"""


async def test_nobody_is_missing_from_a_room_that_is_over_or_not_due(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids, now = clinic.ids, clinic.clock.now()
    gone = [
        msgspec.structs.replace(one, state="left") if one.state in ("present", "in_person") else one
        for one in world.evening(ids).people
    ]
    over = world.evening(ids, now, state="ended", ends_at=now - 5 * MINUTE, people=gone)
    await log.board(over)
    await log.board(world.second(ids, now))
    soon = {"starts_at": now + 20 * MINUTE, "state": "before", "people": [], "here": []}
    await log.board(world.evening(ids, now, session_id=ids.session(3), **soon))
    async with (
        running(clinic, kafka),
        beating(log),
        page(browser, clinic, "omar") as rooms,
        page(browser, clinic, "max") as numbers,
    ):
        await expect(rooms.locator(".where")).to_have_text("1 room open")
        await expect(rooms.locator(".live")).to_contain_text("Live · Zoom heard")  # of that one
        await expect(rooms.locator("h1")).to_have_text("0 of 3 here")
        room = rooms.locator(".room", has_text="Dana W.")
        await expect(room.filter(has_text="ended")).to_have_count(1)
        await expect(room.filter(has_text="begins 19:3")).to_have_count(1)
        await picture(rooms, "rooms-over-and-to-come")
        await expect(numbers.locator(".room .what")).to_have_text(
            ["Evening group 1", "Evening group 2", "Evening group 3"], use_inner_text=True
        )
        await room.filter(has_text="ended").click()
        await expect(rooms.locator("h1")).to_have_text("9 of 10 were here")
        await expect(rooms.get_by_role("button", name="break")).to_have_count(0)
        await numbers.locator(".room", has_text="ended").click()
        await expect(numbers.locator("h1")).to_have_text("Over")  # and not that nobody is here
        await accessible(rooms)


async def test_a_call_whose_caller_is_gone_says_so_and_the_tiles_still_fit(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids = clinic.ids
    await log.board(world.evening(ids, clinic.clock.now()))
    pressed = world.signal(ids, "crisis_reported", "p-10", 70)
    await log.alert(world.alert(pressed, 1))
    left = msgspec.structs.replace(
        pressed,
        id="left",
        alert_id="left",
        rule="left_after_crisis",
        evidence={"left_at": world.START + 72 * MINUTE, "pressed_at": pressed.ts},
    )
    async with (
        running(clinic, kafka),
        beating(log),
        page(browser, clinic, "dana", theme="dark") as opened,
    ):
        await opened.set_viewport_size({"width": 1366, "height": 768})
        banner = opened.get_by_role("alert")
        await expect(banner).to_contain_text("Still connected")
        assert await opened.evaluate(FITS)
        await picture(opened, "now-crisis-laptop-dark")
        have = banner.get_by_role("button", name="I have it: Tobias B.", exact=True)
        await expect(have).to_be_visible()
        await log.alert(world.alert(left, 2))
        await expect(banner).to_have_count(2)
        await expect(banner.filter(has_text="pressed")).to_contain_text("Not connected since 19:12")
        await accessible(opened)


async def test_many_calls_cover_neither_a_room_nor_what_has_the_focus(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids = clinic.ids
    await log.board(world.evening(ids, clinic.clock.now()))
    for number in range(1, 8):
        pressed = world.signal(ids, "crisis_reported", f"p-0{number}", 60 + number)
        await log.alert(world.alert(pressed, number))
    async with (
        running(clinic, kafka),
        beating(log),
        page(browser, clinic, "omar") as opened,
    ):
        await opened.set_viewport_size({"width": 1366, "height": 600})
        await expect(opened.locator(".crisis-line")).to_have_count(6)
        await opened.locator(".room a").click()
        tiles = opened.locator(".tile summary")
        await tiles.last.focus()
        await tiles.first.focus()
        covered = await tiles.first.evaluate(
            """(one) => {
              const { x, y, width, height } = one.getBoundingClientRect();
              const top = document.elementFromPoint(x + width / 2, y + height / 2);
              return !one.contains(top);
            }"""
        )
        assert not covered
        await accessible(opened)
