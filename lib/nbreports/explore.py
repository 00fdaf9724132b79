"""Controls to turn a report's parameters in JupyterLab, made from their declarations; needs ipywidgets."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbreports.plan.parameters import Parameter, Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISSING = (
    "Run this cell in JupyterLab: controls that turn the parameters appear here, if ipywidgets is installed."
)
STEPS = 40
"""Positions of a slider for a number, at least."""


def available() -> bool:
    """Say whether controls can be shown: in a notebook that a Jupyter server runs, with ipywidgets.

    Where a notebook is executed to be stored or checked there is no server, and nobody to turn anything.
    """
    return "JPY_SESSION_NAME" in os.environ and importlib.util.find_spec("ipywidgets") is not None


def control(parameter: Parameter, value: Value) -> Any:
    """Return the control of a parameter: a dropdown, a slider, a checkbox; a field for what has no range."""
    import ipywidgets

    look = {
        "description": parameter.name,
        "tooltip": parameter.meaning,
        "style": {"description_width": "initial"},
    }
    if parameter.kind == "choice":
        return ipywidgets.Dropdown(options=list(parameter.choices), value=value, **look)
    if parameter.kind == "flag":
        return ipywidgets.Checkbox(value=value, **look)
    if parameter.kind == "integer":
        return ipywidgets.IntSlider(
            value, int(parameter.lower), int(parameter.upper), continuous_update=False, **look
        )
    if parameter.kind == "number":
        # A round step; any number between two can be typed beside the slider.
        step = 10.0 ** math.floor(math.log10((parameter.upper - parameter.lower) / STEPS))
        return ipywidgets.FloatSlider(
            value, min=parameter.lower, max=parameter.upper, step=step, readout_format="",
            continuous_update=False, **look,
        )  # fmt: skip
    return ipywidgets.Text(value, continuous_update=False, **look)


def assignment(values: Mapping[str, Value], parameters: Sequence[Parameter]) -> str:
    """Return what differs from the defaults as lines for the parameters cell and for the command line."""
    defaults = {parameter.name: parameter.default for parameter in parameters}
    changed = {name: value for name, value in values.items() if value != defaults[name]}
    if not changed:
        return "# as declared"
    cell = "; ".join(f"{name} = {value!r}" for name, value in changed.items())
    line = " ".join(f"-p {name}={value}" for name, value in changed.items())
    return f"{cell}\n# blina render … {line}"


def panel(
    parameters: Sequence[Parameter], values: Mapping[str, Value], redraw: Callable[[dict[str, Value]], Figure]
) -> Any:
    """Return the controls with the picture below them, which is drawn anew when one is moved."""
    import ipywidgets

    from blina_base.errors import BlinaError
    from nbreports.html.picture import to_svg

    controls = {parameter.name: control(parameter, values[parameter.name]) for parameter in parameters}
    picture, said = ipywidgets.HTML(), ipywidgets.HTML()

    def show(_: object = None) -> None:
        chosen = {name: found.value for name, found in controls.items()}
        try:
            checked = {p.name: p.accept(chosen[p.name], "controls") for p in parameters}
            svg = to_svg(redraw(checked), "explore")
            picture.value = svg[svg.index("<svg") :]
            said.value = f"<pre>{assignment(checked, parameters)}</pre>"
        except BlinaError as error:
            said.value = f"<pre>{error}</pre>"

    for found in controls.values():
        found.observe(show, names="value")
    show()
    return ipywidgets.VBox(
        [ipywidgets.HBox(list(controls.values()), layout={"flex_flow": "row wrap"}), said, picture]
    )
