# SPDX-License-Identifier: MIT
"""The command line.  Heavy modules are imported by the command that needs them."""

import gc
import io
import os
import signal
import sys
from typing import Any

import click

from srcucheck import __version__

OK, UNDECIDED, USAGE, INTERNAL, INTERRUPTED = 0, 3, 64, 70, 130
COMPLETE = "_SRCUCHECK_COMPLETE"
"""In the environment: what a shell wants to know for its completion."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="srcucheck")
def cli() -> None:
    """A model checker for DRM hot-unplug and SRCU.

    Does drm_dev_unplug() complete?  Does any access outlive release?
    """


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-D",
    "define",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a param, or pick one alternative of a choice.",
)
@click.option(
    "-S",
    "substitute",
    multiple=True,
    metavar="SPEC=OTHER",
    help="Use another spec in the place of one.",
)
@click.option("--specs", "specs", multiple=True, metavar="DIR", help="Look for specs here first.")
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="NAME",
    help="Judge only this check; may be given again.",
)
@click.option(
    "--any",
    "any_number",
    metavar="PARAM",
    help="Judge for every number of what this param says how many there are of, not for one.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Time for each variant; then: unknown.",
)
@click.option(
    "--max-states",
    type=click.IntRange(min=1),
    metavar="N",
    help="States for each variant; then: unknown.",
)
@click.option(
    "--max-memory",
    type=click.IntRange(min=1),
    metavar="MB",
    help="Memory for the whole run, in equal shares for processes side by side; then: unknown.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "mail", "json"]),
    default="text",
    help="text for the terminal, mail for a review, json for tools.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only what is not as expected.")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Variants and files side by side."
)
@click.option(
    "--no-reductions",
    is_flag=True,
    help="Make every access a step of its own (slow; for cross-checking).",
)
@click.option(
    "--native/--no-native",
    default=None,
    help="Explore in compiled code from the first state on, or never; else large models only.",
)
@click.option(
    "--engine",
    type=click.Choice(["explicit", "bmc", "induction", "pdr"]),
    default="explicit",
    help="explicit explores all states; the others ask Z3: bounded search, k-induction, Spacer.",
)
@click.option(
    "--cross-check", is_flag=True, help="Let all engines judge; contradictions end with status 70."
)
@click.option(
    "--certificate",
    metavar="FILE",
    help="Write what was proved to FILE for `certify`; to a folder of files for several variants.",
)
@click.option("--why", is_flag=True, help="Say which assumptions each proof needs (slower).")
def check(**options: Any) -> None:
    """Explore every interleaving of models; PATH is a file or a folder.

    Exit status: 0 all as expected, 1 a property fails, 2 holds only up to a bound, 3 unknown,
    64 usage, 65 bad model, 70 internal error or full disk, 130 interrupted.
    """
    from srcucheck.cli.check import run_check

    sys.exit(run_check(**options))


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--check", "only_check", is_flag=True, help="Change nothing; fail if something would."
)
def fmt(paths: tuple[str, ...], only_check: bool) -> None:
    """Put models into the one layout: parse of print is identity, comments are kept."""
    from srcucheck.cli.fmt import run_fmt

    sys.exit(run_fmt(paths, only_check))


@cli.command()
@click.argument("code")
def explain(code: str) -> None:
    """Say more about a diagnostic: what is wrong, a wrong and a mended example."""
    from srcucheck.cli.explain import run_explain

    sys.exit(run_explain(code))


@cli.command()
@click.argument("trace")
@click.argument("model")
@click.option("--specs", "specs", multiple=True, metavar="DIR", help="Look for specs here first.")
def replay(trace: str, model: str, specs: tuple[str, ...]) -> None:
    """Run stored traces again: TRACE is what `check --format json` printed of MODEL."""
    from srcucheck.cli.replay import run_replay

    sys.exit(run_replay(trace, model, specs))


@cli.command()
@click.argument("certificate")
@click.argument("model")
@click.option("-D", "define", multiple=True, metavar="NAME=VALUE", help="As it was checked.")
@click.option("-S", "substitute", multiple=True, metavar="SPEC=OTHER", help="As it was checked.")
@click.option("--specs", "specs", multiple=True, metavar="DIR", help="Look for specs here first.")
def certify(
    certificate: str,
    model: str,
    define: tuple[str, ...],
    substitute: tuple[str, ...],
    specs: tuple[str, ...],
) -> None:
    """Check proofs again, without the engine: CERTIFICATE is what `check --certificate` wrote,
    with `--any` or without.

    Exit status: 0 all claims accepted, 1 one is refused, 64 usage, 65 bad model, 130 interrupted.
    """
    from srcucheck.cli.certify import run_certify

    sys.exit(run_certify(certificate, model, define, substitute, specs))


@cli.command()
@click.argument("words", nargs=-1, metavar="[SPEC|WORD]...")
def catalogue(words: tuple[str, ...]) -> None:
    """List the kernel specs and the patterns; say what a SPEC offers; find patterns by WORD."""
    from srcucheck.cli.catalogue import run_catalogue

    sys.exit(run_catalogue(words))


@cli.command()
@click.argument("name")
@click.option(
    "--from", "pattern", required=True, metavar="PATTERN", help="A pattern, or the row it is of."
)
def init(name: str, pattern: str) -> None:
    """Start a model, NAME.srcu, from a pattern of the catalogue."""
    from srcucheck.cli.init import run_init

    sys.exit(run_init(name, pattern))


@cli.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "--to",
    "language",
    type=click.Choice(["murphi", "promela", "tla", "smt2"]),
    required=True,
    help="For whom.",
)
@click.option("-D", "define", multiple=True, metavar="NAME=VALUE", help="As for check.")
@click.option("-S", "substitute", multiple=True, metavar="SPEC=OTHER", help="As for check.")
@click.option("--specs", "specs", multiple=True, metavar="DIR", help="As for check.")
@click.option(
    "--property",
    "checks",
    multiple=True,
    metavar="NAME",
    help="A check that the other checker is to judge; may be given again.",
)
@click.option("-o", "--output", metavar="FILE", help="Where to; else to stdout.")
@click.option("--no-reductions", is_flag=True, help="As for check.")
def export(**given: Any) -> None:
    """Write one variant of a model for another checker.

    murphi for Rumur, promela for Spin, tla for TLC, smt2 for solvers of Horn clauses.

    Its steps are the steps of check, so that verdicts and numbers of states can be compared.
    """
    from srcucheck.cli.export import run_export

    sys.exit(run_export(**given))


def main() -> None:
    """The console script: click's own errors are usage errors, anything else is ours to answer."""
    gc.disable()  # imports and searches make no cycles worth looking for
    try:
        status = _run()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said: one more changes nothing
        from srcucheck.cli.output import settle

        settle()
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def _run() -> int | str | None:
    try:
        _obey()
    except click.exceptions.Exit as done:
        return done.exit_code
    except SystemExit as done:
        return done.code
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        return _last_words(shown.getvalue(), USAGE)
    except (click.exceptions.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return OK
    except MemoryError:
        return _last_words("srcucheck: memory ran out\n", UNDECIDED)
    except OSError as error:  # of a model's file it would be a diagnostic: this is a full disk
        return _last_words(f"srcucheck: {error.strerror or error}\n", INTERNAL)
    except Exception as error:  # whatever it is, no traceback reaches a user unasked
        if os.environ.get("SRCUCHECK_DEBUG"):
            import traceback

            traceback.print_exc()
        words = f"internal error: {type(error).__name__}: {error}; SRCUCHECK_DEBUG=1 shows where"
        return _last_words(f"srcucheck: {words}\n", INTERNAL)
    return OK


def _obey() -> None:
    """What click's own ``main`` does, except that it ends with 1 when its help has no reader."""
    instruction = os.environ.get(COMPLETE)
    if instruction:
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {}, "srcucheck", COMPLETE, instruction))
    with cli.make_context("srcucheck", sys.argv[1:]) as context:
        cli.invoke(context)


def _last_words(text: str, status: int) -> int:
    from srcucheck.cli.output import complain

    complain(text)
    return status
