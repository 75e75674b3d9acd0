# Starts a server for a script of the tests, and returns when it listens. Sourced, with launcher and state set;
# sets server (the process) and exports HYPERFLEET_URL.
# shellcheck shell=bash
: "${launcher:?}" "${state:?}"

# Its log is the event: a line with the address says that it listens.
mkfifo "$state/log"
"$launcher" serve > "$state/log" 2>&1 &
# shellcheck disable=SC2034 # for the script that sources this
server=$!
exec 9< "$state/log"
while read -r line <&9; do
  case $line in *'"url":'*) break ;; esac
done
cat <&9 >> "$state/serve.log" & # it must not hang on a full pipe
show_log() {
  local status=$?
  [ "$status" = 0 ] || tail -n 30 "$state/serve.log"
}
trap show_log EXIT
HYPERFLEET_URL=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' <<< "$line")
export HYPERFLEET_URL=${HYPERFLEET_URL//\\/} # JSON may write a slash as \/
