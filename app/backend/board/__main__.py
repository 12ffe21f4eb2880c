"""``python -m board``: serve the release board. ``python -m board --openapi`` prints the description of its API."""

import json
import os
import sys


def main(arguments: list[str]) -> int:
    """The exit code: 2 for settings that can't be used."""
    from board import logs, settings
    from generator.config.errors import ConfigurationError
    from generator.proxies import settle
    from generator.release.errors import Denied

    if arguments == ["--openapi"]:
        from board.openapi import document

        sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
        return 0
    if arguments:
        sys.stderr.write(f"board: {' '.join(arguments)!r} is not an option; write nothing, or --openapi\n")
        return 2
    try:
        settle(os.environ)
        found = settings.read(os.environ)
        logs.start(found.log_level)
        from board.composition import compose

        parts = compose(found)
    except (settings.SettingsError, ConfigurationError, Denied) as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"board: {line}\n")
        return 2
    from board.server import serve

    serve(parts)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
