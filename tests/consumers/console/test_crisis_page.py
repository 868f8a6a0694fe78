"""Calls for help that nobody takes, on the pages of those whom they reach; and many of them."""

import re

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from streams.events import SECOND, Signal
from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, act, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
TABLET = {"width": 768, "height": 1024}
TOLD = {"host": "high", "on_duty": "high", "outreach": "high"}


def pressed(clinic: Clinic, own: str, seconds: float, rule="crisis_reported", **more) -> Signal:
    """The button, so many seconds ago."""
    at = clinic.clock.now() - round(seconds * SECOND)
    again = {
        "id": f"{rule}-{own}-raised",
        "alert_id": f"{rule}-{own}",
        "rule": rule,
        "ts": at,
        "raised_at": at,
        "evidence": {"at": at, "connected": True, "host_present": True},
    }
    return replace(world.signal(clinic.ids, "crisis_reported", own, 76), **again | more)


async def test_what_nobody_takes_reaches_the_team_and_then_the_manager(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    async with (
        running(clinic, kafka, service=True),
        beating(log),
        page(browser, clinic, "dana") as host,
        page(browser, clinic, "iris", language="es") as colleague,
        page(browser, clinic, "max") as manager,
    ):
        await expect(manager.locator("h1")).to_have_text("8 of 10 here")
        await log.signal(pressed(clinic, "p-10", 112))
        await expect(host.get_by_role("alert")).to_contain_text("Tobias B. Still connected")
        assert "Nobody has taken it" not in await host.locator(".crises").inner_text()
        assert not await colleague.locator(".crisis").count()
        # Two minutes: another clinician of the program, who is not on duty.
        banner = colleague.get_by_role("alert")
        await expect(banner).to_contain_text("Tobias B. Sigue en línea")
        await expect(banner).to_contain_text("Nadie lo ha tomado en 2 min.")
        await expect(banner.get_by_role("button")).to_have_text(["Lo tomo yo"])
        crises = host.locator(".crises")
        await expect(crises).to_contain_text("Nobody has taken it for 2 min.")
        await expect(crises).to_contain_text("The supervisor and the whole care team are told.")
        assert not await manager.locator(".crisis").count()
        for opened, name in ((host, "host"), (colleague, "colleague")):
            await accessible(opened)
            await picture(opened, f"crisis-untaken-{name}")
        # Five minutes, for another call: the manager reads that it waits, and in which program.
        await log.signal(pressed(clinic, "p-03", 293, "help_requested", audience=TOLD))
        waits = manager.get_by_role("alert")
        await expect(waits).to_contain_text("A call for help waits in Evening program")
        await expect(waits).to_contain_text("Nobody has taken it for 5 min.")
        assert not await waits.get_by_role("button").count()
        await nothing_of_a_person(manager)
        await accessible(manager)
        await picture(manager, "crisis-untaken-manager")
        await manager.get_by_role("link", name="Cases").click()
        row = manager.locator("[data-alert]")
        await expect(row).to_contain_text("Evening program")
        await row.click()
        await expect(manager.locator("#case")).to_contain_text("“I need help now”")
        await nothing_of_a_person(manager)
        await accessible(manager)
        # Taken: for all of them it waits no longer.
        await act(clinic, "iris", "crisis_reported-p-10", "take")
        await act(clinic, "iris", "help_requested-p-03", "take")
        await expect(manager.locator(".crises")).to_contain_text(
            "A call for help in Evening program: somebody has it"
        )
        await expect(crises).not_to_contain_text("Nobody has taken it")
        await nothing_of_a_person(manager)
        await act(clinic, "iris", "help_requested-p-03", "give-back")
        await expect(waits).to_contain_text("Nobody has taken it for 0 min.")


async def test_hours_are_hours(browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log):
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    await log.signal(pressed(clinic, "p-10", 65 * 60))
    async with (
        running(clinic, kafka, service=True),
        beating(log),
        page(browser, clinic, "dana") as host,
    ):
        await expect(host.locator(".crises")).to_contain_text("Nobody has taken it for 1 h 5 min.")


async def test_who_hosts_reads_no_name_of_another_group_s_call(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    now = clinic.clock.now()
    await log.board(world.evening(clinic.ids, now))
    await log.board(world.second(clinic.ids, now))
    await log.signal(pressed(clinic, "p-10", 130))
    async with (
        running(clinic, kafka, service=True),
        beating(log),
        page(browser, clinic, "iris") as host,
        page(browser, clinic, "omar") as supervisor,
    ):
        await expect(supervisor.get_by_role("alert")).to_contain_text("Tobias B.")
        crises = host.locator(".crises")
        await expect(crises).to_contain_text("In another group a call for help waits.")
        assert not await crises.get_by_text("Tobias").count()
        await accessible(host)
        await picture(host, "crisis-elsewhere")
        # Of her own room she reads all.
        iris = clinic.ids.person("st-iris")
        await log.signal(pressed(clinic, "q-02", 5, session_id=clinic.ids.session(2), host_id=iris))
        await expect(host.get_by_role("alert")).to_contain_text("Rafael S.")
        # Once she hosts no more, of the other as well.
        board = world.second(clinic.ids, now + SECOND)
        board.people[:] = board.people[1:]
        await log.board(board)
        await expect(crises).to_contain_text("Tobias B.")


async def nothing_of_a_person(opened: Page):
    text = await opened.locator("#page").inner_text()
    assert not re.search(r"Tobias|Celia|Dana|Iris|evening group|Still connected", text)


async def test_many_calls_leave_room_for_the_page_and_hide_no_crisis(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    people = [own for own, *_ in world.PATIENTS if own.startswith("p")]
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    for own in people[:3]:
        await log.signal(pressed(clinic, own, 20))
    for own in people[3:8]:
        await log.signal(pressed(clinic, own, 10, "help_requested", audience=TOLD))
    async with (
        running(clinic, kafka, service=True),
        beating(log),
        page(browser, clinic, "dana") as opened,
    ):
        await opened.set_viewport_size(TABLET)  # type: ignore[arg-type]
        await expect(opened.get_by_role("alert")).to_have_count(1)
        crises = opened.locator(".crises")
        more = crises.locator("details")
        await expect(more.locator("summary")).to_have_text("and 5 more · 5 of them free to take")
        for name in ("Ada R.", "Bela K.", "Celia D."):
            await expect(crises.get_by_text(name)).to_be_visible()
        await expect(crises.get_by_text("Darnell P.")).not_to_be_visible()
        height = await crises.evaluate("one => one.getBoundingClientRect().height")
        assert height < 0.3 * TABLET["height"]
        await accessible(opened)
        await picture(opened, "crisis-many")
        await more.locator("summary").click()
        await expect(crises.get_by_text("Darnell P.")).to_be_visible()
        await accessible(opened)
        # What is drawn anew each second leaves it open.
        await log.signal(pressed(clinic, people[8], 5))
        await expect(crises.get_by_text("Priya N.")).to_be_visible()
        await expect(crises.get_by_text("Darnell P.")).to_be_visible()
        await picture(opened, "crisis-many-open")


async def test_that_nobody_is_on_duty_is_said_before_somebody_calls(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    async with (
        running(clinic, kafka, service=True),
        beating(log),
        page(browser, clinic, "omar") as opened,
        page(browser, clinic, "max") as manager,
    ):
        alone = opened.get_by_text("Nobody is on duty: a call for help reaches only the host")
        await expect(alone).to_be_visible()
        await accessible(opened)
        await picture(opened, "rooms-nobody-on-duty")
        await expect(manager.locator("h1")).to_have_text("8 of 10 here")
        assert not await manager.get_by_text("Nobody is on duty").count()
        await opened.get_by_role("button", name="Go on duty").click()
        await expect(alone).to_have_count(0)
