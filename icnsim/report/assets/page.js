"use strict";
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const quick = matchMedia("(prefers-reduced-motion: reduce)");
  const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");

  // Plots: a chart names roles; the theme has the colour of each role.
  const painted = (value, colours) => {
    if (Array.isArray(value)) return value.map((each) => painted(each, colours));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, painted(each, colours)]));
    const role = typeof value === "string" && /^role:([a-z0-9-]+)(?:\/([0-9.]+))?$/.exec(value);
    if (!role) return value;
    const colour = colours[role[1]];
    if (role[2] === undefined) return colour;
    const parts = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
    return `rgba(${parts.join(",")},${role[2]})`;
  };
  const drawn = new Set();
  // plotly.js is compiled when the first plot is drawn, so that the page opens at once.
  const load = () => {
    const bundle = document.getElementById("plotly");
    if (!bundle) return;
    const script = document.createElement("script");
    script.textContent = bundle.textContent;
    bundle.replaceWith(script);
  };
  const paper = { width: 345, height: 250, autosize: false };
  const draw = (place, name, size) => {
    load();
    const colours = data.colours[name || theme()];
    const chart = painted(data.charts[place.dataset.chart], colours);
    const axis = { gridcolor: colours.grid, zerolinecolor: colours.grid, linecolor: colours.muted, automargin: true };
    const layout = {
      ...chart.layout,
      xaxis: { ...axis, ...chart.layout.xaxis },
      yaxis: { ...axis, ...chart.layout.yaxis },
      paper_bgcolor: colours.paper,
      plot_bgcolor: colours.paper,
      font: { color: colours.ink, family: "system-ui, sans-serif", size: size ? 9 : 13 },
      margin: size ? { l: 45, r: 12, t: 20, b: 35 } : { l: 60, r: 20, t: 30, b: 50 },
      legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0 },
      hoverlabel: { bgcolor: colours.paper, font: { color: colours.ink } },
      modebar: { color: colours.muted, activecolor: colours.ink, bgcolor: "rgba(0,0,0,0)" },
      ...size,
    };
    drawn.add(place);
    const options = { responsive: !size, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
    return Plotly.react(place, chart.data, layout, options).then(() => place.classList.add("drawn"));
  };
  const plots = [...document.querySelectorAll("[data-chart]")];
  const soon = new IntersectionObserver(
    (seen) => seen.filter((each) => each.isIntersecting).forEach((each) => { soon.unobserve(each.target); draw(each.target); }),
    { rootMargin: "400px" },
  );
  plots.forEach((place) => soon.observe(place));
  const again = () => drawn.forEach((place) => draw(place));
  dark.addEventListener("change", again);

  // The theme is that of the system until the reader chooses one.
  const button = document.getElementById("theme");
  const label = () => { button.textContent = theme() === "dark" ? "Light theme" : "Dark theme"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = theme() === "dark" ? "light" : "dark"; label(); again(); });
  dark.addEventListener("change", label);
  label();

  // Tables: a click on a heading sorts; a filter keeps the rows that contain all of its words.
  for (const table of document.querySelectorAll("[data-table]")) {
    const body = table.querySelector("tbody");
    const rows = [...body.rows];
    const heads = [...table.querySelectorAll("th")];
    const scroll = table.querySelector(".scroll");
    const more = () => {
      const hidden = scroll.scrollWidth - scroll.clientWidth - scroll.scrollLeft > 2;
      scroll.classList.toggle("more", hidden);
      table.querySelector(".cue").hidden = scroll.scrollWidth - scroll.clientWidth <= 2;
    };
    new ResizeObserver(more).observe(scroll);
    scroll.addEventListener("scroll", more, { passive: true });
    more();
    if (rows.length < 2) continue;
    if (rows.length > 40) scroll.classList.add("long");
    const key = (row, column) => {
      const cell = row.cells[column];
      return cell.dataset.key === undefined ? cell.textContent.trim() : Number(cell.dataset.key);
    };
    const compare = (a, b) => {
      if (typeof a === "number" && typeof b === "number") return a - b;
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      return a.localeCompare(b, "en", { numeric: true });
    };
    heads.forEach((head, column) => {
      const press = document.createElement("button");
      press.type = "button";
      press.append(...head.childNodes);
      const arrow = document.createElement("span");
      arrow.setAttribute("aria-hidden", "true");
      press.append(arrow);
      head.append(press);
      press.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => { other.removeAttribute("aria-sort"); other.querySelector("span").textContent = ""; });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        arrow.textContent = down ? " ▼" : " ▲";
        const missing = (row) => ["", "–"].includes(row.cells[column].textContent.trim());
        const sorted = rows.slice().sort((a, b) =>
          missing(a) - missing(b) || (down ? -1 : 1) * compare(key(a, column), key(b, column)));
        body.append(...sorted);
      });
    });
    const tools = table.querySelector(".tools");
    const count = tools.querySelector("output");
    const all = rows.length > 40 ? `${rows.length} rows` : "";
    tools.hidden = false;
    count.textContent = all;
    tools.querySelector("input").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : all;
    });
  }

  // Print: everything is open, in light colours; plots have the size of the paper, two in a row; long tables end
  // after the rows that come first in the reader's order.
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.dataset.was = each.open; each.open = true; });
    for (const table of document.querySelectorAll("[data-printed]")) {
      const rows = [...table.querySelectorAll("tbody tr")].filter((row) => !row.hidden);
      rows.forEach((row, place) => row.classList.toggle("beyond", place >= Number(table.dataset.printed)));
    }
    plots.forEach((place) => draw(place, "light", paper));
  });
  addEventListener("afterprint", () => {
    document.querySelectorAll("details").forEach((each) => { each.open = each.dataset.was === "true"; });
    again();
  });
  root.dataset.ready = quick.matches ? "still" : "yes";
})();
