// The closed forms of a scenario at other settings, as in icnsim.analysis.model, .attempts and .predictions.
// Settings: interval, timeout, retention (s), dead (executors), loss (probability), tail (std / mean of the latency;
// null keeps the distribution of the scenario). A figure is { value, reason, low, high }.

const PHASES = 512, NEVER = 1e-6, NEGLIGIBLE = 1e-12, NONE = 1e-6, FEW = 2, CROWDED = 0.1, GRID = 2000, MOST_TAILS = 40;

// Live groups shrink in proportion, and each keeps one executor at least.
const countsWith = (model, dead) => {
  const live = model.groups.map((group, g) => (g === model.dead ? 0 : group.count)), total = sum(live);
  const present = live.filter((count) => count).length, left = model.executors - dead - present;
  const quotas = live.map((count) => (count && total > present ? ((count - 1) * left) / (total - present) : 0));
  const counts = live.map((count, g) => (count ? 1 + Math.floor(quotas[g]) : 0));
  const order = quotas.map((_, g) => g).filter((g) => live[g]);
  order.sort((a, b) => quotas[b] - Math.floor(quotas[b]) - (quotas[a] - Math.floor(quotas[a])) || a - b);
  for (let k = 0; sum(counts) < model.executors - dead; k = (k + 1) % order.length) counts[order[k]]++;
  counts[model.dead] = dead;
  return counts;
};

const latencyAt = (model, tail) => (tail === null ? model.latency : lognormal(model.latency_mean, tail * model.latency_mean));

const routesOf = (model, counts) => {
  const groups = model.groups, hosted = sum(counts.filter((_, g) => groups[g].hosts)), found = [];
  counts.forEach((count, s) => {
    if (!groups[s].hosts || !count) return;
    const weights = groups.map((group, t) => group.weight * (counts[t] - (t === s)));
    const whole = sum(weights.map((weight, t) => (counts[t] ? weight : 0)));
    weights.forEach((weight, t) => {
      const share = counts[t] && whole ? ((count / hosted) * weight) / whole : 0;
      if (share) found.push({ share, s, t, sources: count, accepts: groups[t].accepts, rejects: groups[t].rejects,
        there: model.there[s][t], both: model.there[s][t] + model.there[t][s] });
    });
  });
  return found;
};

// The durations between the steps of a migration, as in icnsim.theory.stages.
const stagesOf = (model, latency) => {
  const message = (kind) => [latency, ...model.gossip[kind]];
  const group = (g) => model.groups[g];
  const answer = (r, kind) => [...message("request"), constant(r.both), group(r.t).evaluation, ...message(kind)];
  const handOver = (r) => [group(r.s).checkpoint, ...message("complete"), constant(r.there), group(r.t).restore];
  const ack = (r) => [...message("ack"), constant(r.both - r.there)];
  const downtime = (r) => [...handOver(r), ...model.wire];
  return {
    ack, downtime,
    reply: (r, kind) => [...answer(r, kind), ...model.wire],
    evaluated: (r) => [...message("request"), constant(r.there), group(r.t).evaluation, ...model.wire],
    restoring: (r) => [...message("accept"), constant(r.both - r.there), ...downtime(r)],
    migration: (r) => [...answer(r, "accept"), ...handOver(r), ...ack(r), ...model.wires],
  };
};

const fixed = (parts) => {
  const mean = meanOf(parts) / 1e6;
  return () => [1, mean];
};

// The phases of ticks: how long after the deadline each detects, how many ticks scan until then, and their mean.
const phasesOf = (s) => {
  const each = Array.from({ length: PHASES }, (_, k) => {
    const phase = (k + 0.5) * (s.interval / PHASES);
    return {
      latency: s.interval - ((phase + s.timeout) % s.interval),
      ticks: Math.floor((phase + s.timeout) / s.interval) + 1, weight: 1 / PHASES,
    };
  });
  const mean = (name) => sum(each.map((phase) => phase[name])) / PHASES;
  return { each, mean: [{ latency: mean("latency"), ticks: mean("ticks"), weight: 1 }] };
};

// The attempts on a route, per migration, by outcome; and their ends. Where no answer is late, the mean
// phase has the same figures as all phases.
const attemptsOn = (route, chance, s, stages, phases) => {
  const arrives = (1 - s.loss) ** 2, limit = s.timeout * 1e6;
  const timely = (kind) => {
    if (!(kind === "accept" ? route.accepts : route.rejects)) return () => [1, 0];
    const parts = stages.reply(route, kind);
    return highOf(parts) > limit ? replyOf(parts, (s.timeout + s.interval) * 1e6) : fixed(parts);
  };
  const accept = timely("accept"), reject = timely("reject"), parts = stages.reply(route, "accept");
  const late = highOf(parts) > limit;
  const varies = (route.accepts && late) || (route.rejects && highOf(stages.reply(route, "reject")) > limit);
  const rows = varies ? phases.each : phases.mean, detected = new Float64Array(PHASES);
  // Totals over the phases. `answered` and `refused` are first moments: mean times until an answer.
  let completed = 0, jammed = 0, rejected = 0, failed = 0, taken = 0, answered = 0, refused = 0, found = 0, scanned = 0, missed = 0, tardy = 0;
  let fewest = 1, fewestFailed = 1, mostFailed = 0;
  for (let k = 0; k < rows.length; k++) {
    const { latency, ticks, weight } = rows[k], mass = chance * weight;
    const [accepted, first] = accept(s.timeout + latency), [refuses, second] = reject(s.timeout + latency);
    const completes = arrives ** 2 * accepted * route.accepts, jams = arrives * (1 - arrives) * accepted * route.accepts;
    const rejects = arrives * refuses * route.rejects, fails = Math.min(1, Math.max(0, 1 - completes - jams - rejects));
    completed += completes * mass; jammed += jams * mass; rejected += rejects * mass; failed += fails * mass;
    taken += accepted * mass; missed += (1 - arrives * accepted) * mass; tardy += (1 - accepted) * mass;
    answered += first * mass; refused += second * route.rejects * arrives * mass;
    found += fails * (s.timeout + latency) * mass; scanned += fails * ticks * mass;
    fewest = Math.min(fewest, accepted); fewestFailed = Math.min(fewestFailed, fails); mostFailed = Math.max(mostFailed, fails);
    detected[k] = fails * mass;
  }
  const willing = taken * route.accepts, lost = s.loss * (1 - s.loss), isLate = late && fewest < 1 - NEVER;
  const rest = (meanOf(stages.downtime(route)) + meanOf(stages.ack(route))) / 1e6, whole = meanOf(stages.migration(route)) / 1e6;
  const times = (share, moment) => (share > 0 ? share * moment : 0);
  const duration = isLate ? arrives ** 2 * route.accepts * answered + times(completed, rest) : times(completed, whole);
  const flow = {
    route, attempts: chance, completed, rejected, stuck: jammed, timed_out: failed,
    mistaken: missed * route.accepts, late: tardy * arrives * route.accepts,
    stranded: lost * (chance * route.accepts + (1 - s.loss) * willing), unacknowledged: lost * (1 - s.loss) ** 2 * willing,
  };
  const ends = [];
  if (completed) ends.push({ route, outcome: "completed", mass: completed, first: duration, scans: duration / s.interval });
  if (route.rejects) ends.push({ route, outcome: "rejected", mass: rejected, first: refused, scans: refused / s.interval });
  const detections = { even: 0, detected: null };
  if (mostFailed > NEGLIGIBLE) {
    ends.push({ route, outcome: "timed_out", mass: failed, first: found, scans: scanned });
    if (mostFailed - fewestFailed <= NEVER) detections.even = failed;
    else detections.detected = detected;
  }
  return { flow, ends: ends.filter((end) => end.mass >= NEGLIGIBLE || end.outcome === "completed"), detections };
};

// The quantile of a run of `count` detections, as in icnsim.analysis.detection.
const detectionQuantile = (parts, phases, interval, percent, count) => {
  const varying = parts.filter((part) => part.detected);
  const points = !varying.length ? [] : phases.each
    .map((phase, k) => [phase.latency, sum(varying.map((part) => part.detected[k]))]).sort((a, b) => a[0] - b[0]);
  const even = sum(parts.map((part) => part.even)), expected = even + sum(points.map((point) => point[1]));
  const place = Math.min(Math.max(((count + 1 / 3) * percent) / 100 + 1 / 3, 1), count), share = place / (count + 1);
  if (!points.length) return share * interval;
  let before = 0, cumulated = 0, next = 0;
  for (let k = 0; k <= GRID; k++) {
    const x = k === GRID ? interval : k * (interval / GRID);
    while (next < points.length && points[next][0] <= x) cumulated += points[next++][1];
    const now = Math.min(1, (cumulated + (even * x) / interval) / expected);
    if (now > share || k === GRID) {
      const part = now > before ? Math.max(0, share - before) / (now - before) : 0;
      return k ? ((k - 1) + Math.min(1, part)) * (interval / GRID) : 0;
    }
    before = now;
  }
};

// Erlang's B: the probability that an arrival finds every actor busy.
const allBusy = (offered, actors) => {
  if (actors > 1000 && offered < actors / 2) return 0;
  if (offered >= 2 * actors) return 1 - actors / offered;
  let inverse = 1;
  for (let servers = 1; servers <= actors; servers++) inverse = offered ? 1 + (inverse * servers) / offered : Infinity;
  return 1 / inverse;
};

const sourcesUnknown = (model, counts, loss) => {
  const groups = model.groups.filter((_, g) => counts[g]);
  const taking = groups.filter((group) => group.weight && group.accepts > 0), hosting = groups.filter((group) => group.hosts);
  const alike = new Set(taking.map((group) => `${group.weight} ${group.accepts}`)).size <= 1;
  if (!loss && taking.length === hosting.length && taking.every((group) => group.hosts) && alike) return null;
  if (hosting.length === 1 && taking.every((group) => group.hosts)) return null;
  return model.arrivals <= model.settled * model.actors ? null : model.words.drift;
};

// All figures at these settings.
const atSettings = memory(1000);
const figuresAt = (model, s) => atSettings(JSON.stringify(s), () => computed(model, s));
const computed = (model, s) => {
  const words = model.words, counts = countsWith(model, s.dead), routes = routesOf(model, counts);
  const stages = stagesOf(model, latencyAt(model, s.tail));
  const means = routes.map((route) => meanOf(stages.migration(route)) / 1e6);
  const usual = Math.max(0, ...means.filter(Number.isFinite)), within = s.timeout + s.interval;
  // All records are removed before the end: the drain is made long enough for it.
  const needed = Math.ceil(Math.max(within, 10 * usual) + s.retention + s.interval);
  const drain = Math.max(model.drain, needed), horizon = model.span + drain;
  const longestMean = Math.max(0, ...means.map((mean) => Math.min(horizon, mean))), longest = Math.max(within, 10 * longestMean);

  let shares = model.reason || sourcesUnknown(model, counts, s.loss);
  const found = [], phases = phasesOf(s);
  if (!shares) {
    for (const source of new Set(routes.map((route) => route.s))) {
      const own = routes.filter((route) => route.s === source), share = sum(own.map((route) => route.share));
      const weights = own.map((route) => model.groups[route.t].weight * (counts[route.t] - (route.t === source)));
      own.forEach((route, k) => found.push(attemptsOn(route, (share * weights[k]) / sum(weights), s, stages, phases)));
    }
  }
  const flows = found.map((each) => each.flow), ends = found.flatMap((each) => each.ends);
  const of = (which) => sum(flows.map((flow) => flow[which]));
  const ofMigrations = (outcome) => sum(ends.filter((end) => end.outcome === outcome).map((end) => end.mass));
  const willing = sum(flows.map((flow) => flow.attempts * flow.route.accepts));
  const ofWilling = (which) => (willing ? of(which) / willing : 0);
  const blocked = sum(ends.map((end) => Math.min(end.first, end.mass * model.arriving)));
  const busy = ends.length
    ? model.rate * model.peak * (blocked + of("stuck") * model.span)
    : model.rate * Math.max(s.timeout + s.interval / 2, Math.min(model.arriving, longestMean));
  if (!shares) {
    if (!model.actors) shares = words.no_actors;
    else if (allBusy(busy, model.actors) > 1e-3) shares = words.all_busy;
    else if ((Math.max(ofWilling("late"), s.loss) * model.arrivals) / model.actors / Math.max(1, model.executors - 1) > 1e-3) shares = words.blocking;
  }
  let phase = null;
  if (model.aligned && !model.poisson) phase = words.regular;
  else if (model.aligned && model.arriving < 20 * s.interval) phase = words.aligned;
  else if (s.interval < 0.1) phase = words.short;
  else if (busy > CROWDED * model.actors) phase = words.crowded;

  const figures = {};
  const put = (name, value, reason, low = null, high = null) => {
    const missing = reason || (Number.isFinite(value) ? null : words.infinite);
    figures[name] = { value: missing ? null : value, reason: missing, low: missing ? low : null, high: missing ? high : null };
  };

  // Detection
  const detections = model.arrivals_in_window * of("timed_out"), count = Math.max(1, detections);
  let undetected = phase || shares || (detections < NONE ? words.no_detection : null);
  undetected = undetected || model.one_phase || (detections < FEW ? words.too_few : null);
  for (const percent of [50, 99]) {
    const value = undetected ? 0 : detectionQuantile(found.map((each) => each.detections), phases, s.interval, percent, count);
    put(`detection_latency.p${percent}`, value, undetected, 0, s.interval);
    put(`detection_total.p${percent}`, s.timeout + value, undetected, s.timeout, within);
  }

  // Mistakes and outcomes
  const late = ofWilling("late") > NEVER, ends_late = drain < longest ? words.drain : null;
  const mistaken = shares || (late ? phase : null), unwilling = willing ? null : words.unwilling;
  const window = Math.max(0, Math.min(model.arriving, model.span) - model.warmup);
  put("false_positives.rate", ofWilling("mistaken"), mistaken || unwilling);
  put("qos.mistake_rate_per_s", window ? (model.arrivals_in_window * of("mistaken")) / window : 0, mistaken || unwilling);
  const completed = ofMigrations("completed"), ended = completed + ofMigrations("rejected") + ofMigrations("timed_out");
  put("success_rate", ended ? completed / ended : 0, mistaken || ends_late);

  // Records and what they cost
  const ticks = counts.reduce((total, each) => total + each, 0) * (model.aligned ? Math.ceil(horizon / s.interval) : horizon / s.interval);
  const least = (ticks * model.costs.tick) / 1e6;
  const tailed = flows.filter((flow) => flow.late > NEVER * flow.attempts
    || (flow.completed > NEGLIGIBLE && stages.migration(flow.route).some((part) => part.v === null)));
  let unknown = shares || phase || (s.loss && late ? words.lost_and_late : null) || model.records_reason;
  unknown = unknown || (model.span < 10 * usual ? words.start : null);
  unknown = unknown || (new Set(tailed.map((flow) => stages.migration(flow.route).map((part) => part.id).join())).size > MOST_TAILS ? words.many_tails : null);
  const kinds = unknown ? [] : kindsOf(model, s, { flows, ends, tailed, stages, busy, horizon });
  const arrivals = windowOf(model.warmup, model.span);
  const held = sum(kinds.map((kind) => kind.rate * kind.held(arrivals)));
  put("records.mean", held, unknown);
  put("records.mean_bytes", held * model.costs.record, unknown);
  const removals = sum(kinds.map((kind) => kind.removals(s.retention))) * model.span;
  const scans = sum(kinds.map((kind) => kind.rate * kind.scans)) * model.span;
  const cost = (ticks * model.costs.tick + scans * model.costs.detect + removals * model.costs.cleanup) / 1e6;
  const removed = removals > 1e-12 * model.span ? null : words.none_removed;
  const open = drain < longest + s.retention + s.interval ? words.removal : null;
  put("manager.cpu_share", cost / (model.executors * horizon), unknown || removed || open, least / (model.executors * horizon));
  return { figures, counts, drain };
};

// The kinds of record that there are, as in icnsim.analysis.model.
const kindsOf = (model, s, { flows, ends, tailed, stages, busy, horizon }) => {
  const again = model.rate / Math.max(1, model.actors - busy), kinds = [];
  const home = (route) => (again * route.share) / Math.max(1, route.sources);
  const ticks = (horizon - model.arriving / 2) / s.interval, life = s.retention + s.interval / 2;
  for (const { route, attempts } of tailed) {
    const there = stages.downtime(route), rest = [[...there, ...stages.ack(route)], there];
    const [source, target] = tailsOf(stages.evaluated(route), stages.reply(route, "accept"), rest, s, horizon);
    const rate = model.rate * attempts * route.accepts;
    kinds.push(tailedKind(rate, source, home(route), s, model.arriving, horizon));
    kinds.push(tailedKind(rate, target, again, s, model.arriving, horizon));
  }
  const isTailed = new Set(tailed.map((flow) => flow.route));
  for (const { route, outcome, mass, first, scans } of ends) {
    const rate = model.rate * mass, active = first / mass;
    if (outcome === "completed" && isTailed.has(route)) continue;
    if (outcome === "timed_out") {
      kinds.push(kindOf(rate, active, Math.ceil(s.retention / s.interval - 1e-9) * s.interval, 0, scans / mass, again));
      continue;
    }
    kinds.push(kindOf(rate, active, life, s.interval, scans / mass, outcome === "completed" ? home(route) : again));
    if (outcome !== "completed") continue;
    const there = meanOf(stages.restoring(route)) / 1e6, acked = meanOf(stages.ack(route)) / 1e6;
    kinds.push(answered(rate, there, s, again, Math.max(0, active - acked - there)));
  }
  for (const flow of flows) {
    const left = flow.stuck + flow.stranded + (isTailed.has(flow.route) ? 0 : flow.late);
    kinds.push(stuck(model.rate * left, ticks));
    if (!flow.unacknowledged) continue;
    const there = meanOf(stages.restoring(flow.route)) / 1e6;
    kinds.push(answered(model.rate * flow.unacknowledged, there, s, again, meanOf(stages.evaluated(flow.route)) / 1e6));
  }
  return kinds.filter((kind) => kind.rate > 1e-12);
};
