"""The command line: `sessionwatch <command>`."""

import argparse
import sys

from sessionwatch import __version__


def main(argv: list[str] | None = None) -> int:
    """Returns the exit status: 0 done, 1 failed, 2 wrong words or settings."""
    parser = argparse.ArgumentParser(prog="sessionwatch", description=__doc__)
    parser.add_argument("--version", action="version", version=f"sessionwatch {__version__}")
    parser.parse_args(argv)
    parser.print_help()
    return 2


if __name__ == "__main__":
    sys.exit(main())
