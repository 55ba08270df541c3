/* The theme, the keyboard, and the start of it all. */
"use strict";
(function () {
  const root = document.documentElement;
  const NAMES = { auto: "Auto", light: "Light", dark: "Dark" };
  const NEXT = { auto: "light", light: "dark", dark: "auto" };

  function stored() {
    try { return localStorage.getItem("results-bot-theme") || "auto"; } catch { return "auto"; }
  }

  function show(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    document.getElementById("theme-name").textContent = NAMES[theme];
    document.getElementById("theme").setAttribute("aria-label", `Theme: ${theme === "auto" ? "as the system" : theme}`);
    document.dispatchEvent(new Event("themechange"));
  }

  let theme = NAMES[stored()] ? stored() : "auto";
  show(theme);
  document.getElementById("theme").addEventListener("click", () => {
    theme = NEXT[theme];
    try { localStorage.setItem("results-bot-theme", theme); } catch { /* a page from a file may not */ }
    show(theme);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (theme === "auto") document.dispatchEvent(new Event("themechange"));
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      document.getElementById("filter").focus();
      event.preventDefault();
    }
  });

  window.resultsData = JSON.parse(document.getElementById("data").textContent);
  window.resultsTables(window.resultsData);
  performance.mark("tables");
})();
