"""What the tests of the trial share."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def four():
    """Four patients by hand: two of three answer, one flag is empty, one missing."""
    return pd.DataFrame(
        {
            "USUBJID": ["A", "B", "C", "D"],
            "BESTRESP": ["CR", "CRh", "CR", "NE"],
            "MRDRESP": ["Y", "Y", "N", "N"],
            "LTSFL": ["Y", "N", "N", ""],
            "ADDCYC": [3.0, np.nan, 1.0, np.nan],
            "RLPFRFL": ["Y", "N", "N", None],
            "HSCTFL": ["N", "Y", "N", "N"],
        }
    )
