import type { Integration } from './integration.ts';

export const npm: Integration = {
  name: 'npm',
  usage: 'npm',
  describe: '',
  touches: '',
  options: {},
  plan: async () => ({ changes: [], notes: [] }),
  inspect: async () => ({ state: 'absent', detail: '' }),
};
