// Waiting for the first of several things, with every other one cancelled: no timer or socket is left behind.

export type Cancel = () => void;

/** Starts every source; resolves when the first calls its `done`, then cancels them all. */
export function firstOf(sources: readonly ((done: () => void) => Cancel)[]): Promise<void> {
  return new Promise(resolve => {
    const cancels: Cancel[] = [];
    let isDone = false;
    const done = () => {
      isDone = true;
      for (const cancel of cancels.splice(0)) cancel();
      resolve();
    };
    for (const source of sources) {
      cancels.push(source(done));
      if (isDone) return done();
    }
  });
}
