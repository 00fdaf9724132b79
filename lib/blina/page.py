"""What a notebook of this trial may do: what any may, and its tables, claims, assumptions and cohorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nbreports.page
from blina.collection import COLLECTION
from blina_base import project
from blina_base.errors import InputError
from blina_base.files import sha256
from nbreports.plan.parameters import DATA_DIR, Value

if TYPE_CHECKING:
    from blina.adam import Tables
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

TABLE_OPTIONS = (
    "time_unit", "mapping_file", "os_paramcd", "rfs_paramcd", "population", "analysis_flag", "mask_ids",
)  # fmt: skip


def begin(name: str, namespace: Mapping[str, Any]) -> TrialPage:
    """Check the parameters that the notebook `name` runs with, and return its page.

    `namespace` is the notebook's `globals()`. ParameterError (one line) if a parameter is wrong, InputError
    if the user's own tables are.
    """
    return TrialPage.begin(name, namespace, COLLECTION)


class TrialPage(nbreports.page.Page):
    """One report of this trial while it runs."""

    @cached_property
    def tables(self) -> Tables:
        """Patient-level tables from `data_dir`, or the reference cohort; InputError if they are refused."""
        from blina.adam import read_tables

        options: dict[str, Any] = {
            key: self.parameters[key] for key in TABLE_OPTIONS if self.parameters.get(key)
        }
        if "mapping_file" in options:
            options["mapping_file"] = self.place(options["mapping_file"])
        named = str(self.parameters.get(DATA_DIR, "reference"))
        return read_tables(None if named == "reference" else self.place(named), **options)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The claims in force: those of the publication, or of the file that a `claims` parameter names.

        Beside a user's own data there are none unless the user names a file: the publication's
        numbers are not about these patients.
        """
        from blina.facts import read_claims

        if self._claims_file is not None:
            self._must_be_theirs(self._claims_file)
            return read_claims(self._claims_file)
        return () if self.kind == "yours" else read_claims()

    @property
    def _claims_file(self) -> Path | None:
        named = str(self.parameters.get("claims", ""))
        return self.place(named) if named and named != "published" else None

    @cached_property
    def assumptions(self) -> dict[str, str]:
        """The assumptions in force: the defaults, and what this report's parameters say otherwise."""
        from blina.facts import assumptions

        defaults = dict(assumptions())
        return {key: str(self.parameters.get(key, value)) for key, value in defaults.items()}

    @property
    def kind(self) -> str:
        """Which data this report runs on."""
        return self.tables.kind if DATA_DIR in self.parameters else super().kind

    @property
    def labelled(self) -> str:
        """The kind, or that drawn patients are drawn: they may come back as somebody's tables."""
        return "drawn" if self.kind == "yours" and self.tables.drawn else self.kind

    def _must_be_theirs(self, claims: Path) -> None:
        """Refuse another paper's numbers beside this trial's patients."""
        ours = project.published("claims.csv")
        if self.kind != "yours" and sha256(claims) != sha256(ours):
            raise InputError.at(
                "parameter claims", value=claims.name,
                expected="data_dir too, as the reference cohort is of the paper's trial; pages about another "
                "paper: blina reconstruct FILE --report FOLDER",
            )  # fmt: skip

    @property
    def sources(self) -> dict[str, str]:
        """The digests of what was read: the claims in force, and the tables."""
        claims = self._claims_file or project.published("claims.csv")
        sources = {"claims.csv": sha256(claims)} if self.claims else {}
        if DATA_DIR in self.parameters:
            sources |= {source.name: source.sha256 for source in self.tables.sources}
        return sources

    def read(self) -> None:
        """Read the tables, and the claims that go with them; InputError if they are refused."""
        _ = self.tables, self.claims

    def missing(self, needs: Iterable[str]) -> list[str]:
        """Return those of the report's needs that the data do not meet; InputError if they are refused."""
        from blina.adam import missing

        return missing(self.tables, needs, with_claims=bool(self.claims))

    def first_words(self) -> str:
        """Say what was read where it is the user's own; nothing for the data of this collection."""
        if self.kind != "yours":
            return ""
        from blina.adam import own_data

        return own_data.note(self.tables, self._claims_file is not None)

    def turned(self, values: Mapping[str, Value]) -> Self:
        """Return this page with other values, and with its tables and claims, which are not read again."""
        other = super().turned(values)
        if not {DATA_DIR, "claims", *TABLE_OPTIONS} & set(values):
            other.tables, other.claims = self.tables, self.claims
        return other

    def ensemble(self, draws: int, seed: int = 1) -> Ensemble | None:
        """Return reconstructed cohorts; None for no draws, and for data that are not reconstructed."""
        if draws == 0 or self.kind not in ("reconstructed", "published"):
            return None
        from blina import ensemble

        return ensemble.load(self.claims, self.assumptions, draws, seed)
