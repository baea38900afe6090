// Whose turn is it? Pure: tickets and times in, answer out. Within a band arrival order; a higher band goes
// ahead of waiting lower ones, never ahead of a holder; whoever waited ten minutes rises one band.

import type { Ticket } from '../base/identity.ts';

const RISE_NS = 600_000_000_000n;

export type Turn =
  | { readonly kind: 'mine' }
  | {
      readonly kind: 'wait';
      /** 1 is next. */
      readonly position: number;
      readonly of: number;
      /** The ticket to wake up after, or `undefined` when only holders are ahead. */
      readonly behind: Ticket | undefined;
    };

/** The band a ticket counts as by now. */
function bandNow(ticket: Ticket, nowNs: bigint): number {
  const waitedNs = nowNs - ticket.identity.arrivalNs;
  return Math.max(0, ticket.band - (waitedNs > 0n ? Number(waitedNs / RISE_NS) : 0));
}

/** Sorts waiting tickets into the order in which they will run. */
export function queueOrder(tickets: readonly Ticket[], nowNs: bigint): Ticket[] {
  return [...tickets].sort(
    (a, b) => bandNow(a, nowNs) - bandNow(b, nowNs) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/**
 * However many slots there are, only the first in line may take one: so nobody overtakes who needs more room than
 * there is, and each who comes in is seen by the next.
 * @param myId the id of the one who asks; a missing ticket of its own counts as first
 * @param waiting every living ticket that holds no slot
 * @param hasRoom whether there is room for it beside the holders
 */
export function whoseTurn(myId: string, waiting: readonly Ticket[], hasRoom: boolean, nowNs: bigint): Turn {
  const order = queueOrder(waiting, nowNs);
  const index = Math.max(
    0,
    order.findIndex(({ id }) => id === myId),
  );
  if (index === 0 && hasRoom) return { kind: 'mine' };
  return { kind: 'wait', position: index + 1, of: Math.max(1, order.length), behind: order[index - 1] };
}
