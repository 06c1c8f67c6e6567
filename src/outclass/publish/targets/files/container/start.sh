#!/bin/sh
# Bring what came with the image into OUTCLASS_HOME, once for each image, then run outclass.
# Accounts, games and what was trained since stay; pointers to data and models are those of the newer image.
set -eu
image=${IMAGE_HOME:-/opt/outclass-home}
if ! cmp -s "$image/.image" "$OUTCLASS_HOME/.image"; then
    for part in challenges data models; do
        [ -d "$image/$part" ] || continue
        mkdir -p "$OUTCLASS_HOME/$part"
        cp -R "$image/$part/." "$OUTCLASS_HOME/$part/"
    done
    cp "$image/.image" "$OUTCLASS_HOME/.image"
fi
exec outclass "$@"
