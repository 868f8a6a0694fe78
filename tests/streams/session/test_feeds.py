"""When platforms were heard: runs, gaps, several gateways, and what old observations cost."""

import random

import msgspec

from streams.events import MINUTE, SECOND
from streams.session.feeds import ALIVE_FOR, Feeds


def test_a_silent_platform_is_one_run():
    feeds = Feeds()
    for ts in range(0, 60 * MINUTE, 30 * SECOND):
        feeds.observe("zoom", ts, 0)
    feed = feeds.feed("zoom", 60 * MINUTE)
    assert len(feed.heard) == 1
    assert feed.answering(59 * MINUTE + 30 * SECOND + ALIVE_FOR)
    assert not feed.answering(59 * MINUTE + 30 * SECOND + ALIVE_FOR + 1)


def test_a_gateway_that_was_away_leaves_a_gap():
    feeds = Feeds()
    for ts in (0, 30, 600, 630):
        feeds.observe("zoom", ts * SECOND, 0)
    feed = feeds.feed("zoom", 700 * SECOND)
    assert [one.first for one in feed.heard] == [0, 600 * SECOND]
    assert not feed.answering(300 * SECOND)


def test_nothing_of_the_future_is_known():
    feeds = Feeds()
    feeds.observe("zoom", 100, 0)
    feeds.observe("zoom", 200, 0)
    assert feeds.feed("zoom", 50).heard == ()
    assert feeds.feed("zoom", 150).heard[0].last == 150
    assert feeds.after(150) == [200]


def test_of_several_gateways_the_latest_event_counts_in_any_order():
    words = [(0, 0), (10, 5), (20, 0), (30, 25), (40, 5)]
    for order in (words, words[::-1], [words[n] for n in (2, 0, 4, 1, 3)]):
        feeds = Feeds()
        for ts, last in order:
            feeds.observe("zoom", ts, last)
        known = [feeds.feed("zoom", ts).at(ts) for ts, _ in words]
        assert [one.last_event_at for one in known if one] == [0, 5, 5, 25, 25]


def test_the_last_quarter_of_an_hour_is_exact_and_the_rest_small():
    chance = random.Random(7)  # noqa: S311 - a test's figures
    feeds, words = Feeds(), []
    for ts in range(0, 8 * 60 * MINUTE, 30 * SECOND):
        last = ts - chance.randrange(30) * SECOND
        words.append((ts, max(last, words[-1][1] if words else 0)))
        feeds.observe("livekit", ts, last)
    now = words[-1][0]
    feed = feeds.feed("livekit", now)
    for ts, last in words[-29:]:
        heard = feed.at(ts)
        assert heard is not None
        assert heard.last_event_at == last
    for ts, last in words:
        heard = feed.at(ts)
        assert heard is not None
        assert last <= heard.last_event_at <= last + 5 * MINUTE + 30 * SECOND
        assert feed.answering(ts)
    assert len(msgspec.msgpack.encode(feeds)) < 5_000
