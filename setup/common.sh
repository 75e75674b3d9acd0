# Shared by the launcher (hyperfleet) and the developers' tool (dev): finds tools, installs missing packages, builds
# what is out of date. Sourced, with project (the checkout) and home (the folder of images and programs) set.
# shellcheck shell=bash
: "${project:?}" "${home:?}"

# The folder of mke2fs and depmod, which an ordinary user's PATH may lack.
export PATH=$PATH:/usr/sbin:/sbin

say() { echo "hyperfleet: $*" >&2; }
die() { say "$*"; exit 1; }

# need PROGRAM PACKAGE WHY: notes a Debian package whose program is missing.
missing=()
need() {
  if ! command -v "$1" > /dev/null; then
    missing+=("$2")
    say "$1 is missing ($3): package $2"
  fi
}

# Installs the packages that need has noted.
install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  local packages="${missing[*]}"
  [ "${HYPERFLEET_NO_INSTALL:-}" != 1 ] || die "HYPERFLEET_NO_INSTALL=1 forbids to install: apt-get install $packages"
  command -v apt-get > /dev/null || die "this is not a Debian-like system: install the equivalent of these packages by hand: $packages"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "as root, run: apt-get install $packages"
    as_root=(sudo)
  fi
  say "installing $packages"
  local log
  log=$(mktemp)
  { "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1 ||
    { cat "$log" >&2; die "apt-get could not install $packages"; }
  rm -f "$log"
  missing=()
}

# Prints the version of a JDK, as a number. It reads a file, which is faster than starting a JVM.
java_version() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2> /dev/null || true; }

is_new_enough() {
  local version
  [ -x "$1/bin/javac" ] && version=$(java_version "$1") && [ "${version:-0}" -ge 25 ]
}

# Sets JAVA_HOME to a sufficiently new JDK.
find_java() {
  local candidate
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/*2[6-9]* /opt/java/* /usr/lib/jvm/*; do
    if is_new_enough "$candidate"; then
      export JAVA_HOME=$candidate
      return 0
    fi
  done
  if candidate=$(command -v javac) && candidate=$(dirname "$(dirname "$(realpath "$candidate")")") &&
    is_new_enough "$candidate"; then
    export JAVA_HOME=$candidate
    return 0
  fi
  return 1
}

require_java() {
  find_java && return
  if apt-cache show openjdk-25-jdk-headless > /dev/null 2>&1; then
    missing+=(openjdk-25-jdk-headless)
    install_missing
    find_java && return
  fi
  die "no JDK of version 25 or newer was found. This system's packages have none: install one (for example Temurin) and set JAVA_HOME."
}

# go.mod has the required version of Go. From 1.21 on, Go downloads a newer one by itself unless that is disabled.
require_go() {
  local wanted have
  wanted=$(awk '$1 == "go" {print $2}' "$project/go.mod")
  have=$(cd / && go env GOVERSION) && have=${have#go}
  if [ "$(printf '%s\n' "$wanted" "$have" | sort -V | head -1)" != "$wanted" ] &&
    { [ "$(printf '%s\n' 1.21 "$have" | sort -V | head -1)" != 1.21 ] || [ "$(cd / && go env GOTOOLCHAIN)" = local ]; }; then
    die "Go $have is too old: $wanted is required. On Debian 12: apt-get install -t bookworm-backports golang-go, or one from go.dev."
  fi
}

# Notes and installs all packages for building and running at once. The argument is the name of the root file system to
# build, if it does not exist.
require_packages() {
  local images=$home/images root=$1
  need qemu-system-x86_64 qemu-system-x86 "runs the machines"
  need slirp4netns slirp4netns "connects guests to the internet"
  need unshare util-linux "tests for namespaces"
  need mvn maven "builds the server"
  [ ! -x /usr/local/go/bin/go ] || PATH=$PATH:/usr/local/go/bin
  need go golang-go "builds the agent and the shim"
  ! wants_default INITRD || need cpio cpio "packs the initramfs"
  if wants_kernel && [ ! -e "$images/vmlinux" ]; then
    need lz4 lz4 "unpacks the kernel"
    need depmod kmod "orders the kernel's modules"
  fi
  ! wants_default SCRATCH || [ -e "$images/scratch.ext4" ] || need mke2fs e2fsprogs "creates disks"
  ! wants_default ROOTFS || [ -e "$images/$root.ext4" ] || need_for_root "$root"
  install_missing
}

# wants_default KERNEL_IMAGE|INITRD|ROOTFS|SCRATCH: whether no setting replaces the default file.
wants_default() {
  local setting=HYPERFLEET_${1}_PATH
  [ -z "${!setting:-}" ]
}

# The default initramfs has the modules of the default kernel.
wants_kernel() { wants_default KERNEL_IMAGE || wants_default INITRD; }

# require_room FOLDER MIB WHAT: fails if the folder's file system has less free space than this.
require_room() {
  local free
  free=$(df --output=avail --block-size=1M "$1" | tail -n 1)
  [ "$free" -ge "$2" ] ||
    die "$3 needs $2 MiB in $1, which has $((free)) MiB free. Free some space, or set $4 to another folder."
}

# The tools for building a root file system.
need_for_root() {
  need mke2fs e2fsprogs "creates disks"
  if [ "$1" = tiny ]; then
    need busybox busybox-static "is the tiny root"
  else
    need mmdebstrap mmdebstrap "bootstraps Debian"
    if [ "$(id -u)" != 0 ]; then
      need fakeroot fakeroot "gives files to root"
      need newuidmap uidmap "maps users for mmdebstrap"
    fi
  fi
}

# up_to_date OUTPUT INPUT…: whether the output exists and no input is newer.
up_to_date() {
  local output=$1
  shift
  [ -e "$output" ] && [ -z "$(find "$@" -newer "$output" -type f -print -quit)" ]
}

# Builds the server's jars.
build_java() {
  local stamp=$project/server/target/built
  up_to_date "$stamp" "$project"/pom.xml "$project"/{core,store,host,guest,http,api,proxy,cli,server}/{pom.xml,src} "$project/picocli/pom.xml" "$project/protocol/guest" "$project/docs/openapi.yaml" && return
  require_java
  say "building the server"
  local log
  log=$(mktemp)
  (cd "$project" && mvn -q -B package -DskipTests -Dspotless.check.skip -pl server -am) > "$log" 2>&1 ||
    { cat "$log" >&2; die "the server could not be built"; }
  rm -f "$log"
  # SQLite's native library, once: otherwise each start unpacks it to /tmp, and a killed server leaves it there.
  (cd "$project/server/target" && "$JAVA_HOME/bin/jar" xf lib/sqlite-jdbc-*.jar "$sqlite_library/libsqlitejdbc.so")
  touch "$stamp"
}

sqlite_library=org/sqlite/native/Linux/x86_64

# The folder of the JVM's AOT cache. It is specific to this CPU: it contains machine code, and the JVM does not check
# whether a CPU supports it.
cache_folder() {
  echo "$project/server/target/cache/$(grep -m 1 '^flags' /proc/cpuinfo | cksum | cut -d ' ' -f 1)"
}

# The home must be accessible only to its owner, or the server refuses it. One that a setting names is not changed.
make_home() {
  if [ -z "${HYPERFLEET_HOME:-}" ]; then
    mkdir -p "$home" && chmod 700 "$home"
  else
    [ -d "$home" ] || (umask 077 && mkdir -p "$home")
  fi
}

# How the server and the commands are run: java_command CACHE sets java to the arguments before the main class.
java_command() {
  local jars=("$project"/server/target/lib/*.jar)
  java=("$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xms32m -Xmn16m "-Xmx${HYPERFLEET_HEAP:-1g}" -XX:+ExitOnOutOfMemoryError -XX:+UseCompactObjectHeaders -XX:-CreateCoredumpOnCrash
    --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dfile.encoding=UTF-8
    "-Dorg.sqlite.lib.path=$project/server/target/$sqlite_library" -Dorg.sqlite.lib.name=libsqlitejdbc.so
    -cp "$project/server/target/server.jar:$(IFS=:; echo "${jars[*]}")")
  # The JVM silently ignores a cache of another JDK. But it does not notice replaced jars: it would run the old code.
  if [ -s "$1" ] && up_to_date "$1" "$project"/server/target/{lib,server.jar}; then
    java+=("-XX:AOTCache=$1" -Xlog:aot=off -Xlog:cds=off)
  fi
}

# Runs the server and a command once, so that the JVM can write its cache: they then start in a fraction of the time.
# Needs everything that a server needs.
build_cache() {
  local cache main=dev.hyperfleet.server.Main state key url server
  cache=$(cache_folder)
  up_to_date "$cache/cli.aot" "$project/server/target/built" && return
  mkdir -p "$cache"
  rm -f "$cache"/*.aot
  say "building the JVM's cache"
  state=$(mktemp -d)
  mkfifo "$state/log"
  java_command none
  key=$(HYPERFLEET_HOME=$state DATABASE_PATH='' "${java[@]}" "$main" keys create training)
  HYPERFLEET_KERNEL_IMAGE_PATH=${HYPERFLEET_KERNEL_IMAGE_PATH:-$home/images/vmlinux} \
    HYPERFLEET_INITRD_PATH=${HYPERFLEET_INITRD_PATH:-$home/images/initramfs} \
    HYPERFLEET_ROOTFS_PATH=${HYPERFLEET_ROOTFS_PATH:-$1} \
    HYPERFLEET_SCRATCH_PATH=${HYPERFLEET_SCRATCH_PATH:-$home/images/scratch.ext4} \
    HYPERFLEET_SHIM_PATH=$home/bin/shim HYPERFLEET_PROBE_DIR=$home/host-probe HYPERFLEET_HOME=$state HYPERFLEET_SOCKET_DIR=$state \
    HYPERFLEET_HOST=127.0.0.1 PORT=0 DATABASE_PATH='' DISABLE_AUTH=false \
    "${java[@]}" "-XX:AOTCacheOutput=$cache/server.aot" "$main" serve > "$state/log" 2>&1 &
  server=$!
  exec 9< "$state/log"
  while read -r url <&9; do
    case $url in *'"url":'*) break ;; esac
  done
  url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' <<< "$url")
  url=${url//\\/} # JSON may write a slash as \/
  cat <&9 > "$state/rest" & # the server must not block on a full pipe
  if [ -n "$url" ]; then
    (
      export HYPERFLEET_URL=$url HYPERFLEET_TOKEN=$key
      "${java[@]}" "$main" machine create trained > /dev/null &&
        "${java[@]}" "$main" machine start trained > /dev/null &&
        "${java[@]}" "$main" machine exec trained -- true > /dev/null &&
        "${java[@]}" "$main" machine stop trained > /dev/null &&
        "${java[@]}" "-XX:AOTCacheOutput=$cache/cli.aot" "$main" machine ls > "$state/cli" 2>&1 &&
        "${java[@]}" "$main" machine rm trained > /dev/null
    ) || true
  fi
  kill "$server" 2> /dev/null || true
  wait "$server" || true
  exec 9<&-
  wait
  if [ ! -e "$cache/server.aot" ] || [ ! -e "$cache/cli.aot" ]; then
    say "the JVM's cache could not be built, so it starts more slowly: $(tail -n 3 "$state/rest")"
    : > "$cache/cli.aot" # not tried again until something is rebuilt
  fi
  rm -rf "$state"
}

# Builds the agent and the shim: static, so that they run in any root file system and any chroot.
build_go() {
  local bin=$home/bin
  mkdir -p "$bin"
  up_to_date "$bin/shim" "$project"/{go.mod,go.sum,agent,protocol,shim} && [ -e "$bin/agent" ] && return
  require_go
  say "building agent and shim"
  (cd "$project" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags netgo,osusergo -ldflags='-s -w' -o "$bin/" ./agent ./shim) ||
    die "agent and shim could not be built"
  touch "$bin/shim" "$bin/agent"
}

# The files that machines boot from, unless settings name them. The argument is the root file system's name.
build_images() {
  local images=$home/images root=$1
  mkdir -p "$images"
  if wants_kernel && { [ ! -e "$images/vmlinux" ] || [ ! -e "$images/modules/order" ]; }; then
    require_room "${TMPDIR:-/tmp}" 400 "making the kernel" TMPDIR
    require_room "$images" 80 "the kernel" HYPERFLEET_HOME
    update_package_lists
    "$project/image/kernel.sh" "$images"
  fi
  ! wants_default INITRD || up_to_date "$images/initramfs" "$home/bin/agent" "$images/modules" ||
    "$project/image/initramfs.sh" "$home/bin/agent" "$images"
  ! wants_default SCRATCH || [ -e "$images/scratch.ext4" ] || "$project/image/scratch.sh" "$images"
  ! wants_default ROOTFS || [ -e "$images/$root.ext4" ] || build_root "$root"
}

# The kernel's package is found in apt's lists, which a new host may not have.
update_package_lists() {
  [ -z "$(apt-cache depends linux-image-cloud-amd64 2> /dev/null)" ] || return 0
  if [ "$(id -u)" = 0 ]; then
    apt-get update -q >&2
  elif command -v sudo > /dev/null; then
    sudo apt-get update -q >&2
  else
    die "as root, run: apt-get update"
  fi
}

build_root() {
  need_for_root "$1"
  install_missing
  if [ "$1" != tiny ]; then
    require_room "${TMPDIR:-/tmp}" 1024 "building the root file system $1" TMPDIR
    require_room "$home/images" 512 "the root file system $1" HYPERFLEET_HOME
  fi
  say "building the root file system $1"
  "$project/image/rootfs.sh" "$1" "$home/images"
}
