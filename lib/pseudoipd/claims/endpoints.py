"""Endpoints by name: what the event is, whether death is one, and who has it where nothing is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as papers name it; all count from the start (randomization, enrolment or first dose).

    `death` is true where death is an event, so that the endpoint cannot outlast overall survival. An endpoint
    `of_all` belongs to all patients; of any other a paper must say whose it is: relapse can be told only of
    those who were free of disease.
    """

    code: str
    name: str
    event: str
    death: bool = True
    of_all: bool = True


_ROWS = (
    Endpoint("OS", "overall survival", "death"),
    Endpoint("PFS", "progression-free survival", "progression or death"),
    Endpoint("RPFS", "radiographic progression-free survival", "progression or death"),
    Endpoint("EFS", "event-free survival", "treatment failure, relapse or death"),
    Endpoint("FFS", "failure-free survival", "treatment failure or death"),
    Endpoint("TTF", "time to treatment failure", "end of treatment or death"),
    Endpoint("TTNT", "time to next treatment", "next treatment or death"),
    Endpoint("MFS", "metastasis-free survival", "metastasis or death"),
    Endpoint("TTP", "time to progression", "progression", death=False),
    Endpoint("RFS", "relapse-free survival", "relapse or death", of_all=False),
    Endpoint("DFS", "disease-free survival", "relapse or death", of_all=False),
    Endpoint("IDFS", "invasive disease-free survival", "relapse or death", of_all=False),
    Endpoint("LFS", "leukemia-free survival", "relapse or death", of_all=False),
    Endpoint("DOR", "duration of response", "progression or death", of_all=False),
    Endpoint("DOCR", "duration of complete response", "relapse or death", of_all=False),
)
KNOWN: Mapping[str, Endpoint] = {row.code: row for row in _ROWS}
"""Every endpoint that a reader's own file can name, in whatever case."""
