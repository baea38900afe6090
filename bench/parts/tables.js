// How figures are written on the page.

import { fixed } from './stats.js';

export function machine({ before, after }) {
  const { cores, processor, memoryGib, kernel, node, processes } = before;
  const load = `load ${fixed(before.load)} before`;
  return (
    `Machine: ${cores} cores (${processor}), ${memoryGib} GiB, Linux ${kernel}, Node ${node}; ` +
    `${processes} threads on it, ${load}, ${fixed(after.load)} after.`
  );
}

export function table(head, rows) {
  const line = cells => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

export const ends = ({ min, median, max }, digits) => [
  fixed(min, digits),
  `**${fixed(median, digits)}**`,
  fixed(max, digits),
];

export const findRow = (rows, start) => rows.find(({ label }) => label.startsWith(start));

export const verdict = (value, aim) =>
  value < aim ? 'met' : `missed by ${fixed((value / aim - 1) * 100, 0)} %`;
