"""All of it, one after the other: streams, the session core, replay, the whole installation."""

import sys

from benchmarks import replay, sessions, streams, whole

sys.exit(streams.main([]) or sessions.main([]) or replay.main([]) or whole.main([]))
