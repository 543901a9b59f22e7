"""`python -m unison_station`: the same as the console script."""

import sys

from unison_station.cli import main

if __name__ == "__main__":
    sys.exit(main())
