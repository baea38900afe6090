// Names that carry identity: one string says when somebody arrived and which process on which boot it is,
// so that creating a file and identifying its owner are one atomic step (docs/on-disk.md).

/** One contender, as written into every ticket and slot entry. */
export interface Identity {
  /** Arrival on the boot-wide monotonic clock, nanoseconds; `NEVER_ARRIVED` for a run that went past the gate. */
  readonly arrivalNs: bigint;
  readonly pid: number;
  /** Start time of the process in the platform's own unit; `0` where it is unknown. */
  readonly start: string;
  /** First 8 hex digits of the boot id; all zeros where there is none. */
  readonly boot: string;
  /** Inode of the pid namespace; `0` where there is none. */
  readonly namespace: string;
  /** 8 random hex digits: the short name shown to people, and the name of the socket. */
  readonly nonce: string;
}

/** A waiting priority: 0 high, 1 normal, 2 low. */
export type Band = 0 | 1 | 2;

/** A place in the queue: its file name is `<band>-<id>`. */
export interface Ticket {
  readonly band: Band;
  readonly id: string;
  readonly identity: Identity;
}

/** No clock says so: a run that went past the gate has never come to the queue, and is told by it from one that had a slot. */
export const NEVER_ARRIVED = 0n;

export const hasArrived = ({ arrivalNs }: Identity): boolean => arrivalNs !== NEVER_ARRIVED;

const ID = /^(\d{20})-([1-9]\d{0,9})-(\d{1,20})-([0-9a-f]{8})-(\d{1,20})-([0-9a-f]{8})$/;

export function formatId(identity: Identity): string {
  const { arrivalNs, pid, start, boot, namespace, nonce } = identity;
  return `${arrivalNs.toString().padStart(20, '0')}-${pid}-${start}-${boot}-${namespace}-${nonce}`;
}

/** Reads an id back; anything that seqx could not have written is `undefined`. Pid 1 passes: seqx may be a container's first process. */
export function parseId(name: string): Identity | undefined {
  const match = ID.exec(name);
  if (!match) return undefined;
  const [, arrival = '', pidText = '', start = '', boot = '', namespace = '', nonce = ''] = match;
  const pid = Number(pidText);
  if (pid > 0x7fffffff) return undefined;
  return { arrivalNs: BigInt(arrival), pid, start, boot, namespace, nonce };
}

export const ticketName = (ticket: Ticket): string => `${ticket.band}-${ticket.id}`;

export function parseTicketName(name: string): Ticket | undefined {
  const band = name[0];
  if ((band !== '0' && band !== '1' && band !== '2') || name[1] !== '-') return undefined;
  const id = name.slice(2);
  const identity = parseId(id);
  return identity && { band: Number(band) as Band, id, identity };
}

/** 32 random bits. Not a secret: uniqueness comes from pid, start time and arrival together. */
export const randomNonce = (): string =>
  Math.floor(Math.random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
