"""Which endpoints the same patients can have: one that outlasts survival is refused, another left apart."""

import pytest

from blina.vocabulary import VOCABULARY
from blina_base.errors import ContradictionError
from pseudoipd.paper import linking
from pseudoipd.paper.reading import read_paper

ROWS = """id,arm,endpoint,statistic,at,printed
n,new,OS,n,,20
o,new,OS,median,,10
p,new,PFS,median,,6
"""


def unlinked(tmp_path, *rows):
    path = tmp_path / "claims.csv"
    path.write_text(ROWS + "\n".join(rows) + "\n")
    return linking.unlinked(read_paper(path, VOCABULARY), {}, 1)


def test_what_the_same_patients_can_have_is_linked(tmp_path):
    assert unlinked(tmp_path, "e,new,EFS,median,,5") == ()


def test_an_endpoint_that_outlasts_survival_is_refused_by_arm_and_name(tmp_path):
    with pytest.raises(ContradictionError) as refused:
        unlinked(tmp_path, "e,new,EFS,survival,24,90", "s,new,OS,survival,24,10")
    assert str(refused.value) == (
        "claims: o (10), e (90), s (10): no cohort of arm new was found in which EFS ends with death at the "
        "latest; this is not a proof"
    )


def test_an_endpoint_that_was_followed_otherwise_is_left_apart(tmp_path):
    # All are followed for two years and more, so nobody leaves before; three still at risk at a year of EFS,
    # with nine events in all, were followed for less.
    rows = [
        "f,new,OS,followup_min,,24",
        "g,new,EFS,events,,9",
        "r,new,EFS,at_risk,12,3",
        "e,new,EFS,median,,5",
    ]
    assert unlinked(tmp_path, *rows) == ("EFS",)
