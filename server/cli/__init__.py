"""The command `wzrd`. A command is one line here and a function in its own module, imported when called.

So `wzrd --help` imports none of Prefect, SQLAlchemy or FastAPI, and a command's module may import what it likes.
"""

import gc
import importlib.metadata
import os
import sys
from collections.abc import Sequence

import cyclopts

from server.terminal import guard_streams
from wzrd.domain.errors import WzrdError
from wzrd.domain.shown import shown

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""

COMMANDS: Sequence[tuple[str, str, str]] = (
    ("demo", "server.cli.demo:demo", "From nothing to a film: start here."),
    ("film", "server.cli.film.command:film", "Make a film of a screenplay, and watch."),
    ("up", "server.cli.up:up", "Start everything: PostgreSQL, Prefect's server, the API and a worker."),
    ("down", "server.cli.up:down", "Stop everything that `wzrd up` started."),
    ("status", "server.cli.status:status", "Show each part: its address, health, process and uptime."),
    ("ui", "server.cli.status:ui", "Open Prefect's UI, and say how to log in."),
    ("doctor", "server.cli.doctor:doctor", "Say what this machine lacks."),
    ("fakes", "server.cli.fakes:fakes", "Run fakes of the paid providers, to build and test against without paying."),
    ("worker", "server.cli.up:worker", "Run one more worker for a stack that is up, or for given servers."),
    ("api", "server.cli.up:api", "Serve the API alone, for given servers."),
    ("prepare", "server.cli.up:prepare", "Put schema and deployments into given servers, then end."),
    (
        "import",
        "server.cli.screenplay:import_",
        "Import a screenplay (PDF, Fountain, Final Draft, Word …) as a new project.",
    ),
    ("breakdown", "server.cli.breakdown:breakdown", "Break a screenplay down into people, places, props and beats."),
    ("shots", "server.cli.shots:shots", "Write shots for a project's scenes, and watch."),
    ("takes", "server.cli.takes:takes", "List what was made of a project's shots: pictures, clips and voices."),
    ("choose", "server.cli.takes:choose", "Choose another take of a shot."),
    ("remake", "server.cli.takes:remake", "Make one more take of a shot, by a note or another model."),
    ("approve", "server.cli.takes:approve", "Approve pictures of shots: clips that wait for them begin."),
    ("reject", "server.cli.takes:reject", "Reject pictures of shots."),
    ("bible", "server.cli.bible:bible", "List, give or replace the sheets of people, places and props."),
    ("generate", "server.cli.generate:generate", "Generate one picture, clip, sound or text, and watch."),
    ("compute", "server.cli.compute.command:compute", "Execute a graph: the price first, then its nodes as they work."),
    ("graph", "server.cli.graph:graph", "Show a compute graph as a tree, or draw it."),
    ("catalog", "server.cli.catalog:catalog", "List the models: price, kind, provider, whether each can run here."),
    ("runs", "server.cli.runs:runs", "List runs, newest first."),
    ("events", "server.cli.runs:events", "Print a run's log, or follow it."),
    ("cancel", "server.cli.runs:cancel", "Stop a run."),
    ("retry", "server.cli.runs:retry", "Give a run that failed or was canceled another attempt."),
    ("backfill", "server.cli.backfill:backfill", "Try again what has failed, of all users."),
    ("user", "server.cli.user:app", "Add users, list them, and make their access tokens."),
    ("credits", "server.cli.credits:app", "Show and grant credits."),
    ("files", "server.cli.backup:files", "Copy the stored files to another store: S3, Supabase, or this machine."),
    ("backup", "server.cli.backup:backup", "Copy the running stack's databases, files and secrets into a folder."),
    ("restore", "server.cli.backup:restore", "Make a new home out of a backup."),
    ("costs", "server.cli.costs:costs", "Show what generations cost in money and credits."),
)
"""Name, place and one line of help of every command; a place may also be an App with commands of its own."""

app = cyclopts.App(
    name="wzrd",
    help="A screenplay goes in, a film comes out: the WZRD Studio generation API on Prefect.",
    version=lambda: importlib.metadata.version("wzrd"),
)
for _name, _place, _help in COMMANDS:
    app.command(_place, name=_name, help=_help)


class UsageError(WzrdError):
    """The command was used wrongly."""

    code = "usage"


def complain(error: WzrdError) -> None:
    """Tell an error of ours on stderr: what was wrong, then what to do about it."""
    print(f"error: {shown(error.message)}", file=sys.stderr)
    remedy = error.details.get("remedy")
    if remedy:
        print("\n".join(f"  {line}" for line in shown(str(remedy)).splitlines()), file=sys.stderr)


def invoke(tokens: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. Only what nobody foresaw leaves as an exception."""
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except cyclopts.CycloptsError as error:
        print(f"error: {shown(str(error))}", file=sys.stderr)
        print("  see `wzrd --help`", file=sys.stderr)
        return MISUSED
    except UsageError as error:
        complain(error)
        return MISUSED
    except WzrdError as error:
        complain(error)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else DONE


def main() -> None:
    """The console script. A reader that has had enough (`wzrd catalog | head`) is no fault to tell."""
    guard_streams()
    gc.set_threshold(50_000, 5, 5)  # with CPython's own hundreds a third of a command goes into looks for garbage
    try:
        code = invoke()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be flushed
        code = FAILED
    gc.freeze()  # it ends: what lives is not looked through once more
    sys.exit(code)
