"""Survival by a response that comes after the start: Mantel-Byar, Simon-Makuch, landmark, Cox.

Comparing 'responders' with 'non-responders' from day 0 credits the response with the time that a
patient had to live to reach it. The methods here do not; `naive_logrank` does, for comparison.
"""

from pseudoipd.transitions.cox import Cox, time_dependent_cox
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
    "simon_makuch",
    "time_dependent_cox",
]
