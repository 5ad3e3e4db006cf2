// Text and plots of figures.

const digits = (value, most = 3) => {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(most)), size = Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: Math.min(20, Math.max(0, most - 1 - size)) });
};
// The unit is that of `like`, such as the largest tick of an axis.
const inUnit = (value, units, like = value) => {
  const [size, unit] = units.find(([each]) => Math.abs(like) >= each * 0.9995) || units.at(-1);
  return `${digits(value / size)} ${unit}`;
};
const time = (seconds, like) => (like === undefined && seconds === 0 ? "0 s" : like === undefined && (seconds >= 600 || (seconds >= 120 && seconds % 60 === 0)) ? `${digits(seconds / 60)} min` : inUnit(seconds, [[1, "s"], [1e-3, "ms"], [1e-6, "µs"]], like));
const bytes = (value, like) => (value === 0 && like === undefined ? "0 B" : inUnit(value, [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]], like));
const share = (value) => {
  if (value === 0 || value === 1) return `${value * 100} %`;
  if (value > 0.9995) return "above 99.9 %";
  return value >= 1e-5 ? `${digits(value * 100)} %` : `1 in ${digits(1 / value)}`;
};
const perHour = (perSecond) => `${digits(perSecond * 3600)} per hour`;
const cpu = (value, like) => (value === 0 ? "0" : `${inUnit(value, [[1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]], like)} per s`);

const FIGURES = [
  { name: "detection_total.p50", title: "detection, median", note: "from the request to the time-out", write: time },
  { name: "detection_total.p99", title: "detection, 99th percentile", note: "from the request to the time-out", write: time },
  { name: "false_positives.rate", title: "mistakes", note: "share of the requests to willing targets that time out", write: share },
  { name: "qos.mistake_rate_per_s", title: "mistakes per hour", note: "in the federation", write: perHour },
  { name: "records.mean", title: "records held, mean", note: "in the federation, during the arrivals", write: (value) => digits(value, 4) },
  { name: "records.mean_bytes", title: "memory of the records, mean", note: "in the federation", write: bytes },
  { name: "manager.cpu_share", title: "cost of the manager", note: "processor time of one executor per second", write: cpu },
  { name: "success_rate", title: "success rate", note: "completed, of the migrations that ended", write: share },
];
const PLOTS = [
  { title: "Detection, median (line) and 99th percentile (dashes)", names: ["detection_total.p50", "detection_total.p99"], write: time },
  { title: "Mistakes, share of requests", names: ["false_positives.rate"], write: share },
  { title: "Records held, mean", names: ["records.mean"], write: (value) => digits(value) },
  { title: "Memory of the records, mean", names: ["records.mean_bytes"], write: bytes },
  { title: "Cost of the manager per executor", names: ["manager.cpu_share"], write: cpu },
  { title: "Success rate", names: ["success_rate"], write: share },
];

const WIDTH = 340, HEIGHT = 200, LEFT = 74, RIGHT = 12, TOP = 12, BOTTOM = 34;
const svgNode = (name, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};

// Round ticks between two values.
const ticksOf = (low, high) => {
  const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= raw);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) found.push(Number(tick.toPrecision(6)));
  return found;
};

// A plot of curves over the places of a slider. `marks` has the place and the value of the points.
const plotOf = ({ title, names, write }, axis, curve, marks) => {
  const values = [...names.flatMap((name) => curve.map((found) => found && found[name].value)), ...marks.map((mark) => mark.value)]
    .filter((value) => value !== null && value !== undefined);
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  caption.textContent = title;
  figure.append(caption);
  if (!values.length) {
    const reason = curve.find(Boolean)?.[names[0]].reason, none = document.createElement("p");
    none.className = "note";
    none.textContent = reason ? `No closed form: ${reason}.` : "…";
    figure.append(none);
    return figure;
  }
  const most = Math.max(...values), high = most * 1.05 || 1, ticks = most ? ticksOf(0, high) : [0], last = axis.levels.length - 1 || 1;
  const x = (place) => LEFT + (place / last) * (WIDTH - LEFT - RIGHT), y = (value) => HEIGHT - BOTTOM - (value / high) * (HEIGHT - TOP - BOTTOM);
  const svg = svgNode("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  const said = marks.map((mark) => `${mark.label} ${write(mark.value)} at ${axis.write(axis.levels[Math.round(mark.place)])}`).join("; ");
  svg.append(svgNode("title", {}, `${title} against ${axis.title}: ${said}`));
  for (const tick of ticks) {
    svg.append(svgNode("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }));
    svg.append(svgNode("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, write(tick, ticks.at(-1) || undefined)));
  }
  for (const [part, anchor] of [[0, "start"], [0.25, "middle"], [0.5, "middle"], [0.75, "middle"], [1, "end"]]) {
    const place = Math.round(part * last);
    svg.append(svgNode("text", { x: x(place), y: HEIGHT - BOTTOM + 15, "text-anchor": anchor }, axis.write(axis.levels[place], axis.levels.at(-1))));
  }
  svg.append(svgNode("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, axis.title));
  names.forEach((name, k) => {
    let path = "", open = false;
    curve.forEach((found, place) => {
      if (!found) return; // not computed
      const { value } = found[name];
      if (value !== null) path += `${open ? "L" : "M"}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
      open = value !== null;
    });
    if (path) svg.append(svgNode("path", { class: k ? "line second" : "line", d: path }));
  });
  for (const mark of marks) {
    const cx = x(mark.place), cy = y(mark.value);
    svg.append(mark.kind === "now" ? svgNode("circle", { class: "now", cx, cy, r: 4.5 }) : svgNode("path", { class: "design", d: `M${cx} ${cy - 8}l8 8-8 8-8-8z` }));
  }
  figure.append(svg);
  return figure;
};
