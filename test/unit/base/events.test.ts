// docs/events.md has every event with its fields, and no other.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT } from '../../helpers/paths.ts';

const source = readFileSync(join(ROOT, 'src', 'base', 'events.ts'), 'utf8');
const page = readFileSync(join(ROOT, 'docs', 'events.md'), 'utf8');

interface EventShape {
  readonly type: string;
  readonly fields: readonly string[];
}

/** The members of the union SeqxEvent, as the compiler reads them. */
function unionMembers(): EventShape[] {
  const file = ts.createSourceFile('events.ts', source, ts.ScriptTarget.Latest);
  const alias = file.statements.find(
    (one): one is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(one) && one.name.text === 'SeqxEvent',
  );
  if (!alias || !ts.isUnionTypeNode(alias.type)) throw new Error('there is no union SeqxEvent');
  return alias.type.types.filter(ts.isTypeLiteralNode).map(literal => {
    const properties = literal.members.filter(ts.isPropertySignature).map(property => ({
      name: property.name.getText(file),
      text: property.type?.getText(file) ?? '',
    }));
    const type = properties.find(({ name }) => name === 'type')?.text.slice(1, -1) ?? '';
    return { type, fields: properties.map(({ name }) => name).filter(name => name !== 'type') };
  });
}

const documented: EventShape[] = page
  .split(/^## /m)
  .slice(1)
  .map(section => ({
    type: section.split('\n')[0] ?? '',
    fields: [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name),
  }));

test('the union is found', () => {
  expect(unionMembers().length).toBeGreaterThan(30);
});

test('docs/events.md explains every event, in the order of the table, with all its fields', () => {
  expect(documented).toEqual(unionMembers());
});

test('every event has its sentence', () => {
  for (const section of page.split(/^## /m).slice(1)) {
    expect(section.split('\n')[2], section).toMatch(/^[A-Z`g].{15,}\.$/);
  }
});

test('event names are kebab-case', () => {
  for (const { type } of unionMembers()) expect(type).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
