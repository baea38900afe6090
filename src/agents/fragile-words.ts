// Tasks during which nobody may read beside somebody who writes, because names and formats change under their
// feet: those that rename, migrate, refactor or break. Pure.

import { wordsAsWritten } from '../base/words-of.ts';

// Whole words in their forms: a breakpoint breaks nothing, and immigration is no migration.
const FRAGILE =
  /^(renam(e[sd]?|ings?)|migrat(e[sd]?|ing|ions?)|refactor(s|ed|ings?)?|break(s|ing|ages?)?|broken?)$/;

/** The first word of a task that forbids running side by side. */
export const fragileWord = (task: string): string | undefined =>
  wordsAsWritten(task.replace(/\bre-(?=factor|nam|migrat)/gi, 're')).find(word => FRAGILE.test(word));
