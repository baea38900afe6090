import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/helpers/closing-line.ts';

/** One after the other, in this order: what is in one group shares the machine with that group alone. */
const GROUPS = [
  { name: 'pure', folders: ['unit', 'model'], maxWorkers: 2 },
  // These wait more than they work: 3 of them leave 2 cores room.
  { name: 'processes', folders: ['e2e', 'package'], maxWorkers: 3 },
  // Crowds and replayed races load the machine by themselves.
  { name: 'races', folders: ['fault', 'crowd'], maxWorkers: 2 },
];

export default defineConfig({
  test: {
    reporters: ['default', new ClosingLine()],
    projects: GROUPS.map(({ name, folders, maxWorkers }, groupOrder) => ({
      test: {
        name,
        include: folders.map(folder => `test/${folder}/**/*.test.ts`),
        globalSetup: ['test/helpers/global-setup.ts'],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        pool: 'forks' as const,
        maxWorkers,
        fileParallelism: maxWorkers > 1,
        sequence: { groupOrder },
      },
    })),
  },
});
