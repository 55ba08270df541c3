/* The charts: each is drawn when it comes near, in the colours of the theme that is on. Vega
   interprets its expressions (`ast`), so that the page's policy need not allow eval. */
"use strict";
(function () {
  const root = document.documentElement;
  const tip = document.getElementById("tip");
  const views = new Map();
  const soon = window.requestIdleCallback ? (work) => requestIdleCallback(work, { timeout: 500 }) : (work) => setTimeout(work);
  let watcher = null;

  function colours(value, style) {
    if (typeof value === "string") return value.startsWith("@") ? style.getPropertyValue(`--${value.slice(1)}`).trim() || value : value;
    if (Array.isArray(value)) return value.map((one) => colours(one, style));
    if (value && typeof value === "object") {
      // Rows are data: whatever a run is called is left as it is.
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === "values" || key === "datasets" ? one : colours(one, style)]));
    }
    return value;
  }

  function config() {
    const font = getComputedStyle(document.body).fontFamily;
    const axis = { labelColor: "@ink-2", titleColor: "@ink-2", gridColor: "@grid", domain: false, ticks: false, labelFont: font, titleFont: font, labelFontSize: 11.5, titleFontSize: 12, titleFontWeight: 500, labelPadding: 8, titlePadding: 12 };
    return {
      background: "transparent", font, axis, view: { stroke: null }, padding: 4,
      legend: { labelColor: "@ink-2", titleColor: "@ink-2", labelFont: font, titleFont: font, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, orient: "bottom", symbolStrokeWidth: 1.8 },
      text: { font }, aria: false,
    };
  }

  function tooltip(_, event, item, value) {
    if (value === null || value === undefined || value === "") { tip.hidden = true; return; }
    const rows = typeof value === "object" ? Object.entries(value) : [["", String(value)]];
    const list = document.createElement("dl");
    for (const [name, text] of rows) {
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = name;
      dd.textContent = text;
      list.append(dt, dd);
    }
    tip.replaceChildren(list);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, innerWidth - box.width - 8);
    const top = event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  }

  /* The library is most of the page: it is run when the first chart comes near, so that the tables
     need not wait for it. The policy knows its digest. */
  function library() {
    if (window.vegaEmbed) return;
    const script = document.createElement("script");
    script.textContent = document.getElementById("library").textContent;
    document.head.append(script);
  }

  async function draw(node) {
    library();
    const source = window.resultsData.charts[node.dataset.chart];
    if (!source) return;
    const style = getComputedStyle(root);
    const spec = colours({ ...source, config: config() }, style);
    if (!node.dataset.alt) node.dataset.alt = node.getAttribute("aria-label");
    const many = (source.data.values || []).length > 1500;
    const errors = 1;  // Errors only: Vega warns of empty layers, which are common here.
    try {
      const old = views.get(node);
      views.set(node, null);
      const made = await window.vegaEmbed(node, spec, { actions: false, ast: true, defaultStyle: false, tooltip, renderer: many ? "canvas" : "svg", hover: true, logLevel: errors });
      if (old) old.finalize();
      views.set(node, made);
      // The figure itself is one picture with a sentence, not Vega's; its parts are for the eye.
      node.setAttribute("role", "img");
      node.setAttribute("aria-label", node.dataset.alt);
      node.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
      node.dataset.drawn = "yes";
    } catch (error) {
      const said = document.createElement("p");
      said.textContent = `This chart could not be drawn: ${error.message}`;
      node.replaceChildren(said);
      console.error(error);
    }
  }

  window.resultsCharts = function () {
    if (watcher) watcher.disconnect();
    for (const view of views.values()) if (view) view.finalize();
    views.clear();
    watcher = new IntersectionObserver((seen) => {
      for (const one of seen) if (one.isIntersecting) { watcher.unobserve(one.target); soon(() => draw(one.target)); }
    }, { rootMargin: "400px" });
    document.querySelectorAll("[data-chart]").forEach((node) => watcher.observe(node));
  };

  /* Another metric against the same one: another chart in the same place. */
  document.addEventListener("change", (event) => {
    const select = event.target.closest("select[data-choose]");
    if (!select) return;
    const figure = select.closest("figure"), node = figure.querySelector("[data-chart]");
    const { title, alt } = select.selectedOptions[0].dataset;
    figure.querySelector("figcaption>span").textContent = title;
    node.dataset.alt = alt;
    node.dataset.chart = select.value;
    draw(node);
  });
  document.addEventListener("themechange", () => views.forEach((_, node) => draw(node)));
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  window.resultsCharts();
})();
