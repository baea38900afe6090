// seqx.mk, the makefile that sends plain `make` through the gate. GNU make 4.3 or newer obeys it; older ones and
// BSD make read it, too, so it consists of assignments alone: they say that they cannot use it, and go on.
// Its first line holds a sum of the rest, by which it is known again, and known to be as we wrote it.

import { gateHash } from '../base/project.ts';

const HEADER = /^# seqx\.mk ([0-9a-f]{16}): [^\n]*\n/;

/** How a file of that name stands: ours as it was written (now or by an older seqx), ours with edits, or not ours. */
export function judgeSeqxMk(bytes: Buffer): 'current' | 'older' | 'edited' | 'foreign' {
  // A checkout on Windows may have turned its line ends; make reads both.
  const text = bytes.toString().replaceAll('\r\n', '\n');
  const header = HEADER.exec(text);
  if (!header) return 'foreign';
  if (sumOf(text.slice(header[0].length)) !== header[1]) return 'edited';
  return text === seqxMk() ? 'current' : 'older';
}

const sumOf = (body: string): string => gateHash('seqx.mk', body);

// Tried with GNU make 4.3 and 4.4.1 and with bmake 20200710 (docs/make.md):
// - `$(shell)` starts its shell as a child of make, so $PPID there is make itself; binding SHELL by foreach
//   holds even against `make SHELL=…`, and lasts no longer than the call.
// - MAKEFLAGS begins with the one-letter flags, or with a blank if there are none: hence `firstword -$(…)`.
// - `$(value X)` of a variable that is not set is silent under --warn-undefined-variables.
// - names with a dot are not exported by a Makefile that says `export` without names.
// - to bmake `$(value :!…!)` is a command to run, `$(if …)` a variable without a value; a literal colon in such
//   a name would be a mistake there, so it is made by eval, which only GNU make has.
const BODY = `#
# Each top-level make waits for its turn and keeps it until it ends, however it ends. Sub-makes, and seqx inside
# recipes, belong to that turn. make -n, -q, -t and -p never wait, nor do the goals named in SEQX_UNGATED (set it
# above the line that includes this file). Where seqx is not installed make runs ungated and says so in one line;
# with SEQX_REQUIRED=1 that is an error. Defines no targets and leaves nothing behind but SEQX_RUN and SEQX_UNGATED.

SEQX_UNGATED ?= kill-all

seqx.comma := ,
seqx.colon := $(eval seqx.colon := :)$(seqx.colon)

# Reasons to ask nobody, each empty for no. This file was read before, by the project or through MAKEFILES:
seqx.again := $(filter-out undefined,$(origin seqx.mk))
# Make only looks, as shell completion does:
seqx.looks := $(strip $(foreach seqx.letter,n p q t,$(findstring $(seqx.letter),$(firstword -$(MAKEFLAGS)))))
# There are goals, and none of them needs a turn:
seqx.goals := $(value MAKECMDGOALS)
seqx.free := $(and $(seqx.goals),$(if $(filter-out $(SEQX_UNGATED),$(seqx.goals)),,yes))
# Grouped targets came with GNU make 4.3, and reading by the function file in 4.2, before which it ends make.
seqx.new := $(filter grouped-target,$(.FEATURES))
# This is a sub-make, and the run that it says it is part of has the gate of this project now: its entry begins with
# the project's folder, we are there or below, and no other repository lies between. A daemon may claim a run for
# ever, a sub-make may work in another project; whatever is not sure (blanks in a path, a gate by name) is asked.
seqx.below := $(filter-out 0,$(MAKELEVEL))
seqx.token := $(lastword $(subst $(seqx.comma), ,$(value SEQX_RUN)))
seqx.claim := $(if $(findstring $(seqx.colon),$(seqx.token)),$(subst $(seqx.colon),/slots/*/,$(seqx.token)))
seqx.state := $(or $(value SEQX_STATE_DIR),/tmp/seqx-*)
seqx.named := $(value SEQX_LOCK)$(value SEQX_SCOPE)
seqx.entry := $(if $(seqx.named),,$(and $(seqx.below),$(seqx.claim),$(wildcard $(seqx.state)/$(seqx.claim))))
seqx.begin := {"schema"$(seqx.colon)"seqx.run/1"$(seqx.comma)"root"$(seqx.colon)"
seqx.line := $(if $(and $(seqx.new),$(seqx.entry)),$(firstword $(file <$(seqx.entry))))
seqx.top := $(if $(findstring \\,$(seqx.line)),,$(patsubst $(seqx.begin)/%"$(seqx.comma),/%,$(seqx.line)))
seqx.here := $(if $(seqx.top),$(realpath .))
# In a real path // stands nowhere but before the first name, where it is put here. realpath takes a * for a *.
seqx.in = $(findstring /$(seqx.top)/,/$1)
seqx.repos = $(if $(call seqx.in,$(dir $1)),$(realpath $1/.git)$(call seqx.repos,$(patsubst %/,%,$(dir $1))))
seqx.sure := $(and $(seqx.top),$(call seqx.in,$(seqx.here)/),$(if $(word 2,$(seqx.here)),,yes))
seqx.inside := $(if $(seqx.sure),$(if $(call seqx.repos,$(seqx.here)),,yes))
# This is a sub-make of one that went past the gate, which was counted once:
seqx.past := $(and $(seqx.below),$(filter-out 0 no off false,$(value SEQX_BYPASS)))

# Asking: seqx hold waits on behalf of make, and prints what SEQX_RUN is to be; nothing means no.
seqx.hold = $(shell command -v seqx >/dev/null 2>&1 || { echo none; exit; }; seqx hold --pid $$PPID)
seqx.take = $(foreach SHELL,/bin/sh,$(foreach .SHELLFLAGS,-c,$(seqx.hold)))
seqx.keep = $(if $1,$(eval override export SEQX_RUN = $1),$(error seqx did not get the gate, so nothing is made))
seqx.must := $(filter-out 0,$(value SEQX_REQUIRED))
seqx.lack = $(if $(seqx.must),$(error $1),$(if $(seqx.below),,$(warning $1; this make runs ungated)))
seqx.none = $(call seqx.lack,seqx is not installed (npm install -g seqx-gate))
seqx.turn = $(if $(filter none,$1),$(seqx.none),$(call seqx.keep,$1))
seqx.gate = $(if $(seqx.new),$(call seqx.turn,$(seqx.take)),$(call seqx.lack,seqx needs GNU make 4.3 or newer))

seqx.mk := $(if $(or $(seqx.again),$(seqx.looks),$(seqx.free),$(seqx.inside),$(seqx.past)),,$(seqx.gate))

# make looks for a rule to remake each file that it reads, and a Makefile that hands everything on (%) has one; the
# pattern that fits best wins, and is no default goal. Not under -p: completion would offer seqx.mk. Who goes through
# the list of all that was read (grep, for help) finds the other files.
seqx.mute := $(or $(seqx.again),$(findstring p,$(seqx.looks)))
seqx.rule := $(if $(seqx.mute),,$(if $(seqx.new),$(eval seqx%mk$(seqx.colon) ;)))
MAKEFILE_LIST := $(filter-out $(lastword $(MAKEFILE_LIST)),$(MAKEFILE_LIST))

# BSD make takes this for a command to run, GNU make for a variable without a value.
seqx.else := $(value :!echo 'seqx.mk needs GNU make 4.3 or newer; this make runs ungated' >&2!)
# What is left is the name seqx.mk, by which this file knows that it was read.
seqx.names = $(if $(seqx.new),$(filter-out seqx.mk,$(filter seqx.%,$(.VARIABLES))))
seqx.mk := $(strip $(foreach seqx.name,$(seqx.names),$(eval undefine $(seqx.name))))
`;

/** What the file holds. Made when it is asked for: the sum costs a millisecond, and a run needs none of this. */
export const seqxMk = (): string =>
  `# seqx.mk ${sumOf(BODY)}: one heavy make at a time. Written by \`seqx init make\`, taken away with --remove.\n${BODY}`;
