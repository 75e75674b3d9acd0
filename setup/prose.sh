#!/usr/bin/env bash
# Checks documents, code and scripts for the patterns in prose.words, Markdown for lines of more than 100 characters,
# and the last commits for the form in CONTRIBUTING.md.
#
#   setup/prose.sh       exit status 1 when something is found
set -euo pipefail

cd "$(dirname "$(realpath "$0")")/.."
found=0
while IFS=$'\t' read -r pattern advice; do
  case $pattern in '' | '#'*) continue ;; esac
  if git grep -nIP "$pattern" -- '*.md' '*.java' '*.go' '*.proto' '*.yaml' '*.sh' dev hyperfleet ':!setup/prose.sh'; then
    echo "  → $advice" >&2
    found=1
  fi
done < setup/prose.words

# Tables, code blocks and headings cannot be wrapped, nor can a single long word such as a link.
if LC_ALL=C.UTF-8 git grep -nIP '^(?! {4}| *\||#)(?=.{101}).*[^ -] +\S' -- '*.md'; then
  echo "  → wrap Markdown at 100 columns" >&2
  found=1
fi

# The form: an area, a colon, an imperative in lower case, at most 72 characters.
while read -r subject; do
  if [ ${#subject} -gt 72 ] || [[ ! $subject =~ ^[a-z][a-z0-9,\ -]*:\ [a-zA-Z] ]]; then
    echo "a commit's subject is not 'area: imperative', at most 72 characters: $subject" >&2
    found=1
  fi
done < <(git log -20 --no-merges --format=%s 2> /dev/null || true)
exit "$found"
