"""A saved results record of ClinicalTrials.gov (JSON of its API, version 2) as rows of a claims file.

Taken are medians of times to an event with their limits, shares without the event at a time, numbers of
events, hazard ratios and log-rank P. What is not certain is not taken, and named. Structure of a record:
`resultsSection.outcomeMeasuresModule.outcomeMeasures`, each with `title`, `paramType`, `dispersionType`,
`unitOfMeasure`, `groups`, `denoms`, `classes` → `categories` → `measurements`, and `analyses`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blina_base.errors import InputError
from pseudoipd.claims.endpoints import KNOWN

COLUMNS = ("id", "arm", "endpoint", "statistic", "at", "printed", "unit", "conf_level", "note")
_TIME = re.compile(
    r"(\d+(?:\.\d+)?)[\s-]*(month|year|week|day)s?\b|\b(month|year|week|day)s?\s+(\d+(?:\.\d+)?)", re.I
)
_LEVEL = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*confidence interval", re.I)
_SHARE = re.compile(r"\brate\b|probabilit|estimate|alive|percent|survival at\b", re.I)
_HAPPENED = re.compile(r"\bevents?\b(?!.free)|\bdied\b|\bdeaths?\b|\bwho (?:progressed|relapsed)\b", re.I)
_UNITS = ("months", "years", "weeks", "days")
# Another time than the first progression.
_SECOND = re.compile(r"\b(?:PFS|survival)[\s-]?2\b|second (?:disease )?progression|subsequent", re.I)
_TOGETHER = re.compile(
    r"(?:total|overall|pooled|combined|both|all)(?: (?:participants|patients|subjects|arms|groups))?", re.I
)
_SOME = re.compile(
    r"\b(?:in|among) (?:the )?(?:participants|patients|subjects|those)\b|\bsub(?:group|set)|PD-?L1", re.I
)
# Comments on an NA that say that the time was not reached.
_NOT_YET = re.compile(r"reach|estim|calcul|evaluab|determin|event|deaths?\b|follow-up|mature|median", re.I)
Json = Mapping[str, Any]


@dataclass
class Taken:
    """The rows of a claims file, by column; a line for each thing not taken, and for each told by a rule."""

    rows: list[dict[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add(self, **row: str) -> None:
        """Add a row, unless the same number of the same arm is there from an earlier outcome."""
        key = ("arm", "endpoint", "statistic", "at")
        if any(all(old[name] == row.get(name, "") for name in key) for old in self.rows):
            if row["statistic"] != "n":
                self.left.append(f"{row['note']}: {row['statistic']} of {row['endpoint']} is there already")
            return
        full = dict.fromkeys(COLUMNS, "") | row | {"id": f"c{len(self.rows) + 1}"}
        self.rows.append(full)

    def text(self) -> str:
        """Return the claims file."""
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()


def read_record(path: Path) -> Taken:
    """Return what a record holds; InputError for a file that is none, or has no results."""
    taken = Taken()
    # What is of everybody comes before what is of some, whichever is posted first.
    listed = sorted(enumerate(_outcomes(path), start=1), key=lambda one: bool(_SOME.search(_title(one[1]))))
    for number, outcome in listed:
        if not _title(outcome):
            raise InputError.at(path.name, expected=f"a title for outcome {number}")
        where = f"outcome {number} ({outcome['title'][:60]})"
        try:
            _take(outcome, where, taken)
        except (AttributeError, KeyError, TypeError, IndexError, ValueError):
            taken.left.append(f"{where}: not of the form of a posted outcome")
    if not any(row["statistic"] != "n" for row in taken.rows):
        first = f" ({taken.left[0]})" if taken.left else ""
        raise InputError.at(path.name, expected=f"a time to an event that can be taken; there is none{first}")
    return taken


def _title(outcome: Any) -> str:
    """Return the title of an outcome, "" for none."""
    title = outcome.get("title") if isinstance(outcome, dict) else ""
    return title if isinstance(title, str) else ""


def _outcomes(path: Path) -> list[Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as problem:
        reason = " ".join(str(problem).split())[:100]
        raise InputError.at(path.name, expected=f"a record as JSON ({reason})") from None
    for name in ("resultsSection", "outcomeMeasuresModule", "outcomeMeasures"):
        record = record.get(name) if isinstance(record, dict) else None
    if not isinstance(record, list) or not record:
        expected = "a record with results: resultsSection.outcomeMeasuresModule.outcomeMeasures"
        raise InputError.at(path.name, expected=expected)
    return record


def _take(outcome: Json, where: str, taken: Taken) -> None:
    code = endpoint_of(outcome["title"])
    if not code:
        taken.left.append(f"{where}: its title names no endpoint of the grammar")
        return
    groups = {group["id"]: " ".join(group["title"].split()) for group in outcome.get("groups", ())}
    if len(set(groups.values())) < len(groups):
        taken.left.append(f"{where}: two groups have one title")
        return
    several = {group: title for group, title in groups.items() if not _TOGETHER.fullmatch(title)}
    if len(groups) > len(several) > 1:
        together = ", ".join(title for group, title in groups.items() if group not in several)
        taken.left.append(f"{where}: a group of all together, {together}")
        groups = several
    arms = groups if len(groups) > 1 else dict.fromkeys(groups, "")
    known = {row["arm"] for row in taken.rows}
    if known and set(arms.values()) - known:
        taken.left.append(f"{where}: its groups are not the arms of the first outcome that was taken")
        return
    measured = [one for one in _measured(outcome, code, where, taken) if one[0] in arms]
    if not measured:
        return
    if _SOME.search(outcome["title"]):
        taken.told.append(f"{where}: taken to be of all of each group")
    for counts in [d["counts"] for d in outcome.get("denoms", ()) if d.get("units") == "Participants"][:1]:
        for count in (count for count in counts if count["groupId"] in arms):
            taken.add(arm=arms[count["groupId"]], endpoint=code, statistic="n", printed=count["value"],
                      unit="patients", note=where)  # fmt: skip
    for group, row in measured:
        taken.add(arm=arms[group], endpoint=code, note=where, **row)
    for analysis in outcome.get("analyses", ()):
        _compare(analysis, arms, code, where, taken)


def endpoint_of(title: str) -> str:
    """Return the code of the endpoint that a title names, by name or by code; "" for none or several.

    >>> endpoint_of("Overall Survival (OS)"), endpoint_of("Progression Free Survival by RECIST")
    ('OS', 'PFS')
    >>> endpoint_of("OS and PFS"), endpoint_of("Duration of Exposure"), endpoint_of("PFS2")
    ('', '', '')
    """
    words = re.sub(r"[\s-]+", " ", title.lower())
    longest = sorted(KNOWN.values(), key=lambda one: -len(one.name))
    named = []
    for one in longest:
        name = one.name.replace("-", " ")
        if name in words:
            named.append(one.code)
            words = words.replace(name, "")
    if _SECOND.search(title):
        return ""
    coded = [code for code in KNOWN if re.search(rf"\b{code}\b", title.upper())]
    found = {*named, *coded}
    return found.pop() if len(found) == 1 else ""


def _measured(outcome: Json, code: str, where: str, taken: Taken) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the group and the columns of each number of an outcome."""
    title, kind = outcome["title"], outcome.get("paramType", "")
    unit = outcome.get("unitOfMeasure", "").strip().lower()
    level = _LEVEL.search(outcome.get("dispersionType", "") or "")
    classes = outcome.get("classes", ())
    for one in classes:
        words = f"{one.get('title', '')}"
        at = time_of(words) or (time_of(title) if len(classes) == 1 else "")
        row = _statistic(kind, unit, title, at)
        if isinstance(row, str) or len(one["categories"]) != 1:
            reason = row if isinstance(row, str) else "several categories"
            taken.left.append(f"{where}{f', {words}' if words else ''}: {reason}")
            continue
        if row["statistic"] == "median" and len(classes) > 1:
            taken.left.append(f"{where}, {words}: one of several classes, whose patients are not said")
            continue
        for number in one["categories"][0]["measurements"]:
            yield from _with_limits(number, row, level, f"{where}, {number['groupId']}", taken)


def _statistic(kind: str, unit: str, title: str, at: str) -> dict[str, str] | str:
    """Return what an outcome's numbers are, as columns, or why they are not taken."""
    time = next((known for known in _UNITS if unit.rstrip("s") == known.rstrip("s")), "")
    if kind == "MEDIAN" and time:
        return {"statistic": "median", "unit": time}
    if kind == "NUMBER" and unit.startswith(("percent", "%")) and _SHARE.search(f"{title} {unit}"):
        if _HAPPENED.search(f"{title} {unit}"):
            return "a share with the event, where that without is meant"
        return {"statistic": "survival", "at": at, "unit": "%"} if at else "a share at no certain time"
    if kind in ("COUNT_OF_PARTICIPANTS", "NUMBER") and unit in ("participants", "patients", "events"):
        return (
            {"statistic": "events", "unit": "patients"}
            if _HAPPENED.search(f"{title} {unit}") and not at
            else "a number of patients of whom it is not said that they had the event"
        )
    return f"{kind or 'no kind'} in {unit or 'no unit'}"


def _with_limits(
    number: Json, row: Mapping[str, str], level: re.Match[str] | None, where: str, taken: Taken
) -> Iterator[tuple[str, dict[str, str]]]:
    value, comment = printed(number.get("value")), str(number.get("comment") or "")
    if not value:
        taken.left.append(f"{where}: {number.get('value', 'nothing')!r} is no number")
        return
    if value == "NR" and comment and not _NOT_YET.search(comment):
        taken.left.append(f"{where}: {number['value']}, {comment[:60]!r}")
        return
    yield number["groupId"], {**row, "printed": value}
    limits = {side: number.get(f"{side}Limit") for side in ("lower", "upper")}
    if row["statistic"] == "events" or not any(limits.values()):
        return
    if level is None:
        taken.left.append(f"{where}: the limits are not those of confidence")
        return
    for side, limit in limits.items():
        if printed(limit):
            name = f"{row['statistic']}_{side}"
            yield (
                number["groupId"],
                {**row, "statistic": name, "printed": printed(limit), "conf_level": level[1]},
            )


def printed(value: object) -> str:
    """Return a posted number as a claims file has it: NA is what was not reached or could not be estimated.

    >>> printed("7.7"), printed("NA"), printed("<0.001"), printed("see note")
    ('7.7', 'NR', '<0.001', '')
    """
    text = str(value or "").strip().lstrip("=").strip()
    if text.upper() in ("NA", "NR", "NE"):
        return "NR"
    return text if re.fullmatch(r"[<>]?\s?\d*\.?\d+", text) else ""


def time_of(words: str) -> str:
    """Return the one time that words name, for the column `at`; "" for none or several.

    >>> time_of("Month 12"), time_of("at 2 Years"), time_of("6-month rate"), time_of("6 and 12 months")
    ('12 months', '2 years', '6 months', '')
    """
    found = {f"{a or d} {(b or c).lower()}s" for a, b, c, d in _TIME.findall(words)}
    return found.pop() if len(found) == 1 and not re.search(r"\d\s*(?:,|and|to|-)\s*\d", words) else ""


def _compare(analysis: Json, arms: Mapping[str, str], code: str, where: str, taken: Taken) -> None:
    """Take the comparison of two arms; which is which is told by their medians, as a record does not say."""
    two = [arms[group] for group in analysis.get("groupIds", ()) if group in arms]
    if len(two) != 2:
        taken.left.append(f"{where}: an analysis of {len(two)} groups")
        return
    value, method = printed(analysis.get("pValue")), str(analysis.get("statisticalMethod", ""))
    tested = f"{method} {analysis.get('statisticalComment', '')} {analysis.get('pValueComment', '')}".lower()
    if value and re.search(r"log.?rank", tested) and "stratif" not in tested.replace("unstratified", ""):
        taken.add(
            arm=" vs ".join(two), endpoint=code, statistic="logrank_p", printed=value, unit="P", note=where
        )
    elif value:
        taken.left.append(
            f"{where}: P {value} of {method or 'no method'} is not that of a plain log-rank test"
        )
    ratio = printed(analysis.get("paramValue"))
    if "hazard ratio" not in str(analysis.get("paramType", "")).lower() or not ratio:
        return
    ordered = _in_order(two, float(ratio), code, taken.rows)
    if not ordered:
        taken.left.append(f"{where}: hazard ratio {ratio}: of which arm against which is not said")
        return
    row = {"arm": " vs ".join(ordered), "endpoint": code, "note": where}
    taken.told.append(f"{where}: hazard ratio {ratio} is taken as {row['arm']}, as the medians have it")
    taken.add(**row, statistic="hazard_ratio", printed=ratio)
    for side in ("lower", "upper"):
        limit = printed(analysis.get(f"ci{side.title()}Limit"))
        if limit and limit != "NR":
            level = str(analysis.get("ciPctValue", "") or "95")
            taken.add(**row, statistic=f"hazard_ratio_{side}", printed=limit, conf_level=level)


def _in_order(two: Sequence[str], ratio: float, code: str, rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the arms so that the first has the lower hazard if the ratio is below 1; [] if that is open."""
    medians = {}
    for row in rows:
        if row["statistic"] == "median" and row["endpoint"] == code and row["arm"] in two:
            medians[row["arm"]] = (
                float("inf") if row["printed"] == "NR" else float(row["printed"].strip("<> "))
            )
    if len(medians) < 2 or len(set(medians.values())) < 2 or ratio == 1:
        return []
    longer = sorted(two, key=lambda arm: -medians[arm])
    return longer if ratio < 1 else longer[::-1]
