// The kinds of record and how many are held, as in icnsim.analysis.record_kinds, .tails and .theory. Times in s.

const FINEST = 1e-6;

// Records that begin, end and are removed in the same way.
const kindOf = (rate, active, life, spread, scans, replaced, begins = 0) => ({
  rate, life, scans,
  removals: (retention) => (active === Infinity ? 0 : rate * Math.exp(-replaced * retention)),
  alive: (age) => {
    const begun = begins ? Math.min(1, Math.max(0, (age - begins) / FINEST + 0.5)) : 1;
    if (!begun) return 0;
    const terminal = Math.max(0, age - begins - active), width = Math.max(spread, FINEST);
    const held = Math.min(1, Math.max(0, (life + width / 2 - terminal) / width));
    return begun * (age - begins < active ? 1 : held) * Math.exp(-replaced * terminal);
  },
});
const answered = (rate, active, s, replaced, begins) =>
  kindOf(rate, active, s.retention + s.interval / 2, s.interval, active / s.interval, replaced, begins);
const stuck = (rate, ticks) => kindOf(rate, Infinity, 0, 0, ticks, 0);

const differences = (column) => column.map((value, k) => value - (k ? column[k - 1] : 0));
const sumOfTwo = (a, b) => convolved(a, b).map((value) => Math.max(value, 0));

// The records of a migration with a long tail: at the source and at the target, on a grid up to the horizon.
const tailsOf = (request, reply, rest, s, horizon) => {
  const step = horizon / CELLS;
  const of = (parts) => middle(sumOf(parts, horizon * 1e6));
  const begun = of(request);
  const inTime = differences(of(reply)).map((value, k) =>
    value * Math.min(1, Math.max(0, (s.timeout + s.interval - k * step) / s.interval)));
  const [source, target] = rest.map((parts) => {
    let total = 0;
    return sumOfTwo(inTime, differences(of(parts))).map((value) => (total += value));
  });
  const lost = 1 - sum(Array.from(inTime));
  return [
    { step, begun: new Float64Array(CELLS + 1).fill(1 - lost), ended: source },
    { step, begun, ended: target.map((value, k) => Math.min(value, begun[k])) },
  ];
};

const tailedKind = (rate, life, tail, replaced, s, arriving, horizon) => {
  const { step, begun, ended } = tail, end = s.retention + s.interval;
  const overArrivals = (figure) => {
    let total = 0, before = figure(horizon);
    for (let k = 1; k <= 400; k++) {
      const now = figure(horizon - (arriving * k) / 400);
      total += (before + now) / 2;
      before = now;
    }
    return total / 400;
  };
  const active = begun.map((value, k) => value - ended[k]);
  const area = runningIntegral(active, step), over = runningIntegral(ended, step);
  const due = (left) =>
    (interpolated(over, step, Math.max(0, left - s.retention)) - interpolated(over, step, Math.max(0, left - end))) / s.interval;
  const staying = ended.map((_, k) =>
    Math.min(1, Math.max(0, (end - k * step) / s.interval)) * Math.exp(-replaced * k * step));
  const terminal = sumOfTwo(differences(ended), staying);
  const held = active.map((value, k) => value + terminal[k]);
  return {
    rate, life,
    scans: overArrivals((left) => interpolated(area, step, left)) / s.interval,
    removals: (retention) => rate * Math.exp(-replaced * retention) * overArrivals(due),
    alive: (age) => interpolated(held, step, age),
  };
};

// Mean records held over the window [start, end) of arrivals: rate x the mean over t of ∫₀ᵗ P(life > a) da.
const AGES = 20000;
const recordsHeld = (kind, start, end) => {
  const width = end / AGES;
  let area = 0, total = 0, count = 0, before = kind.alive(0);
  if (start <= 0) count++;
  for (let k = 1; k <= AGES; k++) {
    const age = k === AGES ? end : k * width, now = kind.alive(age);
    area += ((now + before) / 2) * width;
    before = now;
    if (age >= start) {
      total += area;
      count++;
    }
  }
  return (kind.rate * total) / count;
};
