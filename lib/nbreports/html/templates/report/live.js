// Pictures to play with: of many members those are kept that meet what the reader asks for.
{
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unpacked = (text) => {
    const numbers = [];
    let number = 0, size = 1;
    for (const letter of text) {
      const bits = letters.indexOf(letter);
      number += size * (bits % 32);
      size *= 32;
      if (bits < 32) { numbers.push(number); number = 0; size = 1; }
    }
    return numbers;
  };
  const filled = (element, attributes, children) => {
    for (const [name, text] of Object.entries(attributes)) element.setAttribute(name, text);
    element.append(...children);
    return element;
  };
  const html = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  const percent = (number) => `${Math.floor(number + 0.5 + 1e-9)}%`;
  const spread = (lower, upper) => lower === upper ? lower : `${lower.replace(/%$/, "")}–${upper}`;
  const layers = 20;
  let made = 0;

  // The rule of the other pages: one more member lies from the k-th smallest to the k-th largest.
  const span = (values, level) => {
    const order = Float64Array.from(values).sort(), n = order.length;
    // What a member has not cannot be ordered among the others; it is sorted last.
    if (!n || Number.isNaN(order[n - 1])) return null;
    const outside = Math.max(1, Math.floor((1 - level) / 2 * (n + 1) + 1e-9)) - 1;
    return { lower: order[outside], middle: order[Math.floor((n - 1) / 2)], upper: order[n - 1 - outside] };
  };

  const play = (figure, data) => {
    const { noun, level, unit, most, levels } = data;
    const of = (number) => `${number} ${noun}${number === 1 ? "" : "s"}`;
    const size = data.panels[0].curves.length, places = 2 * most + 1;
    let end = 0;
    const groups = data.groups.map(([, count]) => Array.from({ length: count }, () => end++));
    const everyone = groups[0];
    const panels = data.panels.map((panel) => {
      const curves = panel.curves.map(unpacked);
      const grid = new Int16Array(size * places);
      const paths = curves.map((steps, member) => {
        let path = `M0 ${levels}`, place = 0, height = levels, from = 0;
        const carry = (to) => { while (from < to) grid[member * places + from++] = height; };
        for (let at = 0; at < steps.length; at += 2) {
          place += steps[at];
          carry(Math.min(places, Math.ceil(2 * place / unit - 1e-9)));
          height -= steps[at + 1];
          path += `H${place}V${height}`;
        }
        carry(places);
        return `${path}H${most * unit}`;
      });
      return { ...panel, grid, paths };
    });
    const measures = data.measures.map((measure) => {
      const values = unpacked(measure.values).map((value) => value ? (value - 1) / 10 ** measure.digits : NaN);
      return { ...measure, values, shown: (value) => value.toFixed(measure.digits) };
    });
    const intervals = data.intervals.map((interval) => ({ ...interval, values: unpacked(interval.values).map((value) => value ? value - 1 : NaN) }));

    // Controls: native ones, each with its label, so that keys and screen readers do with them what they can.
    const slider = (label, least, largest, step, value) => {
      const input = html("input", { type: "range", id: `live-${++made}`, min: least, max: largest, step, value });
      input.dataset.first = value;
      return [html("label", { for: input.id }, label), input];
    };
    const range = (name, least, largest, step, shown) => {
      const title = html("legend"), said = document.createElement("output");
      const [less, low] = slider("at least", least, largest, step, least);
      const [more, high] = slider("at most", least, largest, step, largest);
      title.append(name, " ", said);
      const box = html("fieldset", { class: "range" }, title, html("div", {}, less, low), html("div", {}, more, high));
      low.addEventListener("input", () => { if (+high.value < +low.value) high.value = low.value; });
      high.addEventListener("input", () => { if (+low.value > +high.value) low.value = high.value; });
      const read = () => {
        for (const input of [low, high]) input.setAttribute("aria-valuetext", shown(+input.value));
        said.textContent = spread(shown(+low.value), shown(+high.value));
        return [+low.value, +high.value];
      };
      return { box, title, read };
    };
    const [readingLabel, reading] = slider("", 0, most, 1, data.at);
    const ofPanels = panels.map((panel) => ({ panel, ...range(panel.reading, 0, 100, 1, percent) }));
    const known = (measure) => measure.values.filter((value) => !Number.isNaN(value));
    const ofMeasures = measures.filter((measure) => measure.chosen).map((measure) => ({
      measure, ...range(measure.name, Math.min(...known(measure)), Math.max(...known(measure)),
        10 ** -measure.digits, measure.shown),
    }));
    const [partLabel, part] = slider("", 10, 100, 10, 50);
    const ofIntervals = intervals.map((interval) => {
      const box = html("input", { type: "checkbox", id: `live-${++made}` }), said = html("span", { class: "soft" });
      return { interval, box, said, line: html("p", {}, box, html("label", { for: box.id }, interval.name, " ", said)) };
    });
    const reset = html("button", { type: "button" }, `All ${of(everyone.length)}`);
    const choice = html("select", { id: `live-${++made}` }, ...data.groups.map(([name], place) => html("option", { value: place }, name)));
    const form = html("form", {},
      ...(groups.length > 1 ? [html("fieldset", {}, html("legend", {}, html("label", { for: choice.id }, data.words[3])), html("p", {}, choice))] : []),
      html("fieldset", {}, html("legend", {}, data.words[0]), html("p", {}, readingLabel, reading),
        ...[...ofPanels, ...ofMeasures].map((control) => control.box)),
      ...(intervals.length ? [html("fieldset", {}, html("legend", {}, data.words[1]), html("p", {}, partLabel, part),
        ...ofIntervals.map((control) => control.line))] : []),
      reset);
    const status = html("p", { role: "status" });
    const pictures = panels.map(() => html("div", { class: "panel" }));
    const body = html("tbody");
    const left = html("th", { scope: "col", class: "num" });
    const table = html("table", {}, html("caption", {}, `Median, and ${percent(100 * level)} of the ${noun}s`),
      html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Quantity"),
        html("th", { scope: "col", class: "num" }, `all ${everyone.length}`), left)), body);
    const key = html("p", { class: "soft" }, `Thin: the ${noun}s left. Shaded: ${percent(100 * level)} of them, ` +
      `with their median; dashed: ${percent(100 * level)} of all ${everyone.length}${groups.length > 1 ? ` ${data.groups[0][0]}` : ""}.`);
    const result = html("div", { class: "shown" }, ...pictures, key);

    const at = (panel, member, place) => panel.grid[member * places + place];
    const kept = () => {
      const month = 2 * reading.value, close = part.value * levels / 200;
      const asked = [
        ...ofPanels.map(({ panel, read }) => {
          const [low, high] = read();
          return (member) => at(panel, member, month) >= low * levels / 100 && at(panel, member, month) <= high * levels / 100;
        }),
        ...ofMeasures.map(({ measure, read }) => {
          const [low, high] = read();
          return (member) => measure.values[member] >= low - 1e-9 && measure.values[member] <= high + 1e-9;
        }),
        ...ofIntervals.filter(({ box }) => box.checked).map(({ interval }) =>
          (member) => Math.abs(interval.values[member] - levels / 2) <= close),
      ];
      return groups[choice.value || 0].filter((member) => asked.every((holds) => holds(member)));
    };
    const bandOf = (panel, members) => Array.from({ length: places }, (_, place) =>
      span(members.map((member) => at(panel, member, place)), level));
    const whole = panels.map((panel) => bandOf(panel, everyone));

    // Lines are in places and levels; only the words and the frame are in pixels.
    const step = (band, end) => band.map((one, place) =>
      `${place ? "H" : "M"}${place * unit / 2}${place ? "V" : " "}${one[end]}`).join("");
    const back = (band, end) => band.map((one, place) =>
      `V${one[end]}H${place * unit / 2}`).reverse().join("");
    const frame = { left: 44, right: 14, top: 24, bottom: 36, height: 236 };
    const draw = (holder, panel, band, members) => {
      const width = Math.max(240, holder.clientWidth), high = frame.height - frame.top - frame.bottom;
      const wide = width - frame.left - frame.right, end = most * unit;
      const x = (months) => frame.left + wide * months / most, y = (share) => frame.top + high * (1 - share / 100);
      const picture = svg("svg", { role: "img", width, height: frame.height, viewBox: `0 0 ${width} ${frame.height}` });
      const word = (text, attributes) => picture.append(svg("text", attributes, text));
      word(panel.title, { x: frame.left, y: 14, class: "title" });
      word(data.axis, { x: frame.left + wide / 2, y: frame.height - 4, "text-anchor": "middle" });
      for (const share of [0, 25, 50, 75, 100]) {
        picture.append(svg("path", { class: "grid", d: `M${frame.left} ${y(share)}h${wide}` }));
        word(`${share}%`, { x: frame.left - 6, y: y(share) + 4, "text-anchor": "end" });
      }
      const gap = [1, 2, 3, 6, 12, 24, 60, 120].find((months) => wide * months / most >= 40) ?? 240;
      for (let months = 0; months <= most; months += gap) {
        word(months, { x: x(months), y: frame.height - 20, "text-anchor": "middle" });
      }
      const lines = svg("g", { transform: `matrix(${wide / end} 0 0 ${-high / levels} ${frame.left} ${frame.top + high})` });
      const curves = svg("g", { class: "members" });
      // A few elements of many curves each: shades still add up, and what looks through the page has less to see.
      for (let layer = 0; layer < layers; layer++) {
        const some = members.filter((_, place) => place % layers === layer);
        curves.append(svg("path", { d: some.map((member) => panel.paths[member]).join("") }));
      }
      lines.append(curves);
      if (band[0]) {
        lines.append(svg("path", { class: "band", d: `${step(band, "upper")}${back(band, "lower")}Z` }));
        lines.append(svg("path", { class: "middle", d: step(band, "middle") }));
      }
      const all = whole[panels.indexOf(panel)];
      for (const side of ["lower", "upper"]) lines.append(svg("path", { class: "whole", d: step(all, side) }));
      picture.append(lines, svg("path", { class: "reading", d: `M${x(+reading.value)} ${frame.top}v${high}` }));
      holder.replaceChildren(picture);
      return picture;
    };

    const range95 = (found, shown) => {
      if (!found) return "–";
      const [lower, middle, upper] = [found.lower, found.middle, found.upper].map(shown);
      return lower === upper ? middle : `${middle} (${spread(lower, upper)})`;
    };
    let members = everyone;
    const redraw = () => panels.forEach((panel, place) => {
      const band = bandOf(panel, members), picture = draw(pictures[place], panel, band, members);
      const now = range95(band[2 * reading.value], (value) => percent(100 * value / levels));
      picture.setAttribute("aria-label", `${panel.title}: ${of(members.length)}; at ${reading.value}, ${now}`);
    });
    const update = () => {
      readingLabel.textContent = `Read the curves at ${reading.value} ${data.axis.toLowerCase()}`;
      partLabel.textContent = `Middle part of the rounding kept: ${part.value}%`;
      for (const { interval: { lower, upper, digits, bare }, box, said } of ofIntervals) {
        const cut = (upper - lower) * (1 - part.value / 100) / 2;
        const [low, high] = [lower + cut, upper - cut].map((end) => end.toFixed(digits).replace(bare ? /^0/ : "", ""));
        said.textContent = box.checked ? spread(low, high) : "";
      }
      members = kept();
      const n = members.length;
      status.textContent = n ? `${n} of ${of(groups[choice.value || 0].length)} ${n === 1 ? "is" : "are"} left.` : data.words[2];
      left.textContent = `the ${n} left`;
      const rows = [
        ...panels.map((panel) => [`${panel.reading} at ${reading.value} ${data.axis.toLowerCase()}`, (member) => at(panel, member, 2 * reading.value),
          (value) => percent(100 * value / levels)]),
        ...measures.map((measure) => [measure.name, (member) => measure.values[member], measure.shown]),
      ];
      body.replaceChildren(...rows.map(([name, value, shown]) => html("tr", {}, html("th", { scope: "row" }, name),
        ...[everyone, members].map((some) => html("td", { class: "num" }, range95(span(some.map(value), level), shown))))));
      redraw();
    };
    form.addEventListener("input", update);
    form.addEventListener("submit", (event) => event.preventDefault());
    reset.addEventListener("click", () => {
      for (const input of form.querySelectorAll("input")) {
        if (input.type === "checkbox") input.checked = false; else input.value = input.dataset.first;
      }
      choice.value = 0;
      update();
    });
    const picture = figure.querySelector(".picture");
    picture.hidden = true;
    picture.after(html("div", { class: "live" }, status, result, form, html("div", { class: "numbers" }, table)));
    update();
    let width = result.clientWidth;
    new ResizeObserver(() => { if (result.clientWidth !== width) { width = result.clientWidth; redraw(); } }).observe(result);
  };
  for (const held of document.querySelectorAll("script[data-figure]")) {
    play(document.getElementById(held.dataset.figure), JSON.parse(held.textContent));
  }
}
