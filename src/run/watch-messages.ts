// What wrapper and watchdog say to each other: one JSON object a line, over the watchdog's stdin and stdout.
// The wrapper's end of stdin is the tie: when it closes without `done`, the wrapper is dead.

import type { SeqxEvent } from '../base/events.ts';
import type { EndReport, GateInfo, ProcessRef } from '../base/ports.ts';
import type { Limits } from './verdict.ts';

export interface WatchOrder {
  readonly type: 'watch';
  readonly gate: GateInfo;
  /** The slot entry to keep alive; `undefined` for a nested run, which holds none. */
  readonly slotId: string | undefined;
  /** The ticket to remove with the slot, by file name. */
  readonly ticketName: string | undefined;
  readonly token: string;
  readonly root: ProcessRef;
  /** Start time of the wrapper. */
  readonly bornAfter: string;
  readonly executable: string;
  readonly heldAt: string;
  readonly startedAt: string;
  readonly limits: Limits;
  readonly graceMs: number;
}

export type ToWatchdog = WatchOrder | { readonly type: 'done' };

export type FromWatchdog =
  | { readonly type: 'event'; readonly event: SeqxEvent }
  /** The tree stands still while its memory is measured. */
  | { readonly type: 'measuring' }
  | { readonly type: 'measured' }
  | { readonly type: 'tree-ended'; readonly report: EndReport }
  | { readonly type: 'slot-lost' };

/** Splits a stream of bytes into parsed lines; what is no message is dropped. */
export function messageReader<T>(onMessage: (message: T) => void): (chunk: Buffer) => void {
  let text = '';
  return chunk => {
    text += chunk.toString('utf8');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') onMessage(JSON.parse(line) as T);
    }
  };
}
