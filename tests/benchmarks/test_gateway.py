import asyncio
from collections import Counter

from benchmarks.flood import Answer, Flood, as_answered, at_rate
from benchmarks.gateway import SAMPLES, Kind, Measured, lost, variables
from benchmarks.gateway_load import UNBOOKED, Load, Sent
from privacy.sealing import MasterKey
from producers.simulator.day import make
from producers.simulator.platforms import Request
from sessionwatch.settings import load
from streams.now import WALL

REQUESTS = [Request(f"/{number}", {}, b"") for number in range(40)]


class Server:
    """Answers each request after a while, and counts how many it has at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now, self.most = seconds, 0, 0

    async def post(self, request: Request) -> int:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(self.seconds)
        self.now -= 1
        return 503 if request.path == "/3" else 200


async def test_as_answered_has_no_more_under_way_than_there_are_senders():
    server = Server(0.001)
    flood = await as_answered(server.post, REQUESTS, senders=4, seconds=20)
    assert server.most == 4
    assert sorted(answer.number for answer in flood.answers) == list(range(40))
    assert (len(flood.taken), flood.answered(503), flood.answered(429)) == (39, 1, 0)
    assert flood.rate == 39 / flood.seconds


async def test_as_answered_begins_nothing_after_its_time():
    flood = await as_answered(Server(0.05).post, REQUESTS, senders=1, seconds=0.08)
    assert len(flood.answers) < len(REQUESTS)


async def test_a_rate_does_not_wait_for_answers():
    server = Server(0.3)
    flood = await at_rate(server.post, REQUESTS, rate=400)
    assert server.most == 40
    assert flood.seconds >= 0.3 + 39 / 400
    assert [answer.number for answer in flood.answers] == list(range(40))
    assert flood.milliseconds(0.5) >= 300


def test_what_was_taken_and_is_nowhere_whole_is_lost():
    sent = [Sent(REQUESTS[0], name) for name in ("whole", "half", "gone", "letter", "refused")]
    answers = [Answer(number, 200, 0.1) for number in range(4)] + [Answer(4, 503, 0.1)]
    kind = Kind("samples", sent.__getitem__, records=SAMPLES, senders=1)
    measured = Measured(kind, "", 1, sent, Flood(answers, 1.0), 0, 0, 0)
    found = Counter(whole=SAMPLES, half=SAMPLES - 1)
    assert lost(measured, found, Counter(letter=1)) == 2


def test_every_request_is_of_a_connection_of_its_own():
    said = Load(make("day", 1, WALL.now()), MasterKey(b"k" * 32))
    sent = [told(number) for told in (said.webhook, said.beacon) for number in range(UNBOOKED)]
    assert len({one.connection for one in sent}) == 2 * UNBOOKED
    bodies = [one.request.body for one in sent]
    assert [number for number, body in enumerate(bodies) if b"unbooked" in body] == [UNBOOKED - 1]
    assert bodies[-1].count(b'"rtt_ms"') == SAMPLES


def test_the_gateway_reads_its_settings(tmp_path):
    settings = load(variables(tmp_path, "127.0.0.1:1"))
    assert settings.kafka.bootstrap == "127.0.0.1:1"
    assert settings.gateway.all_secrets()["livekit"]
    assert settings.gateway.webhooks_a_minute > 1_000_000
