const root = document.documentElement;
const kept = (name, value) => {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch { return null; }
};
const theme = document.getElementById("theme");
const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const paint = () => { theme.textContent = dark() ? "Light" : "Dark"; };
if (kept("theme")) root.dataset.theme = kept("theme");
theme.hidden = false;
theme.addEventListener("click", () => { kept("theme", root.dataset.theme = dark() ? "light" : "dark"); paint(); });
paint();
const button = document.getElementById("code");
const show = (shown) => {
  document.body.classList.toggle("show-code", shown);
  button.setAttribute("aria-pressed", shown);
  button.textContent = shown ? "Hide code" : "Show code";
};
button.hidden = false;
if (kept("code") === "true") show(true);
button.addEventListener("click", () => {
  const shown = !document.body.classList.contains("show-code");
  show(shown);
  kept("code", shown);
  reach();
});
const menu = document.querySelector(".bar details");
document.addEventListener("keydown", (event) => { if (event.key === "Escape") menu.open = false; });
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
// Only what scrolls is a stop of the Tab key.
const reach = () => {
  for (const box of document.querySelectorAll(".scroll, .picture, pre")) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls) box.tabIndex = 0; else box.removeAttribute("tabindex");
    if (scrolls && box.dataset.label) { box.setAttribute("role", "region"); box.setAttribute("aria-label", box.dataset.label); }
  }
};
reach();
addEventListener("resize", reach);
for (const box of document.querySelectorAll(".copied, .code")) {
  const copy = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  copy.addEventListener("click", async () => {
    const text = box.querySelector("pre").textContent;
    try { await navigator.clipboard.writeText(text); } catch {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  box.append(copy);
}
// Long tables are sorted by their heads and searched.
const value = (row, at) => row.cells[at]?.textContent.trim() ?? "";
for (const table of document.querySelectorAll("main table")) {
  const body = table.tBodies[0], heads = table.tHead?.rows.length === 1 ? [...table.tHead.rows[0].cells] : [];
  if (table.tBodies.length !== 1 || body.rows.length < 20 || !heads.length) continue;
  heads.forEach((head, at) => {
    if (!head.textContent.trim()) return;
    const sort = Object.assign(document.createElement("button"), { type: "button", className: "sort" });
    sort.append(...head.childNodes);
    head.append(sort);
    sort.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const order = new Intl.Collator("en", { numeric: true }).compare;
      const rows = [...body.rows].sort((a, b) => order(value(a, at), value(b, at)));
      body.append(...(down ? rows.reverse() : rows));
    });
  });
  if (body.rows.length < 30) continue;
  const label = Object.assign(document.createElement("label"), { className: "find", textContent: "Find a row " });
  const input = Object.assign(document.createElement("input"), { type: "search" });
  const count = Object.assign(document.createElement("span"), { className: "soft" });
  count.setAttribute("role", "status");
  label.append(input);
  const line = Object.assign(document.createElement("p"), { className: "find" });
  line.append(label);
  // A column of few different words can be chosen from.
  const choices = heads.flatMap((head, at) => {
    const found = [...new Set([...body.rows].map((row) => value(row, at)))];
    if (head.matches(".num") || found.length < 2 || found.length > 15) return [];
    const select = document.createElement("select"), named = document.createElement("label");
    select.append(new Option("all", ""), ...found.map((text) => new Option(text)));
    named.append(`${head.textContent.trim()} `, select);
    line.append(" ", named);
    return [{ at, select }];
  });
  line.append(" ", count);
  (table.closest("details") ? table : table.closest(".scroll")).before(line);
  line.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) ||
        choices.some(({ at, select }) => select.value && value(row, at) !== select.value);
      left += !row.hidden;
    }
    count.textContent = `${left} of ${body.rows.length} rows`;
  });
}
