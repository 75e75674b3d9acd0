# Builds, and makes images, as far as something is missing or older than what it is made of. Sourced after common.sh.
# shellcheck shell=bash
: "${project:?}" "${home:?}"

# up_to_date OUTPUT INPUT…: whether the output is there and no input is newer.
up_to_date() {
  local output=$1
  shift
  [ -e "$output" ] && [ -z "$(find "$@" -newer "$output" -type f -print -quit 2> /dev/null)" ]
}

# How the server is built, and what is touched when it is: quick for users, with all checks for ./dev test, whose
# Maven would else build it again.
java_options=(-Pquick) java_stamp=$project/server/target/built
java_is_built() {
  up_to_date "$java_stamp" "$project"/pom.xml "$project"/*/pom.xml "$project"/*/src/main "$project/docs/openapi.yaml"
}
build_java() {
  rm -rf "$project"/server/target/{lib,built*} # no jars of an earlier version
  # Maven's JVM ends before the optimising compiler would pay.
  (cd "$project" && MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS:-}" mvn -q -B -ntp package "${java_options[@]}" -pl server -am)
  touch "$project/server/target/built" "$java_stamp"
}

# Settings may name another shim, and another initramfs, which holds the agent.
wants_go() { [ -z "${HYPERFLEET_SHIM_PATH:-}" ] || [ -z "${HYPERFLEET_INITRD_PATH:-}" ]; }
go_is_built() { ! wants_go || go_is_new; }
go_is_new() { up_to_date "$home/bin/shim" "$project"/{go.mod,go.sum,agent,shim,protocol} && [ -e "$home/bin/agent" ]; }
# The agent and the shim: static, so that they run in any root file system and any chroot. The compiler runs without
# garbage collection, and gRPC without its web pages for tracing: that saves a third of a first build's time.
build_go() {
  mkdir -p "$home/bin"
  (cd "$project" && GOGC=off CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags netgo,osusergo,grpcnotrace -ldflags='-s -w' -o "$home/bin/" ./agent ./shim)
  touch "$home/bin/shim" "$home/bin/agent"
}

# The home is its owner's alone, or the server refuses it. One that was named is left as it is.
make_home() {
  if [ -z "${HYPERFLEET_HOME:-}" ]; then
    mkdir -p "$home" && chmod 700 "$home"
  else
    [ -d "$home" ] || (umask 077 && mkdir -p "$home")
  fi
}

# Installs, builds and makes everything, with this root file system: what does not depend on each other side by side.
prepare() {
  need qemu-system-x86_64 qemu-system-x86 "runs the machines"
  need slirp4netns slirp4netns "gives guests a way out"
  need unshare util-linux "tests for namespaces"
  need sqfstar squashfs-tools "makes root file systems of container images"
  need_for_images "$1"
  need_for_build
  install_missing
  make_home
  start_build
  "$project/image/make" "$home" "$home/bin/agent-to-come" "$1"
  await_steps
  "$project/image/make" "$home" "$home/bin/agent" "$1"
}

need_for_images() {
  local program package why
  while read -r program package why; do need "$program" "$package" "$why"; done < <("$project/image/make" needs "$home" "$1")
}
need_for_build() {
  java_is_built || need mvn maven "builds the server"
  { find_java && has_go; } || need curl curl "downloads what the system's packages lack"
}
start_build() {
  find_java || step "downloading a JDK" fetch jdk
  go_is_built || has_go || compgen -G "$home/tools/go-*" > /dev/null || step "downloading Go" fetch go
  await_steps
  require_java
  java_is_built || step "building the server" build_java
  go_is_built || { require_go && step "building agent and shim" build_go; }
}
