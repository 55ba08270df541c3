/* The served page asks its own server whether there is news, and takes in the new content without
   losing the reader's place, filter or order. */
"use strict";
(function () {
  const said = document.getElementById("live");
  let seen = null;
  let wait = 1500;

  async function look() {
    try {
      const answer = await fetch("state", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { state, problem } = await answer.json();
      if (seen !== null && state !== seen) await take();
      seen = state;
      say(problem ? `waiting: ${problem}` : "live", Boolean(problem));
      wait = 1500;
    } catch {
      say("the server is gone", true);
      wait = Math.min(wait * 2, 30000);
    }
    setTimeout(look, document.hidden ? 5000 : wait);
  }

  function say(text, lost) {
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("lost", lost);
  }

  async function take() {
    const text = await (await fetch(location.pathname, { cache: "no-store" })).text();
    const next = new DOMParser().parseFromString(text, "text/html");
    const data = JSON.parse(next.getElementById("data").textContent);
    const open = new Set([...document.querySelectorAll("details[open]>summary")].map((one) => one.textContent));
    const focus = document.activeElement && document.activeElement.id;
    const chosen = [...document.querySelectorAll("select[data-choose]")].map((one) => [one.id, one.value]);
    const top = scrollY;
    document.title = next.title;
    window.resultsData = data;
    document.getElementById("main").replaceWith(next.getElementById("main"));
    document.querySelectorAll("details>summary").forEach((one) => { if (open.has(one.textContent)) one.parentElement.open = true; });
    window.resultsTables(data);
    if (window.resultsCharts) window.resultsCharts();
    for (const [id, value] of chosen) {
      const select = document.getElementById(id);
      if (!select || select.value === value) continue;
      select.value = value;
      if (select.value === value) select.dispatchEvent(new Event("change", { bubbles: true }));
      else select.selectedIndex = 0;
    }
    if (focus && document.getElementById(focus)) document.getElementById(focus).focus({ preventScroll: true });
    scrollTo({ top, behavior: "instant" });
  }

  look();
})();
