"""What can be measured without a running stack; the others say what they need."""

import sys

from benchmarks import streams

sys.exit(streams.main())
