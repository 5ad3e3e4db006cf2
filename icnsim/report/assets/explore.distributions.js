// Distribution functions, as in icnsim.scenario.distributions. Values are in µs.
// A distribution of the model has: id, kind, its parameters, m (mean of its draws), v (their variance), low, high.
// null represents infinity.

const SQRT_HALF = Math.SQRT1_2;
const horner = (x, coefficients) => coefficients.reduce((sum, each) => sum * x + each, 0);

// The error function by rational approximations. Source: Cephes, ndtr.c (Moshier), which SciPy uses as well.
const erf = (x) => {
  if (Math.abs(x) > 1) return 1 - erfc(x);
  const z = x * x;
  const above = [9.60497373987051638749, 90.0260197203842689217, 2232.00534594684319226, 7003.32514112805075473, 55592.3013010394962768];
  const below = [1, 33.5617141647503099647, 521.357949780152679795, 4594.32382970980127987, 22629.0000613890934246, 49267.3942608635921086];
  return (x * horner(z, above)) / horner(z, below);
};
const erfc = (a) => {
  const x = Math.abs(a);
  if (x < 1) return 1 - erf(a);
  const scale = Math.exp(-a * a);
  if (scale === 0) return a < 0 ? 2 : 0;
  const [above, below] = x < 8
    ? [[2.46196981473530512524e-10, 0.564189564831068821977, 7.46321056442269912687, 48.6371970985681366614, 196.520832956077098242, 526.445194995477358631, 934.528527171957607540, 1027.55188689515710272, 557.535335369399327526],
       [1, 13.2281951154744992508, 86.7072140885989742329, 354.937778887819891062, 975.708501743205489753, 1823.90916687909736289, 2246.33760818710981792, 1656.66309194161350182, 557.535340817727675546]]
    : [[0.564189583547755073984, 1.27536670759978104416, 5.01905042251180477414, 6.16021097993053585195, 7.40974269950448939160, 2.97886665372100240670],
       [1, 2.26052863220117276590, 9.39603524938001434673, 12.0489539808096656605, 17.0814450747565897222, 9.60896809063285878198, 3.36907645100081516050]];
  const y = (scale * horner(x, above)) / horner(x, below);
  return a < 0 ? 2 - y : y;
};
const normal = (a) => {
  const x = a * SQRT_HALF, z = Math.abs(x);
  if (z < 1) return 0.5 + 0.5 * erf(x);
  const y = 0.5 * erfc(z);
  return x > 0 ? 1 - y : y;
};

// The logarithm of the gamma function by Stirling's series, from 10 on; below, by the recursion.
const logGamma = (x) => {
  let shift = 0;
  while (x < 10) shift -= Math.log(x++);
  const z = 1 / (x * x);
  const series = (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * (691 / 360360)))))) / x;
  return shift + (x - 0.5) * Math.log(x) - x + 0.91893853320467274178 + series;
};
// The regularised incomplete gamma function P(a, x), by its series or by its continued fraction.
const incompleteGamma = (a, x) => {
  if (x <= 0) return 0;
  if (x === Infinity) return 1;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a, sum = term;
    for (let n = 1; term > sum * 1e-17 && n < 100000; n++) sum += term *= x / (a + n);
    return Math.min(1, sum * factor);
  }
  let b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (let n = 1; n < 100000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = an * d + b;
    d = 1 / (d || 1e-300);
    c = b + an / c || 1e-300;
    h *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return 1 - factor * h;
};

const upTo = (values, x) => {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= x) low = middle + 1; else high = middle;
  }
  return low;
};

// The share of values that are at most x.
const CDF = {
  constant: (d) => (x) => (x >= d.value ? 1 : 0),
  uniform: (d) => (x) => Math.min(1, Math.max(0, (x - d.low) / (d.high - d.low))),
  exponential: (d) => (x) => -Math.expm1(-Math.max(x, 0) / d.mean),
  normal: (d) => (x) => (x < 0 ? 0 : normal((x - d.mean) / d.std)),
  lognormal: (d) => {
    const spread = Math.log1p((d.std / d.mean) ** 2), mu = Math.log(d.mean) - spread / 2, sigma = Math.sqrt(spread);
    return (x) => (x <= 0 ? 0 : normal((Math.log(x) - mu) / sigma));
  },
  gamma: (d) => (x) => incompleteGamma((d.mean / d.std) ** 2, Math.max(x, 0) / (d.std ** 2 / d.mean)),
  weibull: (d) => (x) => -Math.expm1(-((Math.max(x, 0) / d.scale) ** d.shape)),
  pareto: (d) => (x) => 1 - (d.minimum / Math.max(x, d.minimum)) ** d.alpha,
  empirical: (d) => (x) => upTo(d.values, x) / d.values.length,
  mixture: (d) => {
    const total = d.weights.reduce((sum, each) => sum + each, 0), parts = d.parts.map(cdf);
    return (x) => parts.reduce((sum, part, place) => sum + (d.weights[place] / total) * part(x), 0);
  },
  scaled: (d) => {
    const part = cdf(d.part);
    return (x) => part(x / d.factor);
  },
};
const cdf = (distribution) => CDF[distribution.kind](distribution);

const constant = (value) => ({ id: `=${value}`, kind: "constant", constant: value, value, m: Math.round(value), v: 0, low: value, high: value });
const lognormal = (mean, std) => ({ id: `lognormal ${mean} ${std}`, kind: "lognormal", mean, std, m: mean, v: std * std, low: 0, high: null });

const isConstant = (part) => part.constant !== undefined;
const sum = (values) => values.reduce((total, each) => total + each, 0);
const finite = (value) => (value === null ? Infinity : value);
const meanOf = (parts) => sum(parts.map((part) => finite(part.m)));
const highOf = (parts) => sum(parts.map((part) => finite(part.high)));

// Give every distribution of a model an id; equal distributions have the same one.
const identified = (value, ids = new Map()) => {
  if (Array.isArray(value)) return value.map((each) => identified(each, ids));
  if (!value || typeof value !== "object") return value;
  const found = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, identified(each, ids)]));
  if (found.kind) {
    const text = JSON.stringify(value);
    if (!ids.has(text)) ids.set(text, `d${ids.size}`);
    found.id = ids.get(text);
  }
  return found;
};
