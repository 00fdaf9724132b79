"""A claims file of a reader's own as a paper: its arms, endpoints and groups, and how each was read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from blina_base.errors import InputError, one_of
from pseudoipd.claims import Claim, read_claims
from pseudoipd.claims.claims import check_together, claim_of, claim_records
from pseudoipd.claims.endpoints import KNOWN, Endpoint
from pseudoipd.claims.grammar import ENDPOINT_NAMES, FIRST, REGISTRY, RESPONSE, SECOND, STATISTIC_CODES
from pseudoipd.claims.intervals import TIME_UNITS
from pseudoipd.claims.records import Record
from pseudoipd.claims.vocabulary import Vocabulary
from pseudoipd.model.constraints import canonical, known_counts
from pseudoipd.model.problem import LIMITS, conf_level_of
from pseudoipd.paper import words
from pseudoipd.paper.words import plain

POOLED = frozenset({"", "all", "both", "both arms", "pooled", "total", "overall"})
_AGAINST = re.compile(r"\s+(?:vs\.?|versus|against)\s+|\s*/\s*", re.IGNORECASE)
# How print has a time: 3-year survival, at month 36.
_TIME = re.compile(r"(month|year|week|day)s?\s+(\d[\d.]*)|(\d[\d.]*)-([a-z]+)", re.IGNORECASE)
_P = re.compile(r"\s*p\s*=?\s*|\s*=\s*", re.IGNORECASE)
_NAMES = {plain(one.name): code for code, one in KNOWN.items()}
_DAY = re.compile(r"day\s*(\d+)", re.IGNORECASE)
_GROUPS = ("category", "population", "of")
_LIMITS_OF_SHARES = ("percent_lower", "percent_upper")


@dataclass(frozen=True)
class Part:
    """What is drawn together: one arm, with overall survival and all endpoints that end with it, or with one.

    `printed` are all claims about it that a cohort can be judged by, `asked` those that each cohort is made
    to meet, `chosen` those by which cohorts are chosen afterwards; their endpoints are the places of the
    engine, and `names` says which endpoint stands at which place. A part that is `apart` holds one more
    endpoint of the arm, whose patients nothing links with those of the others: death does not end it, or no
    overall survival is printed.
    """

    arm: str
    printed: tuple[Claim, ...]
    asked: tuple[Claim, ...]
    chosen: tuple[Claim, ...]
    names: Mapping[str, Endpoint]
    vocabulary: Vocabulary
    apart: bool = False


@dataclass(frozen=True)
class Comparison:
    """A printed comparison of two arms, by their positions among the parts, at one place of the engine."""

    claim: Claim
    first: int
    second: int
    place: str


@dataclass(frozen=True)
class Paper:
    """A claims file: its parts, comparisons, claims on all arms together, what was not used and why.

    `readings` say in words how endpoints and groups were read; they are shown before anything is drawn.
    `spelled` are the groups as a page shows them, by the name that claims have. `made` are the ids of
    claims that no row prints: numbers of patients that are taken from other rows.
    """

    file: str
    parts: tuple[Part, ...]
    comparisons: tuple[Comparison, ...] = ()
    pooled: tuple[Claim, ...] = ()
    unused: tuple[tuple[Claim, str], ...] = ()
    readings: tuple[str, ...] = ()
    own_words: bool = True
    spelled: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, in the order of the file."""
        return tuple(dict.fromkeys(part.arm for part in self.parts))


def in_form_of_collection(records: Sequence[Record]) -> bool:
    """Say whether a file has the columns of the collection's own claims, and so is in its words."""
    return any(record["exhibit"] for record in records)


def read_paper(path: Path, vocabulary: Vocabulary, unlinked: Collection[str] = ()) -> Paper:
    """Read a claims file; one with exhibits is in the words of `vocabulary`, any other in its own.

    Endpoints in `unlinked` are left apart, as no cohort was found that has them too.
    Raises InputError naming file, row, column and value for whatever would have to be guessed, beside what
    `read_claims` raises it for: an arm without a row `n`, an endpoint that is not of all patients and whose
    patients are not said.
    """
    records = claim_records(path)
    if in_form_of_collection(records):
        claims = read_claims(path, vocabulary)
        names = {place: KNOWN[place] for place in ENDPOINT_NAMES}
        reading = ("words and groups are those of this collection's trial, as the file has exhibits",)
        part = Part("", claims, claims, (), names, vocabulary)
        return Paper(path.name, (part,), readings=reading, own_words=False)
    return _Reader(path.name, records, unlinked).paper()


@dataclass
class _Reader:
    file: str
    records: Sequence[Record]
    unlinked: Collection[str]
    unused: list[tuple[Claim, str]] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)

    def paper(self) -> Paper:
        typed = [record[column] for record in reversed(self.records) for column in _GROUPS]
        self.spelled = {plain(name): words.shown(name) for name in typed if plain(name) != "all"}
        self.records = [_tidied(record) for record in self.records]
        self.arms = _declared(self.records)
        self.vocabulary = self._vocabulary()
        claims = [claim_of(record, self.vocabulary, (*KNOWN, RESPONSE)) for record in self.records]
        check_together(self.records, claims)
        self.record = {claim.id: record for claim, record in zip(claims, self.records, strict=True)}
        by_arm: dict[str, list[Claim]] = {arm: [] for arm in self.arms}
        between, pooled = [], []
        for claim in claims:
            kind = REGISTRY[claim.statistic].about
            if kind in ("design", "words"):
                self.unused.append((claim, "words and doses are not drawn"))
            elif kind == "arms":
                between.append(claim)
            elif len(self.arms) > 1 and plain(claim.arm) in POOLED:
                pooled.append(claim)
            else:
                by_arm[self._arm(claim)].append(claim)
        parts = [part for arm in self.arms for part in self._parts(arm, by_arm[arm])]
        if bare := [claim.id for claim in pooled if not claim.arm]:
            self.readings.append(f"of all arms together, as no arm is named: {', '.join(bare)}")
        comparisons = [found for claim in between if (found := self._comparison(claim, parts)) is not None]
        together = tuple(c for claim in pooled if (c := self._placed(claim, parts)) is not None)
        return Paper(
            self.file, tuple(parts), tuple(comparisons), together, tuple(self.unused), tuple(self.readings),
            spelled=self.spelled,
            made=frozenset(claim.id for part in parts for claim in part.printed) - self.record.keys(),
        )  # fmt: skip

    def _vocabulary(self) -> Vocabulary:
        names = [record[column] for record in self.records for column in _GROUPS]
        try:
            return words.vocabulary(names, _left_over(self.records))
        except ValueError as problem:
            raise InputError.at(self.file, expected=f"one way of naming a group ({problem})") from None

    def _arm(self, claim: Claim) -> str:
        if len(self.arms) == 1 and plain(claim.arm) in POOLED:
            return self.arms[0]
        if claim.arm not in self.arms:
            raise self.record[claim.id].error(
                "arm", f"{one_of(claim.arm, self.arms)}; each arm is declared by a row with its n"
            )
        return claim.arm

    def _parts(self, arm: str, claims: Sequence[Claim]) -> list[Part]:
        """Return what is drawn of an arm: overall survival with what ends with death, all else apart."""
        found = list(dict.fromkeys(c.endpoint for c in claims if c.endpoint in KNOWN)) or [FIRST]
        first = FIRST if FIRST in found else next((code for code in found if KNOWN[code].of_all), found[0])
        ended = [code for code in found if code != first and KNOWN[code].death and first == FIRST]
        # What all patients have says more of their courses than what some of them have.
        beside = sorted(ended, key=lambda code: not KNOWN[code].of_all)
        # A chain is led by times: an endpoint of which it could meet none stays apart.
        led = {code for code in beside if any(_leads(claim) for claim in _on(claims, code))}
        further = [c for c in beside[1:] if {beside[0], c} <= led and c not in self.unlinked]
        others = [code for code in found if code not in (first, *beside[:1])]
        size = self._size(arm, [c for c in claims if c.endpoint not in others], first, claims)
        sizes = {
            code: self._size_apart(code, _on(claims, code), size, claims, tell=code not in further)
            for code in others
        }
        linked = [*beside[:1], *(code for code in further if sizes[code] is not None)]
        main = [c for c in claims if c.endpoint not in others or c.endpoint in linked]
        known = {code: n for code, n in sizes.items() if n is not None and code in linked}
        parts = [self._part(arm, main, [first, *linked], size, known)]
        for code, n in sizes.items():
            own = _on(claims, code)
            if n is None:
                self.unused += [(c, f"how many patients have {code} is not printed") for c in own]
            elif code not in linked:
                self.readings.append(f"{_of(arm)}{code} is drawn apart: {self._why_apart(code, first)}")
                asked = [*(c for c in own if c.statistic != "n"), n]
                parts.append(self._part(arm, asked, [code], n, {}, apart=True))
        return parts

    def _why_apart(self, code: str, first: str) -> str:
        why = "what is printed leads no chain to it"
        if code in self.unlinked:
            why = "no cohort was found whose patients have it too"
        elif first != FIRST:
            why = "no overall survival is printed"
        elif not KNOWN[code].death:
            why = f"death is no event of {code}"
        return f"its patients are not linked with the others, as {why}"

    def _size(self, arm: str, main: Sequence[Claim], first: str, claims: Sequence[Claim]) -> Claim:
        """Return the claim on the number of patients of an arm."""
        own = [c for c in claims if c.statistic == "n" and c.population == "all"]
        fit = [c for c in own if c.endpoint == first]
        if not fit and not KNOWN[first].of_all and self._whose(first_rows := _on(main, first)) != "all":
            self._must_say(first_rows[0])
        fit += [c for c in own if c.endpoint in ("", RESPONSE)]
        fit += [c for c in own if c.endpoint in KNOWN and KNOWN[c.endpoint].of_all]
        if not fit:
            whose = f" of arm {arm}" if arm else ""
            raise InputError.at(self.file, expected=f"a row with statistic n{whose}: the number of patients")
        return replace(fit[0], endpoint=first)

    def _size_apart(
        self, code: str, own: Sequence[Claim], size: Claim, claims: Sequence[Claim], *, tell: bool
    ) -> Claim | None:
        name = f"{size.id}_{code.lower()}"
        for claim in own:
            if claim.statistic == "n" and claim.population == "all":
                return claim
        whose = self._whose(own)
        if whose == "all" or (not whose and KNOWN[code].of_all):
            return replace(size, id=name, endpoint=code)
        counted = [c for c in claims if c.statistic in ("n", "count") and whose in (c.category, c.population)]
        if whose and counted:
            return replace(counted[0], id=name, statistic="n", endpoint=code, category="", population="all")
        if not whose:
            self._must_say(own[0])
        shares = [c for c in claims if c.statistic == "percent" and whose == c.category]
        if not shares or shares[0].population != "all":
            return None
        n, share = round(shares[0].value * size.value / 100), shares[0].printed.rstrip(" %")
        if tell:
            self.readings.append(f"{code} is taken to be of {n} patients, {share}% of {size.printed}")
        return replace(size, id=name, endpoint=code, printed=str(n))

    def _must_say(self, claim: Claim) -> None:
        if self._field(claim, "of"):
            raise self.record[claim.id].error(
                "of", f"a row n of {claim.endpoint} beside it, where no endpoint of all patients is printed"
            )
        name = KNOWN[claim.endpoint].name
        category = next((record["category"] for record in self.records if record["category"]), "cr")
        group = self.spelled.get(category, category)
        raise self.record[claim.id].error(
            "of", f"whose {name} it is: a row n of {claim.endpoint}, or `of`, such as all or {group}; "
            "an endpoint of all patients from the start is PFS or EFS",
        )  # fmt: skip

    def _field(self, claim: Claim, column: str) -> str:
        """Return what a claim's row holds; nothing for a claim that was made of another."""
        return self.record[claim.id][column] if claim.id in self.record else ""

    def _whose(self, own: Sequence[Claim]) -> str:
        """Return who has the endpoint as `of` says: "" where it does not; rows that differ are refused."""
        said = [(c, plain(self._field(c, "of"))) for c in own if self._field(c, "of")]
        for claim, name in said:
            if name != said[0][1]:
                raise self.record[claim.id].error("of", f"the same as above, {said[0][1]}")
        if said:
            return said[0][1]
        # A response lasts in those who have one: of a file that counts one group of them, it is theirs.
        counted = {record["category"] for record in self.records if record["category"]}
        lasting = {c.endpoint for c in own} == {"DOR"} and "n" not in {c.statistic for c in own}
        return counted.pop() if lasting and len(counted) == 1 else ""

    def _origin(self, own: Sequence[Claim]) -> int:
        """Return the study day from which the endpoint counts, 0 for the start."""
        for claim in own:
            text = self._field(claim, "origin").lower()
            if text in ("", "start", "response"):
                continue
            match = _DAY.fullmatch(text)
            if match is None:
                raise self.record[claim.id].error(
                    "origin", "start, response, or the day it counts from: day 29"
                )
            return int(match[1])
        return 0

    def _part(
        self, arm: str, claims: Sequence[Claim], codes: Sequence[str], size: Claim,
        sizes: Mapping[str, Claim], *, apart: bool = False,
    ) -> Part:  # fmt: skip
        """Return what is drawn together; `sizes` are the numbers of patients of endpoints linked later."""
        places = dict(zip(codes, (FIRST, SECOND, *(f"+{code}" for code in codes[2:])), strict=False))
        base, said = self.vocabulary, {SECOND: ("all", 0)}
        self._tell(arm, codes[0], _on(claims, codes[0]), size, first=True)
        for code in codes[1:]:
            own = _on(claims, code)
            whose, day = self._whose(own), self._origin(own)
            limited = any(c.statistic == "n" and c.population == "all" for c in own)
            if not (whose or limited or KNOWN[code].of_all):
                self._must_say(own[0])
            self._tell(arm, code, own, size, first=False)
            if limited and len(codes) > 2:
                base, whose = words.some(base, code, whose or "all"), code
            said[places[code]] = whose or "all", day
        vocabulary = words.counted_from(base, *said[SECOND])
        if len(codes) > 2:
            linked = {place: words.counted_from(base, *said[place]) for place in said if place != SECOND}
            vocabulary = replace(vocabulary, linked=linked)
            self.readings.append(
                f"{_of(arm)}{', '.join(codes)} are of the same patients, with one death and one last contact "
                "each; relapse or progression is drawn for each endpoint by itself"
            )
        printed = [replace(c, endpoint=places.get(c.endpoint, c.endpoint)) for c in claims]
        if not any(c.statistic == "n" and c.endpoint in (FIRST, "", RESPONSE) for c in printed):
            printed.insert(0, replace(size, endpoint=FIRST))
        whole = {FIRST: size} | {places[code]: n for code, n in sizes.items()}
        asked, chosen = divided(printed, vocabulary, whole)
        names = {place: KNOWN[code] for code, place in places.items()}
        return Part(arm, tuple(printed), asked, chosen, names, vocabulary, apart)

    def _tell(self, arm: str, code: str, own: Sequence[Claim], size: Claim, *, first: bool) -> None:
        """Say how an endpoint was read."""
        endpoint, said = KNOWN[code], self._whose(own)
        n = next((c.printed for c in own if c.statistic == "n" and c.population == "all"), "")
        if first:
            whose = f"all {size.printed} patients"
        elif n:
            whose = f"{n} patients" + (f" ({self.spelled[said]})" if said not in ("", "all") else "")
        else:
            whose = "all patients" if said in ("", "all") else self.spelled[said]
        day = 0 if first else self._origin(own)
        start = f"day {day}" if day else "the start"
        if not first and not day and not endpoint.of_all:
            start = "the start (from when is not said)"
        self.readings.append(
            f"{_of(arm)}{endpoint.code}: {endpoint.name} ({endpoint.event}) of {whose}, from {start}"
        )

    def _comparison(self, claim: Claim, parts: Sequence[Part]) -> Comparison | None:
        named = self.arms if plain(claim.arm) in POOLED else _two(claim.arm, self.arms)
        if len(named) != 2:
            raise self.record[claim.id].error(
                "arm", f"two arms, 'A vs B', of {', '.join(self.arms)}; each is declared by a row with its n"
                if self.arms != ("",) else "two arms, 'A vs B'; each is declared by a row with its n",
            )  # fmt: skip
        if claim.population != "all":
            self.unused.append((claim, "comparisons are of all patients of an arm"))
            return None
        found = []
        for arm in named:
            for number, part in enumerate(parts):
                place = _place(part, claim.endpoint)
                if part.arm == arm and place:
                    found.append((number, place))
                    break
        if len(found) != 2 or found[0][1] != found[1][1]:
            self.unused.append((claim, f"nothing else is printed on {claim.endpoint} of both arms"))
            return None
        if claim.statistic == "hazard_ratio" and plain(claim.arm) in POOLED:
            self.readings.append(
                f"hazard ratio {claim.printed} of {claim.endpoint}: {named[0]} against {named[1]}, in the "
                f"order of their rows; `arm` can say otherwise: {named[1]} vs {named[0]}"
            )
        return Comparison(claim, found[0][0], found[1][0], found[0][1])

    def _placed(self, claim: Claim, parts: Sequence[Part]) -> Claim | None:
        """Return a claim on all arms together at its place, if each arm has that."""
        if claim.endpoint not in KNOWN:
            return claim
        places = {_place(part, claim.endpoint) for part in parts if not part.apart}
        if len(places) == 1 and "" not in places:
            return replace(claim, endpoint=places.pop())
        self.unused.append((claim, f"{claim.endpoint} is not printed of each arm"))
        return None


def _two(text: str, arms: Sequence[str]) -> tuple[str, ...]:
    """Return the two arms that 'A vs B' names, nothing if it names none: of A, too, a name may hold a /."""
    pairs = ((a, b) for a in arms for b in arms if text.startswith(a) and text.endswith(b) and a != b)
    return next(((a, b) for a, b in pairs if _AGAINST.fullmatch(text[len(a) : len(text) - len(b)])), ())


def _place(part: Part, endpoint: str) -> str:
    """Return where an endpoint stands in a part, "" where it is not; a comparison of rates needs none."""
    if endpoint not in KNOWN:
        return "" if part.apart else FIRST
    return next((place for place, known in part.names.items() if known.code == endpoint), "")


def _on(claims: Iterable[Claim], code: str) -> list[Claim]:
    return [claim for claim in claims if claim.endpoint == code]


def _leads(claim: Claim) -> bool:
    """Say whether a chain can be made to meet a claim on times, whatever the level of its limits."""
    return claim.statistic in STATISTIC_CODES and claim.statistic not in LIMITS


def _of(arm: str) -> str:
    return f"arm {arm}, " if arm else ""


def divided(
    printed: Iterable[Claim], vocabulary: Vocabulary, whole: Mapping[str, Claim]
) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """Return the claims that the sampler is asked to meet, and those that cohorts are chosen by.

    `whole` holds by place the claim on how many patients have the endpoint, where that is known.
    """
    printed = list(printed)
    known, level = known_counts(printed, vocabulary), conf_level_of(printed)
    asked: list[Claim] = []
    chosen: list[Claim] = []
    for claim in printed:
        row = REGISTRY[claim.statistic]
        size = whole.get(claim.endpoint)
        if claim.statistic == "censored" and claim.population == "all" and size is not None:
            asked.append(replace(claim, statistic="events", printed=f"{size.value - claim.value:.0f}"))
        elif claim.statistic in _LIMITS_OF_SHARES:
            sized = canonical(vocabulary.population(claim.population)) in known
            (asked if sized else chosen).append(claim)
        elif (claim.statistic in LIMITS and claim.conf_level != level) or (
            row.about == "endpoint" and not row.code and claim.statistic != "n"
        ):
            chosen.append(claim)
        else:
            asked.append(claim)
    return tuple(asked), tuple(chosen)


def _tidied(record: Record) -> Record:
    """Return a row with its names in one spelling: endpoints as codes, groups as `plain` has them.

    `Hazard ratio` is the statistic `hazard_ratio`, `Overall survival` OS, `3-year` 3 years, `P=.01` .01.
    """
    fields = dict(record.fields)
    fields["statistic"] = re.sub(r"[\s_-]+", "_", fields["statistic"].lower())
    endpoint = _NAMES.get(plain(fields["endpoint"]), fields["endpoint"].upper())
    if (match := _TIME.fullmatch(fields["at"])) and (match[1] or match[4]).lower() in TIME_UNITS:
        fields["at"] = f"{match[2] or match[3]} {match[1] or match[4]}"
    if fields["statistic"].endswith("_p") and (match := _P.match(fields["printed"])):
        fields["printed"] = fields["printed"][match.end() :]
    fields["endpoint"] = endpoint if endpoint in (*KNOWN, RESPONSE) else fields["endpoint"]
    for column in ("category", "population"):
        fields[column] = plain(fields[column]) if fields[column] else ""
    fields["population"] = fields["population"] or "all"
    if REGISTRY.get(fields["statistic"]) and REGISTRY[fields["statistic"]].about == "response":
        fields["endpoint"] = fields["endpoint"] or RESPONSE
    return Record(record.file, record.row, fields)


def _declared(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the arms that a row with an n declares, in order; one without a name where there are none."""
    named = [record for record in records if plain(record["arm"]) not in POOLED]
    arms = dict.fromkeys(
        record["arm"] for record in named if record["statistic"] == "n" and record["population"] == "all"
    )
    spelled = {arm.casefold(): arm for arm in reversed(arms)}
    for record in named:
        if (first := spelled.get(record["arm"].casefold(), "")) != record["arm"] in arms:
            raise record.error("arm", f"one spelling of an arm, {first} as above")
    if named and not arms:
        raise named[0].error("arm", "an arm with a row n: its number of patients declares it")
    return tuple(arms) or ("",)


def _left_over(records: Sequence[Record]) -> dict[str, float]:
    """Return, for groups that the file counts on both sides, of how many patients neither is told."""
    counted: dict[tuple[str, str, bool], float] = {}
    whole: dict[str, float] = {}
    for record in records:
        if record["statistic"] not in ("n", "count") or not record["printed"].isdecimal():
            continue
        group = record["category"] or record["population"]
        if group == "all":
            whole.setdefault(record["arm"], float(record["printed"]))
        elif record["category"] == "" or record["population"] == "all":
            name, no = words.negative(group)
            counted[record["arm"], name, no] = float(record["printed"])
    found: dict[str, float] = {}
    for (arm, name, no), count in counted.items():
        other = counted.get((arm, name, not no))
        if other is not None and arm in whole:
            found[name] = max(found.get(name, 0.0), whole[arm] - count - other)
    return found
