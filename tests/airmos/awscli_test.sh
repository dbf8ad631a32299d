# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# aws-cli of Debian: the commands people use, then the single operations behind them.
source tests/airmos/fixture.sh
start_node

make_file "$work/small" 1000
make_file "$work/large" 20000000 # in parts of 8 MiB
printf 'name,size\nant,1\nbee,2\ncow,300\n' >"$work/animals.csv"

check "a bucket is made" aws s3 mb "s3://$bucket"
check "and listed" contains "$bucket" "$(aws s3 ls)"
check "a small file goes up" aws s3 cp --quiet "$work/small" "s3://$bucket/dir/small"
check "a large one goes up in parts" aws s3 cp --quiet "$work/large" "s3://$bucket/dir/large"
check "the small one comes back" aws s3 cp --quiet "s3://$bucket/dir/small" "$work/small.back"
check "the large one comes back, by ranges" aws s3 cp --quiet "s3://$bucket/dir/large" "$work/large.back"
check "the small one is the same" cmp "$work/small" "$work/small.back"
check "the large one is the same" cmp "$work/large" "$work/large.back"
check "a pipe goes up" aws s3 cp --quiet - "s3://$bucket/piped" <"$work/small"
check "an object goes to a pipe" same "$(md5sum <"$work/small")" "$(aws s3 cp --quiet "s3://$bucket/piped" - | md5sum)"
check "the listing has a directory" contains "PRE dir/" "$(aws s3 ls "s3://$bucket/")"
check "a large object is copied in parts" aws s3 cp --quiet "s3://$bucket/dir/large" "s3://$bucket/copy"
check "the copy is the same" same "$(md5sum <"$work/large")" "$(aws s3 cp --quiet "s3://$bucket/copy" - | md5sum)"
check "an object is moved" aws s3 mv --quiet "s3://$bucket/piped" "s3://$bucket/moved"
check "the old name is gone" refuses "404" aws s3api head-object --bucket "$bucket" --key piped

mkdir "$work/tree"
for i in 1 2 3; do make_file "$work/tree/a b/f+$i" $((i * 100)); done
# S3 tells whole seconds: a file of the same second as its object would look newer.
find "$work/tree" -type f -exec touch -d "1 minute ago" {} +
check "a tree is synchronised" aws s3 sync --quiet "$work/tree" "s3://$bucket/tree"
check "a second time there is nothing to do" same "" "$(aws s3 sync "$work/tree" "s3://$bucket/tree")"
check "it comes back" aws s3 sync --quiet "s3://$bucket/tree" "$work/tree.back"
check "it is the same" diff -r "$work/tree" "$work/tree.back"

api() { aws s3api "$@" --bucket "$bucket" --output json; }
field() { /usr/bin/python3 -c 'import json,sys; print(eval("d" + sys.argv[1], {"d": json.load(sys.stdin)}))' "$1"; }
check "HeadObject has the length" same 1000 "$(api head-object --key dir/small | field '["ContentLength"]')"
check "an ETag is the MD5" same "\"$(md5sum <"$work/small" | cut -c1-32)\"" "$(api head-object --key dir/small | field '["ETag"]')"
check "one of three parts says so" contains '-3"' "$(api head-object --key dir/large | field '["ETag"]')"
api get-object --key dir/small --range bytes=10-19 "$work/range" >/dev/null
check "a range is that range" cmp -n 10 -i 10:0 "$work/small" "$work/range"
check "a range beyond the end is refused" refuses InvalidRange api get-object --key dir/small --range bytes=1000- "$work/range"
check "common prefixes are rolled up" same "dir/	tree/" \
    "$(aws s3api list-objects-v2 --bucket "$bucket" --delimiter / --query 'CommonPrefixes[].Prefix' --output text)"
check "the location is the default" same None "$(api get-bucket-location | field '["LocationConstraint"]')"
check "versioning was never on" same "" "$(api get-bucket-versioning)"
check "versioning cannot be turned on" refuses NotImplemented api put-bucket-versioning --versioning-configuration Status=Enabled
check "encryption is not silently left out" refuses NotImplemented \
    api put-object --key secret --body "$work/small" --server-side-encryption AES256
check "there is no policy" refuses NoSuchBucketPolicy api get-bucket-policy
check "the owner has full control" contains FULL_CONTROL "$(api get-bucket-acl)"
check "an object is tagged" api put-object-tagging --key dir/small --tagging 'TagSet=[{Key=a,Value=b}]'
check "the tags come back" same b "$(api get-object-tagging --key dir/small | field '["TagSet"][0]["Value"]')"
check "attributes are told" same 3 "$(api get-object-attributes --key dir/large --object-attributes ObjectParts ObjectSize |
    field '["ObjectParts"]["TotalPartsCount"]')"
check "many are deleted at once" api delete-objects --delete 'Objects=[{Key=dir/small},{Key=never}],Quiet=true'
check "the deleted one is gone" refuses 404 api head-object --key dir/small

url=$(aws s3 presign "s3://$bucket/copy" --expires-in 300)
check "a presigned URL works without keys" same "$(md5sum <"$work/large")" "$(curl -fsS "$url" | md5sum)"
check "a changed one does not" same 403 "$(curl -s -o /dev/null -w '%{http_code}' "${url/copy/moved}")"

aws s3 cp --quiet "$work/animals.csv" "s3://$bucket/animals.csv"
check "select runs" api select-object-content --key animals.csv --expression-type SQL \
    --expression "SELECT s.name FROM S3Object s WHERE CAST(s.size AS INT) > 1" \
    --input-serialization '{"CSV": {"FileHeaderInfo": "USE"}}' --output-serialization '{"CSV": {}}' "$work/answer"
check "and answers" same $'bee\ncow' "$(cat "$work/answer")"

check "a bucket with objects stays" refuses BucketNotEmpty aws s3 rb "s3://$bucket"
check "all objects go" aws s3 rm --quiet --recursive "s3://$bucket"
check "then the bucket goes" aws s3 rb "s3://$bucket"
check "it is not there" refuses NoSuchBucket aws s3 ls "s3://$bucket"
check "the node stops when told, without complaint" stop_node
