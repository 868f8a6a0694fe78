"""The join page in a real Chromium at a phone's width, over a real gateway and broker."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from streams.events import DeviceChecked, ParticipantReported
from tests.producers.gateway.join_world import (
    CLINIC_PHONE,
    DIAL_IN,
    PHONE,
    Linked,
    chromium,
    linked,
    phone,
    picture,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

expect.set_options(timeout=20_000)

MESSENGER = (
    "Mozilla/5.0 (Linux; Android 13; SM-A135M; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/125.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/465.0.0.0;]"
)
WORDS = {
    "en-US": {
        "join": "Join the call",
        "help": "I need help now",
        "danger": "Yes, I am in danger",
        "unseen": "Sent. No one has seen it yet.",
        "nobody": "Sent. Nobody from your team is on duty here right now.",
        "seen": "Your team has seen it.",
        "988": "In Spanish: call 988 and press 2, or text AYUDA to 988",
    },
    "es-MX": {
        "join": "Entrar a la llamada",
        "help": "Necesito ayuda ahora",
        "danger": "Sí, estoy en peligro",
        "unseen": "Enviado. Nadie lo ha visto todavía.",
        "nobody": "Enviado. Ahora no hay nadie de su equipo de guardia aquí.",
        "seen": "Su equipo ya lo vio.",
        "988": "En español: llame al 988 y oprima 2, o envíe AYUDA al 988",
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def link(broker, tmp_path_factory) -> AsyncIterator[Linked]:
    async with linked(broker, tmp_path_factory.mktemp("join")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def accessible(opened: Page) -> None:
    found = await Axe().run(opened)
    assert found.violations_count == 0, found.generate_report()


async def reported(link: Linked, kind: str) -> ParticipantReported:
    """The report of that kind that came onto the log."""
    found = []

    async def came() -> bool:
        found.extend(await link.gateway.events())
        return any(isinstance(one, ParticipantReported) and one.kind == kind for one in found)

    await until(came)
    return next(one for one in found if getattr(one, "kind", "") == kind)


@pytest.mark.parametrize(("locale", "theme"), [("en-US", "light"), ("es-MX", "dark")])
async def test_help_and_the_truth_about_it(link: Linked, browser: Browser, locale, theme):
    words = WORDS[locale]
    who = "ana" if locale == "en-US" else "luis"
    await link.duty(0)
    await link.gateway.skip()
    address = link.address(link.token(who))
    async with phone(browser, address, locale=locale, theme=theme) as opened:
        await expect(opened.locator("#go")).to_have_text(words["join"])
        await expect(opened.locator("#when")).not_to_be_empty()
        await expect(opened.locator("#numbers")).to_contain_text(words["988"])
        await expect(opened.locator("#phone")).to_have_text(CLINIC_PHONE)
        await accessible(opened)
        await picture(opened, f"page-{locale[:2]}")
        await opened.get_by_role("button", name=words["help"]).click()
        await accessible(opened)
        await picture(opened, f"danger-{locale[:2]}", full=False)
        await opened.get_by_role("button", name=words["danger"]).click()
        stands = opened.locator("#reports li span")
        await expect(stands).to_have_text(words["nobody"])
        await expect(opened.locator("body")).to_have_class("alone")
        await picture(opened, f"nobody-{locale[:2]}")
        await link.duty(1)
        await expect(stands).to_have_text(words["unseen"])
        report = await reported(link, "crisis")
        assert report.participant_id == link.gateway.person(who)
        await link.alert("crisis", report.id, who, seen=False)
        await asyncio.sleep(1)
        await expect(stands).to_have_text(words["unseen"])
        await link.alert("crisis", report.id, who, seen=True)
        await expect(stands).to_have_text(words["seen"])
        await accessible(opened)
        await picture(opened, f"seen-{locale[:2]}")


async def test_it_fits_a_phone_and_is_neutral_whoever_looks(link: Linked, browser: Browser):
    async with phone(browser, link.address(link.token())) as opened:
        await expect(opened.locator("#allow")).to_be_visible()
        assert await opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        small = await opened.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, label")]
                 .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
                 .map((one) => one.textContent)"""
        )
        assert small == []
        assert await opened.title() == "Your video call"
        preview = await opened.locator("meta[property='og:title']").get_attribute("content")
        assert preview == "Your video call"
        text = (await opened.content()).casefold()
        assert not [word for word in ("pat ana", "iop", "addiction", "evening") if word in text]


async def test_its_language_is_changed_on_the_page_and_kept(link: Linked, browser: Browser):
    address = link.address(link.token())
    async with phone(browser, address) as opened:
        await opened.get_by_text("Español").click()
        await expect(opened.locator("#go")).to_have_text("Entrar a la llamada")
        await expect(opened).to_have_title("Su videollamada")
        await opened.goto(address)
        await expect(opened.locator("#go")).to_have_text("Entrar a la llamada")


async def test_offline_in_the_middle_it_says_not_sent_yet_and_sends_later(
    link: Linked, browser: Browser
):
    await link.duty(1)
    await link.gateway.skip()
    async with phone(browser, link.address(link.token())) as opened:
        await expect(opened.locator("#allow")).to_be_visible()
        await opened.context.set_offline(True)
        await opened.get_by_role("button", name="I need help now").click()
        await opened.get_by_role("button", name="No, but I need help").click()
        stands = opened.locator("#reports li span")
        await expect(stands).to_have_text("Not sent yet. We keep trying.")
        await expect(opened.locator("body")).to_have_class("alone")
        await opened.get_by_text("Español").click()
        await expect(stands).to_have_text("Todavía no se envió. Seguimos intentando.")
        await opened.get_by_text("English").click()
        await picture(opened, "offline-en")
        await opened.context.set_offline(False)
        await expect(stands).to_have_text("Sent. No one has seen it yet.")
        pressed = await opened.evaluate("performance.timeOrigin")
        assert (await reported(link, "help")).ts >= pressed  # when it was pressed, not when it came


async def test_no_private_place_is_thanked_for(link: Linked, browser: Browser):
    await link.gateway.skip()
    async with phone(browser, link.address(link.token())) as opened:
        await opened.get_by_role("button", name="I have no private place").click()
        await expect(opened.locator("#reports")).to_contain_text(
            "Thank you. Your clinician will ask when it is safe; you keep your place."
        )
        await reported(link, "privacy")
        await opened.set_viewport_size({"width": 360, "height": 480})
        button = opened.get_by_role("button", name="It isn’t working")
        await button.evaluate(
            """(one) => { // just above the footer
              const free = document.querySelector("footer").getBoundingClientRect().top;
              scrollBy(0, one.getBoundingClientRect().bottom - free);
              one.click();
            }"""
        )
        newest = opened.locator("#reports li").first  # in view, and not under the footer
        await expect(newest).to_contain_text("It isn’t working")
        below = await newest.evaluate(
            "(one) => one.getBoundingClientRect().bottom - "
            "document.querySelector('footer').getBoundingClientRect().top"
        )
        assert below <= 0
        await expect(opened.locator("#reports li").last).to_contain_text("I have no private place")


async def test_tiredness_is_asked_for_at_the_end_where_the_program_wants_it(
    link: Linked, browser: Browser
):
    await link.gateway.skip()
    async with phone(browser, link.address(link.token("eva", number=None))) as opened:
        await expect(opened.locator("#tired")).to_be_visible()
        await accessible(opened)
        await opened.get_by_role("button", name="3", exact=True).click()
        await expect(opened.locator("#reports")).to_contain_text("How tired you are: 3 of 4")
        await expect(opened.locator("#reports")).to_contain_text("Thank you.")
        await expect(opened.locator("#tired")).to_be_hidden()
        assert (await reported(link, "fatigue")).score == 3
    async with phone(browser, link.address(link.token())) as opened:
        await expect(opened.locator("#allow")).to_be_visible()
        await expect(opened.locator("#tired")).to_be_hidden()


TAPPED = """() => {
  window.AudioContext = class extends AudioContext {
    made = window.event?.type;
    createOscillator() {
      window.toneInTap = this.made === "click";
      return super.createOscillator();
    }
  };
}"""
"""Whether what plays was made in a tap: else an iPhone is silent."""


async def test_the_check(link: Linked, browser: Browser):
    await link.gateway.skip()
    async with phone(browser, link.address(link.token())) as opened:
        await opened.get_by_text("Check my phone first").click()
        check = opened.locator("#check")
        await expect(check).to_contain_text("This page is smaller than 60 KB.")
        await expect(check).to_contain_text("No picture and no sound leaves your phone.")
        await picture(opened, "check-before-en")
        await opened.evaluate(TAPPED)
        await opened.get_by_role("button", name="Start the check (1 MB)").click()
        await expect(opened.locator("#mirror")).to_be_visible()
        await opened.locator("#hear").get_by_role("button", name="Yes").click()
        assert await opened.evaluate("toneInTap")
        await expect(opened.locator("#verdict")).to_have_text("All works. You can join.")
        await accessible(opened)
        await picture(opened, "check-after-en")
        [checked] = [one for one in await link.gateway.events() if isinstance(one, DeviceChecked)]
        assert (checked.result, checked.failures) == ("pass", [])
        assert checked.participant_id == link.gateway.person("ana")


async def test_without_permission_for_camera_or_microphone(link: Linked):
    await link.gateway.skip()
    async with chromium() as browser:
        address = link.address(link.token())
        async with phone(browser, address, locale="es-MX", permissions=()) as opened:
            await opened.get_by_text("Probar mi teléfono antes").click()
            await opened.get_by_role("button", name="Empezar la prueba (1 MB)").click()
            parts = opened.locator("#parts")
            await expect(parts).to_contain_text(re.compile("Cámara.*sin permiso"))
            await opened.locator("#hear").get_by_role("button", name="No", exact=True).click()
            await expect(opened.locator("#verdict")).to_contain_text("toque el candado")
            await expect(opened.locator("#go")).to_have_text("Entrar de todos modos")
            await accessible(opened)
            await picture(opened, "check-denied-es")
        [checked] = [one for one in await link.gateway.events() if isinstance(one, DeviceChecked)]
        assert checked.failures == ["camera", "microphone", "speaker"]


async def test_consent_is_per_scope_and_changed_at_any_time(link: Linked, browser: Browser):
    address = link.address(link.token("luis"))
    async with phone(browser, address) as opened:
        quality = opened.get_by_role("switch", name="Measure my connection")
        await expect(quality).to_be_checked()
        await quality.click()
        await expect(opened.locator("#saved")).to_have_text("Saved.")
        await opened.goto(address)
        await expect(opened.locator("#allow")).to_be_visible()
        await expect(quality).not_to_be_checked()
        other = opened.get_by_role("switch", name="Notice if I take part less")
        await expect(other).to_be_checked()
        await opened.get_by_text("What is kept, and who sees it").click()
        await picture(opened, "consent-en")
        await quality.click()
        await expect(opened.locator("#saved")).to_have_text("Saved.")


async def test_the_switch_shows_what_was_said_though_the_answer_took_long(
    link: Linked, browser: Browser
):
    async with phone(browser, link.address(link.token("luis"))) as opened:
        quality = opened.get_by_role("switch", name="Measure my connection")
        await expect(quality).to_be_checked()
        answer = asyncio.Event()

        async def late(route: Route) -> None:
            await answer.wait()
            await route.continue_()

        await opened.route("**/consent", late)
        await quality.click()
        await opened.evaluate("dispatchEvent(new Event('online'))")  # the page asks and draws anew
        await expect(quality).to_be_checked()
        answer.set()
        await expect(opened.locator("#saved")).to_have_text("Saved.")
        await expect(quality).not_to_be_checked()
        await quality.click()
        await expect(quality).to_be_checked()


async def test_inside_another_app_it_says_how_to_get_out(link: Linked, browser: Browser):
    address = link.address(link.token())
    async with phone(browser, address, user_agent=MESSENGER) as opened:
        chrome = opened.get_by_role("link", name="Open in Chrome")
        target = await chrome.get_attribute("href")
        assert target.startswith("intent://127.0.0.1")
        assert target.endswith(";package=com.android.chrome;end")
        await expect(opened.locator("#go")).to_have_text("Join anyway")
        await accessible(opened)
        await picture(opened, "inside-app-en", full=False)


async def test_a_dial_in_is_offered_where_there_is_one(link: Linked, browser: Browser):
    async with phone(browser, link.address(link.token(number=1))) as opened:
        await expect(opened.locator("#dial")).to_contain_text(DIAL_IN)
        await expect(opened.locator("#dial")).to_contain_text("Then enter the code 81234567890")
        await accessible(opened)


async def test_leave_quickly_leaves_nothing_behind(link: Linked, browser: Browser):
    async with phone(browser, link.address(link.token())) as opened:
        await expect(opened.locator("#allow")).to_be_visible()
        before = await opened.evaluate("history.length")
        async with opened.expect_request("http://127.0.0.1:9/"):
            await opened.get_by_text("Leave quickly").click()
        await opened.wait_for_load_state()
        assert await opened.evaluate("history.length") == before
        await opened.goto("about:blank")
        await opened.evaluate("window.broken = []")


async def test_a_link_that_is_over_still_shows_whom_to_call(link: Linked, browser: Browser):
    async with phone(browser, link.address(link.token(hours=-1))) as opened:
        await expect(opened.locator("#over")).to_be_visible()
        await expect(opened.locator("#go")).to_be_hidden()
        await expect(opened.locator("footer")).to_contain_text("In danger: call 911")
        await expect(opened.locator("#phone")).to_have_text(CLINIC_PHONE)
        await accessible(opened)
        await picture(opened, "over-en", full=False)


async def test_without_scripts_one_can_still_join_and_call(link: Linked, browser: Browser):
    address = link.address(link.token())
    async with phone(browser, address, locale="es-MX", java_script_enabled=False) as opened:
        await expect(opened.locator("#go")).to_have_text("Entrar a la llamada")
        await expect(opened.locator("#numbers")).to_contain_text("oprima 2")
        await expect(opened.locator("#asks")).to_be_hidden()  # nothing that would not work
        await expect(opened.locator("noscript p")).to_contain_text("active JavaScript")
        await expect(opened.locator("noscript p")).to_be_visible()
        await picture(opened, "no-script-es", full=False)
