"""Further endpoints of the same patients: each moves in its turn, the others are carried along. Compiled.

A chain moves the first endpoint and one linked to it. Of each linked endpoint the state holds the day of its
own event as if nothing ended observation, seen or not. While the endpoint is carried that day stays, so that
the chain may move the first endpoint as it likes: the prior of the day does not depend on it, and claims of
the endpoint are looked at as all others are. In its own turn only what is seen counts; then a day that was
not seen is drawn anew, given that it is not before the end of observation.
"""

from __future__ import annotations

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.hazards import day_of, survival_probability
from pseudoipd.chain.random_numbers import uniform
from pseudoipd.model.structs import (
    KIND,
    LATENT,
    LATENT_START,
    LATENTS,
    NEVER,
    RELAPSE,
    RELAPSED,
    RFS,
    STATE,
    TIME,
)


@compiled()
def recall(x: np.ndarray, k: int, roles: np.ndarray) -> None:
    """Take the k-th linked endpoint for the second one: its event where it is seen."""
    column = STATE + LATENTS * k + LATENT
    for i in range(len(x)):
        seen = roles[x[i, KIND], RFS] == 1 and x[i, column] < x[i, TIME]
        x[i, RELAPSED] = 1 if seen else 0
        x[i, RELAPSE] = x[i, column] if seen else 0


@compiled()
def remember(random: np.ndarray, x: np.ndarray, k: int, roles: np.ndarray, table: np.ndarray) -> None:
    """Keep what the second endpoint now is as the k-th linked one; draw days that are not seen.

    `table` is that of the hazard of its own event.
    """
    place = STATE + LATENTS * k
    for i in range(len(x)):
        if x[i, RELAPSED] == 1:
            x[i, place + LATENT] = x[i, RELAPSE]
        elif roles[x[i, KIND], RFS] == 0:
            x[i, place + LATENT] = NEVER
        else:
            start = x[i, place + LATENT_START]
            left = survival_probability(x[i, TIME] - 1.0 - start, table)
            day = start + day_of(uniform(random) * left, table, NEVER)
            # By rounding alone it could be the day before.
            x[i, place + LATENT] = max(day, x[i, TIME])
