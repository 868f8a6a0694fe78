"""A FHIR server's search, against a real HAPI server that validates what it is given."""

from collections.abc import Iterator

import httpx
import pytest

from producers.directory.feeding import Feed, ask
from producers.directory.fetching import NotFetched, fetch
from producers.directory.importing import Origin, import_pages
from producers.directory.store import Directory
from tests.fhir import server
from tests.fhir.resources import ALONE, CLINIC, EVENING, appointment
from tests.producers.directory.conftest import KEY, NOON, Files, clock_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(server.BUILD_SECONDS + 600)]
WANTED = "Appointment?date=ge2026-11-24&_include=Appointment:actor&_count=10"
MANY = 40


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    if reason := server.missing():
        pytest.skip(reason)
    server.build()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with (
        server.serving() as url,
        httpx.Client(headers=server.bearer(), timeout=server.PATIENCE) as client,
    ):
        days = [
            appointment(
                *(f"day-{number}", f"2026-12-{1 + number % 28:02}T14:00:00Z"),
                *(f"2026-12-{1 + number % 28:02}T17:00:00Z", "Practitioner/dr-1", "Patient/pa-1"),
                program="iop-morning",
            )
            for number in range(MANY)
        ]
        for one in (*CLINIC, EVENING, ALONE, *days):
            put(client, url, one)
        yield url


def put(client: httpx.Client, base: str, resource: dict[str, object]) -> None:
    answer = client.put(f"{base}/{resource['resourceType']}/{resource['id']}", json=resource)
    assert answer.is_success, answer.text


@pytest.fixture
async def files(tmp_path) -> Iterator[Files]:
    directory = await Directory.open(f"sqlite+aiosqlite:///{tmp_path}/directory.db", KEY)
    made = Files(directory, tmp_path)
    await made.samples()
    yield made
    await directory.close()


@pytest.fixture
def feed(base: str, tmp_path) -> Feed:
    (tmp_path / "token").write_text(server.TOKEN + "\n")
    return Feed(name="ehr", url=f"{base}/{WANTED}", token_file=str(tmp_path / "token"))


async def test_a_search_is_read_to_its_last_page_and_taken_over(files: Files, feed: Feed, base):
    fetched = await fetch(feed.url, server.TOKEN)
    assert fetched is not None
    assert len(fetched.pages) == 5  # 42 appointments and 6 others, ten a page
    outcome, report = await ask(files.directory, feed, NOON)
    assert outcome == "read"
    assert report is not None
    assert report.counts == {"people added": 5, "added": MANY + 2}
    again = await import_pages(files.directory, fetched.pages, Origin("ehr", feed=True), clock=NOON)
    assert again.counts == {"people unchanged": 5, "unchanged": MANY + 2}


async def test_what_the_server_changed_is_an_update_of_the_same_session(
    files: Files, feed: Feed, base: str
):
    await ask(files.directory, feed, NOON)
    later = {"start": "2026-11-24T19:00:00-05:00", "end": "2026-11-24T22:00:00-05:00"}
    with httpx.Client(headers=server.bearer(), timeout=server.PATIENCE) as client:
        put(client, base, EVENING | later)
        put(client, base, ALONE | {"status": "cancelled"})
        try:
            _, report = await ask(files.directory, feed, clock_at(NOON.now() + 60_000))
        finally:
            put(client, base, EVENING)
            put(client, base, ALONE)
    assert report is not None
    assert report.counts == {
        **{"people unchanged": 5, "unchanged": MANY},
        **{"moved": 1, "cancelled": 1},
    }


async def test_without_the_token_nothing_is_read(feed: Feed):
    with pytest.raises(NotFetched, match="answered 401"):
        await fetch(feed.url, "another")


def test_the_server_refuses_what_is_no_fhir(base: str):
    """So that what these tests read is what a strict server holds."""
    answer = httpx.post(
        f"{base}/Appointment",
        json={"resourceType": "Appointment", "status": "perhaps", "participant": []},
        headers=server.bearer(),
        timeout=server.PATIENCE,
    )
    assert answer.status_code in (400, 422)
