"""What leaves a page as data is the same on processors that compute the last digits of a double otherwise."""

import json
import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from nbreports import digits

COMPUTE = """
import numpy as np, pandas as pd
from nbreports import digits
at = np.linspace(0.01, 5, 2000)
columns = {"survival": np.exp(-at), "hazard": np.log(at), "mixed": np.log1p(at).astype(object)}
print(digits.csv_text(pd.DataFrame(columns)))
"""


def test_a_fraction_has_ten_digits_and_everything_else_stays():
    frame = pd.DataFrame(
        {
            "a": [2 / 3, math.inf, math.nan],
            "b": ["x", 1 / 3, None],
            "n": [1, 20_000_000_000_001, 3],
            "yes": True,
        }
    )
    assert digits.csv_text(frame) == (
        "a,b,n,yes\n0.6666666667,x,1,True\ninf,0.3333333333,20000000000001,True\n,,3,True\n"
    )


@pytest.mark.parametrize("write", [digits.csv_text, lambda frame: json.dumps(digits.jsonable(frame.x[0]))])
def test_neighbouring_doubles_are_written_alike(write):
    for value in (0.46340232386662907, 1 / 3, 0.5, 5.281380523191911, 41.34788482860364):
        frames = [pd.DataFrame({"x": [x]}) for x in (value, np.nextafter(value, 0), np.nextafter(value, 99))]
        assert len({write(frame) for frame in frames}) == 1


@pytest.mark.slow
def test_other_vector_instructions_give_the_same_text():
    texts = set()
    for without in ("", "X86_V4 AVX512_ICL AVX512_SPR", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"):
        done = subprocess.run(
            [sys.executable, "-c", COMPUTE],
            env={**os.environ, "NPY_DISABLE_CPU_FEATURES": without},
            capture_output=True,
            text=True,
            check=True,
        )
        texts.add(done.stdout)
    assert len(texts) == 1
