"""From a request to the list of renderings: which reports, with which values, in which folders."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from blina_base.errors import InputError, near
from nbreports.collection import Collection
from nbreports.plan.parameters import (
    PLACES,
    Parameter,
    ParameterError,
    assignments,
    check,
    unknown,
)
from nbreports.plan.profiles import Profile, read_profile


@dataclass(frozen=True)
class Request:
    """What is asked for; `assigned` are NAME=VALUE texts of a command line."""

    collection: Collection
    notebooks: Path
    profiles: Path
    reports: tuple[str, ...] = ()
    profile: str = "default"
    assigned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rendering:
    """One report with one set of values; `folder` is relative to the profile's folder.

    `given` differ from the notebook's defaults, `differs` from the profile's. A folder or file that the
    user named stands in the values by its last part, and in `places` with its path. `title` is made from
    the file's name: '03 Plant growth'.
    """

    report: str
    notebook: Path
    profile: str
    folder: str
    parameters: dict[str, Any]
    given: dict[str, Any]
    differs: dict[str, Any]
    places: dict[str, str] = field(default_factory=dict)
    title: str = ""

    @property
    def key(self) -> str:
        """The page's folder relative to the output folder."""
        return f"{self.profile}/{self.folder}"

    @property
    def origin(self) -> str:
        """Digest of the paths that the user named, "" where none is: the same name may stand for others."""
        named = json.dumps(sorted(self.places.items()))
        return hashlib.sha256(named.encode()).hexdigest()[:16] if self.places else ""

    @property
    def label(self) -> str:
        """The rendering in a few words: '03 Plant growth, method logistic'."""
        values = [f"{name} {shortened(value)}" for name, value in self.differs.items()]
        return ", ".join([self.title, *values])


def shortened(value: object) -> str:
    """Return a value on one line of at most 40 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:39]}…"


def report_label(report: str, spelled: Mapping[str, str]) -> str:
    """Return '03 Plant growth' for '03_plant_growth'; `spelled` words are written as it says."""
    number, _, words = report.partition("_")
    words = words if number.isdigit() else report
    for plain, written in spelled.items():
        words = re.sub(rf"(?<![a-z]){plain}(?![a-z])", written, words)
    words = words.replace("_", " ")
    return f"{number} {words[:1].upper()}{words[1:]}" if number.isdigit() else words


def declarations(notebooks: Path, collection: Collection) -> dict[str, tuple[Parameter, ...]]:
    """Return each report of a folder with the parameters that it declares, in the order of their names.

    A file that is no notebook, or one that declares its parameters wrongly, is left out (`faults`): it stops
    nothing but itself. InputError where there is no report at all.
    """
    found, wrong = _examined(notebooks, collection)
    if not found:
        raise next(iter(wrong.values()), InputError(f"{notebooks.name}: no notebooks here"))
    return found


def faults(notebooks: Path, collection: Collection) -> dict[str, InputError]:
    """Return what is wrong with each file of a folder that is called like a notebook and is no report."""
    return _examined(notebooks, collection)[1]


def _examined(
    notebooks: Path, collection: Collection
) -> tuple[dict[str, tuple[Parameter, ...]], dict[str, InputError]]:
    found: dict[str, tuple[Parameter, ...]] = {}
    wrong: dict[str, InputError] = {}
    for path in sorted(notebooks.glob("*.ipynb")):
        try:
            found[path.stem] = collection.examined(path)
        except InputError as error:
            wrong[path.stem] = error
    return found, wrong


def plan(request: Request) -> list[Rendering]:
    """Return the renderings that a request stands for; InputError, one line, if anything in it is wrong."""
    known = declarations(request.notebooks, request.collection)
    profile = read_profile(request.profiles, request.profile, known)
    wrong = faults(request.notebooks, request.collection)
    named = tuple(dict.fromkeys(find_report(text, [*known, *wrong]) for text in request.reports))
    for report in named:
        if report in wrong:
            raise wrong[report]
    reports = named or profile.reports
    assigned = _assigned(request.assigned, {report: known[report] for report in reports})
    renderings = [
        rendering
        for report in reports
        for rendering in _of_report(report, request, profile, known[report], assigned)
    ]
    folders = [rendering.folder for rendering in renderings]
    for folder in folders:
        if folders.count(folder) > 1:
            raise InputError(
                f"two renderings would share the folder {folder}; give their folders other names"
            )
    return renderings


def profile_pages(request: Request) -> list[Rendering]:
    """Return what the navigation lists: all of the profile, whatever of it is asked for."""
    return plan(replace(request, reports=(), assigned=()))


def among(rendering: Rendering, pages: list[Rendering]) -> list[Rendering]:
    """Return the pages with `rendering` among them: in its place, or after the others of its report."""
    if rendering.folder in [page.folder for page in pages]:
        return pages
    at = max((i for i, page in enumerate(pages) if page.report == rendering.report), default=len(pages) - 1)
    return [*pages[: at + 1], rendering, *pages[at + 1 :]]


def find_report(text: str, known: Iterable[str]) -> str:
    """Return the report that `text` names: whole, with .ipynb, or by a beginning that only one has.

    A copy beside its original (`03_x-Copy1`) does not make the beginning ambiguous.
    """
    name, known = Path(text).name.removesuffix(".ipynb"), list(known)
    name = f"{name:>02}" if name.isdigit() else name
    begin = sorted(report for report in known if report.startswith(name))
    if name in known or (begin and all(report.startswith(begin[0]) for report in begin)):
        return name if name in known else begin[0]
    meant = near(name, known)
    hint = f"did you mean {meant}?" if meant else f"there are {', '.join(known)}"
    raise InputError(f"no report {text!r}; {hint}")


def _assigned(
    texts: Sequence[str], reports: dict[str, tuple[Parameter, ...]]
) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Return report → parameter → values of the command line; a comma separates values to sweep."""
    given = assignments(texts)
    known = {parameter.name for parameters in reports.values() for parameter in parameters}
    for name in given:
        if name not in known:
            raise unknown(name, sorted(known), next(iter(reports)) if len(reports) == 1 else "no report")
    return {
        report: {
            parameter.name: _values(parameter, given[parameter.name], report)
            for parameter in parameters
            if parameter.name in given
        }
        for report, parameters in reports.items()
    }


def _values(parameter: Parameter, text: str, report: str) -> tuple[Any, ...]:
    splits = parameter.kind not in ("text", *PLACES)
    values = [parameter.from_text(part.strip(), report) for part in (text.split(",") if splits else [text])]
    if len(set(values)) < len(values):
        raise ParameterError(f"{report}, parameter {parameter.name}: a value is given twice in {text!r}")
    return tuple(values)


def _of_report(
    report: str,
    request: Request,
    profile: Profile,
    parameters: tuple[Parameter, ...],
    assigned: dict[str, dict[str, tuple[Any, ...]]],
) -> list[Rendering]:
    """Return the renderings of one report: every combination of the values to sweep."""
    names = [parameter.name for parameter in parameters]
    fixed = {name: value for name, value in profile.fixed.items() if name in names}
    base = check(parameters, fixed, report)
    sweep = {name: values for name, values in profile.sweep.items() if name in names} | assigned[report]
    combinations = itertools.product(*sweep.values())
    return [
        _rendering(report, request, parameters, base, dict(zip(sweep, values, strict=True)))
        for values in combinations
    ]


def _rendering(
    report: str,
    request: Request,
    parameters: tuple[Parameter, ...],
    base: dict[str, Any],
    swept: dict[str, Any],
) -> Rendering:
    values, places = _place({**base, **swept}, parameters, report)
    defaults = {parameter.name: parameter.default for parameter in parameters}
    differs = {name: values[name] for name in swept if values[name] != base[name]}
    return Rendering(
        report=report,
        notebook=request.notebooks / f"{report}.ipynb",
        profile=request.profile,
        folder="--".join([report, *([_slug(differs)] if differs else [])]),
        parameters=values,
        given={name: value for name, value in values.items() if value != defaults[name]},
        differs=differs,
        places=places,
        title=report_label(report, request.collection.spelled),
    )


def _place(
    values: dict[str, Any], parameters: tuple[Parameter, ...], report: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Replace paths that the user named by their last part; InputError if one is not there."""
    values = dict(values)
    places: dict[str, str] = {}
    for parameter in parameters:
        value = values[parameter.name]
        if parameter.kind not in PLACES or value == parameter.default:
            continue
        path = _resolved(value)
        if path is None or not (path.is_dir() if parameter.kind == "folder" else path.is_file()):
            what = f"a {parameter.kind} that exists"
            raise InputError.at(f"{report}, parameter {parameter.name}", value=value, expected=what)
        shown = _shown(path, str(parameter.default), places)
        values[parameter.name] = shown
        places[shown] = str(path)
    return values, places


def _resolved(value: str) -> Path | None:
    """Return the path that a user named; None for one that cannot be: ~ of nobody, a loop of links."""
    try:
        path = Path(value).expanduser().resolve()
        path.exists()
    except (OSError, RuntimeError, ValueError):
        return None
    return path


def _shown(path: Path, default: str, places: dict[str, str]) -> str:
    """Return the name under which a page shows a path: its last part, numbered where that means another.

    A folder of the user's that is called `reference` must not be taken for the one that is the default.
    """
    taken = {default, *(name for name, place in places.items() if place != str(path))}
    names = (path.name if number == 1 else f"{path.name} ({number})" for number in itertools.count(1))
    return next(name for name in names if name not in taken)


def _slug(differs: dict[str, Any]) -> str:
    """Return a folder name for the values: readable, safe, and different for different values."""
    text = ",".join(f"{name}={value}" for name, value in differs.items())
    safe = re.sub(r"[^A-Za-z0-9._,=+-]+", "-", text).strip("-.")[:120]
    return safe if safe == text else f"{safe}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
