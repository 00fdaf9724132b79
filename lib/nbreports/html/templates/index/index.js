const box = document.getElementById("filter");
const cards = [...document.querySelectorAll(".card")];
const shown = document.getElementById("shown");
const hits = document.getElementById("hits");
const pages = JSON.parse(document.getElementById("words").textContent);
const most = 25;
box.closest(".tools").hidden = false;
// Every word must begin a word of the section, of its heading or of the page's title.
const holds = (text, words) => words.every((word) => ` ${text}`.includes(` ${word}`));
const find = (words) => pages.flatMap(({ key, title, sections }) => sections
  .filter(([, heading, text]) => holds(`${title} ${heading} ${text}`.toLowerCase(), words))
  .map(([anchor, heading]) => ({ key, title, anchor, heading })));
const line = ({ key, title, anchor, heading }) => {
  const link = Object.assign(document.createElement("a"), { href: `${key}/index.html${anchor ? `#${anchor}` : ""}` });
  link.textContent = heading ? `${title}: ${heading}` : title;
  const item = document.createElement("li");
  item.append(link);
  return item;
};
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length ? find(words) : [];
  const keys = new Set(found.map((hit) => hit.key));
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    card.hidden = !(keys.has(card.dataset.key) || words.every((word) => text.includes(word)));
  }
  for (const part of document.querySelectorAll("section")) {
    part.hidden = ![...part.querySelectorAll(".card")].some((card) => !card.hidden);
  }
  hits.replaceChildren(...found.slice(0, most).map(line));
  hits.hidden = !found.length;
  const left = cards.filter((card) => !card.hidden).length;
  const places = found.length > most ? `the first ${most} of ${found.length} places` : `${found.length} places`;
  shown.textContent = !words.length ? "" : left
    ? `${left} of ${cards.length} pages, ${places}`
    : "Nothing found. Headings, text, captions and tables of the pages are searched, by the beginnings of words.";
});
