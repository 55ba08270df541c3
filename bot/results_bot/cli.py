"""The process: the only place that prints what a command says, and the only one that ends it.

What is asked most is called without building the command line first: that takes as long as all the
rest of a `refresh` that has nothing to do.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from io import TextIOWrapper

from results_bot.commands.outcome import Outcome
from results_bot.options import Options, hook, refresh

BY_HEART: dict[tuple[str, ...], Callable[[Options], Outcome]] = {
    ("refresh",): refresh,
    ("refresh", "--check"): partial(refresh, check=True),
    ("hook",): hook,
    ("hook", "--merge"): partial(hook, merge=True),
    ("hook", "--no-stage"): partial(hook, stage=False),
}
"""What arguments call that need nobody to take them apart; all others do."""


def main() -> None:
    """Run the command line and end the process with a documented exit code."""
    # What a command reads lives until its end; looking for garbage in it, again and again, takes a
    # sixth of the time of a big page.
    gc.disable()
    ended = _quick_end()
    for stream in (sys.stdout, sys.stderr):
        # Where the terminal's encoding has no dash, a sign for it is better than a crash.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        outcome = _outcome()
        code = _show(outcome) if isinstance(outcome, Outcome) else outcome
    except BrokenPipeError:
        # The reader has seen enough; keep Python from complaining about it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (Exception, KeyboardInterrupt) as error:
        code = _failed(error)
    ended.append(int(code or 0))
    sys.exit(ended[0])


def _quick_end() -> list[int]:
    """Make the process end as soon as all is said and done; return where its code is put.

    Taking apart all that was imported, and all objects that a page was made of, takes a tenth of
    the time of a small page. It is left out after what others want done at the end, so this comes
    first; and only where the process is ours alone.
    """
    code: list[int] = []

    def end() -> None:
        if code:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code[0])

    spec = sys.modules["__main__"].__spec__
    ours = spec.name == "bot.__main__" if spec else os.path.basename(sys.argv[0]) == "results-bot"
    if ours and atexit._ncallbacks() == 0:
        atexit.register(end)
    return code


def _outcome() -> Outcome | int | None:
    call = BY_HEART.get(tuple(sys.argv[1:]))
    if call is None:
        from results_bot import arguments

        return arguments.run()
    options = Options()
    try:
        return call(options)
    finally:
        options.close()


def _show(outcome: Outcome) -> int:
    # Whether there is colour in it was decided when it was drawn.
    if outcome.notes:
        print(outcome.notes.rstrip("\n"), file=sys.stderr)
    if outcome.text:
        print(outcome.text.rstrip("\n"))
    sys.stdout.flush()
    return outcome.code


def _failed(error: Exception | KeyboardInterrupt) -> int:
    from results_bot.errors import BotError, ExitCode

    if isinstance(error, BotError):
        return _fail(str(error), error.exit_code)
    if isinstance(error, KeyboardInterrupt):
        return _fail("interrupted", ExitCode.INTERRUPTED)
    return _fail(_bug(error), ExitCode.BUG)


def _fail(message: str, code: int) -> int:
    print(f"results-bot: {message}", file=sys.stderr)
    return code


def _bug(error: Exception) -> str:
    import traceback

    if os.environ.get("RESULTS_BOT_DEBUG"):
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(where.filename)}:{where.lineno}"
    return (
        f"this is a bug: {type(error).__name__}: {error} ({place}); "
        "set RESULTS_BOT_DEBUG=1 to see the whole trace when you report it"
    )
