// Where `--events` writes: a file, or a descriptor that the caller has opened. Pure.

export type EventsTarget =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'descriptor'; readonly fd: number };

const HIGHEST_FD = 0xffff;

/** `fd:3`, or a path; `undefined` for what is neither. A file that is named like a descriptor is `./fd:3`. */
export function parseEventsTarget(text: string): EventsTarget | undefined {
  if (text === '' || text.includes('\0')) return undefined;
  if (!text.startsWith('fd:')) return { kind: 'file', path: text };
  const fd = /^fd:[1-9]\d{0,4}$/.test(text) ? Number(text.slice(3)) : 0;
  return fd >= 1 && fd <= HIGHEST_FD ? { kind: 'descriptor', fd } : undefined;
}
