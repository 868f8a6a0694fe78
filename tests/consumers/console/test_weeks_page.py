"""A person's weeks: who sees them, what they say, on every screen and in both languages."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from sqlalchemy import select

from producers.directory.attended import hear
from producers.directory.tables import AUDIT
from streams.events import HOUR, MINUTE, SessionAttended, Signal
from streams.kafka import KafkaSettings
from streams.topics import DAY_MS
from tests.consumers.console import world
from tests.consumers.console.browser import accessible, page, picture
from tests.consumers.console.conftest import Clinic, act, beating, running
from tests.consumers.console.world import START, Log

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

WHO = "p-03"
SCREENS = (("dark", False, "es"), ("light", True, "en"), ("dark", True, "es"))
MINUTES = {"attended": 168, "in_person": 0, "partial": 118}
WEEKS: dict[int, tuple[str, dict[str, Any]]] = {
    1: ("attended", {}),
    5: ("in_person", {}),
    7: ("missed", {}),
    8: (
        "partial",
        {
            "joined_late_ms": 12 * MINUTE,
            "left_early_ms": 42 * MINUTE,
            "drops": 2,
            "lost_ms": 8 * MINUTE,
        },
    ),
    12: ("partial", {"present_ms": 61 * MINUTE}),
    14: ("attended", {"joined_late_ms": 22 * MINUTE, "present_ms": 152 * MINUTE}),
    15: ("could_not_connect", {}),
    19: (
        "partial",
        {"present_ms": 129 * MINUTE, "left_early_ms": 51 * MINUTE, "fault": "platform"},
    ),
    21: ("excused", {}),
    22: ("attended", {}),
    26: ("attended", {}),
}
"""What came of Celia's sessions so many days before this evening's."""


def before(days: int) -> int:
    """The start of the session so many days ago, by the clocks of the clinic."""
    return START - days * DAY_MS - (HOUR if days > 16 else 0)  # summer time ended on 1 November


def outcome(clinic: Clinic, days: int, came: str, **more: Any) -> SessionAttended:
    starts = before(days)
    made: dict[str, Any] = {
        "id": f"past-{days}|0",
        "ts": starts + 3 * HOUR,
        "participant_id": clinic.ids.person(WHO),
        "session_id": f"past-{days}",
        "program_id": clinic.ids.program,
        "kind": "group",
        "revision": 0,
        "scheduled_ms": 3 * HOUR,
        "held_ms": 3 * HOUR,
        "present_ms": MINUTES.get(came, 0) * MINUTE,
        "outcome": came,
        **dict.fromkeys(("drops", "lost_ms", "poor_ms", "reconnects"), 0),
        **dict.fromkeys(("privacy_reports", "technical_reports", "crisis_reports"), 0),
        "time_zone": world.ZONE,
        "prescribed_hours_per_week": 9.0,
    }
    return SessionAttended(**(made | more))


def told(clinic: Clinic, rule: str, days: int, minute: int, **more: Any) -> Signal:
    """An alert of the session so many days ago."""
    of = before(days)
    name = f"{rule}-{days}"
    made = {
        "id": f"{name}-raised",
        "alert_id": name,
        "session_id": f"past-{days}",
        "ts": of + minute * MINUTE,
        "raised_at": of + minute * MINUTE,
        "starts_at": of,
        "ends_at": of + 3 * HOUR,
    }
    return world.signal(clinic.ids, rule, WHO, minute, **(made | more))


def about_weeks(clinic: Clinic, rule: str, days: int, evidence: dict[str, object]) -> Signal:
    signal = told(
        clinic,
        "missed_session",
        days,
        180,
        audience={"clinician": "high", "supervisor": "high"},
        evidence=evidence | {"time_zone": world.ZONE},
    )
    changed = {"rule": rule, "session_id": None, "starts_at": None, "ends_at": None}
    named = {"id": f"{rule}-{days}-raised", "alert_id": f"{rule}-{days}"}
    return type(signal)(
        **{name: getattr(signal, name) for name in signal.__struct_fields__} | changed | named
    )


def alerts(clinic: Clinic) -> list[Signal]:
    line = {
        "at": before(8) + 88 * MINUTE,
        "left_reason": "connection_lost",
        "line_before": "poor",
        "minutes_left": 92,
        "return_minutes": 2,
    }
    review: dict[str, object] = {
        "causes": ["technology_in_the_way"],
        "since_at": before(15),
        "standing_days": 14,
        "within_days": 28,
        "misses": 3,
        "crises": 2,
        "helped": 1,
    }
    rows: dict[str, object] = {
        **{"misses": 2, "dates": [before(9), before(7)], "limit": 2, "high_misses": 3},
        **{"outreach": 1, "outreach_at": before(6), "outreach_result": "left_message"},
    }
    return [
        told(clinic, "could_not_connect", 15, 15),
        told(clinic, "dropped_out", 8, 90, evidence=line),
        told(clinic, "missed_session", 7, 10),
        about_weeks(clinic, "missed_in_a_row", 7, rows),
        about_weeks(clinic, "care_fit_review", 1, review),
    ]


@pytest_asyncio.fixture(loop_scope="module")
async def shown(clinic: Clinic, kafka: KafkaSettings, log: Log) -> AsyncIterator[Clinic]:
    outcomes = [outcome(clinic, days, came, **more) for days, (came, more) in WEEKS.items()]
    await hear(clinic.directory, outcomes, clinic.clock.now())
    await log.board(world.evening(clinic.ids, clinic.clock.now()))
    for signal in alerts(clinic):
        await log.signal(signal)
    async with running(clinic, kafka, service=True), beating(log):
        await act(clinic, "omar", "missed_session-7", "take")
        await act(clinic, "omar", "missed_session-7", "resolve", {"result": "left_message"})
        yield clinic


async def looks(clinic: Clinic) -> list[str]:
    async with clinic.directory.reading() as connection:
        query = select(AUDIT.c.object).where(AUDIT.c.what == "weeks.viewed")
        return list((await connection.execute(query)).scalars())


async def test_the_weeks_of_a_person(browser: Browser, shown: Clinic):
    who = shown.ids.person(WHO)
    async with page(browser, shown, "omar", "#cases/care_fit_review-1") as opened:
        asked: list[str] = []
        opened.on("request", lambda one: asked.append(one.url))
        await opened.locator("#case").get_by_role("link", name="Weeks").click()
        main = opened.locator("main.person")
        await expect(main.locator("h1")).to_have_text("Celia D.")
        assert await opened.title() == "People · sessionwatch"
        first = main.locator(".standing li").first
        await expect(first.locator("h2")).to_have_text("Time to talk about what fits Mon 16 Nov")
        await expect(first).to_contain_text("It is no advice.")
        weeks = main.locator("tbody tr")
        await expect(weeks).to_have_count(5)
        await expect(weeks.first).to_contain_text("this week")
        await expect(weeks.first.locator("[data-came=running]")).to_contain_text("Running now")
        missed = weeks.nth(1).locator("[data-came=missed]")
        await expect(missed).to_contain_text("Missed")
        partial = weeks.nth(1).locator("[data-came=partial]").first
        await expect(partial).to_contain_text("Line dropped 2 times, 8 min lost")
        await expect(partial.locator(".drop")).to_have_count(1)  # the other is not known when
        await expect(partial.locator("svg.track")).to_have_attribute(
            "aria-label", "There between 18:12 and 20:18. Line dropped at 19:28."
        )
        await expect(weeks.nth(1).locator("ul.told")).to_contain_text("Left message, 19:16")
        await expect(weeks.nth(2)).to_contain_text("Could not connect")
        await expect(weeks.nth(3)).to_contain_text("The platform's fault; does not count")
        await expect(weeks.nth(1).locator("td.h")).to_contain_text("9 h prescribed")
        await accessible(opened)
        await picture(opened, "weeks-light-en")
        assert await looks(shown) == [who]
        async with opened.expect_response("**/api/alerts/people/**"):
            await main.get_by_role("button", name="Read again").click()
        assert await looks(shown) == [who, who]
        assert not [url for url in asked if "Celia" in url or "Duarte" in url]
        await opened.context.set_offline(True)
        await main.get_by_role("button", name="Read again").click()
        await expect(main).to_contain_text("could not be read again")
        await expect(weeks).to_have_count(5)  # as they were
        await expect(opened.locator(".live")).to_have_attribute("data-live", "no")
        await picture(opened, "weeks-offline")
        await opened.context.set_offline(False)


async def test_on_every_screen(browser: Browser, shown: Clinic):
    at = f"#people/{shown.ids.person(WHO)}/weeks"
    for theme, phone, language in SCREENS:
        more = {"theme": theme, "phone": phone, "language": language}
        async with page(browser, shown, "omar", at, **more) as opened:  # type: ignore[arg-type]
            await expect(opened.locator("ul.told").first).to_be_visible()
            words = "Faltó" if language == "es" else "Missed"
            await expect(opened.locator("[data-came=missed]")).to_contain_text(words)
            width = 390 if phone else 1440
            assert await opened.evaluate("document.documentElement.scrollWidth") <= width
            await accessible(opened)
            name = f"weeks-{theme}-{language}{'-phone' if phone else ''}"
            await picture(opened, name)
            await opened.locator(".legend").scroll_into_view_if_needed()
            await picture(opened, f"{name}-end")
    async with page(browser, shown, "dana", at) as opened:
        await expect(opened.locator("main.person")).to_contain_text("own clinician")
        await picture(opened, "weeks-not-allowed")
        assert len(await looks(shown)) == len(SCREENS)
    async with page(browser, shown, "omar", f"#people/{shown.ids.person('q-01')}") as opened:
        await opened.locator("#card").get_by_role("link", name="Weeks").click()
        await expect(opened.locator("main.person tbody tr")).to_have_count(1)
        await picture(opened, "weeks-new")
