#!/bin/sh
# Makes the secrets of compose.yaml under deploy/secrets, once; none of them is ever part of an image.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
make() { [ -e "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"; }
make secret_key "$(random)"
make database_password "$(random)"
make database_owner_password "$(random)"
make database_member_password "$(random)"
make database_owner_url "postgresql://outclass_owner:$(cat secrets/database_owner_password)@database/outclass"
make database_url "postgresql://outclass_member:$(cat secrets/database_member_password)@database/outclass"
# Containers run as user 1000 and mount these files as they are.
if [ "$(id -u)" -eq 0 ]; then chown -R 1000:1000 secrets; chmod 644 secrets/database_password secrets/database_*_password; fi
