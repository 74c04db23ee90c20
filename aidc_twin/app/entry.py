"""Where every command ends: exit codes and one-line messages, whatever happened."""

from __future__ import annotations

import os
import signal
import sys
import traceback
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
        _flush()
        if result == INTERRUPTED:
            print("interrupted", file=sys.stderr)
        return result if isinstance(result, int) else OK
    except BrokenPipeError:
        return _hung_up()
    except SystemExit as stop:  # what typer makes of a broken pipe
        if isinstance(stop.__context__, BrokenPipeError):
            return _hung_up()
        raise
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _report(error, as_json="--json" in arguments, debug="--debug" in arguments)


def _hung_up() -> int:
    """Whoever read us has gone; Python must not complain when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 128 + signal.SIGPIPE


def _report(error: Exception, *, as_json: bool, debug: bool) -> int:
    """Tell what went wrong on stderr (with ``--json`` also as an object on stdout) and give the exit code."""
    import typer

    from aidc_twin.errors import AidcTwinError, InputError, escape

    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, typer.Abort):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, typer.TyperException):
        return _report_usage(error, as_json=as_json)
    if debug:
        traceback.print_exception(error)
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


def _report_usage(error: Exception, *, as_json: bool) -> int:
    """Tell what is wrong with a command line in typer's words."""
    show = getattr(error, "show", None)
    if show is not None:
        show(sys.stderr)
    else:
        print(f"error: {error}", file=sys.stderr)
    if as_json:
        describe = getattr(error, "format_message", error.__str__)
        _print_json_error(error, describe(), INPUT)
    return INPUT


def _print_json_error(error: Exception, message: str, code: int) -> None:
    import json
    from dataclasses import asdict

    from aidc_twin.errors import InputError

    problems = [asdict(problem) for problem in error.problems] if isinstance(error, InputError) else []
    print(
        json.dumps({"error": message.partition("\n")[0], "exit_code": code, "problems": problems}, ensure_ascii=False)
    )


def _flush() -> None:
    """Meet a broken pipe here, not when Python ends; who closed stdout before wants nothing of it."""
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]  because Python sets it so for `>&-`
        sys.stdout.flush()


def _accept_any_character(stream: TextIO) -> None:
    """A terminal that cannot show Chinese gets escapes, not an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
