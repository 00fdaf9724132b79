"""Random numbers for compiled code: xoshiro256+ and what is drawn with it. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled


@compiled(inline="always")
def _rotl(x: np.uint64, k: int) -> np.uint64:
    return (x << np.uint64(k)) | (x >> np.uint64(64 - k))


@compiled()
def uniform(state: np.ndarray) -> float:
    """Return the next number in (0, 1) of xoshiro256+ (Blackman and Vigna); `state` holds four words."""
    result = state[0] + state[3]
    t = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = _rotl(state[3], 45)
    return (float(result >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@compiled()
def below(state: np.ndarray, n: int) -> int:
    """Return a whole number from 0 to n - 1."""
    return int(uniform(state) * n)


@compiled()
def normal(state: np.ndarray) -> float:
    """Return a standard normal number (Box and Muller)."""
    return math.sqrt(-2.0 * math.log(uniform(state))) * math.cos(2.0 * math.pi * uniform(state))


@compiled()
def draw_gamma(state: np.ndarray, shape: float) -> float:
    """Return a gamma variable (Marsaglia and Tsang; shapes below 1 by Stuart's power)."""
    boost = 1.0
    if shape < 1.0:
        boost = uniform(state) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(state)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(state)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * boost


@compiled()
def draw_beta_logit(state: np.ndarray, a: float, b: float) -> float:
    """Return the logit of a Beta(a, b) variable."""
    return math.log(max(draw_gamma(state, a), 1e-300)) - math.log(max(draw_gamma(state, b), 1e-300))


@compiled()
def shuffled(state: np.ndarray, n: int) -> np.ndarray:
    """Return 0 … n - 1 in random order."""
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        j = below(state, i + 1)
        order[i], order[j] = order[j], order[i]
    return order
