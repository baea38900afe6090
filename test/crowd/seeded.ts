// Random numbers that can be had again: SEQX_TEST_SEED=N repeats the decisions of an earlier storm.

export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(what: string) {
    const given = process.env.SEQX_TEST_SEED;
    this.seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
    this.#state = this.seed;
    process.stdout.write(`${what}: SEQX_TEST_SEED=${this.seed}\n`);
  }

  /** From 0 up to 1: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.next() * items.length)];
  }
}
