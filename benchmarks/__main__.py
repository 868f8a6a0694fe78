"""All of it, one after the other: streams, the session core, replay, the gateway, and the whole
installation."""

import sys

from benchmarks import gateway, replay, sessions, streams, whole

sys.exit(
    streams.main([]) or sessions.main([]) or replay.main([]) or gateway.main([]) or whole.main([])
)
