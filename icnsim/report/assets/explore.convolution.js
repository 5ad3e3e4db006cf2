// The distribution of a sum of independent durations, as in icnsim.analysis.convolution and icnsim.analysis.replies.

const CELLS = 1 << 14;
const SIZE = 2 * CELLS;
// The twiddle factors of each stage of the transform, one after another: e^(-iπk/half) at half + k.
const COS = new Float64Array(SIZE), SIN = new Float64Array(SIZE);
for (let half = 1; half < SIZE; half *= 2) {
  for (let k = 0; k < half; k++) [COS[half + k], SIN[half + k]] = [Math.cos((Math.PI * k) / half), -Math.sin((Math.PI * k) / half)];
}

// The discrete Fourier transform in place, by Gentleman and Sande, two stages at a time. The result is in bit-reversed order.
const transform = (re, im) => {
  for (let quarter = SIZE / 4; quarter >= 2; quarter /= 4) {
    for (let start = 0; start < SIZE; start += 4 * quarter) {
      for (let k = 0; k < quarter; k++) {
        const c = COS[2 * quarter + k], s = SIN[2 * quarter + k], c2 = COS[quarter + k], s2 = SIN[quarter + k];
        const c3 = c * c2 - s * s2, s3 = c * s2 + s * c2;
        const p = start + k, q = p + quarter, r = q + quarter, t = r + quarter;
        const ax = re[p] + re[r], ay = im[p] + im[r], bx = re[p] - re[r], by = im[p] - im[r];
        const cx = re[q] + re[t], cy = im[q] + im[t], dx = im[q] - im[t], dy = re[t] - re[q]; // times -i
        const ex = ax - cx, ey = ay - cy, fx = bx + dx, fy = by + dy, gx = bx - dx, gy = by - dy;
        re[p] = ax + cx; im[p] = ay + cy;
        re[q] = ex * c2 - ey * s2; im[q] = ex * s2 + ey * c2;
        re[r] = fx * c - fy * s; im[r] = fx * s + fy * c;
        re[t] = gx * c3 - gy * s3; im[t] = gx * s3 + gy * c3;
      }
    }
  }
  neighbours(re, im);
};
// The inverse in place, by Cooley and Tukey, without the division by SIZE. The input is in bit-reversed order.
const inverse = (re, im) => {
  neighbours(re, im);
  for (let quarter = 2; quarter < SIZE; quarter *= 4) {
    for (let start = 0; start < SIZE; start += 4 * quarter) {
      for (let k = 0; k < quarter; k++) {
        const c = COS[2 * quarter + k], s = -SIN[2 * quarter + k], c2 = COS[quarter + k], s2 = -SIN[quarter + k];
        const c3 = c * c2 - s * s2, s3 = c * s2 + s * c2;
        const p = start + k, q = p + quarter, r = q + quarter, t = r + quarter;
        const qx = re[q] * c2 - im[q] * s2, qy = re[q] * s2 + im[q] * c2;
        const rx = re[r] * c - im[r] * s, ry = re[r] * s + im[r] * c;
        const tx = re[t] * c3 - im[t] * s3, ty = re[t] * s3 + im[t] * c3;
        const ax = re[p] + qx, ay = im[p] + qy, bx = re[p] - qx, by = im[p] - qy;
        const cx = rx + tx, cy = ry + ty, dx = ty - ry, dy = rx - tx; // times i
        re[p] = ax + cx; im[p] = ay + cy; re[r] = ax - cx; im[r] = ay - cy;
        re[q] = bx + dx; im[q] = by + dy; re[t] = bx - dx; im[t] = by - dy;
      }
    }
  }
};
const neighbours = (re, im) => {
  for (let i = 0; i < SIZE; i += 2) {
    const x = re[i + 1], y = im[i + 1];
    re[i + 1] = re[i] - x; im[i + 1] = im[i] - y;
    re[i] += x; im[i] += y;
  }
};

// The first CELLS + 1 values of a * b and of c * d, where each column has at most that many. The transform of two real
// columns is one complex transform, and so is the inverse of two products.
const SCRATCH = Array.from({ length: 4 }, () => new Float64Array(SIZE));
const convolvedPairs = (a, b, c, d) => {
  SCRATCH.forEach((column, k) => { column.fill(0); column.set([a, b, c, d][k]); });
  const [re, im, other, more] = SCRATCH;
  transform(re, im);
  transform(other, more);
  // Where frequency k is at place i, frequency -k is at place n.
  for (let i = 0, top = 1; i < SIZE; i++) {
    if (i >= 2 * top) top *= 2;
    const n = i < 2 ? i : 3 * top - 1 - i;
    if (n < i) continue;
    const [x, y] = product(re, im, i, n), [u, v] = product(other, more, i, n);
    re[i] = x - v; im[i] = y + u;
    re[n] = x + v; im[n] = u - y; // the products of real columns are conjugate at -k
  }
  inverse(re, im);
  const found = [re, im].map((column) => column.slice(0, CELLS + 1));
  for (const column of found) for (let k = 0; k <= CELLS; k++) column[k] /= SIZE;
  found[0][0] -= (a[CELLS] || 0) * (b[CELLS] || 0); // the only pair that wraps around
  found[1][0] -= (c[CELLS] || 0) * (d[CELLS] || 0);
  return found;
};
// The product of the transforms of two real columns whose joint transform has these values at k and -k.
const product = (re, im, i, n) => {
  const ar = (re[i] + re[n]) / 2, ai = (im[i] - im[n]) / 2, br = (im[i] + im[n]) / 2, bi = (re[n] - re[i]) / 2;
  return [ar * br - ai * bi, ar * bi + ai * br];
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

// Keeps the results of earlier settings by a key, at most `most` of them; the one that was not used for longest goes first.
const memory = (most) => {
  const kept = new Map();
  return (key, make) => {
    const found = kept.has(key) ? kept.get(key) : make();
    kept.delete(key);
    kept.set(key, found);
    if (kept.size > most) kept.delete(kept.keys().next().value);
    return found;
  };
};
const remembered = memory(200);

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
  let { down, up } = columns[0];
  for (const column of columns.slice(1)) [down, up] = convolvedPairs(down, column.down, up, column.up);
  // Without values at 0 the sum that is rounded up is the other one, a cell later for each part.
  return [down, columns.some((column) => column.atom) ? up : shifted(down, random.length)];
});

// The sum of parts up to `limit`, µs: bounds of its distribution function at 0, step, 2 step…
const sumOf = (parts, limit) => {
  const shift = sum(parts.filter(isConstant).map((part) => part.constant)), step = limit / CELLS;
  const [down, up] = randomSum(parts.filter((part) => !isConstant(part)), limit);
  const cells = floorDivide(shift, step);
  return { step, below: shifted(cumulated(up), cells + 1), above: shifted(cumulated(down), cells) };
};

const middle = ({ below, above }) => {
  const found = new Float64Array(below.length);
  for (let k = 0; k < found.length; k++) found[k] = (below[k] + above[k]) / 2;
  return found;
};

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
