#!/bin/sh
# Start the copy that does not run, and let it take over when it is healthy; else stop it again and change nothing.
#   sudo sh switch.sh
# The old copy answers until then, and what it has begun. Exit status: 0 the new copy answers, 1 the old one still does.
set -eu
etc=${OUTCLASS_ETC:-{{etc}}}
start=${OUTCLASS_START:-systemctl start outclass@}
stop=${OUTCLASS_STOP:-systemctl stop outclass@}
reload=${OUTCLASS_RELOAD:-systemctl reload nginx}
check=${OUTCLASS_CHECK:-nginx -t -q}
seconds=${OUTCLASS_SECONDS:-120}

port_of() { sed -n 's/^PORT=//p' "$etc/$1.env"; }
answers() { curl --silent --fail --output /dev/null --max-time 5 "http://127.0.0.1:$1/readyz"; }

old=blue new=green
grep -q ":$(port_of green);" "$etc/upstream.conf" && old=green new=blue
port=$(port_of "$new")

$start"$new"
waited=0
until answers "$port"; do
    waited=$((waited + 1))
    if [ "$waited" -ge "$seconds" ]; then
        $stop"$new"
        echo "$new did not become healthy within $seconds s; $old goes on" >&2
        exit 1
    fi
    sleep 1
done

cp "$etc/upstream.conf" "$etc/upstream.conf.old"
echo "upstream outclass { server 127.0.0.1:$port; keepalive 16; }" > "$etc/upstream.conf.new"
mv "$etc/upstream.conf.new" "$etc/upstream.conf"
if ! $check; then
    mv "$etc/upstream.conf.old" "$etc/upstream.conf"
    $stop"$new"
    echo "nginx does not take its configuration; $old goes on" >&2
    exit 1
fi
$reload
rm -f "$etc/upstream.conf.old"
sleep "${OUTCLASS_DRAIN:-5}"  # connections that nginx keeps open end, and what was begun is answered
$stop"$old"
echo "$new answers now"
