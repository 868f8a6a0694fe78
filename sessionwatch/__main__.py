"""`python -m sessionwatch` is `sessionwatch`."""

import sys

from sessionwatch.cli import main

sys.exit(main())
