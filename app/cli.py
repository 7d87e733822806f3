"""The command line: `wakesleep`. Each command's work is in app/commands/; here are its name and its options.

Bad input ends with code 2 and a sentence on standard error. With `--json`, standard output has
machine-readable lines and nothing else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.bench import BENCHMARKS
from app.commands.errors import INPUT_ERRORS, report

application = typer.Typer(
    name="wakesleep",
    help="Wake-sleep program learning: solve tasks by search, compress the solutions into a library, dream.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Tasks = Annotated[
    str, typer.Argument(help="A task file (.json), a SyGuS problem (.sl), or a folder of them.")
]
Domain = Annotated[str, typer.Option(help="The domain, such as list.")]
Seconds = Annotated[float, typer.Option(min=0.01, max=86_400, help="CPU seconds for the search, per task.")]
LibraryOption = Annotated[
    str | None,
    typer.Option(metavar="FILE|ID", help="A library file, or the id or hash of one in the database."),
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable lines on standard output.")]
ExecutorOption = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="local|ray",
        help="Where wakes search: here, or on a Ray cluster (RAY_ADDRESS).",
    ),
]
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Searches that run side by side.")]


@application.command()
def solve(
    tasks: Tasks,
    domain: Domain,
    seconds: Seconds = 5.0,
    library: LibraryOption = None,
    guide: Annotated[str, typer.Option(help="Who guides the search: prior, network or model.")] = "prior",
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Search for a program for each task, and print what was found, a line a task."""
    from app.commands.solve import run

    raise typer.Exit(run(tasks, domain, seconds, library, guide, workers, json))


@application.command()
def evaluate(
    domain: Domain,
    program: Annotated[str, typer.Option(help="A program: (lambda ...), or its Python form.")],
    inputs: Annotated[
        str, typer.Option(metavar="JSON", help="A list with, per case, the list of the arguments.")
    ],
    library: LibraryOption = None,
    json: Json = False,
) -> None:
    """Run a program on inputs, and print one output a line, or its error."""
    from app.commands.evaluate import run

    run(domain, program, inputs, library, json)


@application.command()
def enumerate(
    request: Annotated[str, typer.Option(help="The type of the programs, such as 'list(int) -> int'.")],
    max_nats: Annotated[float, typer.Option(min=0.0, max=1000.0, help="Up to this description length.")],
    domain: Annotated[str | None, typer.Option(help="The domain; or give --grammar.")] = None,
    grammar: Annotated[Path | None, typer.Option(metavar="FILE", help="Primitives as JSON.")] = None,
    json: Json = False,
) -> None:
    """Count the programs of a request, in windows of 1.5 nats; every one is really built."""
    from app.commands.enumerate import run

    run(request, max_nats, domain, grammar, json)


@application.command()
def compress(
    corpus: Annotated[
        Path, typer.Argument(help="Stitch's list of s-expressions, or DreamCoder's compression input.")
    ],
    inversion_steps: Annotated[
        int, typer.Option(min=0, max=8, help="Steps of inverse beta; 0 is Stitch's setting.")
    ] = 0,
    max_arity: Annotated[int, typer.Option(min=0, max=8, help="The most arguments of an abstraction.")] = 3,
    iterations: Annotated[int, typer.Option(min=1, max=1000, help="At most so many abstractions.")] = 10,
    method: Annotated[
        str,
        typer.Option(
            metavar="search|version-space", help="The search, or version spaces: exact, for small corpora."
        ),
    ] = "search",
    objective: Annotated[
        str | None,
        typer.Option(
            metavar="size|likelihood",
            help="What to lower: nodes, as Stitch, or nats, as DreamCoder: the default with types and steps.",
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=0.01, max=86_400, help="CPU seconds; then the best so far is the answer."),
    ] = None,
    shards: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Parts that are searched one by one; bounds memory.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Shards searched side by side.")] = 1,
    json: Json = False,
) -> None:
    """Find the abstractions that make a corpus of programs shorter."""
    from app.commands.compress import How, run
    from library.corpus_compression import CorpusConfig

    if method not in ("search", "version-space"):
        raise typer.BadParameter(f"--method is search or version-space, not {method}")
    if objective not in (None, "size", "likelihood"):
        raise typer.BadParameter(f"--objective is size or likelihood, not {objective}")
    config = CorpusConfig(inversion_steps, max_arity, iterations, seconds=seconds)
    run(corpus, config, How(method, objective, shards or workers, workers), json)


@application.command()
def learn(
    tasks: Tasks,
    domain: Domain,
    iterations: Annotated[
        int, typer.Option(min=1, max=1000, help="Passes over wake, abstraction and dream.")
    ],
    seconds: Seconds,
    test: Annotated[
        str | None, typer.Option(metavar="TASKS", help="Tasks to be tried and never learned from.")
    ] = None,
    save_library: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the library that is learned.")
    ] = None,
    executor: ExecutorOption = None,
    json: Json = False,
) -> None:
    """Run the whole loop here, without a server, and print a report for each iteration."""
    from app.commands.learn import run

    _choose_executor(executor)
    run(tasks, domain, iterations, seconds, test, save_library, json)


@application.command()
def export(
    library: Annotated[str, typer.Argument(metavar="LIBRARY", help="A file, a package, an id or a hash.")],
    format: Annotated[str, typer.Option(help="The form: python, json, stitch or dreamcoder.")],
    output: Annotated[Path, typer.Option(metavar="PATH", help="The file, or the package's folder, to make.")],
) -> None:
    """Write a library as a plain Python package, or in a form that other programs read."""
    from app.commands.exchange import export_library

    export_library(library, format, output)


@application.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(metavar="PATH", help="An exported package's folder, or a file of any form.")
    ],
    domain: Domain,
    output: Annotated[Path, typer.Option(metavar="FILE", help="The JSON file to make.")],
) -> None:
    """Read a library in any form back, and write it as a library file."""
    from app.commands.exchange import import_library

    import_library(source, domain, output)


@application.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A file, a package, an id or a hash.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same; what changed is told from A to B.")],
    json: Json = False,
) -> None:
    """Say what changed between two versions of a library."""
    from app.commands.exchange import compare

    compare(before, after, json)


@application.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 8000,
    learn_shipped: Annotated[
        bool,
        typer.Option(
            "--learn-shipped", help="Start, or go on with, a learning run on the shipped list tasks."
        ),
    ] = False,
    no_worker: Annotated[
        bool,
        typer.Option("--no-worker", help="Leave the runs to workers over the same PostgreSQL."),
    ] = False,
    executor: ExecutorOption = None,
) -> None:
    """Serve the API and the page, and carry the runs."""
    from app.commands.serve import run

    _choose_executor(executor)
    run(host, port, learn_shipped, works=not no_worker)


@application.command()
def worker(executor: ExecutorOption = None) -> None:
    """Carry runs, beside other workers over the same PostgreSQL, until Ctrl-C or SIGTERM."""
    from app.commands.worker import run

    _choose_executor(executor)
    run()


@application.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.commands.serve import migrate as run

    run()


@application.command()
def workers(
    here: Annotated[bool, typer.Option("--here", help="Only those of this host.")] = False,
    json: Json = False,
) -> None:
    """List the workers that give signs of life; where there are none, end with code 1."""
    from app.commands.worker import list_alive

    raise typer.Exit(list_alive(here, json))


@application.command()
def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file to make.")],
) -> None:
    """Write everything that the service knows into one file, while it goes on or not."""
    from app.commands.backup import backup as run

    run(path)


@application.command()
def restore(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file that `backup` made.")],
) -> None:
    """Fill a new database, of either kind, and a new data directory from a backup."""
    from app.commands.backup import restore as run

    run(path)


keys = typer.Typer(help="Who may use the service.", no_args_is_help=True)
application.add_typer(keys, name="keys")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is or what for.")],
    scope: Annotated[str, typer.Option(metavar="read|submit|admin", help="What it may do.")],
    json: Json = False,
) -> None:
    """Make a key and print it, once: it is nowhere kept. From the first one on nobody gets in without."""
    from app.commands.keys import create

    create(name, scope, json)


@keys.command("list")
def list_keys(json: Json = False) -> None:
    """Print the keys, without their secrets."""
    from app.commands.keys import show

    show(json)


@keys.command("revoke")
def revoke_key(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Its id, or what it begins with: ws_ and 12 digits.")
    ],
) -> None:
    """Let nobody in with this key any more."""
    from app.commands.keys import revoke

    revoke(key)


@application.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            help=f"One of: {', '.join(BENCHMARKS)}.",
        ),
    ],
    json: Json = False,
) -> None:
    """Measure the published figures. Options of the benchmark's own follow; `NAME -- --help` lists them."""
    from app.commands.bench import run

    run(name, json, context.args)


def _choose_executor(executor: str | None) -> None:
    """The option is another way to say WAKESLEEP_EXECUTOR."""
    if executor not in (None, "local", "ray"):
        raise typer.BadParameter(f"--executor is local or ray, not {executor}")
    if executor is not None:
        os.environ["WAKESLEEP_EXECUTOR"] = executor


def main() -> None:
    """The entry point."""
    try:
        application()
    except INPUT_ERRORS as error:
        report(error)
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our lines has gone; there is no one left to tell.
        sys.stderr.close()
        sys.exit(1)


if __name__ == "__main__":
    main()
