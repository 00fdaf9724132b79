"""Public cohorts for the survival tests."""

import numpy as np
from lifelines.datasets import load_lung, load_stanford_heart_transplants

# KMsurv::bmt (Copelan 1991, Klein and Moeschberger table D.1), group 1 (ALL): days and death, 38 patients.
# R 4.2.2, KMsurv 0.1-5: data(bmt); with(bmt[bmt$group == 1, ], cbind(t1, d1))
BMT_ALL_DAYS = np.fromstring(
    "2081 1602 1496 1462 1433 1377 1330 996 226 1199 1111 530 1182 1167 418 417 276 156 781 "
    "172 487 716 194 371 526 122 1279 110 243 86 466 262 162 262 1 107 269 350",
    sep=" ",
)
BMT_ALL_DIED = np.array([0] * 14 + [1] * 24, dtype=bool)


def lung():
    """Return days, death, sex (1 male, 2 female) and ECOG status of survival::lung."""
    frame = load_lung()
    return frame["time"].to_numpy(), frame["status"].to_numpy() == 1, frame["sex"], frame["ph.ecog"]


def heart():
    """Return days, death and day of transplantation (nan: never) of survival::heart, one per patient."""
    frame = load_stanford_heart_transplants()
    last = frame.groupby("id")[["stop", "event"]].max()
    day = frame[frame["transplant"] == 1].set_index("id")["start"].reindex(last.index)
    return last["stop"].to_numpy(), last["event"].to_numpy() == 1, day.to_numpy()
