# Steps that run side by side. Each is shown when it starts and when it is done, with its time; what it prints is
# shown only if it fails. Sourced.
# shellcheck shell=bash

say() { echo "hyperfleet: $*" >&2; }
die() { say "$*"; exit 1; }

steps=()
trap end_steps EXIT

# step WHAT COMMAND…: starts one, in a process group of its own so that it can be ended with all that it started.
step() {
  local what=$1 began=$SECONDS log
  shift
  log=$(mktemp)
  say "$what …"
  set -m
  (
    trap end_step EXIT
    trap 'trap - EXIT; rm -f "$log"; exit 143' TERM
    exec 3>&2
    set -e
    "$@" > "$log" 2>&1 < /dev/null
  ) &
  set +m
  steps+=($!)
}

end_step() { # in the step's process, with the variables of step; a failure ends the script and the other steps
  local status=$?
  exec 2>&3 # the log may still have it
  if [ $status = 0 ]; then
    say "$what: done in $((SECONDS - began)) s"
  else
    cat "$log" >&2
    say "$what: failed"
    kill -TERM $$
  fi
  rm -f "$log"
}
trap 'exit 1' TERM

# Waits for all of them.
await_steps() {
  local process
  for process in "${steps[@]}"; do wait "$process" || exit 1; done
  steps=()
}

end_steps() {
  local process
  for process in "${steps[@]}"; do kill -- "-$process" 2> /dev/null || true; done
  wait "${steps[@]}" 2> /dev/null || true
}
