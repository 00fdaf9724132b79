"""The command line. Every error is one line on standard error; the exit status is 0, 1, 2 or 3."""

from __future__ import annotations

import math
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from blina import __version__
from blina.collection import COLLECTION, say_if_nothing_is_kept
from blina_base import project
from blina_base.errors import BlinaError, InputError
from blina_base.processes import interrupted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbreports.plan.plan import Request


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="blina")
@click.pass_context
def cli(context: click.Context) -> None:
    """Re-run Zugmaier et al., Blood 2015, from its printed numbers.

    Exit status: 0 fine; 1 a report failed, or memory or disk did; 2 the request or the data are
    wrong; 3 the claims contradict one another.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


class _Seconds(click.FloatRange):
    """Seconds of a limit: above 0, and a number; nan is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        return found if math.isfinite(found) else self.fail(f"{value!r} is no number of seconds", param, ctx)


class _Address(click.types.StringParamType):
    """The address of a Dask scheduler, "" for none.

    Dask says of another text what is wrong only after it has tried to connect, and with a traceback.
    """

    name = "address"
    # With or without a protocol of Dask's; an IPv6 host stands in brackets.
    _SHAPE = re.compile(r"(?:(?:tcp|tls|ws|wss|ucx)://)?(?:\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})/?")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        shape = self._SHAPE.fullmatch(value)
        if value and not (shape and 0 < int(shape[1]) < 65536):
            self.fail(f"{value!r} is no address such as tcp://host:8786", param, ctx)
        return value


_SECONDS = _Seconds(min=0, min_open=True)
_PROFILES = "A file of reports/profiles: default, quick or sensitivity, or one of your own."
_PATH = click.Path(path_type=Path)
_notebooks = click.option("--notebooks", type=_PATH, help="Folder of notebooks.", hidden=True)
_profiles = click.option("--profiles", type=_PATH, help="Folder of profiles.", hidden=True)
_profile = click.option("--profile", default="default", show_default=True, help=_PROFILES)
_assigned = click.option(
    "-p", "assigned", multiple=True, metavar="NAME=VALUE", help="Set a parameter; NAME=a,b,c renders each."
)
_time_unit = click.option(
    "--time-unit", help="Unit of AVAL where the tables state none; the same as -p time_unit=…"
)
_output = click.option("--output", type=_PATH, help="Folder of pages.  [default: reports]")


@cli.command("list")
@click.option("--long", is_flag=True, help="With names, questions and the parameters that all share.")
@_notebooks
def list_reports(notebooks: Path | None, long: bool) -> None:
    """List the reports with their parameters."""
    from nbreports.plan.describe import listing

    click.echo(listing(notebooks or project.notebooks(), COLLECTION, long=long))


@cli.command()
@click.argument("report", required=False)
@_notebooks
def describe(report: str | None, notebooks: Path | None) -> None:
    """Print what REPORT asks, its parameters, and what it needs."""
    from nbreports.plan.describe import description

    if report is None:
        raise InputError("describe: name a report, as 03; `blina list` shows them all")
    click.echo(description(report, notebooks or project.notebooks(), COLLECTION))


@cli.command()
@click.argument("reports", nargs=-1, metavar="[REPORT]...")
@_profile
@_assigned
@_time_unit
@_output
@click.option("--jobs", type=click.IntRange(min=1), help="Reports at a time.  [default: all cores]")
@click.option("--force", is_flag=True, help="Render pages that are fresh, too.")
@click.option("--timeout", type=_SECONDS, default=900, show_default=True, help="Seconds for a whole report.")
@click.option(
    "--cell-timeout", type=click.IntRange(min=1), help="Seconds for a cell.  [default: no limit of its own]"
)
@click.option(
    "--cluster", type=_Address(), default="", metavar="ADDRESS", help="Dask scheduler, e.g. tcp://host:8786."
)
@click.option("--preload/--no-preload", default=True, hidden=True, help="Import for all reports at once.")
@_notebooks
@_profiles
def render(
    reports: tuple[str, ...],
    profile: str,
    assigned: tuple[str, ...],
    time_unit: str | None,
    output: Path | None,
    jobs: int | None,
    force: bool,
    timeout: float,
    cell_timeout: int | None,
    cluster: str,
    preload: bool,
    notebooks: Path | None,
    profiles: Path | None,
) -> None:
    """Render what is stale; the last line is the path of the index page."""
    from nbreports.html import office
    from nbreports.run import progress, run
    from nbreports.run.outcome import exit_status
    from nbreports.run.publish import Output

    options = run.Options(jobs or 0, force, timeout, cell_timeout, cluster, preload)
    folder = output or project.root() / "reports"
    request = _request(reports, profile, _with_unit(assigned, time_unit), notebooks, profiles)
    outcomes = run.render(request, Output(folder), options, progress.Progress())
    if "docx" not in office.forms():
        click.echo(office.MISSING, err=True)
    click.echo(_near(folder / "index.html"))
    sys.exit(max(exit_status(outcomes), _left_out(request)))


@cli.command()
@click.argument("reports", nargs=-1, metavar="[REPORT]...")
@_profile
@_assigned
@_output
@_notebooks
@_profiles
def status(
    reports: tuple[str, ...],
    profile: str,
    assigned: tuple[str, ...],
    output: Path | None,
    notebooks: Path | None,
    profiles: Path | None,
) -> None:
    """Say of each page whether it is fresh, and if not, why."""
    from nbreports.run.publish import Output
    from nbreports.run.run import states

    request = _request(reports, profile, assigned, notebooks, profiles)
    for state in states(request, Output(output or project.root() / "reports")):
        click.echo(f"{state.rendering.key}: {'; '.join(state.why) or 'fresh'}")


@cli.command()
@click.argument("claims", type=_PATH)
@click.option("--draws", type=click.IntRange(min=1), default=200, show_default=True, help="Cohorts to draw.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same file.")
@click.option(
    "--conf-type", type=click.Choice(["log-log", "log", "plain"]), help="Limits of medians and rates."
)
@click.option("--followup-method", help="Follow-up: reverse-km, observed or survivors.")
@click.option("--prior", help="Hazards: trials, flat, trials_printed or flat_printed.")
@click.option("--out", type=_PATH, help=".parquet or .csv: all cohorts.")
@click.option("--report", type=_PATH, metavar="FOLDER", help="Pages about this paper, and its files.")
@click.option("--title", default="", help="What the pages call the paper.  [default: the file's name]")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes.  [default: all cores]")
@click.option(
    "--cluster", type=_Address(), default="", metavar="ADDRESS", help="Dask scheduler, e.g. tcp://host:8786."
)
@click.option("--moves", type=int, help="Moves of each chain.  [default: by number of patients]")
@click.option("--timeout", type=_SECONDS, help="Seconds after which no cohort is begun.  [default: none]")
def reconstruct(
    claims: Path,
    draws: int,
    seed: int,
    conf_type: str | None,
    followup_method: str | None,
    prior: str | None,
    out: Path | None,
    report: Path | None,
    title: str,
    jobs: int | None,
    cluster: str,
    moves: int | None,
    timeout: float | None,
) -> None:
    """Draw cohorts that meet the printed numbers in CLAIMS: a file of them, or pages (--report).

    How endpoints and groups were read is said first. CLAIMS is described in data/README.md.
    """
    from blina.facts import assumptions
    from blina.reports.another_paper import collection as pages
    from blina.vocabulary import VOCABULARY
    from nbreports.run.pool import cores
    from pseudoipd.paper import command

    if out is None and report is None:
        raise InputError("--out FILE or --report FOLDER: expected one of them, or both")
    if report is not None:
        pages.check_folder(report)
    say_if_nothing_is_kept()
    given = {"conf_type": conf_type, "followup_method": followup_method, "prior": prior}
    chosen = assumptions() | {name: value for name, value in given.items() if value}
    order = command.Order(draws, seed, out, jobs or cores(), cluster, moves, timeout)
    if report is None:
        written = command.run(claims, order, chosen, VOCABULARY)
    else:
        written = command.report(claims, order, report / "files", chosen, VOCABULARY, title)
    if out is not None:
        click.echo(f"{written} cohorts in {_near(out)}")
    if report is not None:
        status = pages.render(report, title or claims.stem, jobs or cores())
        click.echo(_near(report / "index.html"))
        sys.exit(status)


@cli.command()
@click.argument("record", type=_PATH)
@click.option("--out", type=_PATH, help="The claims file.  [default: beside RECORD, .csv]")
def claims(record: Path, out: Path | None) -> None:
    """Turn RECORD, a results record saved from ClinicalTrials.gov (JSON), into a claims file.

    What cannot be taken for certain is named; look the rows over before cohorts are drawn from them.
    """
    from blina.vocabulary import VOCABULARY
    from blina_base.files import write_atomically
    from pseudoipd.paper.reading import read_paper
    from pseudoipd.paper.registry import read_record

    taken = read_record(record)
    out = out or record.with_suffix(".csv")
    if out.exists():
        raise InputError.at("--out", value=str(out), expected="a new name; there is such a file already")
    write_atomically(out, taken.text().encode("utf-8"))
    for line in taken.left:
        click.echo(f"not taken: {line}", err=True)
    for line in taken.told:
        click.echo(f"not said in the record: {line}", err=True)
    try:
        read_paper(out, VOCABULARY)
    except InputError as error:
        click.echo(f"before cohorts can be drawn: {error}", err=True)
    click.echo(f"{len(taken.rows)} rows in {_near(out)}")


@cli.command()
@click.argument("data_dir", type=_PATH)
@click.option(
    "-p", "assigned", multiple=True, metavar="NAME=VALUE", help="Set a data parameter, as in render."
)
@_time_unit
@_notebooks
def check(data_dir: Path, assigned: tuple[str, ...], time_unit: str | None, notebooks: Path | None) -> None:
    """Say whether DATA_DIR holds tables that the notebooks can use, and what is missing for which report."""
    from blina.adam import own_data
    from blina.adam.check import check as examine
    from nbreports.plan.plan import declarations

    folder = notebooks or project.notebooks()
    reading = own_data.readers(declarations(folder, COLLECTION))
    reports = {
        report: COLLECTION.needs(folder / f"{report}.ipynb") for report, reads in reading.items() if reads
    }
    options = own_data.options(_with_unit(assigned, time_unit))
    for line in examine(data_dir, reports, **options).lines():
        click.echo(line)
    for report in (report for report, reads in reading.items() if not reads):
        click.echo(f"{report}: reads no tables of yours")


@cli.command()
@click.argument("name")
@_notebooks
def new(name: str, notebooks: Path | None) -> None:
    """Make the notebook NAME with the common headings, ready to be changed."""
    from nbreports.scaffold import create

    path = create(name, notebooks or project.notebooks(), COLLECTION)
    click.echo(_near(path))
    click.echo(
        f"Next: edit it in JupyterLab (make lab), then blina render {path.stem}; make notebooks stores it."
    )
    click.echo("README.md lists every report: add a row, which a check asks for.")


@cli.command()
@click.argument("one", type=_PATH)
@click.argument("other", type=_PATH)
def compare(one: Path, other: Path) -> None:
    """Print the numbers that differ between two rendered pages, ONE and OTHER: their folders."""
    from nbreports.run.compare import lines

    for line in lines(one, other):
        click.echo(line)


@cli.command()
@_output
def clean(output: Path | None) -> None:
    """Remove rendered pages; sources stay."""
    from nbreports.run.publish import clean as remove

    removed = remove(output or project.root() / "reports")
    click.echo(f"removed {', '.join(removed)}" if removed else "nothing to remove")


def _request(
    reports: Sequence[str],
    profile: str,
    assigned: Sequence[str],
    notebooks: Path | None,
    profiles: Path | None,
) -> Request:
    from nbreports.plan.plan import Request

    places = (notebooks or project.notebooks(), profiles or project.root() / "reports" / "profiles")
    return Request(COLLECTION, *places, tuple(reports), profile, tuple(assigned))


def _left_out(request: Request) -> int:
    """Name the files among the notebooks that are no report; 2 if one of them is numbered like a report."""
    from nbreports.plan.plan import faults

    wrong = {} if request.reports else faults(request.notebooks, request.collection)
    for error in wrong.values():
        click.echo(f"left out: {error}", err=True)
    return InputError.exit_code if any(name[:1].isdigit() for name in wrong) else 0


def _with_unit(assigned: tuple[str, ...], time_unit: str | None) -> tuple[str, ...]:
    return assigned if time_unit is None else (*assigned, f"time_unit={time_unit}")


def _near(path: Path) -> str:
    """Return a path as short as it can be said from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _interrupt(*_: object) -> None:
    """Note an interrupt, beside raising it."""
    interrupted.set()
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; errors that a user can act on are one line, without traceback."""
    # Not where interrupts are ignored, as in what a shell starts in the background.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        status = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        status = _say("interrupted; every page is as it was or as it should be", 130)
    except click.ClickException as error:
        status = _say(" ".join(error.format_message().split()), InputError.exit_code)
    except BlinaError as error:
        status = _say(str(error), error.exit_code)
    except MemoryError:
        status = _say("not enough memory for these tables", 1)
    except OSError as error:
        status = _say(f"{error.filename or ''}: {error.strerror}".lstrip(": "), 1)
    sys.exit(status)


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


if __name__ == "__main__":
    main()
