const button = document.getElementById("code");
button.hidden = false;
button.addEventListener("click", () => {
  const shown = document.body.classList.toggle("show-code");
  button.setAttribute("aria-pressed", shown);
  button.textContent = shown ? "Hide code" : "Show code";
});
const menu = document.querySelector(".bar details");
document.addEventListener("keydown", (event) => { if (event.key === "Escape") menu.open = false; });
document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
