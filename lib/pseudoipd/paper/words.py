"""The words of a reader's own file: groups of patients are what their names say, and no more.

A category or population is made of terms joined by `&`. A term is

- a name, such as `cr` or `alloHSCT`: patients have it or not; `no cr`, `non_cr`, `mrd_non_responder` are
  those without;
- `factor=value`, such as `burden=low`: one value a patient;
- `a_or_b` or `a/b`: either of two values of one factor; that they exclude each other is all that it says;
- `known x`: those of whom it is known whether they have `x`.

Two names that exclude one another, `MRD+` and `MRD-`, `age <60` and `age ≥60`, `male` and `female`, are two
values of one factor where a file has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pseudoipd.claims.grammar import Predicate
from pseudoipd.claims.vocabulary import FLAG, Response, Vocabulary

STUDY = SUBJECTS = "RECON"
EVERYBODY = frozenset({"", "all", "everybody", "everyone", "all patients", "itt"})
NONE = "NONE"
"""The value of a factor for whoever has none of the values that are named."""
_NEGATION = re.compile(r"^(?:no|non|not|without)[\s_-]+|(?<=[\s_-])non[\s_-]+")
_ABBREVIATIONS = {
    word.lower(): word
    for word in ("CR", "CRi", "CRh", "sCR", "VGPR", "PR", "ORR", "MRD", "MLFS", "HSCT", "alloHCT", "alloHSCT")
}
_COLUMN = re.compile(r"[\W_]+")
# Signs that tell one group from another: MRD+ and MRD- are no spellings of one name.
_SIGNS = (
    (re.compile(r"(?:[\s_-]*POSITIVE|[\s_-]POS|\s*\+)$"), " POS"),
    (re.compile(r"(?:[\s_-]*NEGATIVE|[\s_-]NEG|\s*[-−–])$"), " NEG"),
    *(
        (re.compile(sign), word)
        for sign, word in {"≥": " GE ", "≤": " LE ", ">": " GT ", "<": " LT "}.items()
    ),
)
_PAIRS = (("POS", "NEG"), ("GE", "LT"), ("GT", "LE"), ("MALE", "FEMALE"), ("MEN", "WOMEN"))
_OPPOSITES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
# Columns of drawn tables that say something else than a group.
_TAKEN = frozenset({
    "STUDYID", "USUBJID", "ARM", "TRT01P", "PARAMCD", "PARAM", "AVAL", "AVALU", "CNSR", "EVNTDESC", "STARTDY",
    "DTYPE", "RSPFL", "RSPDY",
})  # fmt: skip


def plain(name: str) -> str:
    """Return a name as it is compared: lower case, one blank between words, no blanks around signs.

    >>> plain("CR/CRh & Burden = low"), plain(""), plain("Age >= 60")
    ('cr_or_crh&burden=low', 'all', 'age ≥ 60')
    """
    text = " ".join(name.lower().replace(">=", "≥").replace("<=", "≤").split())
    text = re.sub(r"\s*([&=])\s*", r"\1", text).replace("/", "_or_").replace(" or ", "_or_")
    return "all" if text in EVERYBODY else text


def shown(name: str) -> str:
    """Return a group as it is read on a page: as it was typed, a code of ours in words.

    >>> shown("cr_or_cri & burden=low"), shown("MRD non-responder")
    ('CR or CRi & burden=low', 'MRD non-responder')
    """
    return " ".join(_ABBREVIATIONS.get(word, word) for word in name.replace("_", " ").split())


@dataclass
class _Factors:
    """The columns that the terms describe: values by column, and to which column a name belongs."""

    values: dict[str, list[str]] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    atoms: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def flag(self, name: str) -> str:
        """Return the column that says yes or no to a name."""
        column = _column(name)
        self.flags.setdefault(name, column)
        self.values.setdefault(column, list(FLAG))
        return column

    def factor(self, name: str, value: str) -> str:
        """Return the column of a factor, which can now have this value."""
        column = _column(name)
        known = self.values.setdefault(column, [])
        if value.upper() not in known:
            known.append(value.upper())
        return column


def vocabulary(names: Iterable[str], split: Mapping[str, float] | None = None) -> Vocabulary:
    """Return what these categories and populations mean.

    `split` are terms that the file counts on both sides, with the number of whom neither is told; such a
    column may be unknown. Each name is a category and a population.

    >>> words = vocabulary(["cr", "cr or crh", "mrd_non_responder", "burden=low"])
    >>> sorted(words.codings.items())  # doctest: +NORMALIZE_WHITESPACE
    [('BURDEN', ('LOW', 'NONE')), ('CR', ('CR', 'CRH', 'NONE')), ('MRD_RESPONDER', ('Y', 'N'))]
    >>> sorted(words.categories["cr_or_crh"]["CR"]), dict(words.categories["mrd_non_responder"])
    (['CR', 'CRH'], {'MRD_RESPONDER': frozenset({'N'})})
    """
    wanted = sorted({plain(name) for name in names} - {"all"})
    factors = _Factors()
    _unite(wanted, factors)
    meaning = {name: _predicate(name, factors) for name in wanted}
    partial = {column for name, column in factors.flags.items() if name in factors.known}
    partial |= {column for name, column in factors.flags.items() if (split or {}).get(name, 0) > 0}
    codings = {
        column: tuple(values) if tuple(values) == FLAG else (*values, NONE)
        for column, values in factors.values.items()
    }
    return Vocabulary(
        study=STUDY, subjects=SUBJECTS, codings=codings, categories=meaning, populations=meaning,
        partial=frozenset(partial),
    )  # fmt: skip


def counted_from(words: Vocabulary, population: str, day: int) -> Vocabulary:
    """Return the words with who has the second endpoint, and the day from which it counts (0: the start)."""
    flag = "RSPFL"
    response = Response(flag, "RSPDY", (day,)) if day else None
    codings = {**words.codings, flag: FLAG} if day else words.codings
    second = {"said": population} if population != "all" else {}
    return replace(words, codings=codings, second=second, response=response)


def some(words: Vocabulary, name: str, population: str) -> Vocabulary:
    """Return the words with a group that is only counted: `name`, of whom all belong to `population`."""
    flag = f"{name}FL"
    while flag in words.codings:
        flag += "_"
    yes = {flag: frozenset({"Y"})}
    outside = tuple(
        {**yes, column: frozenset({*words.codings[column], ""} - allowed)}
        for column, allowed in words.population(population).items()
    )
    return replace(
        words, codings={**words.codings, flag: FLAG}, impossible=(*words.impossible, *outside),
        categories={**words.categories, name: yes}, populations={**words.populations, name: yes},
    )  # fmt: skip


def negative(term: str) -> tuple[str, bool]:
    """Return the name behind a term, and whether the term says no to it.

    >>> negative("mrd_non_responder"), negative("no cr"), negative("cr")
    (('mrd_responder', True), ('cr', True), ('cr', False))
    """
    found = _NEGATION.sub("", term)
    return found, found != term


def _unite(wanted: Iterable[str], factors: _Factors) -> None:
    """Find names that are alternatives of one another: those that some `a_or_b` joins, and opposites."""
    terms = {negative(term)[0] for name in wanted for term in name.split("&")}
    groups: list[set[str]] = []
    for atoms in (*(set(_atoms(term, terms)) for term in sorted(terms)), *_opposed(terms)):
        if len(atoms) > 1:
            touched = [group for group in groups if group & atoms]
            groups = [group for group in groups if not group & atoms] + [atoms.union(*touched)]
    for group in groups:
        name = min(sorted(group), key=len)
        stems = {_split(atom)[1] for atom in group}
        # MRD+ and MRD- are values of MRD_GROUP: what they have in common may be a group of its own.
        name = f"{stems.pop()} group" if len(stems) == 1 else name
        for atom in sorted(group):
            factors.atoms[atom] = factors.factor(name, _column(atom))


def _opposed(terms: Iterable[str]) -> list[set[str]]:
    """Return the sets of names that exclude one another, of those that all stand there.

    >>> [sorted(pair) for pair in _opposed(["mrd+", "mrd-", "cr", "age <60", "flt3+"])]
    [['mrd+', 'mrd-']]
    """
    found: dict[tuple[str, frozenset[str]], set[str]] = {}
    for term in sorted(terms):
        pole, stem = _split(term)
        if pole:
            found.setdefault((stem, frozenset({pole, _OPPOSITES[pole]})), set()).add(term)
    return [named for named in found.values() if len({_split(term)[0] for term in named}) > 1]


def _split(term: str) -> tuple[str, str]:
    """Return which of two opposites a name says, "" for none, and the rest of its column."""
    words = _column(term).split("_")
    pole = next((word for word in words if word in _OPPOSITES), "")
    return pole, "_".join(word for word in words if word != pole)


def _atoms(term: str, terms: Iterable[str]) -> list[str]:
    """Return the alternatives of `a_or_b`; what ends the last, such as `_2_cycles`, may hold for each."""
    parts = term.split("_or_")
    known = set(terms)
    for part in parts[:-1]:
        for end in range(len(parts[-1])):
            tail = parts[-1][end:]
            if tail.startswith(("_", " ")) and part + tail in known:
                return [*(one + tail for one in parts[:-1]), parts[-1]]
    return parts


def _predicate(name: str, factors: _Factors) -> Predicate:
    found: dict[str, frozenset[str]] = {}
    for term in name.split("&"):
        for column, allowed in _term(term, factors).items():
            found[column] = found.get(column, allowed) & allowed
    return found


def _term(term: str, factors: _Factors) -> dict[str, frozenset[str]]:
    if "=" in term:
        factor, _, value = term.partition("=")
        column = factors.factor(factor, value)
        return {column: frozenset({value.upper()})}
    if term.startswith("known "):
        name = term.removeprefix("known ")
        factors.known.add(name)
        return {factors.flag(name): frozenset(FLAG)}
    name, no = negative(term)
    atoms = _atoms(name, factors.atoms)
    if set(atoms) <= set(factors.atoms):
        column = factors.atoms[atoms[0]]
        values = {_column(atom) for atom in atoms}
        return {column: frozenset({*factors.values[column], NONE} - values if no else values)}
    return {factors.flag(name): frozenset({"N" if no else "Y"})}


def _column(name: str) -> str:
    """Return the name of a column for a group, which differs where the groups do.

    >>> _column("MRD-"), _column("MRD negative"), _column("age <60"), _column("CR/CRi"), _column("arm")
    ('MRD_NEG', 'MRD_NEG', 'AGE_LT_60', 'CR_CRI', 'ARM_GROUP')
    """
    text = name.strip().upper()
    for sign, word in _SIGNS:
        text = sign.sub(word, text)
    column = _COLUMN.sub("_", text).strip("_") or "GROUP"
    return f"{column}_GROUP" if column in _TAKEN else column
