// Names that carry identity: what is written is read back, and nothing else is ever taken for a name.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatId,
  type Identity,
  parseId,
  parseTicketName,
  randomNonce,
  ticketName,
} from '../../../src/base/identity.ts';

const hex8 = fc.nat(0xffffffff).map(number => number.toString(16).padStart(8, '0'));
const digits = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }).map(String);
const identities: fc.Arbitrary<Identity> = fc.record({
  arrivalNs: fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }),
  pid: fc.integer({ min: 2, max: 0x7fffffff }),
  start: digits,
  boot: hex8,
  namespace: digits,
  nonce: hex8,
});

const GOOD = '00000000012345678901-4321-99-0123abcd-4026531836-deadbeef';
const withPid = (pid: string) => GOOD.replace('-4321-', `-${pid}-`);

test('every identity comes back from its name', () => {
  fc.assert(
    fc.property(identities, identity => {
      expect(parseId(formatId(identity))).toEqual(identity);
    }),
  );
});

test('every ticket comes back from its name', () => {
  fc.assert(
    fc.property(identities, fc.constantFrom(0, 1, 2), (identity, band) => {
      const ticket = { band, id: formatId(identity), identity } as const;
      expect(parseTicketName(ticketName(ticket))).toEqual(ticket);
    }),
  );
});

test('sorted names are sorted arrivals', () => {
  fc.assert(
    fc.property(identities, identities, (a, b) => {
      fc.pre(a.arrivalNs !== b.arrivalNs);
      expect(formatId(a) < formatId(b)).toBe(a.arrivalNs < b.arrivalNs);
    }),
  );
});

test('a name that is read is written the same way again', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f-]{0,70}$/), text => {
      const identity = parseId(text);
      if (identity) expect(formatId(identity)).toBe(text);
    }),
  );
});

describe('no name is', () => {
  test.each([
    ['pid 0, which kill(2) takes for our own group', withPid('0')],
    ['pid -1, which kill(2) takes for everybody', withPid('-1')],
    ['pid 01', withPid('0043')],
    ['pid 2^31', withPid('2147483648')],
    ['a huge pid', withPid('99999999999999999999')],
    ['a pid in exponent form', withPid('1e3')],
    ['a fraction', withPid('4.5')],
    ['no pid', withPid('')],
    ['a short arrival', GOOD.slice(1)],
    ['a long arrival', `0${GOOD}`],
    ['a short nonce', GOOD.slice(0, -1)],
    ['a long nonce', `${GOOD}0`],
    ['capital hex', GOOD.replace('deadbeef', 'DEADBEEF')],
    ['a newline at its end', `${GOOD}\n`],
    ['a line of several', `x\n${GOOD}`],
    ['a path', `../${GOOD}`],
    ['a draft', `.${GOOD}`],
    ['a start time of 21 digits', GOOD.replace('-99-', `-${'9'.repeat(21)}-`)],
    ['other digits than ASCII', GOOD.replace('4321', '٤٣٢١')],
    ['nothing', ''],
    ['a hidden file', '.DS_Store'],
  ])('%s', (_what, name) => {
    expect(parseId(name)).toBeUndefined();
    expect(parseTicketName(`1-${name}`)).toBeUndefined();
  });

  test.each(['3-', '-1-', 'a-', '1', '11-', ' 1-', '1_'])('band %j', band => {
    expect(parseTicketName(`${band}${GOOD}`)).toBeUndefined();
  });

  test('an id without a band a ticket', () => {
    expect(parseId(GOOD)).toBeDefined();
    expect(parseTicketName(GOOD)).toBeUndefined();
  });
});

test('the largest pid passes', () => {
  expect(parseId(withPid('2147483647'))?.pid).toBe(2147483647);
});

test('a nonce is 8 hex digits', () => {
  for (let i = 0; i < 500; i++) expect(randomNonce()).toMatch(/^[0-9a-f]{8}$/);
});
