"""The days that the simulator's tests look at."""

from privacy.pseudonyms import Pseudonyms
from privacy.sealing import MasterKey

START = 1_795_536_000_000
"""Tue 24 Nov 2026, 9:00 in Phoenix."""
KEY = MasterKey(b"0123456789abcdef0123456789abcdef")
PSEUDONYMS = Pseudonyms(KEY)
