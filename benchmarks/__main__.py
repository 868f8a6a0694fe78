"""All of it, one after the other: the streams alone, then the whole installation."""

import sys

from benchmarks import streams, whole

sys.exit(streams.main([]) or whole.main([]))
