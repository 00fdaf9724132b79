"""What this trial's numbers that were left out are predicted to be."""

from __future__ import annotations

import pandas as pd

from blina.facts import read_claims
from blina.scorecard import held_out
from blina.scorecard.numbers import describe


def left_out() -> pd.DataFrame:
    """Return the predictions for this trial's numbers that were left out, with `what` each is."""
    held = held_out.read()
    words = {claim.id: describe(claim) for claim in read_claims()}
    return held.assign(what=[words[name] for name in held.index])
