"""Survival by a response that comes after the start: Mantel-Byar, Simon-Makuch, landmark, Cox.

Comparing 'responders' with 'non-responders' from day 0 credits the response with the time that a
patient had to live to reach it. The methods here do not; `naive_logrank` does, for comparison.

The examples share four patients. A dies on day 5, the day of its response; B responds on day 3 and dies on
day 10, as does C, who never responds; D is last seen on day 12 without response. At 5 four are at risk and
at 10 three, one of them (B) in the response state each time.

The R lines (R 4.2.2, survival 3.5-3) are run on the same four, cut at the response:
x <- data.frame(start = c(0, 0, 3, 0, 0), stop = c(5, 3, 10, 10, 12), event = c(1, 0, 1, 1, 0),
r = c(0, 0, 1, 0, 0))
"""

from pseudoipd.transitions.cox import Cox, proportional_hazards, time_dependent_cox
from pseudoipd.transitions.curves import Landmark, SimonMakuch, landmark, landmark_sweep, simon_makuch
from pseudoipd.transitions.draws import landmark_of_draws, mantel_byar_of_draws, naive_logrank_of_draws
from pseudoipd.transitions.mantel_byar import MantelByar, mantel_byar, naive_logrank
from pseudoipd.transitions.risk_sets import TIE_RULES

__all__ = [
    "TIE_RULES",
    "Cox",
    "Landmark",
    "MantelByar",
    "SimonMakuch",
    "landmark",
    "landmark_of_draws",
    "landmark_sweep",
    "mantel_byar",
    "mantel_byar_of_draws",
    "naive_logrank",
    "naive_logrank_of_draws",
    "proportional_hazards",
    "simon_makuch",
    "time_dependent_cox",
]
