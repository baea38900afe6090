// Waiting without guessing: a condition, a limit, and a sentence for when it does not come true.

import { setTimeout as pause } from 'node:timers/promises';

/** Polls until the condition gives something truthy, and returns it. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  limitMs = 20_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await pause(5);
  }
}
