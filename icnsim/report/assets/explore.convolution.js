// The distribution of a sum of independent durations, as in icnsim.analysis.convolution and icnsim.analysis.replies.

const CELLS = 1 << 14;
const SIZE = 2 * CELLS;
const TURNS = (() => {
  const cos = new Float64Array(SIZE / 2), sin = new Float64Array(SIZE / 2);
  for (let k = 0; k < SIZE / 2; k++) [cos[k], sin[k]] = [Math.cos((2 * Math.PI * k) / SIZE), -Math.sin((2 * Math.PI * k) / SIZE)];
  return { cos, sin };
})();
const PLACES = (() => {
  const places = new Uint32Array(SIZE);
  for (let k = 1; k < SIZE; k++) places[k] = (places[k >> 1] >> 1) | (k & 1 ? SIZE >> 1 : 0);
  return places;
})();

// The discrete Fourier transform in place, by Cooley and Tukey.
const transform = (re, im) => {
  for (let k = 0; k < SIZE; k++) {
    const other = PLACES[k];
    if (other <= k) continue;
    const a = re[k], b = im[k];
    re[k] = re[other]; im[k] = im[other]; re[other] = a; im[other] = b;
  }
  for (let half = 1; half < SIZE; half *= 2) {
    const stride = SIZE / (2 * half);
    for (let start = 0; start < SIZE; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const c = TURNS.cos[k * stride], s = TURNS.sin[k * stride], i = start + k, j = i + half;
        const x = re[j] * c - im[j] * s, y = re[j] * s + im[j] * c;
        re[j] = re[i] - x; im[j] = im[i] - y; re[i] += x; im[i] += y;
      }
    }
  }
};

// The first CELLS + 1 values of the convolution of two columns of at most that many.
const convolved = (a, b) => {
  const re = new Float64Array(SIZE), im = new Float64Array(SIZE);
  re.set(a); im.set(b);
  transform(re, im);
  const x = new Float64Array(SIZE), y = new Float64Array(SIZE);
  for (let k = 0; k < SIZE; k++) {
    const n = (SIZE - k) % SIZE;
    const ar = (re[k] + re[n]) / 2, ai = (im[k] - im[n]) / 2, br = (im[k] + im[n]) / 2, bi = (re[n] - re[k]) / 2;
    x[k] = ar * br - ai * bi;
    y[k] = -(ar * bi + ai * br); // the conjugate, so that the transform is the inverse
  }
  transform(x, y);
  const found = new Float64Array(CELLS + 1);
  for (let k = 0; k <= CELLS; k++) found[k] = x[k] / SIZE;
  found[0] -= (a[CELLS] || 0) * (b[CELLS] || 0); // the only pair that wraps around
  return found;
};

// Python's floor division of floats.
const floorDivide = (a, b) => {
  const quotient = (a - (a % b)) / b, floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
};

const cumulated = (mass) => {
  const found = new Float64Array(CELLS + 1);
  let total = 0;
  for (let k = 0; k <= CELLS; k++) {
    total += mass[k] || 0;
    found[k] = Math.min(1, Math.max(0, total));
  }
  return found;
};
const shifted = (values, cells) => {
  const found = new Float64Array(values.length);
  if (cells < values.length) found.set(values.subarray(0, values.length - cells), cells);
  return found;
};

const kept = new Map();
const remembered = (key, make) => {
  if (!kept.has(key)) {
    if (kept.size > 300) kept.clear();
    kept.set(key, make());
  }
  return kept.get(key);
};

// The distribution function of the random parts on a grid up to `limit`, µs: its lower and its upper bound.
const randomSum = (random, limit) => remembered(`${random.map((part) => part.id).join("+")}<${limit}`, () => {
  const step = limit / CELLS;
  if (!random.length) {
    const down = new Float64Array(CELLS + 1);
    down[0] = 1;
    return [down, down];
  }
  const columns = random.map((part) => remembered(`${part.id}|${limit}`, () => {
    const reach = new Float64Array(CELLS + 1), share = cdf(part);
    for (let k = 0; k <= CELLS; k++) reach[k] = share(k * step);
    const down = new Float64Array(CELLS + 1), up = new Float64Array(CELLS + 1);
    up[0] = reach[0];
    for (let k = 1; k <= CELLS; k++) up[k] = down[k - 1] = reach[k] - reach[k - 1];
    down[0] += reach[0];
    return { down, up, atom: reach[0] > 0 };
  }));
  const all = (which) => columns.map((column) => column[which]).reduce(convolved);
  const down = all("down");
  // Without values at 0 the sum that is rounded up is the other one, a cell later for each part.
  return [down, columns.some((column) => column.atom) ? all("up") : shifted(down, random.length)];
});

// The sum of parts up to `limit`, µs: bounds of its distribution function at 0, step, 2 step…
const sumOf = (parts, limit) => {
  const shift = sum(parts.filter(isConstant).map((part) => part.constant)), step = limit / CELLS;
  const [down, up] = randomSum(parts.filter((part) => !isConstant(part)), limit);
  const cells = floorDivide(shift, step);
  return { step, below: shifted(cumulated(up), cells + 1), above: shifted(cumulated(down), cells) };
};

const middle = ({ below, above }) => below.map((value, k) => (value + above[k]) / 2);

const runningIntegral = (values, width) => {
  const found = new Float64Array(values.length);
  for (let k = 1; k < values.length; k++) found[k] = found[k - 1] + ((values[k] + values[k - 1]) / 2) * width;
  return found;
};

// The value at x of a column on a grid 0, width, 2 width…, linear between its points.
const interpolated = (column, width, x) => {
  const last = column.length - 1, place = x / width;
  if (!(place > 0)) return column[0];
  if (place >= last) return column[last];
  const low = Math.floor(place);
  return column[low] + (column[low + 1] - column[low]) * (place - low);
};

// The time until an answer, s: P(X <= y) and E[X; X <= y] for y up to a limit, µs.
const replyOf = (parts, limit) => {
  const shift = sum(parts.filter(isConstant).map((part) => part.constant));
  const random = parts.filter((part) => !isConstant(part));
  const seconds = shift / 1e6;
  if (!random.length || shift >= limit) return (y) => (y >= seconds ? [1, seconds] : [0, 0]);
  const most = Math.min(limit, highOf(random));
  const { share, first, width } = remembered(`reply ${random.map((part) => part.id).join("+")}<${most}`, () => {
    const found = sumOf(random, most), width = found.step / 1e6, share = middle(found), area = runningIntegral(share, width);
    return { share, first: share.map((value, k) => k * width * value - area[k]), width };
  });
  return (y) => {
    if (y < seconds) return [0, 0];
    const inTime = interpolated(share, width, y - seconds);
    return [inTime, interpolated(first, width, y - seconds) + seconds * inTime];
  };
};
