"""Profiles: named parameter sets in `reports/profiles/*.yaml`, refused whole if anything in them is wrong.

```yaml
name: methods
reports: [03_growth, 04_yield]                             # or: all
fixed: {seasons: 3}                                        # one value for each report that has the parameter
sweep: {method: [linear, logistic]}                        # every combination of the values listed
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from blina_base.errors import InputError, near
from nbreports.plan.parameters import Parameter, ParameterError, unknown

Declarations = Mapping[str, Sequence[Parameter]]
_KEYS = ("name", "reports", "fixed", "sweep")


@dataclass(frozen=True)
class Profile:
    """What to render: reports in order, one value (`fixed`) or several (`sweep`) by parameter name."""

    name: str
    reports: tuple[str, ...]
    fixed: dict[str, Any] = field(default_factory=dict)
    sweep: dict[str, tuple[Any, ...]] = field(default_factory=dict)


def read_profile(folder: Path, name: str, declarations: Declarations) -> Profile:
    """Return the profile `name`; InputError, with file and line, for anything wrong in it.

    `declarations` maps each report to the parameters that it declares. The profile `default` need not be
    there: it is every report as it stands.
    """
    path = folder / f"{name}.yaml"
    if name == "default" and not path.exists():
        return Profile(name, tuple(declarations))
    if not path.is_file():
        known = sorted(file.stem for file in folder.glob("*.yaml"))
        listed = near(name, known) or ", ".join(known) or "none"
        raise InputError(f"no profile {name!r} in {folder.name}; there is {listed}")
    return _Reader(path, declarations).profile()


class _Reader:
    """Reads one file; knows the line of everything in it."""

    def __init__(self, path: Path, declarations: Declarations) -> None:
        self.path = path
        self.declarations = declarations

    def profile(self) -> Profile:
        try:
            root = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise InputError(self._at(mark.line if mark else 0, f"not YAML: {error.problem}")) from None
        parts = self._mapping(root, "a mapping with name, reports, fixed and sweep")
        for key, (line, _) in parts.items():
            if key not in _KEYS:
                raise InputError(self._at(line, f"unknown key {key!r}; expected {', '.join(_KEYS)}"))
        self._check_name(parts)
        reports = self._reports(parts["reports"][1]) if "reports" in parts else tuple(self.declarations)
        fixed = self._values(parts, "fixed", reports)
        sweep = self._values(parts, "sweep", reports)
        for name in set(fixed) & set(sweep):
            raise InputError(self._at(sweep[name][0], f"parameter {name} is given twice: fixed and to sweep"))
        return Profile(
            self.path.stem,
            reports,
            {name: self._value(name, line, node, reports) for name, (line, node) in fixed.items()},
            {name: self._list(name, line, node, reports) for name, (line, node) in sweep.items()},
        )

    def _at(self, line: int, problem: str) -> str:
        return f"{self.path.name}, line {line + 1}: {problem}"

    def _mapping(self, node: Any, expected: str) -> dict[str, tuple[int, Any]]:
        """Return key → (line, node); InputError for another thing, or for a key given twice."""
        if not isinstance(node, yaml.MappingNode):
            raise InputError(self._at(node.start_mark.line if node else 0, f"expected {expected}"))
        found: dict[str, tuple[int, Any]] = {}
        for key, value in node.value:
            if key.value in found:
                raise InputError(self._at(key.start_mark.line, f"{key.value} is given twice"))
            found[key.value] = (key.start_mark.line, value)
        return found

    def _check_name(self, parts: dict[str, tuple[int, Any]]) -> None:
        line, node = parts.get("name", (0, None))
        if node is None or self._plain(node) != self.path.stem:
            raise InputError(self._at(line, f"expected name: {self.path.stem}, the name of the file"))

    def _plain(self, node: Any) -> Any:
        """Return the value of a node."""
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node, deep=True)
        except (yaml.MarkedYAMLError, ValueError) as error:
            raise InputError(self._at(node.start_mark.line, f"not a value: {error}")) from None

    def _reports(self, node: Any) -> tuple[str, ...]:
        if self._plain(node) == "all":
            return tuple(self.declarations)
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise InputError(self._at(node.start_mark.line, "expected reports: all, or a list of reports"))
        for item in node.value:
            if self._plain(item) not in self.declarations:
                meant = near(str(item.value), self.declarations)
                hint = f"; did you mean {meant}?" if meant else ""
                raise InputError(self._at(item.start_mark.line, f"no report {item.value!r}{hint}"))
        return tuple(self._plain(item) for item in node.value)

    def _values(
        self, parts: dict[str, tuple[int, Any]], key: str, reports: tuple[str, ...]
    ) -> dict[str, tuple[int, Any]]:
        """Return parameter → (line, node) of one section; InputError for a name that no report has."""
        if key not in parts:
            return {}
        values = self._mapping(parts[key][1], f"{key}: parameters and their values")
        known = {parameter.name for report in reports for parameter in self.declarations[report]}
        for name, (line, _) in values.items():
            if name not in known:
                raise InputError(self._at(line, str(unknown(name, sorted(known), "this profile"))))
        return values

    def _value(self, name: str, line: int, node: Any, reports: tuple[str, ...]) -> Any:
        """Return a value that every report which has the parameter accepts."""
        value = self._plain(node)
        for report in reports:
            for parameter in self.declarations[report]:
                if parameter.name == name:
                    try:
                        value = parameter.accept(value, report)
                    except ParameterError as error:
                        raise InputError(self._at(node.start_mark.line, str(error))) from None
        return value

    def _list(self, name: str, line: int, node: Any, reports: tuple[str, ...]) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise InputError(self._at(line, f"expected a list of values for {name}"))
        values = tuple(self._value(name, line, item, reports) for item in node.value)
        for position, item in enumerate(node.value):
            if values[position] in values[:position]:
                raise InputError(self._at(item.start_mark.line, f"{name}: {item.value} is listed twice"))
        return values
