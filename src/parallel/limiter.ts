// The one door of p-limit, loaded when the first tasks run.

type PLimit = typeof import('p-limit').default;
export type Limiter = ReturnType<PLimit>;

/** A limit whose `concurrency` may be changed while it works. */
export async function limiter(concurrency: number): Promise<Limiter> {
  // The command line is one CommonJS file: a module that is required there comes wrapped once more.
  const found: { readonly default: PLimit | { readonly default: PLimit } } = await import('p-limit');
  const pLimit = typeof found.default === 'function' ? found.default : found.default.default;
  return pLimit(concurrency);
}
