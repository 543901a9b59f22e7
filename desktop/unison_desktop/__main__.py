"""`unison-desktop`: starts the desktop."""

from __future__ import annotations

import sys

_NOT_LOADED = "unison-desktop: {why}. “A desktop” in docs/running-a-plant.md has the line that installs it."


def main(arguments: list[str] | None = None) -> int:
    """Run until the last window is closed; answers with the exit code."""
    try:
        from unison_desktop.kernel.language import speak_as_remembered
        from unison_desktop.kernel.preferences import data_folder

        speak_as_remembered(data_folder())
        from unison_desktop.frame.start import run  # modules make their texts while they are imported
    except ImportError as error:
        if "shared object" not in str(error):
            raise
        print(_NOT_LOADED.format(why=error), file=sys.stderr)
        return 2
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
