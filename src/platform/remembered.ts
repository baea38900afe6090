// One look at the whole system answers every question of one scan: where a look is a program to start,
// its answer is kept for one sampling interval and not longer.

/** @param keepMs how long an answer may be reused, milliseconds */
export function remembered<T>(keepMs: number, look: () => T): () => T {
  let kept: { readonly answer: T; readonly atMs: number } | undefined;
  return () => {
    if (!kept || performance.now() - kept.atMs > keepMs) kept = { answer: look(), atMs: performance.now() };
    return kept.answer;
  };
}
