#!/usr/bin/env bash
# What infra/deploy makes of the template, with stand-ins for `sam` and `aws`, before the first
# deployment and after it.
set -euo pipefail
cd "$(dirname "$0")/.."

place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
mkdir -p "$place/infra" "$place/bin"
cp infra/deploy infra/template.yaml "$place/infra/"
git -C "$place" init --quiet
git -C "$place" -c user.name=ci -c user.email=ci@example.org commit --quiet --allow-empty --message 'ci: Begin'

cat >"$place/bin/sam" <<'SAM'
#!/bin/sh
echo "sam $*" >>calls
[ "$1" != build ] || { mkdir -p .aws-sam/build && cp infra/template.yaml .aws-sam/build/; }
SAM
cat >"$place/bin/aws" <<'AWS'
#!/bin/sh
case "$STATE $*" in
    new*describe-stacks*) echo 'ValidationError: Stack with id proca does not exist' >&2; exit 254 ;;
    shut*) echo 'ExpiredToken: the security token is expired' >&2; exit 254 ;;
    *describe-stacks*PepperSecretArn*) echo arn:pepper ;;
    *describe-stacks*SealingKeySecretArn*) echo arn:sealing ;;
    *list-secret-version-ids*arn:pepper*) echo version-of-pepper ;;
    *list-secret-version-ids*arn:sealing*) echo version-of-sealing ;;
    *) echo "not expected: $*" >&2; exit 1 ;;
esac
AWS
chmod +x "$place/bin/sam" "$place/bin/aws"

# Deploys in one state of the account.
deploy() {
    rm -f "$place/calls"
    STATE="$1" PATH="$place/bin:$PATH" "$place/infra/deploy" --no-confirm-changeset
}

# The lines of the built template that hold a text.
lines() { grep -cF "$1" "$place/.aws-sam/build/template.yaml" || true; }

# Fails with what was expected.
expect() { [ "$2" = "$3" ] || { printf '%s: %s instead of %s\n' "$1" "$2" "$3"; exit 1; }; }

peppers="$(grep -cF '${PepperSecret}:SecretString:::' infra/template.yaml)"
sealing="$(grep -cF '${SealingKeySecret}:SecretString:::' infra/template.yaml)"
released="$(grep -cF 'AutoPublishAlias: live' infra/template.yaml)"

deploy new
expect 'releases of a new stack' "$(lines 'Description: release ')" "$released"
expect 'releases without a name' "$(lines 'release unknown')" 0
expect 'versions of a new stack' "$(lines 'version-of')" 0
expect 'calls' "$(tr '\n' ';' <"$place/calls")" 'sam build;sam deploy --stack-name proca --no-confirm-changeset;'

deploy old
expect 'peppers' "$(lines '${PepperSecret}:SecretString:::version-of-pepper}}')" "$peppers"
expect 'sealing keys' "$(lines '${SealingKeySecret}:SecretString:::version-of-sealing}}')" "$sealing"

! deploy shut 2>/dev/null || expect 'a deployment without credentials' made refused
expect 'calls without credentials' "$(cat "$place/calls")" 'sam build'
