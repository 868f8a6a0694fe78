"""An incident on the pages: one line in place of what it explains, which then comes back."""

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
ROOM = ("session_id", "host_id", "kind", "track", "starts_at", "ends_at")
NO_ROOM = dict.fromkeys((*ROOM, "program_id", "clinician_id"))


async def test_one_line_stands_for_what_it_explains(
    browser: Browser, clinic: Clinic, kafka: KafkaSettings, log: Log
):
    ids, now = clinic.ids, clinic.clock.now()
    drops = [world.signal(ids, "dropped_out", own, 72) for own in ("p-06", "p-07")]
    line = world.signal(ids, "poor_connection", "p-10", 70)  # before it, and not named
    incident = world.signal(
        ids, "platform_incident", None, 72, **NO_ROOM, explains=[one.alert_id for one in drops]
    )
    await log.board(world.evening(ids, now))
    for signal in (*drops, line, incident):
        await log.signal(signal)
    async with (
        running(clinic, kafka, service=True),
        beating(log),
        page(browser, clinic, "kim", "#cases") as cases,
        page(browser, clinic, "dana") as group,
    ):
        rows = cases.locator(".list .row")
        await expect(rows).to_have_count(2)
        await expect(rows.filter(has_text="Trouble in several rooms")).to_contain_text(
            "12 of 15 people have trouble, in 4 rooms. Elsewhere 2 of 60; limit 3 times as many. · "
            "explains 2 others"
        )
        await expect(cases.locator(".list header")).to_contain_text("2 are held back for now")
        await rows.filter(has_text="Trouble in several rooms").click()
        await expect(cases.locator("#case table")).to_contain_text("Network provider: Acme")
        await accessible(cases)
        await picture(cases, "cases-incident")
        await expect(group.locator(".facts-list")).to_contain_text("2 are held back for now")
        await accessible(group)
        await picture(group, "now-incident")
        over = msgspec.structs.replace(
            incident, id="over", status="cleared", ts=incident.ts + 3 * MINUTE
        )
        await log.signal(over)
        await expect(rows).to_have_count(3)
        await expect(rows.filter(has_text="Line dropped")).to_have_count(2)
        await expect(cases.locator(".list header")).not_to_contain_text("held back")
        await expect(group.locator(".facts-list")).not_to_contain_text("held back")
