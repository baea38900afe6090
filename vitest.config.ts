import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/helpers/closing-line.ts';

export default defineConfig({
  test: {
    globalSetup: ['test/helpers/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on few cores: files one after the other, so that a crowd is the only crowd.
    fileParallelism: false,
    pool: 'forks',
    reporters: ['default', new ClosingLine()],
  },
});
