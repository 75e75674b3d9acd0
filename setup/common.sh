# Finds the tools that building and running need, and installs what is missing. Sourced by the launcher (hyperfleet),
# the developers' tool (dev) and others, with project (the checkout) and home (where images and programs go) set.
# shellcheck shell=bash
: "${project:?}" "${home:?}"
# shellcheck source=image/steps.sh
. "$project/image/steps.sh"

# Where mke2fs and depmod are, which an ordinary user's PATH may lack; and Go, as its site says to install it.
export PATH=$PATH:/usr/sbin:/sbin:/usr/local/go/bin

# need PROGRAM PACKAGE WHY: notes a Debian package whose program is missing.
missing=()
need() {
  if ! command -v "$1" > /dev/null && [[ " ${missing[*]} " != *" $2 "* ]]; then
    missing+=("$2")
    say "$1 is missing ($3): package $2"
  fi
}

# Installs what need has noted.
install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  local packages="${missing[*]}" as_root=()
  forbid_install "apt-get install $packages"
  command -v apt-get > /dev/null || die "this is not a Debian-like system: install by hand what these packages have: $packages"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || die "as root, run: apt-get install $packages"
    as_root=(sudo)
    sudo -v
  fi
  # shellcheck disable=SC2016
  step "installing $packages" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    sh -ec 'apt-get update -q; exec apt-get install -q -y --no-install-recommends "$@"' install "${missing[@]}"
  missing=()
  await_steps
}

forbid_install() { [ "${HYPERFLEET_NO_INSTALL:-}" != 1 ] || die "HYPERFLEET_NO_INSTALL=1 forbids to install: $1"; }

# fetch NAME: gets what setup/downloads lists under that name, and prints where it is.
fetch() {
  local version address hash folder
  read -r version address hash < <(sed -n "s/^$1 //p" "${HYPERFLEET_DOWNLOADS:-$project/setup/downloads}")
  folder=$home/tools/$1-$version
  if [ ! -d "$folder" ]; then
    forbid_install "$1 $version from $address"
    mkdir -p "$home/tools"
    (
      new=$(mktemp -d "$home/tools/new.XXXXXX")
      trap 'rm -rf "$new"' EXIT
      curl --fail --location --silent --show-error --retry 3 --output "$new/archive" "$address" ||
        die "$address cannot be fetched. Install $1 $version yourself, or name a mirror: HYPERFLEET_DOWNLOADS, in setup/downloads."
      echo "$hash  $new/archive" | sha256sum --check --status || die "$address is not the file that setup/downloads names: its SHA-256 is another"
      mkdir "$new/unpacked"
      tar --extract --gzip --file "$new/archive" --directory "$new/unpacked" --strip-components=1 --no-same-owner
      mv -T "$new/unpacked" "$folder"
    ) || exit 1
  fi
  echo "$folder"
}

# The version of a JDK is in a file, which is read sooner than a JVM starts.
is_new_enough() {
  local version
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2> /dev/null || true)
  [ -x "$1/bin/javac" ] && [ "${version:-0}" -ge 25 ]
}

# Sets JAVA_HOME to a JDK that is new enough.
find_java() {
  local candidate
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/*2[6-9]* /opt/java/* /usr/lib/jvm/* "$home"/tools/jdk-* \
    "$(realpath "$(command -v javac || echo /)" | sed 's|/bin/javac$||')"; do
    if is_new_enough "$candidate"; then
      export JAVA_HOME=$candidate
      return 0
    fi
  done
  return 1
}
require_java() { find_java || { JAVA_HOME=$(fetch jdk) && export JAVA_HOME; }; }

# go.mod says which Go it takes. From 1.21 on, Go fetches a newer one by itself unless it is told not to.
has_go() {
  local wanted have
  wanted=$(awk '$1 == "go" {print $2}' "$project/go.mod")
  have=$(cd / && go env GOVERSION 2> /dev/null) && have=${have#go}
  is_at_least "$wanted" "$have" || { is_at_least 1.21 "$have" && [ "$(cd / && go env GOTOOLCHAIN)" != local ]; }
}
is_at_least() { [ -n "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
require_go() {
  local folder
  has_go || { folder=$(fetch go) && PATH=$folder/bin:$PATH; }
}
