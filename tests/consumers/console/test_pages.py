"""The pages in a real Chromium, over the real broker and the real alert service."""

import asyncio
import re
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from alerts.store.store import Store
from producers.directory.importing import import_file
from streams.kafka import KafkaSettings
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, act, beating, running
from tests.consumers.console.world import Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
TEN_MINUTES_LATER = """() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 600_000;
  dispatchEvent(new Event("online")); // draws anew
  return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def shown(clinic: Clinic, kafka: KafkaSettings, log: Log) -> AsyncIterator[Clinic]:
    """A console that is live, with two rooms and what the detectors said of them."""
    ids, now = clinic.ids, clinic.clock.now()
    await log.board(world.evening(ids, now))
    await log.board(world.second(ids, now))
    for signal in (
        world.signal(ids, "missed_session", "p-01", 10),
        world.signal(ids, "dropped_out", "p-07", 71),
        world.signal(ids, "poor_connection", "p-06", 73),
        world.signal(ids, "missed_session", "q-01", 10, **world.in_second(ids)),
        world.signal(ids, "could_not_connect", "q-02", 15, **world.in_second(ids)),
        world.signal(ids, "left_early", "q-03", 51, **world.in_second(ids)),
    ):
        await log.signal(signal)
    async with running(clinic, kafka, service=True), beating(log):
        yield clinic


async def test_the_host_sees_her_group(browser: Browser, shown: Clinic, log: Log):
    async with page(browser, shown, "dana") as opened:
        live = opened.locator(".live")
        await expect(live).to_have_text(re.compile(r"^Live · Zoom heard \d+ s ago"))
        await expect(live).to_contain_text("You are hosting: no sounds, no notices")
        await expect(opened.locator("h1")).to_have_text("8 of 10 here")
        await act(shown, "kim", "dropped_out-p-07-71", "take")
        names = opened.locator(".tile h2")
        await expect(names).to_have_count(10)
        first = [name.split()[0] for name in await names.all_text_contents()]
        assert first == sorted(first)
        lines = opened.locator(".facts-list")
        await expect(lines).to_contain_text("Someone here is not matched")
        await expect(lines).to_contain_text("Lucio: tech is with him")
        await expect(lines.locator("button").first).to_have_text("It is Ada")
        await expect(opened.locator(".tile", has_text="Lucio M.")).to_contain_text(
            "Line dropped 19:09"
        )
        await expect(opened.locator(".tile", has_text="Hatsu S.")).to_contain_text("In person")
        poor = opened.locator(".tile", has_text="Jonas T.")
        await expect(poor).to_contain_text("Poor since 19:12")
        await expect(poor).not_to_contain_text("poor line")  # once is enough
        await expect(opened).to_have_title("Now · sessionwatch")
        await accessible(opened)
        await picture(opened, "now-light")
        # For screen readers: what changed, never the seconds.
        said = await opened.locator("#said").text_content() or ""
        assert said.startswith("Live")
        assert not re.search(r"\d+ s\b", said)
        # A change comes by itself, and moves nothing else.
        await log.board(_ada_joins(shown))
        await expect(opened.locator("h1")).to_have_text("9 of 10 here")
        assert [name.split()[0] for name in await names.all_text_contents()] == first


def _ada_joins(clinic: Clinic) -> world.BoardChanged:
    board = world.evening(clinic.ids, clinic.clock.now())
    ada = clinic.ids.person("p-01")
    board.people[:] = [
        world.sits(clinic.ids, "p-01", minutes=0, since=board.ts)
        if one.participant_id == ada
        else one
        for one in board.people
    ]
    return board


async def test_now_in_the_dark_with_its_menu_by_keys(browser: Browser, shown: Clinic):
    async with page(browser, shown, "dana", theme="dark") as opened:
        tile = opened.locator(".tile", has_text="Jonas T.")
        await tile.locator("summary").first.click()
        await expect(tile.locator(".pop > button")).to_have_count(5)
        await accessible(opened)
        await picture(opened, "now-dark-menu")
        await opened.keyboard.press("Escape")
        await expect(tile.locator("details.menu")).not_to_have_attribute("open", "")
        await opened.keyboard.press("1")  # Ada's tile
        async with opened.expect_response("**/excuse") as answered:
            await opened.keyboard.press("x")
        assert (await answered.value).status == 200
        async with opened.expect_response("**/break") as answered:
            await opened.keyboard.press("b")
        assert (await answered.value).status == 200
        async with opened.expect_response("**/match") as answered:
            await opened.get_by_role("button", name="It is Lucio").click()
        assert (await answered.value).status == 200


async def test_a_mark_is_held_and_can_be_taken_back(browser: Browser, shown: Clinic, log: Log):
    sent: list[str] = []
    async with page(browser, shown, "dana") as opened:
        opened.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
        tile = opened.locator(".tile", has_text="Ada R.")
        await tile.locator("summary").first.click()
        await tile.get_by_role("button", name="Late").click()
        toast = opened.locator(".undo")
        await expect(toast).to_contain_text("Ada: Late · not sent yet")
        await expect(tile).to_contain_text("not sent yet")
        await toast.get_by_role("button").click()
        await expect(toast).to_have_count(0)
        # Another one follows at once: the one before goes out.
        await opened.get_by_role("button", name="It is Ada").click()
        await expect(opened.locator(".facts-list")).to_contain_text("It is Ada · not sent yet")
        assert sent == []
        async with opened.expect_response("**/match"):
            await opened.locator(".tile", has_text="Lucio M.").press("l")
        async with opened.expect_response("**/excuse"):
            await expect(toast).to_have_count(0)
        assert [url.rsplit("/", 1)[1] for url in sent] == ["match", "excuse"]
        board = world.evening(shown.ids, shown.clock.now())
        late = {"marked": "late", "marked_at": world.START + 52 * world.MINUTE}
        board.people[1] = world.sits(shown.ids, "p-01", "expected", minutes=0, **late)
        await log.board(board)
        await expect(tile).to_contain_text("Marked late, 18:52")
        await expect(opened.locator(".facts-list")).to_contain_text("Ada is marked late · 18:52")
        await accessible(opened)


async def test_one_silent_platform_leaves_the_other_rooms_measured(
    browser: Browser, shown: Clinic, log: Log
):
    await log.board(world.second(shown.ids, shown.clock.now(), platform="livekit"))
    silent = world.signal(shown.ids, "feed_silent", None, 5, **world.in_second(shown.ids))
    evidence = {**silent.evidence, "platform": "livekit"}
    await log.signal(msgspec.structs.replace(silent, evidence=evidence))
    async with page(browser, shown, "omar") as opened:
        live = opened.locator(".live")
        await expect(live).to_contain_text("LiveKit is not measured since 17:51")
        await expect(live).to_contain_text("Live")
        await expect(opened.locator("h1")).to_have_text("8 of 10 here")
        room = opened.locator(".room", has_text="Iris N.")
        await expect(room).to_contain_text("Not measured")
        await accessible(opened)
        await picture(opened, "rooms-one-silent")
        await opened.get_by_role("link", name="Cases").click()
        rows = opened.locator(".list")
        await expect(rows).to_contain_text("Evening group · Iris N.: not measured since 17:51")
        await expect(rows).to_contain_text("who is missing is not known")
        await expect(rows).to_contain_text("Evening group · Dana W.: 1 of 10 not here yet")


async def test_a_manager_sees_rooms_without_names(browser: Browser, shown: Clinic, log: Log):
    board = world.evening(shown.ids, shown.clock.now())
    board.people[:] = board.people[1:]  # the host is gone
    await log.board(board)
    async with page(browser, shown, "max") as opened:
        await expect(opened.locator("h1")).to_have_text("8 of 13 here")
        await expect(opened.locator(".rooms")).to_contain_text("7 people wait, no host")
        await expect(opened.locator(".room .what")).to_have_text(
            ["Evening group 1", "Evening group 2"], use_inner_text=True
        )
        text = await opened.locator("main").inner_text()
        assert not re.search(r"Dana|Iris|Ada", text)
        await accessible(opened)
        await picture(opened, "rooms-manager")


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "es")])
async def test_now_on_a_phone(browser: Browser, shown: Clinic, theme: str, language: str):
    async with page(browser, shown, "dana", theme=theme, phone=True, language=language) as opened:
        words = "8 de 10 presentes" if language == "es" else "8 of 10 here"
        await expect(opened.locator("h1")).to_have_text(words)
        width = await opened.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        small = await opened.evaluate(
            """() => [...document.querySelectorAll("button, .menu > summary, nav a")]
                 .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
                 .map((one) => one.textContent)"""
        )
        assert small == []
        await accessible(opened)
        await picture(opened, f"now-phone-{theme}")


async def test_a_crisis_is_taken_from_the_banner(browser: Browser, shown: Clinic, log: Log):
    async with page(browser, shown, "dana") as opened:
        await expect(opened.locator("h1")).to_have_text("8 of 10 here")
        pressed = world.signal(shown.ids, "crisis_reported", "p-10", 76)
        await log.signal(pressed)
        banner = opened.get_by_role("alert")
        await expect(banner).to_contain_text("“I need help now”, pressed at 19:16")
        await expect(banner).to_contain_text("Tobias B. Still connected")
        await expect(opened.locator(".tile[data-state=asked]")).to_contain_text("Asked for help")
        await expect(banner.get_by_role("button")).to_have_text(["I have it"])  # nobody is on duty
        assert await opened.title() == "Now · sessionwatch"  # nothing of a person in a title
        await accessible(opened)
        await picture(opened, "now-crisis")
        await banner.get_by_role("button", name="I have it").click()
        await expect(banner).to_have_count(0)
        await expect(opened.locator(".crisis-line")).to_contain_text(
            "asked for help at 19:16 · you have it"
        )


async def test_cases_by_keys(browser: Browser, shown: Clinic):
    async with page(browser, shown, "rosa", "#cases") as opened:
        await expect(opened.locator(".list h1")).to_have_text("5 open, 5 free to take")
        await expect(opened.locator(".list")).to_contain_text(
            "Evening group · Iris N.: 2 of 3 not here yet"
        )
        await opened.keyboard.press("j")
        await opened.keyboard.press("j")
        case = opened.locator("#case")
        await expect(case.locator("h1")).to_have_text("Wen L.")
        # As of now, not of the raise.
        await expect(case).to_contain_text(re.compile(r"7\d min since opening; limit 10"))
        await opened.keyboard.press("t")
        await expect(case).to_contain_text("taken by you")
        await expect(case).to_contain_text("Ask first")  # the card comes with the case
        await expect(case.locator("p.words")).to_contain_text("Wen")
        await expect(opened.locator(".list h1")).to_have_text("5 open, 4 free to take")
        await accessible(opened)
        await picture(opened, "cases-light")
        await case.get_by_role("button", name="Reveal").click()
        await expect(case).to_contain_text("+1 555 010 0142")
        await opened.keyboard.press("1")
        await expect(case).to_contain_text("closed: Joining")
        await expect(opened.locator(".list h1")).to_have_text("4 open, 4 free to take")
        await opened.keyboard.press("z")
        await expect(opened.locator(".list h1")).to_have_text("5 open, 4 free to take")
        await opened.keyboard.press("?")
        await expect(opened.locator("#keys")).to_contain_text("next, previous")
        await accessible(opened)


async def test_one_click_acknowledges_in_the_store(browser: Browser, shown: Clinic):
    store = await Store.open(f"sqlite+aiosqlite:///{shown.folder / 'alerts.db'}")
    async with page(browser, shown, "rosa", "#cases", theme="dark", phone=True) as opened:
        await expect(opened.locator(".list h1")).to_have_text("5 open, 5 free to take")
        await accessible(opened)
        await picture(opened, "cases-phone-dark")
        await opened.locator("[data-alert]", has_text="Left early").click()
        await opened.get_by_role("button", name="Acknowledge").click()
        await expect(opened.locator("#case")).to_contain_text("acknowledged, free to take")
        await picture(opened, "case-phone-dark")
    held = await store.get("left_early-q-03-51")
    assert held is not None
    assert held.alert.state == "acknowledged"
    await store.close()


async def test_a_focused_row_keeps_its_place(browser: Browser, shown: Clinic, log: Log):
    async with page(browser, shown, "rosa", "#cases") as opened:
        row = opened.locator("[data-alert]", has_text="Left early").locator("a")
        await row.focus()
        before = await row.evaluate("one => one.getBoundingClientRect().y")
        # Graver, and it would stand above.
        await log.signal(world.signal(shown.ids, "dropped_out", "p-02", 75))
        await expect(opened.locator(".list")).to_contain_text("Bela K.")
        assert await row.evaluate("one => one.getBoundingClientRect().y") == before
        assert await row.evaluate("one => one === document.activeElement")


async def test_an_act_without_a_network_is_kept_and_sent_later(browser: Browser, shown: Clinic):
    async with page(browser, shown, "rosa", "#cases") as opened:
        row = opened.locator("[data-alert]", has_text="Left early")
        await row.wait_for()
        await opened.context.set_offline(True)
        await row.get_by_role("button", name="Take").click()
        await expect(row).to_contain_text("Not sent yet")
        await opened.context.set_offline(False)
        await expect(row.locator(".has")).to_have_text("You")


async def test_a_name_is_never_markup(browser: Browser, shown: Clinic):
    people = shown.folder / "people.csv"
    name = "<img/src=x/onerror=broken.push(1)>"
    people.write_text(f"person_id,role,name\nq-03,patient,{name} Aziz\n")
    await import_file(shown.directory, people, clock=shown.clock)
    async with page(browser, shown, "omar", f"#now/{shown.ids.session(2)}") as opened:
        await expect(opened.locator(".tile h2").first).to_have_text(f"{name} A.")
        assert await opened.locator("img").count() == 0


async def test_who_hosts_nothing_sees_rooms_that_open(browser: Browser, shown: Clinic):
    async with page(browser, shown, "omar") as opened:
        await expect(opened.locator("h1")).to_have_text("8 of 13 here")
        room = opened.locator(".room", has_text="Iris N.")
        await expect(room).to_contain_text("0 of 3 here")
        assert await opened.locator(".tile").count() == 0
        await accessible(opened)
        await picture(opened, "rooms-light")
        await room.click()
        await expect(opened.locator(".tile h2")).to_have_text(["Noor A.", "Rafael S.", "Wen L."])


async def test_the_page_says_at_once_what_it_no_longer_knows(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    async with running(clinic, kafka), page(browser, clinic, "dana") as opened:
        async with beating(log):
            await expect(opened.locator(".live")).to_contain_text("Live · Zoom")
        # The monitor's clock stands still.
        live = opened.locator(".live")
        await expect(live).to_contain_text("Trust your meeting, not this page.")
        await expect(live).to_contain_text(re.compile(r"Not live since 19:1\d"))
        await expect(opened.locator("h1")).to_have_text(re.compile(r"8 of 10 here at 19:1\d"))
        await expect(opened.locator(".tile", has_text="Bela K.")).to_contain_text("as of 19:1")
        stands = await opened.locator("main").inner_text()
        # No minute goes on, though the installation's clock does.
        await opened.evaluate(TEN_MINUTES_LATER)
        assert await opened.locator("main").inner_text() == stands
        await accessible(opened)
        await picture(opened, "now-not-live")
        async with beating(log):
            await expect(live).to_contain_text("Live · Zoom")
            # The feed of the platform: nobody is shown as absent.
            silent = world.signal(clinic.ids, "feed_silent", None, 5)
            await log.alert(world.alert(silent, 1))
            await expect(live).to_contain_text("Attendance is not being measured.")
            await expect(opened.locator("h1")).to_have_text("Not measured")
            assert not await opened.get_by_text("Not here yet").count()
            # The device's own network.
            await opened.context.set_offline(True)
            await expect(live).to_contain_text("This device is offline since")
            await opened.context.set_offline(False)


async def test_an_empty_page_says_since_when_it_is_true(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    async with running(clinic, kafka), beating(log), page(browser, clinic, "omar") as opened:
        await expect(opened.locator("h1")).to_have_text("Nothing needs you.")
        await expect(opened.locator("main")).to_contain_text("Live since 19:1")
        await accessible(opened)
        await picture(opened, "empty-light")
        # A case that is left over is no calm, though no room is open.
        await log.alert(world.alert(world.signal(clinic.ids, "missed_session", "p-01", 10), 1))
        await expect(opened.locator("h1")).to_have_text("1 open, 1 free to take")
        told = world.alert(world.signal(clinic.ids, "missed_session", "p-01", 10), 2)
        await log.alert(msgspec.structs.replace(told, state="resolved"))
        await expect(opened.locator("h1")).to_have_text("Nothing needs you.")
        await opened.get_by_role("link", name="Cases").click()
        await expect(opened.locator("h1")).to_have_text(
            re.compile(r"Nothing needs you. Live since 19:1\d\.")
        )
        await accessible(opened)


async def test_the_hub_goes_and_comes_back(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    async with beating(log):
        async with running(clinic, kafka):
            opening = page(browser, clinic, "dana")
            opened = await opening.__aenter__()
            live = opened.locator(".live")
            await expect(live).to_contain_text("Live · Zoom")
        since = asyncio.get_running_loop().time()
        await expect(live).to_contain_text("Not live since")
        assert asyncio.get_running_loop().time() - since < 15
        async with running(clinic, kafka):
            await expect(live).to_contain_text("Live · Zoom")
            await expect(opened.locator("h1")).to_have_text("8 of 10 here")
            await opening.__aexit__(None, None, None)


async def test_signing_in_and_out(browser: Browser, shown: Clinic):
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    opened = await context.new_page()
    await opened.goto(shown.address)
    await expect(opened.locator(".live")).to_have_text(
        re.compile("Not signed in. Nothing is shown.")
    )
    await accessible(opened)
    await picture(opened, "sign-in-phone")
    await opened.get_by_role("button", name="Español").click()
    await expect(opened.locator("h1")).to_have_text("Inicie sesión para ver quién está")
    await opened.get_by_role("button", name="English").click()
    await opened.fill("input[name=username]", "dana")
    await opened.fill("input[name=password]", "not the passphrase")
    await opened.click("button[type=submit]")
    await expect(opened.get_by_role("alert")).to_contain_text("do not fit together")
    await opened.fill("input[name=password]", world.PASSWORD)
    await opened.click("button[type=submit]")
    await expect(opened.locator("h1")).to_have_text("8 of 10 here")
    await opened.get_by_role("link", name="More").click()
    await accessible(opened)
    await opened.get_by_role("button", name="Go on duty").click()
    await expect(opened.get_by_role("button", name="On duty: leave")).to_be_visible()
    await opened.get_by_role("button", name="Sign out").click()
    await expect(opened.locator(".live")).to_contain_text("Nothing is shown.")
    assert await opened.get_by_text("Ada").count() == 0
    await context.close()
