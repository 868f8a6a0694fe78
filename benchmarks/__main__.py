"""All of it, one after the other: the streams alone, replay, then the whole installation."""

import sys

from benchmarks import replay, streams, whole

sys.exit(streams.main([]) or replay.main([]) or whole.main([]))
