"""Entry point of ``slipway`` and ``python -m generator``. Imports nothing that an unchanged build does not need."""

import errno
import os
import sys

# Commands that leave a record when they changed nothing, and are answered from it.
GATED = frozenset({"build", "lint"})
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def main() -> int:
    """Run the command line in ``sys.argv`` and return the exit code."""
    try:
        try:
            if any(
                name.lower().endswith("_proxy") or name.endswith("_CA_BUNDLE") or name == "SSL_CERT_FILE"
                for name in os.environ
            ):
                from generator.proxies import settle

                settle(os.environ)
            return _run(sys.argv[1:])
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; no incomplete file was left behind, run the same command again\n")
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: not an error, but Python would print one when it flushes stdout at exit.
        sys.stdout = None
        return 0
    except OSError as error:
        # The full disk of a file, or of what standard output goes to; a file that can't be opened has a name.
        if error.errno not in _FULL or error.filename is not None:
            raise
        sys.stdout = None
        sys.stderr.write(f"the result can't be written: {error.strerror}; make room and run the same command again\n")
        return 1


def _run(argv: list[str]) -> int:
    if argv and argv[0] in GATED:
        from generator.build.up_to_date import replay

        code = replay(argv)
        if code is not None:
            return code
        if argv[0] == "lint":
            from generator.lint.engine_preload import preload

            preload(argv)
        return _without_collection(argv)
    if not argv or argv in (["--help"], ["-h"], ["help"]):
        return _without_command()
    from generator.cli.parser import run

    return run(argv)


def _without_command() -> int:
    """Where no command is named: the list of all, or the answer to a shell in which somebody pressed Tab."""
    if "_ARGCOMPLETE" in os.environ:
        from generator.cli.candidates import complete

        return complete()
    from generator.cli.help import text

    sys.stdout.write(text())
    return 0


def _without_collection(argv: list[str]) -> int:
    """Turn off garbage collection: imports and a few dozen templates create objects that stay. It would cost a tenth.

    What makes more objects turns it on again.
    """
    import gc

    gc.disable()
    try:
        from generator.cli.parser import run

        return run(argv)
    finally:
        gc.enable()
