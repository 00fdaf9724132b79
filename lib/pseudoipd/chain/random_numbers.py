"""Random numbers for compiled code: xoshiro256+ and what is drawn with it. Compiled.

Our own generator, because numpy promises no stream from one version to the next and cohorts must not change.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined

SMALLEST_GAMMA = 1e-300
"""A gamma variable below it counts as this, so that its logarithm is finite."""


@inlined()
def _rotl(x: np.uint64, k: int) -> np.uint64:
    return (x << np.uint64(k)) | (x >> np.uint64(64 - k))


@compiled()
def uniform(random: np.ndarray) -> float:
    """Return the next number in (0, 1) of xoshiro256+ (Blackman and Vigna); `random` holds four words."""
    result = random[0] + random[3]
    t = random[1] << np.uint64(17)
    random[2] ^= random[0]
    random[3] ^= random[1]
    random[1] ^= random[2]
    random[0] ^= random[3]
    random[2] ^= t
    random[3] = _rotl(random[3], 45)
    # The 53 upper bits, in the middle of their interval: neither 0 nor 1, whose logarithms are taken.
    return (float(result >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@inlined()
def below(random: np.ndarray, n: int) -> int:
    """Return a whole number from 0 to n - 1."""
    return int(uniform(random) * n)


@compiled()
def normal(random: np.ndarray) -> float:
    """Return a standard normal number (Box and Muller)."""
    return math.sqrt(-2.0 * math.log(uniform(random))) * math.cos(2.0 * math.pi * uniform(random))


@compiled()
def draw_gamma(random: np.ndarray, shape: float) -> float:
    """Return a gamma variable (Marsaglia and Tsang; shapes below 1 by Stuart's power)."""
    boost = 1.0
    if shape < 1.0:
        boost = uniform(random) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(random)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(random)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * boost


@compiled()
def draw_beta_logit(random: np.ndarray, a: float, b: float) -> float:
    """Return the logit of a Beta(a, b) variable."""
    one, other = max(draw_gamma(random, a), SMALLEST_GAMMA), max(draw_gamma(random, b), SMALLEST_GAMMA)
    return math.log(one) - math.log(other)


@compiled()
def shuffle(random: np.ndarray, order: np.ndarray) -> None:
    """Fill `order` int64[n] with 0 … n - 1 in random order."""
    for i in range(len(order)):
        order[i] = i
    for i in range(len(order) - 1, 0, -1):
        j = below(random, i + 1)
        order[i], order[j] = order[j], order[i]
