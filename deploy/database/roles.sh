#!/bin/sh
# Runs once, when the volume is empty. The passwords are mounted, and reach psql by its environment alone.
set -eu
OWNER_PASSWORD="$(cat /run/secrets/database_owner_password)"
MEMBER_PASSWORD="$(cat /run/secrets/database_member_password)"
export OWNER_PASSWORD MEMBER_PASSWORD
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /opt/outclass/roles.sql
