// The kinds of record and how many are held, as in icnsim.analysis.record_kinds, .tails and .theory. Times in s.

const FINEST = 1e-6;

// Records that begin, end and are removed in the same way.
const kindOf = (rate, active, life, spread, scans, replaced, begins = 0) => ({
  rate, scans,
  removals: (retention) => (active === Infinity ? 0 : rate * Math.exp(-replaced * retention)),
  held: (window) => heldInPieces(begins, begins + active, life, Math.max(spread, FINEST), replaced, window),
});

// The mean records of a rate of 1/s. A record begins at an age of its migration, ends later, and is removed at a time
// that is uniform around `life` after its end. So the probability that it is there is 0, then 1, then an exponential
// function of the age, then that times a line. Ages next to a boundary of these pieces are added one by one.
const heldInPieces = (begins, ends, life, spread, replaced, { width, weights, sums }) => {
  const alive = (age) => {
    const begun = begins ? Math.min(1, Math.max(0, (age - begins) / FINEST + 0.5)) : 1;
    const terminal = Math.max(0, age - ends), kept = Math.min(1, Math.max(0, (life + spread / 2 - terminal) / spread));
    return begun * (age < ends ? 1 : kept) * Math.exp(-replaced * terminal);
  };
  const falls = ends + life - spread / 2, gone = ends + life + spread / 2, factor = Math.exp(-replaced * width);
  let total = 0, next = 0;
  const singly = (to) => { for (; next <= Math.min(to, AGES); next++) total += weights[next] * alive(next === AGES ? AGES * width : next * width); };
  const piece = (to) => {
    const age = next * width;
    if (to <= next) return;
    if (age >= begins && age < ends) total += sums[to] - sums[next];
    else if (age >= ends && age < gone) {
      const line = age < falls ? 0 : width / spread;
      let value = Math.exp(-replaced * (age - ends)), kept = line ? (gone - age) / spread : 1;
      for (let k = next; k < to; k++) {
        total += weights[k] * value * kept;
        value *= factor;
        kept -= line;
      }
    }
    next = to;
  };
  for (const boundary of [begins, ends, falls, gone].sort((a, b) => a - b)) {
    const place = Math.min(AGES, Math.max(0, boundary / width));
    piece(Math.floor(place) - 1);
    singly(Math.floor(place) + 2);
  }
  return total;
};
const answered = (rate, active, s, replaced, begins) =>
  kindOf(rate, active, s.retention + s.interval / 2, s.interval, active / s.interval, replaced, begins);
const stuck = (rate, ticks) => kindOf(rate, Infinity, 0, 0, ticks, 0);

const differences = (column) => {
  const found = new Float64Array(column.length);
  for (let k = column.length - 1, before; k >= 0; k--) {
    before = k ? column[k - 1] : 0;
    found[k] = column[k] - before;
  }
  return found;
};
const cumulatedSum = (column) => {
  let total = 0;
  return column.map((value) => (total += Math.max(value, 0)));
};

// The records of a migration with a long tail: at the source and at the target, on a grid up to the horizon.
const tailsOf = (request, reply, rest, s, horizon) => {
  const name = [request, reply, ...rest].map((parts) => parts.map((part) => part.id).join("+")).join("|");
  return remembered(`tails ${name} ${s.timeout} ${s.interval} ${horizon}`, () => {
    const step = horizon / CELLS;
    const of = (parts) => middle(sumOf(parts, horizon * 1e6));
    const begun = of(request), inTime = differences(of(reply));
    for (let k = 0; k <= CELLS; k++) inTime[k] *= Math.min(1, Math.max(0, (s.timeout + s.interval - k * step) / s.interval));
    const [there, back] = rest.map((parts) => differences(of(parts)));
    const [source, target] = convolvedPairs(inTime, there, inTime, back).map(cumulatedSum);
    const lost = 1 - sum(inTime);
    return [
      tailOf(step, new Float64Array(CELLS + 1).fill(1 - lost), source),
      tailOf(step, begun, target.map((value, k) => Math.min(value, begun[k]))),
    ];
  });
};
const tailOf = (step, begun, ended) => {
  const active = begun.map((value, k) => value - ended[k]);
  return { step, active, ends: differences(ended), area: runningIntegral(active, step), over: runningIntegral(ended, step) };
};

const tailedKind = (rate, tail, replaced, s, arriving, horizon) => {
  const { step, area, over } = tail, end = s.retention + s.interval;
  const overArrivals = (figure) => {
    let total = 0, before = figure(horizon);
    for (let k = 1; k <= 400; k++) {
      const now = figure(horizon - (arriving * k) / 400);
      total += (before + now) / 2;
      before = now;
    }
    return total / 400;
  };
  const due = (left) =>
    (interpolated(over, step, Math.max(0, left - s.retention)) - interpolated(over, step, Math.max(0, left - end))) / s.interval;
  return {
    rate,
    scans: overArrivals((left) => interpolated(area, step, left)) / s.interval,
    removals: (retention) => rate * Math.exp(-replaced * retention) * overArrivals(due),
    held: (window) => heldWithTail(tail, replaced, s, gridOf(window, step)),
  };
};

// The mean records of a rate of 1/s with a tail. A terminal record is kept with a probability that is an exponential
// function of its age n, and from `full` to `none` that times a line. So its convolution with the ends needs no transform:
// `whole` is the part before `full`, `part` the part after it, and `plain` that part without the line.
const heldWithTail = ({ step, active, ends }, replaced, s, weights) => {
  const slope = step / s.interval, line = (n) => (s.retention + s.interval - n * step) / s.interval;
  const full = Math.floor(s.retention / step) + 1, none = Math.max(full, Math.ceil((s.retention + s.interval) / step));
  const factor = Math.exp(-replaced * step), [first, last] = [full, none].map((n) => Math.exp(-replaced * step * n));
  const enters = (line(full) + slope) * first, leaves = (line(none) + slope) * last;
  let whole = 0, plain = 0, part = 0, total = 0;
  for (let k = 0; k <= CELLS; k++) {
    const past = k >= full ? ends[k - full] : 0, old = k >= none ? ends[k - none] : 0;
    whole = factor * whole + ends[k] - first * past;
    plain = factor * plain + first * past - last * old;
    part = factor * part + enters * past - leaves * old - slope * plain;
    total += weights[k] * (active[k] + Math.max(0, whole + part));
  }
  return total;
};

// The weight of the probability at each age in the mean over t of ∫₀ᵗ P(life > a) da by the trapezoidal rule, where t is
// in the window [start, end) of arrivals; and the sums of the weights before each age.
const AGES = 20000;
const windowOf = (start, end) => remembered(`window ${start} ${end}`, () => {
  const width = end / AGES, weights = new Float64Array(AGES + 1), sums = new Float64Array(AGES + 2);
  let first = 0;
  while (first < AGES && first * width < start) first++;
  const later = (k) => Math.max(0, AGES + 1 - Math.max(k, first, 1));
  for (let k = 0; k <= AGES; k++) {
    weights[k] = (((k ? later(k) : 0) + later(k + 1)) * width) / 2 / (AGES + 1 - first);
    sums[k + 1] = sums[k] + weights[k];
  }
  return { name: `${start} ${end}`, width, weights, sums };
});
// The same for a column on a grid 0, step, 2 step…, linear between its points.
const gridOf = ({ name, width, weights }, step) => remembered(`grid ${name} ${step}`, () => {
  const found = new Float64Array(CELLS + 1);
  for (let k = 0; k <= AGES; k++) {
    const place = Math.min(CELLS, (k * width) / step), low = Math.min(CELLS - 1, Math.floor(place));
    found[low] += weights[k] * (low + 1 - place);
    found[low + 1] += weights[k] * (place - low);
  }
  return found;
});
