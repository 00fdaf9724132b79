"""Draws cohorts for several kinds of claims and prints them as JSON: `python drawn.py`."""

import json

from blina.facts import assumptions, read_claims
from blina.vocabulary import VOCABULARY
from claims_files import claims
from pseudoipd import draw, judge

OURS = read_claims()
SUMMARY = [("OS", "median", "6.5"), ("OS", "median_upper", "NR"), ("OS", "events", "15")]

# Name: claims, assumptions, number of draws. Together they reach every statistic, rule and kind of move.
REQUESTS = {
    "ours": (OURS, assumptions(), 6),
    "ours, plateau as an end": (OURS, assumptions() | {"plateau_rule": "no_event_after"}, 1),
    "ours, other population": (
        OURS,
        assumptions() | {"rfs_population": "mrd_responder", "mantel_byar_tie": "at", "conf_type": "log"}, 1,
    ),
    "number of patients": (claims(("OS", "n", "20")), None, 3),
    "plain limits": (claims(("OS", "n", "30"), *SUMMARY), {"conf_type": "plain"}, 2),
    "follow-up as observed": (
        claims(("OS", "n", "30"), ("OS", "followup_median", "12.1"), ("OS", "survival", "50", 12.0)),
        {"followup_method": "observed"}, 2,
    ),
    "relapse-free": (
        claims(("RFS", "n", "50"), ("RFS", "median", "8.8"), ("RFS", "plateau_from", "~18")), None, 2,
    ),
    "two endpoints": (
        claims(("OS", "n", "50"), ("OS", "median", "13"), ("RFS", "n", "30"), ("RFS", "median", "8.8")),
        None, 2,
    ),
    "by response": (
        claims(
            ("OS", "n", "60"), ("RESPONSE", "percent", "50", None, "all", "mrd_response"),
            ("OS", "median", "NR", None, "mrd_responder"), ("OS", "mantel_byar_p", ".002"),
        ), None, 1,
    ),
}  # fmt: skip


def drawn(name):
    """Return the days and events of each endpoint, draw by draw, of those draws that meet every claim."""
    wanted, chosen, draws = REQUESTS[name]
    # As many moves as reach each kind of them: nothing is compiled here.
    asked = draw.request(wanted, chosen, 3, 3_000, VOCABULARY)
    found = draw.draw_chunk(asked, 0, draws)
    assert judge.verdicts(found, asked.problem.used, asked.problem.assumptions, VOCABULARY).all()
    return [
        {code: [found.time[code][i].tolist(), found.event[code][i].tolist()] for code in found.time}
        for i in range(len(found))
    ]


if __name__ == "__main__":
    print(json.dumps({name: drawn(name) for name in REQUESTS}))
