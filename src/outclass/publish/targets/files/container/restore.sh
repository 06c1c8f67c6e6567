#!/bin/sh
# Restore every bundle of a folder into OUTCLASS_HOME; run while the image is built.
#   sh restore.sh FOLDER
set -eu
mkdir -p "$OUTCLASS_HOME"
for bundle in "$1"/*.tar.gz; do
    [ -f "$bundle" ] || continue
    # Code of challenges was read by whoever published them.
    outclass restore "$bundle" --replace --trust-code
done
# What tells this image's project from that of another one.
find "$OUTCLASS_HOME" -type f ! -name '.*' -exec sha256sum {} + | sort | sha256sum | cut -c1-64 > "$OUTCLASS_HOME/.image"
