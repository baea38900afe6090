// The run token: `SEQX_RUN=<gate>:<id>[,<gate>:<id>…]` in a command's environment, outermost run first.
// It finds the processes of a run that left the parent chain. It is no secret and no permission: a pass
// through the gate is granted only to proven descendants of a living holder.

export const RUN_VARIABLE = 'SEQX_RUN';

export const runToken = (gate: string, id: string): string => `${gate}:${id}`;

/** Splits the variable's value; an absent or empty one is no run at all. */
export const parseRunChain = (value: string | undefined): string[] =>
  value === undefined ? [] : value.split(',').filter(token => token !== '');

export const formatRunChain = (tokens: readonly string[]): string => tokens.join(',');
