"""``python -m generator``."""

import sys

from generator.entry import main

if __name__ == "__main__":
    sys.exit(main())
