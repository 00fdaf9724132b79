"""What the words of one trial's claims mean: a value that is handed in with the claims.

Everything that the engine must know about a trial beside the printed numbers stands here: which patients a
category or a population names, how the columns are coded, and what some columns say about times.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace

from blina_base.errors import InputError, one_of
from pseudoipd.claims.grammar import Predicate

FLAG = ("Y", "N")
"""The coding of a column that says yes or no."""


@dataclass(frozen=True)
class Response:
    """A response after the start: the flag of who has one, the column of its study day, the days it can be.

    `assumption` is the name of the assumption that restricts the days (`29|71`).
    """

    flag: str
    day: str
    days: tuple[int, ...]
    assumption: str = "response_days"


@dataclass(frozen=True)
class LongTerm:
    """The flag of those who are observed for so many months from the start, or longer."""

    flag: str
    months: float


@dataclass(frozen=True)
class Rule:
    """What patients to whom `whom` applies must have lived to see, or else they cannot have been.

    They are observed for `least` days from the start at least, and for `after_response` days from the day of
    the response (without one: from the first day on which there can be one); `relapsed` says that they have
    relapsed. `words` and `source` say so to a reader.
    """

    whom: Predicate
    words: str
    source: str
    least: int = 1
    after_response: int = 0
    relapsed: bool = False


@dataclass(frozen=True)
class Course:
    """What is known of the course of time beside the printed statistics; 0 stands for what is not known.

    `accrual` is the number of days from the first to the last day of treatment of the whole trial: one
    cut-off for all makes the longest and the shortest follow-up differ by so much at most. Remissions are
    looked at every `visits` days at most. Half of those who relapse die within `after_relapse` days of it.
    `relapses` is the least number of relapses, known from an earlier report. All this is of one trial: it
    holds for claims that print `dates` (id → printed), for those of another paper nothing is known.
    """

    dates: Mapping[str, str] = field(default_factory=dict)
    accrual: int = 0
    visits: int = 0
    after_relapse: float = 0.0
    relapses: int = 0


@dataclass(frozen=True)
class Vocabulary:
    """The words of a trial. Without any there are only endpoints of all patients.

    `study` and `subjects` begin the ids of study and patients in drawn tables. `codings` lists the columns
    that may describe a patient, each with its values, in the order in which types of patients are numbered;
    of a column in `partial` only the values that claims print are listed. Patients to whom one of the
    predicates in `impossible` applies do not exist, nor do those who break one of the `rules`. `choices` maps
    assumptions of the trial's own, name → choice → further impossible predicates, the default first. `second`
    maps each choice of the assumption `rfs_population`, the default first, to the population that has the
    second endpoint. `relapse_free` is the flag of those last seen in remission; who has the second endpoint
    without the flag relapsed or died (or relapsed, as an assumption says).
    `early_deaths` is the share of cohorts of which patients die early, as with acute leukaemia, where the
    trials that the prior is learned from have few (`prior.early`).
    `linked` names further endpoints of the same patients that end with the first one at the latest, each with
    the words in which it is the second endpoint; its columns are those of these words.
    Mappings are plain dicts, so that all of it can be sent to another process.
    Raises ValueError for a word about a column that is not coded so.
    """

    study: str = "RECON"
    subjects: str = "RECON"
    codings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: Mapping[str, Predicate] = field(default_factory=dict)
    populations: Mapping[str, Predicate] = field(default_factory=dict)
    partial: frozenset[str] = frozenset()
    impossible: tuple[Predicate, ...] = ()
    second: Mapping[str, str] = field(default_factory=dict)
    response: Response | None = None
    long_term: LongTerm | None = None
    relapse_free: str = ""
    rules: tuple[Rule, ...] = ()
    choices: Mapping[str, Mapping[str, tuple[Predicate, ...]]] = field(default_factory=dict)
    course: Course = Course()
    early_deaths: float = 0.0
    linked: Mapping[str, Vocabulary] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that every column that the words look at is coded."""
        flags = [self.relapse_free] if self.relapse_free else []
        flags += [rule.flag for rule in (self.response, self.long_term) if rule is not None]
        for predicate in (*self._predicates(), *({flag: frozenset(FLAG)} for flag in flags)):
            for column, values in predicate.items():
                if not values <= {*self.codings.get(column, ()), ""}:
                    raise ValueError(f"no coding of {column} has {', '.join(sorted(values))}")
        for name in self.second.values():
            self.population(name)

    def _predicates(self) -> Iterable[Predicate]:
        yield from self.categories.values()
        yield from self.populations.values()
        yield from self.impossible
        yield from (rule.whom for rule in self.rules)
        for choice in self.choices.values():
            for predicates in choice.values():
                yield from predicates

    @property
    def flags(self) -> tuple[str, ...]:
        """The columns that say yes or no."""
        return tuple(column for column, values in self.codings.items() if values == FLAG)

    def category(self, name: str) -> Predicate:
        """Return who is counted under a category; everyone under none. InputError for an unknown word."""
        return self._meaning("category", name, self.categories) if name else {}

    def population(self, name: str) -> Predicate:
        """Return who belongs to a population; everyone to `all` or none. InputError for an unknown word."""
        return self._meaning("population", name, self.populations) if name not in ("", "all") else {}

    @staticmethod
    def _meaning(what: str, name: str, known: Mapping[str, Predicate]) -> Predicate:
        if name not in known:
            words = known if what == "category" else dict.fromkeys(("all", *known))
            raise InputError.at("claims", column=what, value=name, expected=one_of(name, words))
        return known[name]

    def second_population(self, choice: str) -> Predicate | None:
        """Return who has the second endpoint under a choice; None where the vocabulary does not say."""
        return self.population(self.second[choice]) if self.second else None

    @property
    def second_columns(self) -> frozenset[str]:
        """The columns that decide who has the second endpoint, under whichever choice."""
        return frozenset(column for name in self.second.values() for column in self.population(name))

    def of(self, printed: Mapping[str, str]) -> Vocabulary:
        """Return these words with what is known of the course of time in the trial of some claims.

        `printed` maps the ids of the claims to what they print.
        """
        ours = all(printed.get(name) == date for name, date in self.course.dates.items())
        return self if ours else replace(self, course=Course())

    def text(self) -> str:
        """Return all of it as text that is equal exactly for equal vocabularies."""
        told = asdict(self)
        if not self.linked:
            # Cohorts are kept under a digest of this text, from before endpoints could be linked.
            del told["linked"]
        return json.dumps(told, default=sorted)


MINIMAL = Vocabulary()
"""The vocabulary of a claims file that names no categories and no populations but all patients."""
