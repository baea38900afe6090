// Sizes and durations as people write and read them. Binary units, strict: what is not understood is
// `undefined`, so that the caller can name where the malformed value came from.

const SIZE_UNITS: Record<string, number> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Bytes from `512M`, `2GiB`, `1.5g`, `100kb`; a bare number is megabytes (the old scripts' MEMORY_LIMIT_MB). */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([bkmgt])(?:i?b)?)?$/i.exec(text.trim());
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]) * (SIZE_UNITS[match[2]?.toLowerCase() ?? 'm'] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Milliseconds from `250ms`, `5s`, `1h30m`, `1.5h`; a bare number is seconds. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return finite(Number(trimmed) * 1_000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * (DURATION_UNITS[unit ?? ''] ?? Number.NaN);
  }
  return finite(totalMs);
}

// 100 years: far above any use, far below where timers and BigInt conversions lose digits.
const LONGEST_MS = 100 * 365 * 86_400_000;
const finite = (ms: number): number | undefined => (ms <= LONGEST_MS ? Math.round(ms) : undefined);

/** A size as it can be typed again, to the byte: `2G`, `2050M`. */
export const spellSize = (bytes: number): string => spell(bytes, SIZE_UNITS).toUpperCase();

/** A duration as it can be typed again, to the millisecond: `5m`, `90s`, `1500ms`. */
export const spellDuration = (ms: number): string => spell(ms, DURATION_UNITS);

/** In the largest unit that leaves no rest; the units go from small to large. */
function spell(value: number, units: Record<string, number>): string {
  const [unit = '', factor = 1] = Object.entries(units).findLast(([, size]) => value % size === 0) ?? [];
  return value === 0 ? '0' : `${value / factor}${unit}`;
}

/** `2.0 GiB`, `50.0 MiB`, `512 MiB`, `0 B`: one decimal, none for bytes and for hundreds below a GiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || (value >= 100 && unit < 3) ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `450ms`, `1.5s`, `12s`, `1m12s`, `2h05m`, `3d04h`: at most two units. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.floor(ms))}ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1).replace('.0', '')}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return pair(seconds, 60, 'm', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3_600, 'h', 60, 'm');
  return pair(seconds, 86_400, 'd', 3_600, 'h');
}

function pair(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  const head = `${Math.floor(seconds / big)}${bigUnit}`;
  return rest === 0 ? head : `${head}${String(rest).padStart(2, '0')}${smallUnit}`;
}
