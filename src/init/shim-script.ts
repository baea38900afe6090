// The shim: a POSIX sh script that stands before a tool in PATH and sends it through the gate. Inside a run
// that holds the gate it becomes the tool at once, without another process: builtins only. docs/shims.md.

import { shellWord, stampScript } from './own-script.ts';

/**
 * Every shim of a folder is the same text: it knows its tool by its own name.
 * @param state folder of all gates, for callers without SEQX_STATE_DIR
 * @param folders folders that were made for it
 */
export const shimScript = (state: string, folders: number): string =>
  stampScript('shim', folders, [FIND_TOOL, isInside(state), HAND_ON].join('\n'));

// Names begin with _seqx_: an assignment to a name that the environment has would change it for the tool.
const FIND_TOOL = `
_seqx_name=\${0##*/}
case $0 in
*/*) _seqx_own=\${0%/*}/ ;;
*) _seqx_own=./ ;;
esac

# PATH up to this folder is passed over, wherever its folders come again: shims hand on to the right only, so
# that no number of them makes a circle.
_seqx_passed=
_seqx_rest=\${PATH-}:
_seqx_folder=
while [ -n "$_seqx_rest" ]; do
  _seqx_folder=\${_seqx_rest%%:*}
  _seqx_rest=\${_seqx_rest#*:}
  _seqx_passed=$_seqx_passed$_seqx_folder:
  [ "\${_seqx_folder:-.}" -ef "$_seqx_own" ] && break
done
if ! [ "\${_seqx_folder:-.}" -ef "$_seqx_own" ]; then
  _seqx_passed=
  _seqx_rest=\${PATH-}:
fi

_seqx_was_passed() {
  _seqx_list=$_seqx_passed
  while [ -n "$_seqx_list" ]; do
    _seqx_one=\${_seqx_list%%:*}
    _seqx_list=\${_seqx_list#*:}
    [ "\${_seqx_one:-.}" -ef "$_seqx_folder" ] && return 0
  done
  return 1
}

_seqx_tool=
while [ -n "$_seqx_rest" ]; do
  _seqx_folder=\${_seqx_rest%%:*}
  _seqx_rest=\${_seqx_rest#*:}
  case $_seqx_folder in
  /*) ;;
  *) _seqx_folder=./$_seqx_folder ;;
  esac
  _seqx_file=\${_seqx_folder%/}/$_seqx_name
  [ -f "$_seqx_file" ] && [ -x "$_seqx_file" ] || continue
  _seqx_was_passed && continue
  _seqx_tool=$_seqx_file
  break
done
if [ -z "$_seqx_tool" ]; then
  printf 'seqx: %s: command not found\\n' "$_seqx_name" >&2
  exit 127
fi
`;

// The rules of src/base/project.ts for the default gate, by inodes. What they cannot tell is a no.
const isInside = (state: string): string => `
_seqx_is_repository() {
  [ -d "$1/.git" ] && return 0
  [ -f "$1/.git" ] && IFS= read -r _seqx_line <"$1/.git" || return 1
  case $_seqx_line in
  'gitdir: /'*) [ -d "\${_seqx_line#gitdir: }" ] ;;
  'gitdir: '*) [ -d "$1/\${_seqx_line#gitdir: }" ] ;;
  *) false ;;
  esac
}

# Does this directory belong to the project whose top is $1?
_seqx_is_of() {
  [ . -ef "$1" ] && return 0
  _seqx_at=.
  until [ "$_seqx_at" -ef "$1" ]; do
    [ -e "$_seqx_at/.git" ] && return 1
    [ -e "$_seqx_at/.." ] || return 1
    [ "$_seqx_at" -ef "$_seqx_at/.." ] && return 1
    _seqx_at=$_seqx_at/..
  done
  _seqx_is_repository "$1"
}

# Does the run $2 hold the gate $1 now, and is it the gate of this directory?
_seqx_is_held() {
  for _seqx_entry in "$_seqx_state/$1/slots/"*/"$2"; do
    [ -f "$_seqx_entry" ] && { IFS= read -r _seqx_line <"$_seqx_entry"; } 2>/dev/null || continue
    case $_seqx_line in
    *\\\\*) continue ;;
    '{"schema":"seqx.run/1","root":"/'*'",') ;;
    *) continue ;;
    esac
    _seqx_line=\${_seqx_line#'{"schema":"seqx.run/1","root":"'}
    _seqx_line=\${_seqx_line%'",'}
    _seqx_is_of "$_seqx_line" && return 0
  done
  return 1
}

# Anything unsure is a no: seqx itself then proves whether it may pass.
_seqx_is_inside() {
  [ -z "\${SEQX_LOCK+x}\${SEQX_SCOPE+x}\${SEQX_BYPASS:+x}" ] || return 1
  _seqx_state=\${SEQX_STATE_DIR:-}
  [ -n "$_seqx_state" ] || _seqx_state=${shellWord(state)}
  _seqx_runs=\${SEQX_RUN-},
  while [ -n "$_seqx_runs" ]; do
    _seqx_run=\${_seqx_runs%%,*}
    _seqx_runs=\${_seqx_runs#*,}
    case $_seqx_run in
    *[!0-9a-f:-]* | *:*:* | :* | *:) ;;
    *:*) _seqx_is_held "\${_seqx_run%%:*}" "\${_seqx_run#*:}" && return 0 ;;
    esac
  done
  return 1
}
`;

const HAND_ON = `
if _seqx_is_inside; then
  exec "$_seqx_tool" "$@"
fi
if command -v seqx >/dev/null 2>&1; then
  exec seqx -- "$_seqx_tool" "$@"
fi
if [ "\${SEQX_REQUIRED-}" = 1 ]; then
  printf 'seqx: %s: seqx is not on PATH, and SEQX_REQUIRED=1: nothing was run\\n' "$_seqx_name" >&2
  exit 125
fi
printf 'seqx: seqx is not on PATH; %s runs without the gate\\n' "$_seqx_name" >&2
exec "$_seqx_tool" "$@"
`;
