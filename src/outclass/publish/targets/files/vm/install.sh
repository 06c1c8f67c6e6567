#!/bin/sh
# Set everything up on a machine with systemd, nginx, curl and Python 3.11 or newer; again for a newer version.
#   sudo sh install.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
id {{user}} >/dev/null 2>&1 || useradd --system --home-dir {{home}} --shell /usr/sbin/nologin {{user}}
install --directory --owner {{user}} --group {{user}} --mode 750 {{home}}
install --directory {{program}} {{etc}}

first=yes color=blue
if [ -f {{etc}}/upstream.conf ]; then
    first=no
    grep -q ":{{blue}};" {{etc}}/upstream.conf && color=green
fi
python3 -m venv {{program}}/$color
{{program}}/$color/bin/pip install --quiet --upgrade "$here"/packages/*.whl --find-links "$here/packages" 'outclass[demo]'

for file in nginx.conf outclass.env blue.env green.env switch.sh; do install --mode 644 "$here/$file" {{etc}}/$file; done
[ -f {{etc}}/upstream.conf ] || install --mode 644 "$here/upstream.conf" {{etc}}/upstream.conf
install --mode 644 "$here/outclass@.service" /etc/systemd/system/outclass@.service
systemctl daemon-reload
for bundle in "$here"/bundles/*.tar.gz; do
    [ -f "$bundle" ] || continue
    runuser --user {{user}} -- env OUTCLASS_HOME={{home}} {{program}}/$color/bin/outclass restore "$bundle" --replace --trust-code
done

ln -sf {{etc}}/nginx.conf /etc/nginx/conf.d/outclass.conf
if [ "$first" = yes ]; then
    systemctl enable --now outclass@blue
    nginx -t -q && systemctl reload nginx
else
    sh {{etc}}/switch.sh
    systemctl disable --quiet outclass@blue outclass@green
    systemctl enable --quiet outclass@$color
fi
