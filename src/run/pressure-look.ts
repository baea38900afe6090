// What a run's watchdog sees of memory pressure: the records of all who hold the gate, what the machine has
// available, and, before anything follows from the sum, that sum with shared pages counted once.

import type { GateInfo, RunRecord, World, Yielding } from '../base/ports.ts';
import { HEARTBEAT_MS } from '../base/settings.ts';
import { honestBytes } from './await-memory.ts';
import { isDire, judgePressure, type Sharing, type Situation, type Step } from './pressure.ts';
import { tokenCarriers } from './token-carriers.ts';

/** A heartbeat that we have watched stand still this long: its watchdog is dead, or is being started again. */
const SILENT_MS = 5 * HEARTBEAT_MS;
/**
 * For finding out what is shared at most 5 % of a core before a step, and 1 % while there is only to wait;
 * meanwhile what was found last counts.
 */
const STEP_COST = 20;
const WAIT_COST = 100;

export interface OwnRun {
  readonly slotId: string;
  readonly gate: GateInfo;
  readonly heldAt: string;
  readonly thresholdBytes: number;
}

/** The run as its own watchdog knows it; what stands in its record may be older. */
export interface OwnState {
  readonly bytes: number;
  readonly yields: Yielding | undefined;
  readonly suspendedMs: number;
}

type LookWorld = Pick<World, 'platform' | 'clock' | 'slots'>;

/** What was found by one look. */
export interface PressureSeen {
  readonly step: Step;
  readonly now: Situation;
  /** Somebody else is there: the next look should be soon. */
  readonly isAmongOthers: boolean;
}

interface Heard {
  readonly record: RunRecord | undefined;
  readonly beatMs: number | undefined;
  readonly sinceNs: bigint;
}

export class PressureLook {
  readonly #own: OwnRun;
  readonly #world: LookWorld;
  #heard = new Map<string, Heard>();
  #lookedNs = 0n;
  #direSinceNs: bigint | undefined;
  #measured = { atNs: 0n, costMs: 0, sharedBytes: 0 };

  constructor(own: OwnRun, world: LookWorld) {
    this.#own = own;
    this.#world = world;
  }

  async look(own: OwnState): Promise<PressureSeen> {
    const simple = this.#situation(own);
    const isAmongOthers = simple.runs.length > 1;
    const isDoubtful = isAmongOthers && this.#isDoubtful(simple, own);
    if (!isDoubtful) this.#measured = { ...this.#measured, sharedBytes: 0 };
    else if (this.#mayMeasure(own)) await this.#measure();
    const now = { ...simple, usedBytes: simple.usedBytes - this.#measured.sharedBytes };
    return { step: this.#judge(own, now), now, isAmongOthers };
  }

  #judge({ suspendedMs, yields }: OwnState, now: Situation): Step {
    const nowNs = this.#world.clock.nowNs();
    const isBad = yields?.suspended !== undefined && isDire(now);
    this.#direSinceNs = isBad ? (this.#direSinceNs ?? nowNs) : undefined;
    const direMs = this.#direSinceNs === undefined ? 0 : Number(nowNs - this.#direSinceNs) / 1e6;
    return judgePressure({ id: this.#own.slotId, suspendedMs, direMs }, now);
  }

  #situation(own: OwnState): Situation {
    const { slotId, heldAt, thresholdBytes } = this.#own;
    const names = this.#world.slots.occupants();
    this.#listen(names);
    let usedBytes = own.bytes;
    const runs = names.map((id): Sharing => {
      if (id === slotId) return { id, heldAt, isHeard: true, yields: own.yields };
      const { record } = this.#heard.get(id) ?? {};
      const isHeard = this.#isHeard(id);
      // Of a dead one nothing is known; whoever comes next ends what it has left.
      if (isHeard) usedBytes += record?.memory?.bytes ?? 0;
      return { id, heldAt: record?.heldAt ?? '', isHeard, yields: record?.yields };
    });
    return { runs, usedBytes, thresholdBytes, machine: this.#machine() };
  }

  /** A record that is being written may be unreadable: then it says what it said before. */
  #listen(names: readonly string[]): void {
    const { slots, clock } = this.#world;
    const nowNs = clock.nowNs();
    const wasAway = Number(nowNs - this.#lookedNs) / 1e6 > SILENT_MS;
    this.#lookedNs = nowNs;
    const heard = new Map<string, Heard>();
    for (const name of names) {
      const before = this.#heard.get(name);
      const beatMs = slots.heartbeatMs(name);
      const isStill = before !== undefined && before.beatMs === beatMs && !wasAway;
      const record = slots.readRecord(name) ?? before?.record;
      heard.set(name, { record, beatMs, sinceNs: isStill ? before.sinceNs : nowNs });
    }
    this.#heard = heard;
  }

  /** Its watchdog writes what its run uses; an entry that is only being tried has none. */
  #isHeard(name: string): boolean {
    const { record, sinceNs } = this.#heard.get(name) ?? {};
    if (record?.memory === undefined || sinceNs === undefined) return false;
    return Number(this.#lookedNs - sinceNs) / 1e6 < SILENT_MS;
  }

  #machine() {
    try {
      return this.#world.platform.machineMemory();
    } catch {
      return undefined;
    }
  }

  /** The simple sum says that something is to be done, or that nothing can change: shared pages may have fooled it. */
  #isDoubtful(simple: Situation, { yields, suspendedMs }: OwnState): boolean {
    if (simple.thresholdBytes === 0) return false;
    const { kind } = judgePressure({ id: this.#own.slotId, suspendedMs, direMs: 0 }, simple);
    return yields?.suspended === undefined ? kind !== 'stay' : kind !== 'resume';
  }

  #mayMeasure({ yields }: OwnState): boolean {
    const { atNs, costMs } = this.#measured;
    const factor = yields?.suspended === undefined ? STEP_COST : WAIT_COST;
    return Number(this.#world.clock.nowNs() - atNs) / 1e6 >= costMs * factor;
  }

  /** The processes of a gate held by `seqx hold` show no token: what these share is not known, and counts. */
  async #measure(): Promise<void> {
    const { platform, clock } = this.#world;
    const beganNs = clock.nowNs();
    const carriers = await tokenCarriers({ gate: this.#own.gate, platform });
    const simpleBytes = carriers.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
    const sharedBytes = simpleBytes - honestBytes(carriers, platform);
    const atNs = clock.nowNs();
    this.#measured = { atNs, costMs: Number(atNs - beganNs) / 1e6, sharedBytes };
  }
}
