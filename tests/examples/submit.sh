#!/bin/sh
# Submits a job, follows it and downloads what it made, with curl and what every Unix has.
# GALLEY_API and GALLEY_KEY say where and who; files land in the current folder.
set -eu
prompt=${1:-a red kite over hills}
auth="Authorization: Bearer $GALLEY_KEY"
seen=0 ended='' scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The key makes it safe to repeat: however often this is sent, it is one job.
curl -fsS -o "$scratch/job" -D "$scratch/head" "$GALLEY_API/v1/jobs" \
  -H "$auth" -H 'Content-Type: application/json' -H "Idempotency-Key: $(date +%s)-$$" --retry 3 \
  -d "{\"pipeline\": \"hero-image\", \"inputs\": {\"prompt\": \"$prompt\"}}"
job=$(sed -n 's/^[Ll]ocation: *\([^[:space:]]*\).*/\1/p' "$scratch/head")
echo "submitted $job"

# Server-Sent Events: each answer is held until something happens, and the next goes on from the last event.
while [ -z "$ended" ]; do
  curl -fsS -o "$scratch/events" "$GALLEY_API$job/events" --retry 3 \
    -H "$auth" -H 'Accept: text/event-stream' -H "Last-Event-ID: $seen"
  sed -n 's/^data: .*"type":"\([^"]*\)".*/  \1/p' "$scratch/events"
  seen=$( (echo "$seen"; sed -n 's/^id: //p' "$scratch/events") | tail -n 1)
  ended=$(grep -oE '"type":"job\.(succeeded|rejected|failed|canceled|expired)"' "$scratch/events" | cut -d '"' -f 4 || true)
done

# An asset's `url` is good for some minutes and needs no key.
curl -fsS -o "$scratch/job" "$GALLEY_API$job" -H "$auth"
for asset in $(grep -o '"id":"[^"]*\.ladder\.[^"]*"' "$scratch/job" | cut -d '"' -f 4 | sort -u); do
  url=$(curl -fsS "$GALLEY_API/v1/assets/$asset" -H "$auth" | sed 's/.*"url":"\([^"]*\)".*/\1/')
  curl -fsS -o "$asset" "$url"
  echo "downloaded $asset"
done
echo "$ended"
[ "$ended" = job.succeeded ]
