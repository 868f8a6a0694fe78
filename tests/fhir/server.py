"""A real HAPI FHIR R4 server in memory, built once by Maven under `.cache/hapi/`."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from sessionwatch.broker import free_port

HERE = Path(__file__).parent
BUILT = HERE.parent.parent / ".cache" / "hapi"
TOKEN = "only-for-tests"
BUILD_SECONDS, START_SECONDS, PATIENCE = 900, 180, 180


def missing() -> str:
    """Why no server can run here; empty when one can."""
    absent = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if not absent:
        return ""
    return (
        f"NOT TESTED AGAINST A FHIR SERVER: {' and '.join(absent)} missing; install them with: "
        "apt-get install openjdk-17-jdk-headless maven"
    )


def build() -> None:
    """Compiles the server and fetches what it needs, where the source is newer than what stands."""
    source = max(path.stat().st_mtime for path in (HERE / "pom.xml", *(HERE / "src").iterdir()))
    stamp = BUILT / "built"
    if stamp.exists() and stamp.stat().st_mtime > source:
        return
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "package"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS)
    assert done.returncode == 0, done.stdout[-2000:]
    stamp.touch()


@contextmanager
def serving() -> Iterator[str]:
    """Yields the base URL of an empty server."""
    port = free_port()
    jars = [str(path) for path in sorted((BUILT / "lib").glob("*.jar"))]
    classes = os.pathsep.join([str(BUILT / "classes"), *jars])
    command = [
        "java",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-cp",
        classes,
        "FhirServer",
        str(port),
        TOKEN,
    ]
    with (BUILT / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}/fhir"
    try:
        _wait(server, base)
        yield base
    finally:
        server.terminate()
        server.wait(20)


def _wait(server: "subprocess.Popen[bytes]", base: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None, (BUILT / "server.log").read_text()[-2000:]
        assert time.monotonic() < until, "the server does not answer"
        try:
            if httpx.get(f"{base}/metadata", headers=bearer(), timeout=10).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}
