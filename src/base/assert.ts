// A broken invariant is a bug in seqx: it is thrown, never handled, and names what was expected.

/** Thrown when something that seqx guarantees to itself turns out false. Never part of normal operation. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

export function assert(condition: unknown, expectation: string): asserts condition {
  if (!condition) throw new InvariantError(`broken invariant: ${expectation}`);
}

/** For the `default` of an exhaustive switch: a new case without a branch fails to compile. */
export function unreachable(value: never): never {
  throw new InvariantError(`broken invariant: unexpected ${JSON.stringify(value)}`);
}
