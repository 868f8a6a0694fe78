"""What the list of cases says of itself: nothing untrue for whoever sees a part, nothing loud."""

import pytest
from playwright.async_api import Browser, expect

from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_who_sees_some_of_the_absent_reads_no_number_of_them(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    """Tech sees who could not connect and none of the others who are missing."""
    ids = clinic.ids
    board = world.evening(ids, clinic.clock.now())
    for seat in (2, 4):  # Bela and Darnell are not here either
        board.people[seat] = world.sits(ids, f"p-0{seat}", "expected", minutes=0)
    await log.board(board)
    for number, (rule, own) in enumerate(
        (("could_not_connect", "p-01"), ("missed_session", "p-02")), start=1
    ):
        await log.alert(world.alert(world.signal(ids, rule, own, 15), number))
    async with (
        running(clinic, kafka),
        beating(log),
        page(browser, clinic, "kim", "#cases") as tech,
        page(browser, clinic, "rosa", "#cases", language="es", phone=True) as outreach,
    ):
        await expect(tech.locator(".room-row .what")).to_have_text(
            "Evening group: 1 could not connect", use_inner_text=True
        )
        await accessible(tech)
        await picture(tech, "cases-tech")
        # Three are missing, one without an alert of hers: nothing says two.
        await expect(outreach.locator(".room-row .what")).to_contain_text("3 de 10 aún no están")
        await accessible(outreach)


async def test_what_is_beyond_the_budget_is_one_line_that_opens_the_list(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids, since = clinic.ids, world.START + 20 * world.MINUTE
    beyond = {"notified_at": since, "digest": since}
    signals = [
        world.signal(ids, "left_early", "p-02", 21),
        world.signal(ids, "missed_session", "q-01", 22, **world.in_second(ids)),
        world.signal(ids, "missed_session", "q-02", 23, **world.in_second(ids)),
    ]
    await log.board(world.evening(ids, clinic.clock.now()))
    await log.board(world.second(ids, clinic.clock.now()))
    for number, signal in enumerate(signals[:2], start=1):
        await log.alert(world.alert(signal, number, **beyond))
    async with (
        running(clinic, kafka),
        beating(log),
        page(browser, clinic, "rosa") as opened,
        page(browser, clinic, "rosa", theme="dark", phone=True, language="es") as phone,
    ):
        line = opened.locator(".digest")
        await expect(line).to_contain_text("2 more in 2 groups since 18:20")
        node = await line.element_handle()
        await log.alert(world.alert(signals[2], 3, **beyond))
        await expect(line).to_contain_text("3 more in 2 groups since 18:20")
        assert await line.evaluate("(line, node) => line === node", node)  # updated in its place
        assert "missed" not in (await opened.locator("#said").text_content() or "").lower()
        await accessible(opened)
        await picture(opened, "now-digest")
        await expect(phone.locator(".digest")).to_contain_text("3 más en 2 grupos desde las 18:20")
        await accessible(phone)
        await picture(phone, "now-digest-phone-dark")
        await line.get_by_role("link").click()
        await expect(opened.locator(".list h1")).to_have_text("3 open, 3 free to take")
        await picture(opened, "cases-digest")
        # Taken, it needs nobody's look any more.
        taken = world.alert(signals[0], 4, state="acknowledged", assignee=ids.person("st-omar"))
        await log.alert(taken)
        await expect(line).to_contain_text("2 more in 1 group since 18:20")


async def test_who_can_take_nothing_is_not_told_to(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids = clinic.ids
    await log.board(world.evening(ids, clinic.clock.now()))
    await log.alert(world.alert(world.signal(ids, "host_missing", None, 20), 1))
    async with (
        running(clinic, kafka),
        beating(log),
        page(browser, clinic, "max", "#cases") as manager,
    ):
        await expect(manager.locator(".list h1")).to_have_text("1 open, 1 with nobody")
        await manager.locator("[data-alert] .what").click()
        await expect(manager.locator("#case")).to_contain_text("nobody has taken it")
        await expect(manager.locator("#case")).not_to_contain_text("free to take")
        await accessible(manager)
