// From git's own account of what it did: did it fail because another git had the index locked, before it did
// anything at all? Pure.

interface TraceEvent {
  readonly event?: unknown;
  readonly sid?: unknown;
  readonly msg?: unknown;
  readonly code?: unknown;
}

const DIED = 128;

/**
 * @param trace lines of JSON as git writes them for GIT_TRACE2_EVENT; one that is torn or foreign means no
 */
export function hasLostRace(trace: string): boolean {
  const events = trace
    .split('\n')
    .filter(line => line !== '')
    .map(parse);
  const isAlone = events.every(event => event !== undefined && !isForeign(event));
  const errors = events.filter(event => event?.event === 'error');
  const end = events.findLast(event => event?.event === 'exit');
  return isAlone && end?.code === DIED && errors.length === 1 && isLockTaken(errors[0]?.msg);
}

/** Another git below it, or a program that it started, may have done something. */
const isForeign = ({ event, sid }: TraceEvent): boolean =>
  event === 'child_start' || event === 'exec' || (typeof sid === 'string' && sid.includes('/'));

/**
 * The words are in the user's language. What tells "another git has it" from any other failure is the paragraph
 * of advice that git adds to it alone (unable_to_lock_message in its lockfile.c).
 */
const isLockTaken = (message: unknown): boolean =>
  typeof message === 'string' && /\/index\.lock\W/.test(message) && message.includes('\n\n');

function parse(line: string): TraceEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
