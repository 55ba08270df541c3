/* The tables: sort, filter, changed rows only, both sides, seeds. Only rows in sight are in the
   document. Every text is set as text; nothing here makes markup of it. */
"use strict";
(function () {
  const OVER = 12;                 // rows drawn beyond what is in sight
  const WHOLE = 80;                // a table this short is drawn whole
  const state = { filter: "", changed: false, both: false, unfold: false, sorts: {}, open: {} };
  let tables = [];

  function el(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
    }
    for (const child of children) if (child !== null) made.append(child);
    return made;
  }

  class Table {
    constructor(data, node) {
      this.data = data;
      this.node = node;
      this.scroll = node.querySelector(".scroll");
      this.count = node.querySelector("h3 .n");
      this.lower = data.names.map((name) => name.toLowerCase());
      this.numbers = data.numbers.map((column) => Float64Array.from(data.names, (_, row) => column[row] ?? NaN));
      this.height = 0;
      this.scroll.addEventListener("scroll", () => this.onScroll(), { passive: true });
    }

    get order() { return state.sorts[this.data.id] || null; }

    /* Which rows are shown, in which order: numbers of rows, [row, replicate] for a seed's. */
    lines() {
      const { data } = this;
      const wanted = state.filter.toLowerCase();
      let rows = [];
      for (let row = 0; row < data.names.length; row++) {
        if (state.changed && !(row in data.changed) && !(row in data.kinds)) continue;
        if (wanted && !this.lower[row].includes(wanted) && !this.replicateFits(row, wanted)) continue;
        rows.push(row);
      }
      const order = this.order;
      if (order) rows = this.sorted(rows, order);
      this.shown = rows.length;
      if (!Object.keys(data.replicates).length) return rows;
      const lines = [];
      for (const row of rows) {
        lines.push(row);
        if (this.isOpen(row)) data.replicates[row].forEach((_, seed) => lines.push([row, seed]));
      }
      return lines;
    }

    replicateFits(row, wanted) {
      return (this.data.replicates[row] || []).some(([name]) => name.toLowerCase().includes(wanted));
    }

    isOpen(row) {
      if (!this.data.replicates[row]) return false;
      const own = (state.open[this.data.id] || {})[this.data.names[row]];
      return own === undefined ? state.unfold : own;
    }

    sorted(rows, { column, down }) {
      const sign = down ? -1 : 1;
      if (column < 0) {
        const by = new Intl.Collator("en", { numeric: true });
        return rows.sort((a, b) => sign * by.compare(this.data.names[a], this.data.names[b]) || a - b);
      }
      const values = this.numbers[column];
      const texts = this.data.cols[column];
      return rows.sort((a, b) => {
        const x = values[a], y = values[b];
        const no = Number.isNaN(x), nor = Number.isNaN(y);
        if (no || nor) return no && nor ? (texts[a] === "") - (texts[b] === "") || a - b : no - nor;
        return x === y ? a - b : sign * (x < y ? -1 : 1);
      });
    }

    draw() {
      this.list = this.lines();
      const total = this.data.names.length;
      this.count.textContent = this.shown === total ? total.toLocaleString("en") : `${this.shown.toLocaleString("en")} of ${total.toLocaleString("en")}`;
      const tall = this.list.length > WHOLE;
      this.scroll.classList.toggle("tall", tall);
      const columns = 1 + this.data.metrics.length * (state.both ? 2 : 1);
      this.body = el("tbody");
      this.table = el("table", { "aria-rowcount": this.list.length + (state.both ? 2 : 1), "aria-colcount": columns, "aria-labelledby": this.node.getAttribute("aria-labelledby") }, this.head(), this.body);
      this.scroll.replaceChildren(this.table);
      this.tall = tall;
      this.from = -1;
      this.fill();
    }

    head() {
      const { data } = this;
      const first = this.header(data.runTitle, -1, "", data.runTitle);
      if (state.both) first.rowSpan = 2;
      const top = el("tr", { "aria-rowindex": 1 }, first);
      data.metrics.forEach((metric, column) => {
        const cell = this.header(metric.title, column, metric.way, metric.long);
        if (state.both) cell.colSpan = 2;
        top.append(cell);
      });
      if (!state.both) return el("thead", {}, top);
      const sides = el("tr", { "aria-rowindex": 2 });
      data.metrics.forEach(() => sides.append(
        el("th", { scope: "col", class: "side" }, "Base"), el("th", { scope: "col", class: "side" }, "Head")));
      return el("thead", {}, top, sides);
    }

    header(text, column, way, long) {
      const order = this.order;
      const on = order && order.column === column;
      const natural = !order && column === this.data.sort;
      const down = on ? order.down : way === "higher";
      const mark = on || natural ? (down ? "down" : "up") : "";
      const cell = el("th", { scope: "col", "aria-sort": on || natural ? (down ? "descending" : "ascending") : null });
      const button = el("button", { type: "button", title: way && way !== "unknown" ? `${long}: ${way} is better` : long, "data-column": column },
        el("span", { class: `sorted ${mark}`, "aria-hidden": "true" }), text);
      if (way === "lower" || way === "higher") button.append(el("span", { class: "way", "aria-hidden": "true" }, way === "lower" ? "↓" : "↑"));
      button.addEventListener("click", () => this.sortBy(column, way));
      cell.append(button);
      return cell;
    }

    /* First the best, then the worst, then the page's own order again. */
    sortBy(column, way) {
      const first = way === "higher";
      const order = this.order;
      let next = { column, down: first };
      if (order && order.column === column) next = order.down === first ? { column, down: !first } : null;
      if (next) state.sorts[this.data.id] = next;
      else delete state.sorts[this.data.id];
      this.scroll.scrollTop = 0;
      this.draw();
      this.table.querySelector(`button[data-column="${column}"]`).focus();
    }

    onScroll() {
      if (!this.tall || this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => { this.waiting = false; this.fill(); });
    }

    fill() {
      const size = this.list.length;
      if (!size) {
        const nothing = !this.data.names.length ? "No finished run" : state.filter ? "No run fits" : "No row changed";
        this.body.replaceChildren(el("tr", {}, el("td", { class: "empty", colspan: 1 + this.data.metrics.length * (state.both ? 2 : 1) }, nothing)));
        return;
      }
      let from = 0, to = size;
      if (this.tall) {
        const height = this.height || 40;
        from = Math.max(0, Math.min(size - 1, Math.floor(this.scroll.scrollTop / height) - OVER));
        from -= from % 2;
        to = Math.min(size, from + Math.ceil((this.scroll.clientHeight || 700) / height) + 2 * OVER);
        if (from === this.from && to === this.to) return;
      }
      this.from = from; this.to = to;
      const held = this.body.contains(document.activeElement) ? document.activeElement.dataset.row : null;
      const rows = [];
      if (from) rows.push(this.spacer(from));
      for (let at = from; at < to; at++) rows.push(this.row(this.list[at], at));
      if (to < size) rows.push(this.spacer(size - to));
      this.body.replaceChildren(...rows);
      if (held) { const again = this.body.querySelector(`button[data-row="${CSS.escape(held)}"]`); if (again) again.focus({ preventScroll: true }); }
      if (this.tall && !this.height) {
        const first = this.body.querySelector("tr:not(.spacer)");
        this.height = first ? first.getBoundingClientRect().height : 0;
      }
    }

    spacer(rows) {
      const space = el("tr", { class: "spacer", "aria-hidden": "true" }, el("td", { colspan: 1 + this.data.metrics.length * (state.both ? 2 : 1) }));
      space.firstChild.style.height = `${rows * (this.height || 40)}px`;
      return space;
    }

    row(line, at) {
      const { data } = this;
      const index = at + (state.both ? 3 : 2);
      if (Array.isArray(line)) {
        const [name, texts] = data.replicates[line[0]][line[1]];
        const made = el("tr", { class: "replicate", "aria-rowindex": index }, el("th", { scope: "row", title: name }, name));
        texts.forEach((text) => { if (state.both) made.append(el("td", { class: "base" })); made.append(el("td", {}, text || "—")); });
        return made;
      }
      const kind = data.kinds[line];
      const made = el("tr", { class: kind ? kind[0] : null, "aria-rowindex": index }, this.name(line, kind));
      const changed = data.changed[line] || {};
      data.metrics.forEach((_, column) => {
        const text = data.cols[column][line];
        const change = changed[column];
        if (state.both) made.append(this.base(text, change, kind));
        made.append(kind && kind[0] === "gone" && !state.both ? el("td", {}, change ? change[0] : "—") : this.cell(text, change));
      });
      return made;
    }

    name(line, kind) {
      const { data } = this;
      const name = data.names[line];
      const cell = el("th", { scope: "row", title: name });
      if (data.replicates[line]) {
        const open = this.isOpen(line);
        const fold = el("button", { type: "button", class: "fold", "aria-expanded": String(open), "aria-label": `Seeds of ${name}`, "data-row": name }, open ? "▾" : "▸");
        fold.addEventListener("click", () => {
          (state.open[data.id] = state.open[data.id] || {})[name] = !open;
          const top = this.scroll.scrollTop;
          this.draw();
          this.scroll.scrollTop = top;
          this.fill();
          const again = this.body.querySelector(`button[data-row="${CSS.escape(name)}"]`);
          if (again) again.focus({ preventScroll: true });
        });
        cell.append(fold);
      }
      cell.append(el("span", { class: "name" }, name));
      const flag = data.flags[line];
      if (flag) cell.append(el("span", { class: `flag ${flag}`, title: `has a ${flag}`, role: "img", "aria-label": `has a ${flag}` }, { failure: "✕", warning: "!", notice: "·" }[flag]));
      if (kind) cell.append(el("span", { class: "tag" }, kind[1]));
      return cell;
    }

    base(text, change, kind) {
      const isNew = kind && kind[0] === "new";
      return el("td", { class: "base" }, change ? change[0] || "—" : isNew ? "—" : text || "—");
    }

    cell(text, change) {
      if (!change || !text) return el("td", {}, text || "—");
      const [before, delta, way, outcome] = change;
      const word = way > 0 ? "better" : way < 0 ? "worse" : "moved";
      const hint = `was ${before}${way ? `, ${word}` : ""}${outcome ? `: ${outcome}` : ""}`;
      const cell = el("td", { class: word, title: hint }, text);
      const sign = !delta ? "" : delta.startsWith("-") ? "▼ " : "▲ ";
      cell.append(el("span", { class: "delta" }, el("span", { "aria-hidden": "true" }, sign), el("span", { class: "sr" }, ` ${hint} `), delta || ""));
      return cell;
    }
  }

  function draw() {
    tables.forEach((table) => {
      table.draw();
      table.node.hidden = Boolean(state.filter || state.changed) && !table.shown && tables.length > 1;
    });
    const shown = tables.reduce((sum, table) => sum + table.shown, 0);
    const total = tables.reduce((sum, table) => sum + table.data.names.length, 0);
    document.getElementById("matches").textContent = shown === total ? "" : `${shown.toLocaleString("en")} of ${total.toLocaleString("en")} runs`;
  }

  function toggle(id, key) {
    const button = document.getElementById(id);
    button.setAttribute("aria-pressed", String(state[key]));
    button.addEventListener("click", () => {
      state[key] = !state[key];
      if (key === "unfold") state.open = {};
      button.setAttribute("aria-pressed", String(state[key]));
      draw();
    });
  }

  /* Called once, and again by the live page after it has put new content in place. */
  window.resultsTables = function (data) {
    tables = [...document.querySelectorAll("section.table")].map((node) => new Table(data.tables[node.dataset.table], node));
    const field = document.getElementById("filter");
    field.value = state.filter;
    let later = 0;
    field.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(() => { state.filter = field.value.trim(); draw(); }, 60);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && field.value) { field.value = state.filter = ""; draw(); event.preventDefault(); }
    });
    document.getElementById("unfold").hidden = !data.tables.some((table) => Object.keys(table.replicates).length);
    toggle("only-changed", "changed");
    toggle("both-sides", "both");
    toggle("unfold", "unfold");
    draw();
  };
})();
