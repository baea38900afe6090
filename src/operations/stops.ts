// Where requests to stop come from: an AbortSignal, and, for programs that are only a wrapper, the signals of
// the process itself.

import type { SeqxEvent } from '../base/events.ts';
import type { Cancel, SignalName } from '../base/ports.ts';
import type { Stop } from '../base/stop.ts';
import { HANDLED_SIGNALS } from '../run/signals.ts';

/** A listener that throws must not decide what becomes of a run. */
export function telling(onEvent: ((event: SeqxEvent) => void) | undefined): (event: SeqxEvent) => void {
  return event => {
    try {
      onEvent?.(event);
    } catch {
      // its own affair
    }
  };
}

/** Starts listening; the returned function gives the signals back. */
export function listenForStops(
  stop: Stop,
  options: { readonly signal?: AbortSignal | undefined; readonly takeSignals?: boolean | undefined },
): Cancel {
  const { signal } = options;
  const onAbort = () => stop.request({ kind: 'abort' });
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort);
  const onSignal = (name: SignalName) => stop.request({ kind: 'signal', signal: name });
  const taken = options.takeSignals ? HANDLED_SIGNALS : [];
  for (const name of taken) process.on(name, onSignal);
  return () => {
    signal?.removeEventListener('abort', onAbort);
    for (const name of taken) process.off(name, onSignal);
  };
}
