"""One node of Apache Kafka 4.3.1 without Docker: jars from Maven Central, Java 17.

The jars (44 MB) are kept in `.cache/kafka`; a node answers in about two seconds.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from sessionwatch.broker import LOOPBACK, end_with_parent, free_port
from tests.alone import alone

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy" / "kafka"
JARS = ROOT / ".cache" / "kafka" / "libs"
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
"""Any 16 bytes in base64url."""
JAVA = ("java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def missing() -> str | None:
    """What this machine lacks to run Kafka; None when it can."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None and not (program == "mvn" and JARS.is_dir()):
            return f"Apache Kafka was NOT tested: {program} is not installed (needs Java 17, Maven)"
    return None


def fetch() -> None:
    """Gets the jars, once. Raises `CalledProcessError` where Maven Central does not answer."""
    with alone("kafka"):
        if not JARS.is_dir():
            _fetch()


def _fetch() -> None:
    JARS.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=JARS.parent) as directory:
        subprocess.run(
            [
                *("mvn", "-B", "-q", "-f", str(DEPLOY / "pom.xml"), "dependency:copy-dependencies"),
                *("-DincludeScope=runtime", f"-DoutputDirectory={directory}/libs"),
            ],
            check=True,
            timeout=300,
        )
        Path(directory, "libs").rename(JARS)


class KafkaNode:
    """A node with an empty log, ended and erased with the `with` block."""

    def __init__(self) -> None:
        self.port = free_port()
        self.bootstrap = f"{LOOPBACK}:{self.port}"

    def __enter__(self) -> "KafkaNode":
        fetch()
        self.directory = Path(tempfile.mkdtemp(prefix="sessionwatch-kafka-"))
        settings = (DEPLOY / "node.properties").read_text()
        for name, value in {
            "port": self.port,
            "controller_port": free_port(),
            "directory": self.directory,
        }.items():
            settings = settings.replace("{" + name + "}", str(value))
        (self.directory / "node.properties").write_text(settings)
        self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c").wait(60)
        self._process = self._java("kafka.Kafka")
        return self

    def _java(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self.directory / "output").open("ab") as output:
            return subprocess.Popen(
                [*JAVA, "-cp", f"{JARS}/*", *words, str(self.directory / "node.properties")],
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent,
            )

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
