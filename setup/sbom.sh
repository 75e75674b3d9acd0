#!/usr/bin/env bash
# Lists the product's components (CycloneDX), and refuses a licence that is not in setup/licences.
# Called by ./dev sbom.
set -euo pipefail

cd "$(dirname "$(dirname "$(realpath "$0")")")"
out=target/sbom
mkdir -p "$out"
[ -n "${JAVA_HOME:-}" ] || { echo "run ./dev sbom, which finds a JDK" >&2; exit 1; }

mvn -q -B org.cyclonedx:cyclonedx-maven-plugin:2.9.2:makeAggregateBom -DoutputDirectory="$PWD/$out" -DoutputName=java \
  -DoutputFormat=json -DincludeTestScope=false -DskipNotDeployed=false -pl '!tests,!bench'
go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 mod -licenses -json -output "$out/go.json" 2> "$out/go.log" ||
  { cat "$out/go.log" >&2; exit 1; }

# A line "licence<TAB>component" for each component. If there is a choice, one allowed licence is enough.
jq -r '.components[]? | select(.group != "dev.hyperfleet")
  | [([.licenses[]? | .expression // .license.id // .license.name] + [.evidence.licenses[]?.license.id] | unique | join(" or ")),
     ((.group // "") + ":" + .name + ":" + (.version // ""))] | @tsv' "$out/java.json" "$out/go.json" | sort > "$out/licences.tsv"

refused=0
while IFS=$'\t' read -r licence component; do
  if ! grep -qxFf <(grep -v '^#' setup/licences) <(sed 's/ or /\n/gi; s/[()]//g' <<< "$licence") &&
    ! grep -qxF "${component%:*}" <(grep -v '^#' setup/licences); then
    echo "not allowed: ${licence:-no licence} of $component" >&2
    refused=1
  fi
done < "$out/licences.tsv"
cut -f 1 "$out/licences.tsv" | sort | uniq -c | sort -rn
echo "$(wc -l < "$out/licences.tsv") components, listed in $out/java.json, go.json and licences.tsv"
[ "$refused" = 0 ] || { echo "setup/licences lists what is allowed" >&2; exit 1; }

# Known advisories, if the databases are reachable.
if curl -sS --fail --max-time 10 -o /dev/null https://vuln.go.dev/index/db.json 2> /dev/null; then
  go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./agent/... ./shim/...
else
  echo "known advisories for Go were not looked up: vuln.go.dev cannot be reached from here. Elsewhere, run:"
  echo "  go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./agent/... ./shim/..."
fi
if command -v osv-scanner > /dev/null; then
  osv-scanner scan source --sbom "$out/java.json"
else
  echo "known advisories for Java were not looked up: osv-scanner is not on the PATH. With it:"
  echo "  osv-scanner scan source --sbom $out/java.json"
fi
