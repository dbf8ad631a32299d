# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd demo: real files become values on an emulated drive, and SQL inside the drive answers questions about them. Each
# answer is compared with the known one, so that the demo also tests the whole path from tool to file.
takes_no_arguments demo "$@"
need build demo
build_quiet=1 build_preset release kvcli csd-query-worker

data=$(vega_dir)
drive=${CSD_DEMO_DRIVE:-$CSD_CACHE/demo-drive}
export KVCLI_DEVICE=emulator:$drive
PATH=$PWD/build/release/bin:$PATH
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

heading() { printf '\n%s\n\n' "$1"; }
number() { sed -E ':more; s/^([0-9]+)([0-9]{3})/\1,\2/; t more' <<<"$1"; }
size() { stat -Lc %s "$1"; }
wrong() { # SENTENCE
    printf '\ncsd demo: THE DRIVE IS WRONG: %s\n' "$1" >&2
    exit 1
}

store() { # KEY FILE
    printf '  $ kvcli store %-9s %-19s' "$1" "$2"
    kvcli store "$1" "$data/$2" 2>"$answer" || { echo && cat "$answer" >&2 && die "demo: '$2' could not be stored"; }
    printf '%12s bytes\n' "$(number "$(size "$data/$2")")"
}

table() { # CSV without quotes, as columns
    awk -F, '{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
        END { for (row = 1; row <= NR; row++) { line = "     "
                  for (i = 1; i <= NF; i++) line = line sprintf(" %-" width[i] "s ", cell[row, i])
                  sub(/ +$/, "", line)
                  print line } }' "$1"
}

ask() { # QUESTION KEY FILE FORMAT SQL; the answer that is known to be true is on standard input
    local expected began took crossed whole
    expected=$(cat)
    printf '  %s\n  $ kvcli select %s "%s"%s\n\n' "$1" "$2" "${5//\"/\\\"}" "$([ "$4" = csv ] || echo " --input $4")"
    began=$(date +%s%N)
    kvcli select "$2" "$5" --input "$4" -f "$answer" || die "demo: the select failed; the reason is above"
    took=$((($(date +%s%N) - began) / 1000000))
    table "$answer"
    [ "$(cat "$answer")" = "$expected" ] || wrong "the true answer is
$expected"
    crossed=$(size "$answer") whole=$(size "$data/$3")
    printf '\n      %s bytes crossed instead of %s: 1 for every %s. %d ms with the start of the drive.\n\n' \
        "$(number "$crossed")" "$(number "$whole")" "$(number $((whole / crossed)))" "$took"
}

echo "A drive that answers SQL about its own values, emulated in $drive"

heading "1. Store three real files as values."
store airports airports.csv
store movies movies.json
store flights flights-3m.parquet

heading "2. Look at them. A value is an ordinary file of the host; its name is the key in hexadecimal."
echo '  $ kvcli list'
keys=$(kvcli list)
sed 's/^/      /' <<<"$keys"
for key in airports flights movies; do
    grep -qx "$key" <<<"$keys" || wrong "the key '$key' is not listed"
done
kvcli retrieve flights | cmp -s - "$data/flights-3m.parquet" || wrong "flights is not what was stored"
cmp -s "$drive/0/1/666C6967687473" "$data/flights-3m.parquet" || wrong "flights is not an ordinary file"
printf '\n  $ ls %s\n' "$drive/0/1"
for file in "$drive"/0/1/*; do echo "      ${file##*/}"; done

heading "3. Ask. The query runs inside the drive; only the answer crosses the bus."
ask 'CSV: which states have the most airports?' airports airports.csv csv \
    'select state, count(*) as airports from s3object group by state order by airports desc limit 3' <<'CSV'
state,airports
AK,263
TX,209
CA,205
CSV
ask 'CSV: which airport lies farthest north?' airports airports.csv csv \
    'select iata, city, state, round(latitude, 2) as latitude from s3object order by latitude desc limit 1' <<'CSV'
iata,city,state,latitude
BRW,Barrow,AK,71.29
CSV
ask 'JSON: whose films earned the most?' movies movies.json json \
    'select Director, count(*) as films, sum("Worldwide Gross") // 1000000 as million_dollars from s3object where Director is not null group by Director order by million_dollars desc limit 3' <<'CSV'
Director,films,million_dollars
Steven Spielberg,23,8544
James Cameron,7,5808
Robert Zemeckis,12,3842
CSV
ask 'Parquet: how many flights, and how many came more than an hour late?' flights flights-3m.parquet parquet \
    'select count(*) as flights, count(*) filter (delay > 60) as an_hour_late from s3object' <<'CSV'
flights,an_hour_late
3000000,152194
CSV
ask 'Parquet: at what hour should one fly?' flights flights-3m.parquet parquet \
    'select hour(date) as departs, count(*) as flights, round(avg(delay), 1) as minutes_late from s3object group by departs having flights > 10000 order by minutes_late limit 3' <<'CSV'
departs,flights,minutes_late
5,38442,-3.8
6,200792,-2.2
7,196576,-0.5
CSV

heading "4. Ask for what is not yours. The drive says no, and why."
# shellcheck disable=SC2016 # shown, not run
echo '  $ kvcli select airports "select * from read_text('"'/etc/passwd'"')"'
status=0
kvcli select airports "select * from read_text('/etc/passwd')" >"$answer" 2>&1 || status=$?
sed 's/^/      /' "$answer"
[ $status = 7 ] || wrong "that should have been refused with exit status 7, and gave $status"
! grep -q root: "$answer" || wrong "that showed a file of the host"
echo "      exit status $status"

heading "Every answer was checked and is right. Now you:"
cat <<TEXT
  export PATH=$PWD/build/release/bin:\$PATH KVCLI_DEVICE=$KVCLI_DEVICE
  kvcli info
  kvcli select flights "select dayname(date) as day, round(avg(delay), 1) as late from s3object group by day order by late" --input parquet
  kvcli select movies "select Title, \"Worldwide Gross\" from s3object order by 2 desc limit 5" --input json --output json
  kvcli store mine FILE.csv
  kvcli --help
TEXT
