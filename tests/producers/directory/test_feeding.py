"""Feeds: taken over when they change; what fails or is suddenly empty changes nothing."""

import gzip
import json
import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from producers.directory import fetching
from producers.directory.feeding import Feed, ask, state
from producers.directory.fetching import NotFetched, fetch, redirected
from producers.directory.tables import SESSIONS
from streams.metrics import SCHEDULE_FEED_FAILURES
from tests.producers.directory.conftest import SAMPLES, Files, clock_at
from tests.producers.directory.feed_server import Answer, Site, serving
from tests.producers.directory.test_ical import calendar, event
from tests.producers.directory.test_importing import everything

SAMPLE = (SAMPLES / "morning.ics").read_bytes()
SECRET = "/private-3f9c/morning.ics"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        running.answers[SECRET] = Answer(SAMPLE, headers={"ETag": '"one"'})
        yield running


@pytest.fixture
def feed(site: Site) -> Feed:
    return Feed(name="morning", url=site.url + SECRET)


async def sessions(files: Files) -> tuple[int, int]:
    """How many are known, and how many of them are cancelled."""
    async with files.directory.reading() as connection:
        known = await connection.scalar(select(func.count()).select_from(SESSIONS))
        off = select(func.count()).select_from(SESSIONS).where(SESSIONS.c.cancelled)
        return known, await connection.scalar(off)


async def test_a_feed_is_taken_over_and_then_asked_whether_it_changed(imported: Files, feed, site):
    before = (await sessions(imported))[0]
    outcome, report = await ask(imported.directory, feed, imported.clock)
    assert outcome == "read"
    assert (await sessions(imported))[0] > before
    assert report is not None
    assert report.counts["added"] > 0
    held = await everything(imported.directory)
    assert await ask(imported.directory, feed, imported.clock) == ("unchanged", None)
    assert site.asked[1].headers["if-none-match"] == '"one"'
    now = await everything(imported.directory)
    assert {**now, "feeds": 0} == {**held, "feeds": 0}


async def test_the_same_content_a_second_time_changes_nothing(quick: Files, feed, site):
    await ask(quick.directory, feed, quick.clock)
    held = await everything(quick.directory)
    site.answers[SECRET].headers = {"ETag": '"two"'}
    _, report = await ask(quick.directory, feed, quick.clock)
    assert report is not None
    assert set(report.counts) == {"unchanged"}
    now = await everything(quick.directory)
    assert {**now, "feeds": 0} == {**held, "feeds": 0}


async def test_once_a_day_it_is_read_whole_so_that_repetitions_go_on(quick: Files, feed, site):
    weekly = event("20261124T180000", "20261124T210000", "RRULE:FREQ=WEEKLY\n")
    site.answers[SECRET] = Answer(calendar(weekly).encode(), headers={"ETag": '"one"'})
    await ask(quick.directory, feed, quick.clock)
    known, _ = await sessions(quick)
    later = clock_at(quick.clock.now() + 15 * 86_400_000)
    outcome, _ = await ask(quick.directory, feed, later)
    assert outcome == "read"
    assert "if-none-match" not in site.asked[1].headers
    assert (await sessions(quick))[0] == known + 2


EMPTY = calendar(head="X-WR-CALNAME:Morning program\n").encode()
PAST = calendar(
    "UID:x\nDTSTAMP:20261001T000000Z\nDTSTART:20261123T140000Z\nDTEND:20261123T150000Z\n"
    "X-SESSIONWATCH-HOST:st-chen\nCATEGORIES:iop-morning\n"
).encode()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(Answer(EMPTY), "empty", id="suddenly empty"),
        pytest.param(Answer(PAST), "empty", id="nothing to come any more"),
        pytest.param(Answer(b"", status=500), "not_fetched", id="server error"),
        pytest.param(Answer(b"<html>Sign in</html>"), "bad_file", id="a page, not a calendar"),
        pytest.param(Answer(b""), "bad_file", id="nothing at all"),
        pytest.param(Answer(SAMPLE[: len(SAMPLE) // 2]), "bad_file", id="cut off"),
        pytest.param(
            Answer(SAMPLE.replace(b"luis.o@", b"nobody.we.know@")), "bad_file", id="a stranger"
        ),
        pytest.param(
            Answer(status=302, headers={"Location": "http://calendar.example/x"}),
            "not_fetched",
            id="sent to where nothing is encrypted",
        ),
        pytest.param(Answer(status=302), "not_fetched", id="sent nowhere"),
        pytest.param(
            Answer(status=302, headers={"Location": "http://[private"}),
            "not_fetched",
            id="sent to no address",
        ),
    ],
)
async def test_what_is_wrong_changes_nothing_and_is_told(
    quick: Files, feed: Feed, site: Site, answer: Answer, outcome: str, caplog
):
    await ask(quick.directory, feed, quick.clock)
    held = await everything(quick.directory)
    failures = SCHEDULE_FEED_FAILURES.labels(feed="morning", reason=outcome)._value.get()
    site.answers[SECRET] = answer
    with caplog.at_level(logging.WARNING):
        assert await ask(quick.directory, feed, quick.clock) == (outcome, None)
    now = await everything(quick.directory)
    assert {**now, "feeds": 0} == {**held, "feeds": 0}
    assert (await state(quick.directory, feed)).outcome == outcome
    assert SCHEDULE_FEED_FAILURES.labels(feed="morning", reason=outcome)._value.get() > failures
    assert "feed morning: " in caplog.text
    assert "private" not in caplog.text
    assert "nobody.we.know" not in caplog.text
    site.answers[SECRET] = Answer(SAMPLE, headers={"ETag": '"one"'})
    assert (await ask(quick.directory, feed, quick.clock))[0] == "read"  # asked for it whole


async def test_one_session_fewer_is_believed(quick: Files, feed: Feed, site: Site):
    await ask(quick.directory, feed, quick.clock)
    known, _ = await sessions(quick)
    text = SAMPLE.decode().replace("RRULE:", "EXDATE;TZID=America/New_York:20261204T090000\nRRULE:")
    site.answers[SECRET] = Answer(text.encode())
    assert (await ask(quick.directory, feed, quick.clock))[0] == "read"
    assert await sessions(quick) == (known, 1)


async def test_a_feed_is_known_by_its_own_name_whatever_the_calendar_calls_itself(
    quick: Files, feed: Feed, site: Site
):
    await ask(quick.directory, feed, quick.clock)
    text = SAMPLE.decode().replace("X-WR-CALNAME:Morning program", "X-WR-CALNAME:Renamed")
    text = text.replace("RRULE:", "EXDATE;TZID=America/New_York:20261204T090000\nRRULE:")
    site.answers[SECRET] = Answer(text.encode())
    await ask(quick.directory, feed, quick.clock)
    assert (await sessions(quick))[1] == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example/a.ics",
        "ftp://calendar.example/a.ics",
        "file:///etc/passwd",
        "https://",
        "http://127.0.0.1.calendar.example/a",
    ],
)
async def test_only_https_is_fetched_and_http_from_this_machine(url: str):
    with pytest.raises(NotFetched) as raised:
        await fetch(url)
    assert "calendar.example" not in str(raised.value)


async def test_what_is_too_large_is_not_read_to_its_end(site: Site, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST", 1000)
    site.answers["/large"] = Answer(b"x" * 5000)
    with pytest.raises(NotFetched, match="larger"):
        await fetch(site.url + "/large")


async def test_what_is_packed_twice_is_not_unpacked(site: Site):
    bomb = gzip.compress(gzip.compress(bytes(1 << 20)))
    site.answers["/bomb"] = Answer(bomb, headers={"Content-Encoding": "gzip, gzip"})
    with pytest.raises(NotFetched, match="packed in a way"):
        await fetch(site.url + "/bomb")
    packed = Answer(gzip.compress(SAMPLE), headers={"Content-Encoding": "gzip"})
    site.answers["/packed"] = packed
    fetched = await fetch(site.url + "/packed")
    assert fetched is not None
    assert fetched.pages == [SAMPLE]


def test_a_server_elsewhere_sends_nobody_to_this_machine():
    assert redirected("https://a.example/x", "/y") == "https://a.example/y"
    for there in ("http://127.0.0.1:9090/-/quit", "http://a.example/x", "file:///etc/passwd"):
        with pytest.raises(NotFetched, match="without https"):
            redirected("https://a.example/x", there)


async def test_what_takes_too_long_is_given_up(site: Site, monkeypatch):
    monkeypatch.setattr(fetching, "ALL_SECONDS", 0.0)
    with pytest.raises(NotFetched, match="not whole within"):
        await fetch(site.url + SECRET)


async def test_a_token_goes_to_its_own_server_alone(site: Site, tmp_path):
    with serving() as other:
        other.answers["/there"] = Answer(SAMPLE)
        site.answers["/moved"] = Answer(status=302, headers={"Location": other.url + "/there"})
        assert await fetch(site.url + "/moved", token="secret") is not None
        assert site.asked[-1].headers["authorization"] == "Bearer secret"
        assert "authorization" not in other.asked[-1].headers


async def test_going_round_in_circles_ends(site: Site):
    site.answers["/round"] = Answer(status=302, headers={"Location": "/round"})
    with pytest.raises(NotFetched, match="redirected more than"):
        await fetch(site.url + "/round")


async def test_pages_that_go_round_in_circles_are_asked_for_once(site: Site):
    def page(next_: str) -> Answer:
        link = {"relation": "next", "url": site.url + next_}
        return Answer(json.dumps({"resourceType": "Bundle", "link": [link]}).encode())

    site.answers |= {"/one": page("/two"), "/two": page("/three"), "/three": page("/two")}
    with pytest.raises(NotFetched, match="in a circle"):
        await fetch(site.url + "/one")
    assert [asked.path for asked in site.asked] == ["/one", "/two", "/three"]


async def test_what_was_never_told_cannot_be_unchanged(site: Site):
    site.answers["/lies"] = Answer(status=304)
    with pytest.raises(NotFetched, match="never told"):
        await fetch(site.url + "/lies")


async def test_a_search_may_begin_with_the_day(quick: Files, feed: Feed, site: Site):
    site.answers["/a.ics?date=ge2026-11-24"] = Answer(SAMPLE)
    asked = Feed(name="day", url=site.url + "/a.ics?date=ge{today}")
    assert (await ask(quick.directory, asked, quick.clock))[0] == "read"


async def test_a_token_file_that_is_missing_is_told(quick: Files, feed: Feed):
    asked = Feed(name=feed.name, url=feed.url, token_file="/nowhere/token")
    assert await ask(quick.directory, asked, quick.clock) == ("not_fetched", None)
