"""The same bytes whoever draws: one process, two, or a Dask cluster; and the reference cohort."""

import sys

import pytest

from blina.facts import assumptions
from blina.vocabulary import VOCABULARY
from blina_base import cluster, project
from blina_base.errors import InputError
from pseudoipd.engine import CHUNK
from pseudoipd.paper import command

pytestmark = pytest.mark.slow

CLAIMS = project.published("claims.csv")
# Two whole chunks and a part of one.
DRAWS = 2 * CHUNK + 2
# Short chains: whoever draws, draws the same, however long.
MOVES = 6000


def write(*order, **more):
    return command.run(CLAIMS, command.Order(*order, moves=MOVES, **more), assumptions(), VOCABULARY)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    for suffix in (".csv", ".parquet"):
        write(DRAWS, 3, folder / f"out{suffix}")
    return folder


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_two_processes_write_the_same_bytes(alone, tmp_path, suffix):
    write(DRAWS, 3, tmp_path / f"out{suffix}", jobs=2)
    assert (tmp_path / f"out{suffix}").read_bytes() == (alone / f"out{suffix}").read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == [f"out{suffix}"]


# distributed opens and closes its own sockets and loops; what it leaves open is not ours to close.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore:Port")
def test_a_cluster_of_two_writes_the_same_bytes(alone, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        host="127.0.0.1",
        protocol="tcp",
    ) as two:
        write(DRAWS, 3, tmp_path / "out.csv", cluster=two.scheduler_address)
    assert (tmp_path / "out.csv").read_bytes() == (alone / "out.csv").read_bytes()


def test_rows_are_one_per_draw_patient_and_endpoint(alone):
    import pandas as pd

    rows = pd.read_csv(alone / "out.csv", keep_default_na=False)
    assert not rows.duplicated(["draw", "USUBJID", "PARAMCD"]).any()
    assert rows.groupby(["draw", "PARAMCD"]).size().unstack().drop_duplicates().to_dict("records") == [
        {"OS": 36, "RFS": 25}
    ]
    assert {"draw", "USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR", "MRDRESP", "MRDRDY"} <= set(rows)
    same = pd.read_parquet(alone / "out.parquet")
    assert (same["AVAL"].to_numpy() == rows["AVAL"].to_numpy()).all()


def test_the_request_is_checked_before_anything_is_drawn(tmp_path):
    for out in ("out.xlsx", "nowhere/out.csv"):
        with pytest.raises(InputError):
            write(5, 1, tmp_path / out)
    with pytest.raises(InputError, match="draws"):
        write(0, 1, tmp_path / "out.csv")


def test_a_cluster_without_its_package_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(InputError, match=r"needs the package distributed") as raised,
        cluster.connected("tcp://x"),
    ):
        pass
    assert raised.value.exit_code == 2
