"""The survival pictures as data: what stands where, and that no text lies on another."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from test_survival_report import endpoint

from blina.adam import read_tables
from blina.collection import COLLECTION
from blina.endpoint import words as endpoint_words
from blina.endpoint.by_response import response_report, trial_patients
from blina.endpoint.numbers import at_each, endpoint_report
from blina.endpoint.options import Options
from blina.endpoint.pictures import report_figure
from blina.facts import read_claims
from blina.reports.mrd_response_and_survival import pictures as transitions
from blina.reports.mrd_response_and_survival import words
from blina.reports.mrd_response_and_survival.numbers import landmark_report, stanford_heart
from blina.reports.overall_survival.pictures import curve
from blina.reports.relapse_free_survival.pictures import populations
from cohorts_for_survival import lung
from nbreports.html.picture import narrow, stamp, to_svg


def overall(role="OS", **kwargs):
    return endpoint_report(read_tables().endpoint(role), "reconstructed", read_claims(), Options(**kwargs))


def texts(figure):
    """Return the bounding boxes of all texts that are drawn."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    outside = set(ticks_outside(figure))
    # Text's own extent: an annotation's would hold its leader line too.
    return [
        (t.get_text(), Text.get_window_extent(t, canvas.get_renderer())) for t in shown if t not in outside
    ]


def ticks_outside(figure):
    """Yield the labels of ticks beyond the range of their axis, which are not drawn."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low <= tick.get_loc() <= high:
                    yield from (tick.label1, tick.label2)


def overlapping(figure):
    width, height = figure.bbox.size
    boxes = [
        (text, box)
        for text, box in texts(figure)
        if box.x1 > 0 and box.y1 > 0 and box.x0 < width and box.y0 < height
    ]
    pairs = itertools.combinations(boxes, 2)
    return [(a, b) for (a, first), (b, second) in pairs if first.overlaps(second) and a != b]


def trial():
    return response_report(trial_patients(read_tables()), Options())


def arms_of_three():
    rng = np.random.default_rng(1)
    arms = np.tile(["Placebo", "Low dose", "High dose with a very long name"], 40)
    return endpoint_report(
        endpoint(rng.exponential(300, 120), rng.random(120) < 0.8, arms), "yours", (), Options()
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: report_figure(overall(), "Overall survival (%)"),
        lambda: report_figure(overall("RFS"), "Relapse-free survival (%)"),
        lambda: report_figure(arms_of_three(), "Overall survival (%)"),
        lambda: transitions.immortal_time(trial()),
        lambda: transitions.immortal_time(response_report(stanford_heart(), Options())),
        lambda: transitions.by_state(trial()),
        lambda: transitions.from_landmark(trial(), landmark_report(trial().patients, Options(), 2.5, 18)),
        lambda: transitions.sweep(landmark_report(trial().patients, Options(), 2.5, 18), trial(), None, 0),
    ],
    ids=["os", "rfs", "arms", "immortal time", "heart transplants", "by state", "landmark", "sweep"],
)
def test_no_text_lies_on_another(make):
    figure = make()
    stamp(figure, COLLECTION.kinds["reconstructed"])
    assert overlapping(figure) == []


def test_numbers_at_risk_stand_under_their_ticks():
    report = overall()
    figure = report_figure(report, "Overall survival (%)")
    above, below = figure.axes
    FigureCanvasAgg(figure).draw()
    rows = [
        {t.get_position()[0]: t.get_text() for t in below.texts if t.get_position()[1] == y} for y in range(3)
    ]
    for written, column in zip(rows, ("at_risk", "censored", "events"), strict=True):
        assert written == dict(zip(report.risk["time"], report.risk[column].map(str), strict=True))
        assert set(written) <= set(above.get_xticks())
    assert above.get_xlim() == below.get_xlim()
    assert above.get_position().x0 == pytest.approx(below.get_position().x0)


def test_who_left_an_earlier_curve_is_still_counted_beside_a_longer_one():
    short, long = (
        endpoint_report(endpoint(days, [True, False, True]), "yours", (), Options())
        for days in ([100, 200, 300], [100, 900, 1000])
    )
    below = populations({"short": short, "long": long}).axes[1]
    last = max(text.get_position()[0] for text in below.texts)
    at_end = [text.get_text() for text in below.texts if text.get_position()[0] == last]
    # At risk, censored and events, of both populations each.
    assert at_end == ["0", "0", "1", "1", "2", "2"]


def test_words_stand_above_the_axes_where_curves_leave_no_room_in_them():
    figure = report_figure(endpoint_report(endpoint([900] * 9, [False] * 9), "yours", (), Options()), "OS")
    assert not list(figure.axes[0].texts)
    assert "9 patients" in " ".join(text.get_text() for text in figure.legends[0].get_texts())


def test_printed_numbers_are_marked_where_they_belong():
    report = overall()
    figure = report_figure(report, "Overall survival (%)")
    said = " ".join(text for text, _ in texts(figure))
    printed = report.marks.set_index("statistic")["printed"]
    for statistic in ("median", "median_lower", "median_upper", "plateau_from"):
        assert printed[statistic] in said
    assert printed["followup_median"] in endpoint_words.curve_caption(report)
    diamonds = [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in figure.axes[0].get_lines()
        if line.get_marker() == "D"
    ]
    assert (report.marks.set_index("statistic")["value"]["median"], 0.5) in diamonds


def test_nothing_printed_is_drawn_beside_own_data():
    said = " ".join(text for text, _ in texts(report_figure(arms_of_three(), "OS")))
    assert "printed" not in said
    assert "Placebo" in said


def test_the_same_picture_is_the_same_file():
    assert to_svg(report_figure(overall(), "OS")) == to_svg(report_figure(overall(), "OS"))


def test_the_alt_text_of_the_sweep_holds_its_numbers():
    found = landmark_report(trial().patients, Options(), 2.5, 18)
    last = found.sweep.iloc[-1]
    assert f"{last['left_out']:.0f} patients are left out" in words.sweep_alt(found)


@pytest.mark.parametrize("at", [0.5, 24])
def test_extreme_landmarks_can_be_drawn(at):
    report = trial()
    found = landmark_report(report.patients, Options(), at, 1)
    to_svg(transitions.from_landmark(report, found))
    to_svg(transitions.sweep(found, report, None, 0))
    assert words.landmark_alt(found)
    assert words.sweep_alt(found)


def test_large_numbers_at_risk_keep_clear_of_their_names():
    rng = np.random.default_rng(1)
    days, event = rng.exponential(300, 100_000), rng.random(100_000) < 0.8
    figure = report_figure(endpoint_report(endpoint(days, event), "yours", (), Options()), "OS")
    assert overlapping(figure) == []


def test_two_curves_differ_in_their_dashes_too():
    found = endpoint_report(endpoint([3, 5, 7, 9], [1, 1, 1, 1], ["a", "b"] * 2), "yours", (), Options())
    lines = report_figure(found, "").axes[0].get_lines()
    curves = [line for line in lines if str(line.get_label()).startswith(("a: median", "b: median"))]
    assert len({line.get_linestyle() for line in curves}) == len(curves) == 2


def test_who_left_before_a_tick_left_by_an_event_or_censored():
    # Worked by hand: an event at day 1, a censoring at 2, an event at 3, and the ticks 0, 2, 3 and 4.
    days, event = np.array([1.0, 2.0, 3.0]), np.array([True, False, True])
    counts = at_each(np.array([0.0, 2.0, 3.0, 4.0]), "all", days, event)
    assert counts[["at_risk", "censored", "events"]].to_numpy().tolist() == [
        [3, 0, 0], [2, 0, 1], [1, 1, 1], [0, 1, 2],
    ]  # fmt: skip


def test_two_arms_are_compared_in_the_panel_and_one_is_not():
    # survdiff and coxph of R 4.2.2, survival 3.5-3, on lung by sex: P = 0.0013, HR 0.588 (0.424-0.816)
    days, died, sex, _ = lung()
    report = endpoint_report(endpoint(days, died, sex.map({1: "men", 2: "women"})), "yours", (), Options())
    said = [text for text, _ in texts(report_figure(report, "OS"))]
    assert "women: HR 0.59 (0.42–0.82), log-rank P = .0013" in said
    assert not [text for text, _ in texts(report_figure(overall(), "OS")) if "HR" in text]


def test_on_a_narrow_screen_what_is_said_of_arms_stands_in_the_legend():
    days, died, sex, _ = lung()
    report = endpoint_report(endpoint(days, died, sex.map({1: "men", 2: "women"})), "yours", (), Options())
    small = narrow(curve(report))
    assert small.get_figwidth() == 3.9
    assert [text.get_text() for text in small.axes[0].texts] == [
        "women: HR 0.59", "(0.42–0.82), log-rank P = .0013",
    ]  # fmt: skip
    legend = " ".join(text.get_text() for text in small.legends[0].get_texts()).replace("\n", " ")
    assert "men: median" in legend
    assert "women: median" in legend


def test_a_reader_who_points_at_a_curve_sees_where_it_is():
    svg = to_svg(report_figure(overall(), "OS"))
    assert "<title>month 0.0: 100%, 36 left</title>" in svg
    assert svg.count("<title>month") == 1 + len(set(overall().curve.query("events > 0")["time"]))
