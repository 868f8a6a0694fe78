"""Ports for what is started on this machine."""

import socket

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
