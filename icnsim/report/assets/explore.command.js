// The command that simulates the current settings.

// A decimal without an exponent.
const decimal = (value) => {
  const text = String(value);
  return text.includes("e-") ? value.toFixed(Math.min(20, Number(text.split("e-")[1]) + 6)).replace(/0+$/, "") : text;
};
const durationText = (seconds) => {
  const ms = Math.round(seconds * 1000);
  return ms % 1000 ? `${ms}ms` : `${ms / 1000}s`;
};
const quoted = (text) => (/^[\w.,:=/%+@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`);

// The keys that differ from the scenario's own, with their values.
const changedKeys = (data, s, found) => {
  const { own, model } = data, keys = [];
  if (s.interval !== own.interval) keys.push(["manager.check_interval", durationText(s.interval)]);
  if (s.timeout !== own.timeout) keys.push(["manager.timeout", durationText(s.timeout)]);
  if (s.retention !== own.retention) keys.push(["manager.retention", durationText(s.retention)]);
  if (s.dead !== own.dead) {
    const groups = data.groups.map((group, g) => ({ ...group, count: found.counts[g] })).filter((group) => group.count);
    keys.push(["executors", JSON.stringify(groups)]);
  }
  if (s.loss !== own.loss) keys.push(["network.loss", decimal(s.loss)]);
  if (s.tail !== null) {
    const std = Math.max(1, Math.round(s.tail * model.latency_mean));
    keys.push(["network.latency", `{distribution: lognormal, mean: ${model.latency_mean}us, std: ${std}us}`]);
  }
  if (found.drain > model.drain) keys.push(["drain", durationText(found.drain)]);
  if (keys.length && data.expects) keys.push(["expect", "{}"]);
  return keys;
};

const commandFor = (data, s, found) => {
  const keys = changedKeys(data, s, found);
  const replaced = (key) => keys.some(([other]) => key === other || key.startsWith(`${other}.`));
  const given = data.overrides.filter(([key]) => !replaced(key)).map(([, text]) => text);
  const set = keys.map(([key, value]) => quoted(`${key}=${value}`));
  return ["icnsim run", data.path, ...[...given, ...set].map((text) => `--set ${text}`)].join(" ");
};
