#!/bin/sh
# The step of action.yml: runs the linter twice, for people (annotations) and for code scanning (SARIF). Everything that
# an author of a pull request can choose comes in environment variables and stays quoted.
set -eu

: "${NGINX_MTLS_LINT:=}"
newline='
'

lint() {
  if [ -n "$NGINX_MTLS_LINT" ]; then "$NGINX_MTLS_LINT" "$@"; else npx --yes "nginx-mtls-lint@$INPUT_VERSION" "$@"; fi
}

set -f
IFS=$newline
set -- $INPUT_ARGUMENTS
unset IFS
set +f

set -- "$@" --
changed=
if [ "$INPUT_CHANGED_ONLY" = true ] && [ -n "${BASE_SHA:-}" ]; then
  # The files whose names are those of nginx's configurations, as in .pre-commit-hooks.yaml.
  pattern='(^|/)nginx[^/]*\.conf(\.[[:alnum:]]+)?$|(^|/)(nginx|conf\.d|snippets|vhosts?(\.d)?)/([^/]+/)*[^/]+\.(conf|nginx|vhost)(\.[[:alnum:]]+)?$|(^|/)(sites|streams?)-(available|enabled)/[^/]+$'
  # Without the history nothing is known of what has changed: then everything counts, and nothing passes unseen. So it does
  # where a configuration was removed or renamed, since what others lose by it is in files that have not changed.
  if ! names=$(git -c core.quotePath=false diff --name-only --no-renames --diff-filter=d "$BASE_SHA...HEAD"); then
    echo '::warning::What has changed is not known (the checkout needs fetch-depth: 0): everything is linted.'
    INPUT_CHANGED_ONLY=false
  elif git -c core.quotePath=false diff --name-only --no-renames --diff-filter=D "$BASE_SHA...HEAD" | grep -Eq "$pattern"; then
    echo 'A configuration of nginx was removed or renamed: everything is linted.'
    INPUT_CHANGED_ONLY=false
  elif printf '%s\n' "$names" | grep -q '^"'; then
    # git quotes a name with a line end, a quotation mark or a backslash in it; it cannot be one line of a list.
    echo '::warning::A changed file has an unusual name: everything is linted.'
    INPUT_CHANGED_ONLY=false
  else
    changed=$(printf '%s\n' "$names" | grep -E "$pattern" || true)
  fi
  if [ "$INPUT_CHANGED_ONLY" = true ] && [ -z "$changed" ]; then
    echo 'No configuration of nginx has changed.'
    echo 'exit-code=0' >>"$GITHUB_OUTPUT"
    exit 0
  fi
fi
set -f
IFS=$newline
if [ -n "$changed" ]; then set -- "$@" $changed; else set -- "$@" $INPUT_PATHS; fi
unset IFS
set +f

code=0
lint --format sarif --output "$INPUT_SARIF_FILE" "$@" || code=$?
if [ "$code" -ne 2 ] && [ "$code" -ne 4 ]; then
  lint --format github "$@" || true
fi
{
  printf 'exit-code=%s\n' "$code"
  # A line end in the name would start another output.
  if [ -f "$INPUT_SARIF_FILE" ]; then printf 'sarif-file=%s\n' "$(printf %s "$INPUT_SARIF_FILE" | tr -d '\r\n')"; fi
} >>"$GITHUB_OUTPUT"
exit "$code"
