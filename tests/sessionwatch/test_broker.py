"""Ports for what is started on this machine."""

import signal
import socket
import subprocess
import sys
import time

import pytest

from sessionwatch import broker


def test_a_port_is_given_once_and_not_while_somebody_listens_on_it(monkeypatch):
    monkeypatch.setattr(broker, "_ports", iter([21_001, 21_002, 21_003]))
    with socket.socket() as taken:
        taken.bind((broker.LOOPBACK, 21_001))
        taken.listen()
        assert [broker.free_port(), broker.free_port()] == [21_002, 21_003]


def test_without_a_free_port_it_says_so(monkeypatch):
    monkeypatch.setattr(broker, "_ports", iter([]))
    with pytest.raises(RuntimeError, match="20000 to 32767"):
        broker.free_port()


HOLDER = """
import time
from sessionwatch.broker import EmbeddedBroker
with EmbeddedBroker() as running:
    print(running.port, flush=True)
    time.sleep(600)
"""


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex((broker.LOOPBACK, port)) == 0


def becomes(port: int, answering: bool) -> None:
    until = time.monotonic() + 60
    while answers(port) != answering:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_the_process_that_holds_it_however_that_ends(how):
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as holder:
        port = int(holder.stdout.readline())
        becomes(port, True)
        holder.send_signal(how)
    becomes(port, False)
