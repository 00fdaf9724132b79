"""The parts that pictures share, as data: what stands where."""

import numpy as np
import pytest

from blina.figures import style
from blina.figures.parts import draw_band, draw_ranges, name_rows, percent_axis


@pytest.fixture
def axes():
    return style.new_figure(height=2)[1]


def test_a_range_is_a_line_with_a_mark_and_nothing_where_nothing_is_known(axes):
    draw_ranges(axes, [0, 1], [10, np.nan], [20, 30], [40, np.nan], "#000000", marker="s", label="ours")
    lines = [segment.tolist() for segment in axes.collections[0].get_segments() if len(segment)]
    assert [[10, 0], [40, 0]] in lines
    assert not [line for line in lines if line[0][1] == 1 and np.isfinite(line).all()]
    (marks,) = axes.lines
    assert (marks.get_marker(), marks.get_label()) == ("s", "ours")
    assert np.column_stack([marks.get_xdata(), marks.get_ydata()]).tolist() == [[20, 0], [30, 1]]


def test_rows_are_named_from_the_top_down(axes):
    name_rows(axes, ["first", "second"], ["1 of 3", "2 of 3"], ["#111111", "#222222"])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert [(text.get_position()[1], text.get_text(), text.get_color()) for text in axes.texts] == [
        (0, "1 of 3", "#111111"), (1, "2 of 3", "#222222"),
    ]  # fmt: skip


def test_fractions_read_as_percent(axes):
    percent_axis(axes, "Survival (%)")
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert axes.get_yticks().tolist() == pytest.approx([int(label) / 100 for label in labels])
    assert (labels[0], labels[-1]) == ("0", "100")


def test_a_band_spans_from_edge_to_edge(axes):
    draw_band(axes, [0, 6], [0.2, 0.1], [0.9, 0.8], "95% of 200 cohorts")
    corners = axes.collections[0].get_paths()[0].vertices.tolist()
    assert {(0, 0.2), (6, 0.1), (0, 0.9), (6, 0.8)} <= {tuple(corner) for corner in corners}
