"""Where every command ends: exit codes and one-line messages, whatever happened."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

OK, INPUT, ENVIRONMENT, INTERRUPTED = 0, 2, 3, 130


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code: 0 done, 2 input, 3 environment or solver, 4 no plan, 5 infeasible,
    130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        _accept_any_character(stream)
    try:
        from aidc_twin.app.cli import cli

        result = cli(list(arguments), standalone_mode=False, prog_name="aidc-twin")
        sys.stdout.flush()
        return result if isinstance(result, int) else OK
    except BrokenPipeError:
        # whoever read us has gone; Python must not complain when it closes the stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            raise
        return _report(error, as_json="--json" in arguments)


def _report(error: Exception, *, as_json: bool) -> int:
    """Tell what went wrong on stderr (with ``--json`` also as an object on stdout) and give the exit code."""
    import click

    from aidc_twin.errors import AidcTwinError, InputError, escape

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.Abort):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show(sys.stderr)
        return INPUT
    code = error.exit_code if isinstance(error, AidcTwinError) else ENVIRONMENT
    if isinstance(error, InputError):
        count = len(error.problems)
        text = "\n".join(f"  {problem}" for problem in error.problems)
        message = f"{count} problem{'s' if count != 1 else ''} in the input:\n{text}"
    elif isinstance(error, AidcTwinError):
        message = str(error)
    elif isinstance(error, MemoryError):
        message = "out of memory; shorten the horizon or lower --replications"
    elif isinstance(error, OSError):
        message = (
            f"{escape(str(error.strerror or error))}{f': {escape(str(error.filename))}' if error.filename else ''}"
        )
    else:
        message = f"unexpected {type(error).__name__}: {escape(str(error))[:400]} (run again with --debug to see where)"
    print(f"error: {message}", file=sys.stderr)
    if as_json:
        _print_json_error(error, message, code)
    return code


def _print_json_error(error: Exception, message: str, code: int) -> None:
    import json
    from dataclasses import asdict

    from aidc_twin.errors import InputError

    problems = [asdict(problem) for problem in error.problems] if isinstance(error, InputError) else []
    print(
        json.dumps({"error": message.partition("\n")[0], "exit_code": code, "problems": problems}, ensure_ascii=False)
    )


def _accept_any_character(stream: TextIO) -> None:
    """A terminal that cannot show Chinese gets escapes, not an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
