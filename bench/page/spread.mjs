// The spread of repeated measurements. Used in the page and by the scripts around it.

/** Least, quartiles and greatest. */
export function spread(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share));
  return { min: sorted[0], q1, median, q3, max: sorted.at(-1) };
}

/** The spread of how many times as long each sample is as the one of the same round on the other side. */
export function ratios(samples, base) {
  return spread(samples.map((sample, round) => sample / base[round]));
}

function quantile(sorted, share) {
  const position = (sorted.length - 1) * share;
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
