#!/bin/sh
# Installs the real programs that the tests drive, where the system's package manager can, and
# says plainly what is missing and which tests are skipped for it.
set -u

lacking=""
for pair in chromium:chromium prometheus:prometheus promtool:prometheus \
            pg_ctlcluster:postgresql node:nodejs nft:nftables ip:iproute2; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || lacking="$lacking ${pair##*:}"
done

if [ -n "$lacking" ] && command -v apt-get >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
    echo "Installing for the tests:$lacking"
    export DEBIAN_FRONTEND=noninteractive
    { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $lacking; } \
        >/dev/null 2>&1 || echo "The package manager could not install them (no rights, or no network)."
fi

for pair in "chromium:the console in a browser" "prometheus:metrics scraped by Prometheus" \
            "promtool:the Prometheus rules" "pg_ctlcluster:the stores on PostgreSQL" \
            "node:the pages' own logic" "nft:a real line cut under a real call" "java:everything on Apache Kafka" "mvn:everything on Apache Kafka" \
            "go:a real LiveKit server"; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || echo "NOT TESTED without ${pair%%:*}: ${pair#*:}"
done
exit 0
