// Numbers: the middle and the ends of a series, and how they are written.

export function summarise(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
  return { count: sorted.length, min: sorted[0], median, max: sorted[sorted.length - 1] };
}

/** Median of the ratios of neighbours: a machine that slows down half way slows both of a pair. */
export const ratioOf = (values, base) => summarise(values.map((value, index) => value / base[index]));

export const fixed = (value, digits = 1) => value.toFixed(digits);

export const sum = values => values.reduce((total, value) => total + value, 0);
