// One place where every request to stop arrives, whoever made it: a signal, a cancel message, an AbortSignal.

import type { SignalName } from './outcome.ts';
import type { Cancel } from './wake.ts';

export type StopRequest =
  | { readonly kind: 'signal'; readonly signal: SignalName }
  | { readonly kind: 'cancel'; readonly by: string }
  | { readonly kind: 'abort' }
  /** Not asked of us: somebody is ending our command by himself. */
  | { readonly kind: 'notice'; readonly by: string };

export class Stop {
  readonly #listeners = new Set<(request: StopRequest) => void>();
  readonly #requests: StopRequest[] = [];

  request(request: StopRequest): void {
    if (request.kind !== 'notice') this.#requests.push(request);
    for (const listener of [...this.#listeners]) listener(request);
  }

  /** The first request so far. */
  get requested(): StopRequest | undefined {
    return this.#requests[0];
  }

  /** Calls the listener for every request from now on. */
  listen(listener: (request: StopRequest) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
