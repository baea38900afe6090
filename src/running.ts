// The part of the library that a run needs. The command line's hot path takes it from here, so that starting a
// command does not evaluate what the subcommands are made of.

export { type HoldOptions, type HoldResult, hold } from './operations/hold.ts';
export { inheritedDescriptors, leaveAs, shellWords } from './operations/own-process.ts';
export { type RunOptions, type RunResult, run } from './operations/run.ts';
export type { PlaceOptions } from './place.ts';
