"""One run: plan, compare, execute what is stale, publish, index."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass, replace
from typing import Any

from nbreports.collection import Collection, load
from nbreports.page import Page, Setting
from nbreports.plan import plan
from nbreports.plan.parameters import DATA_DIR, headline, read_notebook
from nbreports.plan.plan import Rendering, Request
from nbreports.run.fingerprint import Sources, reasons
from nbreports.run.job import Job, Kind, Result
from nbreports.run.outcome import Outcome
from nbreports.run.publish import Output


@dataclass(frozen=True)
class Options:
    """How to render: seconds for a whole report and for a cell, reports at a time, a Dask scheduler.

    Without `preload` each report imports what only some need by itself, which is sooner for a few small ones.
    """

    jobs: int = 0
    force: bool = False
    timeout: float | None = 900.0
    cell_timeout: float | None = None
    cluster: str = ""
    preload: bool = True


@dataclass(frozen=True)
class State:
    """A rendering, what its page depends on now, and why the page that is there does not do."""

    rendering: Rendering
    fingerprint: dict[str, Any]
    record: dict[str, Any]
    why: list[str]


class Listener:
    """Told what happens; the command line shows it."""

    def waiting(self) -> None:
        """Another run holds the output folder."""

    def begin(self, total: int, fresh: int) -> None:
        """So many reports are going to be executed, so many are fresh."""

    def started(self, rendering: Rendering) -> None:
        """Take note that a rendering is under way, or as good as."""

    def ended(self, outcome: Outcome) -> None:
        """Take note that a rendering ended."""

    def close(self) -> None:
        """No more will come."""


def states(request: Request, output: Output, force: bool = False) -> list[State]:
    """Return each rendering of the request with the reasons, if any, why its page is stale."""
    renderings = [settled(rendering, output) for rendering in plan.plan(request)]
    pages = listed(plan.profile_pages(request), renderings, output)
    return _states(Sources(request.collection), renderings, pages, output, force)


def listed(pages: list[Rendering], renderings: list[Rendering], output: Output) -> list[Rendering]:
    """Return what of a profile the navigation lists: what is asked for, and what is there already."""
    asked = {rendering.key for rendering in renderings}
    return [
        page for page in pages if page.key in asked or (output.folder / page.key / "index.html").is_file()
    ]


def settled(rendering: Rendering, output: Output) -> Rendering:
    """Return the rendering in a folder of its own if the page that has its name is of another source.

    Two folders of the user's may have one name; the pages of the one do not take the place of the other's.
    """
    there = output.origin(rendering.key)
    if not there or there == rendering.origin:
        return rendering
    return replace(rendering, folder=f"{rendering.folder}--{rendering.origin[:8]}")


def _states(
    sources: Sources, renderings: list[Rendering], pages: list[Rendering], output: Output, force: bool
) -> list[State]:
    manifest = output.manifest()
    folders = [page.folder for page in pages]
    found = []
    for rendering in renderings:
        fingerprint = sources.fingerprint(rendering, folders)
        record = output.record(rendering.key) or _not_applicable(manifest.get(rendering.key, {}))
        why = reasons(record.get("fingerprint", {}), fingerprint) if record else ["not rendered yet"]
        found.append(State(rendering, fingerprint, record, ["forced"] if force and not why else why))
    return found


def _not_applicable(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's entry as a record if it says that the report does not apply to the data."""
    return entry if entry.get("outcome") == Kind.NOT_APPLICABLE and "fingerprint" in entry else {}


def render(request: Request, output: Output, options: Options, listener: Listener) -> list[Outcome]:
    """Render what is stale and return one outcome per rendering, in the order of the request.

    InputError if the request or the data are wrong, before anything is executed. An interrupt ends what
    runs, leaves every page whole, and is raised again.
    """
    pages = plan.profile_pages(request)
    return render_all(request.collection, plan.plan(request), pages, output, options, listener)


def render_all(
    collection: Collection,
    renderings: list[Rendering],
    pages: list[Rendering],
    output: Output,
    options: Options,
    listener: Listener,
) -> list[Outcome]:
    """Render those of some renderings that are stale, in one run; `pages` are what the navigation may list.

    Return and raise as `render` does.
    """
    with output.writing(listener.waiting):
        renderings = [settled(rendering, output) for rendering in renderings]
        for rendering in {r.key: r for r in (*pages, *renderings)}.values():
            output.check_ours(rendering.key)
        sources = Sources(collection)
        pages = listed(pages, renderings, output)
        found = _states(sources, renderings, pages, output, options.force)
        run = _Run(sources, pages, output, options, listener, found)
        try:
            run.execute()
        finally:
            run.write_index()
            listener.close()
    return run.outcomes()


class _Run:
    """The state of one run while it holds the output folder."""

    def __init__(
        self,
        sources: Sources,
        pages: list[Rendering],
        output: Output,
        options: Options,
        listener: Listener,
        found: list[State],
    ) -> None:
        self.collection, self.sources = sources.collection, sources
        self.pages, self.output, self.found = pages, output, found
        self.options, self.listener = options, listener
        self.stale = [state for state in found if state.why]
        self.old = output.manifest()
        self.entries = dict(self.old)
        self.ended: dict[str, Outcome] = {}
        for state in found:
            if not state.why:
                self._note(state, Outcome(state.rendering, _fresh(state)), state.record)

    def execute(self) -> None:
        """Execute the stale reports, those that took longest last time first, and publish each as it ends."""
        from nbreports.run import pool

        self.listener.begin(len(self.stale), len(self.found) - len(self.stale))
        if not self.stale:
            return
        # The reports that compute longest stand last in the collection; started last, they would end alone.
        order = sorted(self.stale, key=lambda s: (self._seconds(s), s.rendering.report), reverse=True)
        jobs = min(self.options.jobs or pool.cores(), len(order))
        place = (
            pool.cluster(self.options.cluster)
            if self.options.cluster
            else pool.local(jobs, self.collection.address, self.options.preload)
        )
        with place as (executor, width):
            check_inputs(order, self.collection)
            self.collection.prepare([state.rendering.given for state in order])
            for position, result in pool.run(map(self._job, order), executor, width):
                self._take(order[position], result)

    def _seconds(self, state: State) -> float:
        """Return how long the rendering took last time; those never rendered come first."""
        return float(self.old.get(state.rendering.key, {}).get("seconds") or 1e9)

    def _job(self, state: State) -> Job:
        rendering = state.rendering
        self.listener.started(rendering)
        pages = plan.among(rendering, self.pages)
        links = {page.report: f"../{page.folder}/index.html" for page in reversed(self.pages)}
        return Job(
            collection=self.collection.address,
            report=rendering.report,
            text=rendering.notebook.read_text(encoding="utf-8"),
            cwd=str(rendering.notebook.parent.resolve()),
            parameters=rendering.parameters,
            given=rendering.given,
            places=rendering.places,
            needs=self.collection.needs(rendering.notebook),
            pages=tuple((p.label, f"../{p.folder}/index.html", p.key == rendering.key) for p in pages),
            links=links,
            digests=self.sources.shown(),
            timeout=self.options.timeout,
            cell_timeout=self.options.cell_timeout,
        )

    def _take(self, state: State, result: Result) -> None:
        """Publish a page that is done, or a stub where there is none; note the outcome in the manifest."""
        key, record = state.rendering.key, state.record
        try:
            if result.kind is Kind.DONE:
                record = {"fingerprint": state.fingerprint, "origin": state.rendering.origin, **result.about}
                self.output.put(key, result.files, record)
            else:
                self.output.put_stub(key, _stub(state.rendering, f"{result.kind}: {result.detail}"))
        except OSError as error:
            result = Result(Kind.FAILED, f"the page could not be written: {error.strerror}")
            record = state.record
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        outcome = Outcome(state.rendering, result.without_files(), now)
        self._note(state, outcome, record)
        with contextlib.suppress(OSError):
            self.output.put_manifest(self.entries)
        self.listener.ended(outcome)

    def _note(self, state: State, outcome: Outcome, record: dict[str, Any]) -> None:
        key = state.rendering.key
        self.ended[key] = outcome
        title, question = headline(read_notebook(state.rendering.notebook))
        entry = outcome.entry(self.entries.get(key, {}), {"title": title, "question": question, **record})
        entry["origin"] = state.rendering.origin
        if outcome.kind is Kind.NOT_APPLICABLE:
            entry["fingerprint"] = state.fingerprint
        self.entries[key] = entry

    def write_index(self) -> None:
        """Write manifest and index over all pages of all profiles that are there."""
        present = {key: e for key, e in self.entries.items() if (self.output.folder / key).is_dir()}
        if present == self.old and (self.output.folder / "index.html").is_file():
            return
        from nbreports.html import comparison, index

        # What was asked for and did not come about has a page that says so: others link to it.
        for state in self.found:
            if state.rendering.key not in present:
                self.output.put_stub(state.rendering.key, index.stub(state.rendering, "not rendered so far"))
        self.output.put_manifest(present)
        entries = [present[key] for key in sorted(present)]
        swept = [entry["key"] for group in comparison.sweeps(entries).values() for entry in group]
        results = {key: self.output.results(key) for key in swept}
        self.output.put_comparison(comparison.page(entries, results, self.collection) if swept else "")
        self.output.put_index(index.page(entries, self.collection))

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes in the order of the request."""
        return [self.ended[state.rendering.key] for state in self.found]


def _fresh(state: State) -> Result:
    """Return the outcome of a rendering for which there is nothing to do."""
    if state.record.get("outcome") == Kind.NOT_APPLICABLE:
        return Result(Kind.NOT_APPLICABLE, state.record.get("detail", ""))
    return Result(Kind.FRESH)


def check_inputs(found: list[State], collection: Collection) -> None:
    """Read what the reports read, and each folder of tables that the user named; InputError if one is wrong.

    Done once for the run, before any kernel starts, so that one wrong row is one line and not twelve.
    """
    collection.check()
    page_class: type[Page] = load(collection.page)
    names = {DATA_DIR, *(parameter.name for parameter in collection.data_parameters)}
    seen = set()
    for rendering in (state.rendering for state in found if names & set(state.rendering.given)):
        values = {name: value for name, value in rendering.parameters.items() if name in names}
        asked = (str(sorted(rendering.places.items())), str(values))
        if asked not in seen:
            seen.add(asked)
            setting = Setting(places=rendering.places)
            page_class(collection, rendering.report, rendering.parameters, setting).read()


def _stub(rendering: Rendering, why: str) -> bytes:
    from nbreports.html import index

    return index.stub(rendering, why)
