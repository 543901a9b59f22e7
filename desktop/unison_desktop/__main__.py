"""`unison-desktop`: starts the desktop."""

from __future__ import annotations

import sys

from unison_desktop.kernel.language import speak_as_remembered
from unison_desktop.kernel.preferences import data_folder


def main(arguments: list[str] | None = None) -> int:
    """Run until the last window is closed; answers with the exit code."""
    speak_as_remembered(data_folder())
    from unison_desktop.frame.start import run  # modules make their texts while they are imported

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
