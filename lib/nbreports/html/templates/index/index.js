const box = document.getElementById("filter");
const cards = [...document.querySelectorAll(".card")];
const shown = document.getElementById("shown");
box.closest(".tools").hidden = false;
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    card.hidden = !words.every((word) => text.includes(word));
  }
  for (const part of document.querySelectorAll("section")) {
    part.hidden = ![...part.querySelectorAll(".card")].some((card) => !card.hidden);
  }
  shown.textContent = `${cards.filter((card) => !card.hidden).length} of ${cards.length} pages`;
});
