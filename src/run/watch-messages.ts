// What wrapper and watchdog say to each other: one JSON object a line, over the watchdog's stdin and stdout.
// The wrapper's end of stdin is the tie: when it closes without `done`, the wrapper is dead.

import { StringDecoder } from 'node:string_decoder';
import type { SeqxEvent } from '../base/events.ts';
import type {
  EndReport,
  GateInfo,
  ProcessFacts,
  ProcessRef,
  RunTarget,
  Share,
  TicketRecord,
} from '../base/ports.ts';
import type { Origins, Settings } from '../base/settings.ts';
import type { Limits } from './verdict.ts';

export interface WatchOrder {
  readonly type: 'watch';
  readonly gate: GateInfo;
  /** The slot entry to keep alive; `undefined` for a nested run, which holds none. */
  readonly slotId: string | undefined;
  /** The ticket to remove with the slot, by file name. */
  readonly ticketName: string | undefined;
  /** How the run shares the gate: the entry goes on saying so. */
  readonly share: Share | undefined;
  /** The command, as the slot entry names it; `undefined` for a program that holds the gate itself. */
  readonly command: ProcessRef | undefined;
  /** Whom it watches and may end. */
  readonly tree: RunTarget;
  /** Of the wrapper; absent where there is none (hold). */
  readonly executable?: string | undefined;
  readonly heldAt: string;
  readonly startedAt: string;
  readonly limits: Limits;
  readonly graceMs: number;
  /** What to do about memory pressure; absent where that is nothing. */
  readonly pressure?: PressureOrder | undefined;
}

/** Of a run that shares its gate and makes room. */
export interface PressureOrder {
  readonly how: 'suspend' | 'end';
  /** What all who share the gate may use together, bytes; 0 is no limit. */
  readonly thresholdBytes: number;
}

/**
 * The order of a watchdog that stays behind when `seqx hold` returns: it is tied to the owner, not to the one
 * who gave the order, and so does everything that a wrapper would do at the end.
 */
export interface HoldOrder extends Omit<WatchOrder, 'type' | 'slotId' | 'ticketName' | 'command'> {
  readonly type: 'hold';
  readonly slotId: string;
  readonly ticketName: string;
  /** Who holds, and the root of the tree as well, but for pid 1: everything descends from it, so nobody is its run. */
  readonly command: ProcessRef;
  readonly record: TicketRecord;
  readonly settings: Settings;
  readonly origins: Origins;
  readonly waitedMs: number;
  /** Session and group of the owner. */
  readonly home: Pick<ProcessFacts, 'session' | 'group'> | undefined;
  /** Where to write down what happened; absent where no place for it is known. */
  readonly journal: string | undefined;
}

export type ToWatchdog =
  | WatchOrder
  | HoldOrder
  /** One more command of a run that has several: with its parent chain it is known also when it shows no token. */
  | { readonly type: 'root'; readonly root: ProcessRef }
  /** Somebody asks the run to end, or it has ended: it must not stand still for memory pressure. */
  | { readonly type: 'let-go'; readonly isForGood: boolean }
  | { readonly type: 'done' };

export type FromWatchdog =
  | { readonly type: 'event'; readonly event: SeqxEvent }
  /** It has its order: from now on it ends by itself when it is told that the run is done. */
  | { readonly type: 'ready' }
  /** The tree stands still while its memory is measured. */
  | { readonly type: 'measuring' }
  | { readonly type: 'measured' }
  /** Members whose environment no longer shows the token: known by descent, lost once their parent ends. */
  | { readonly type: 'hidden'; readonly members: readonly ProcessRef[] }
  | { readonly type: 'tree-ended'; readonly report: EndReport }
  | { readonly type: 'slot-lost' };

/** Splits a stream of bytes into parsed lines; what is no message is dropped. */
export function messageReader<T>(onMessage: (message: T) => void): (chunk: Buffer) => void {
  // A chunk may end within a character: decoded by itself, `ü` in a path becomes two replacement marks.
  const decoder = new StringDecoder('utf8');
  let text = '';
  return chunk => {
    text += decoder.write(chunk);
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const message = parse<T>(line);
      if (message !== undefined) onMessage(message);
    }
  };
}

function parse<T>(line: string): T | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
