// SPDX-License-Identifier: BSD-3-Clause
//
// Every command of the JavaScript SDK against a node, held against the table of docs/s3.md: all are in it, those that it
// calls 501 say NotImplemented and change nothing, and the others do not say it.
// node commands.mjs docs/s3.md, with AIRMOS_TEST_URL, AIRMOS_TEST_BUCKET and the AWS keys in the environment.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as s3 from '@aws-sdk/client-s3';

const Bucket = process.env.AIRMOS_TEST_BUCKET, Key = 'object', empty = `${Bucket}-empty`;
const client = new s3.S3Client({
    endpoint: process.env.AIRMOS_TEST_URL, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, disableHostPrefix: true,
});
const send = (name, input) => client.send(new s3[`${name}Command`](input));
const codeOf = (promise) => promise.then(() => 'OK', (error) => error.name);

// Operation -> state, from the rows of the table.
const states = new Map();
for (const row of readFileSync(process.argv[2], 'utf8').matchAll(/^\| ([A-Z]\w+(?:, \w+)*) \| ([^|]+) \|/gm)) {
    for (const name of row[1].split(', ')) states.set(name, row[2].trim());
}
const commands = Object.keys(s3).filter((name) => /^\w+Command$/.test(name)).map((name) => name.slice(0, -'Command'.length));
assert.ok(commands.length > 100, 'the SDK has its commands');
assert.deepEqual(commands.filter((name) => !states.has(name)), [], 'commands that docs/s3.md does not have');
const refused = commands.filter((name) => states.get(name) === '501');

// All that a command that is not implemented could have changed.
async function everything() {
    const { Buckets } = await send('ListBuckets', {});
    const object = await send('GetObject', { Bucket, Key });
    const found = [Buckets.map((one) => one.Name), await object.Body.transformToString(), object.ETag, object.LastModified,
        object.Metadata, object.ContentType];
    for (const name of [Bucket, empty]) found.push((await send('ListObjectsV2', { Bucket: name })).Contents?.map((one) => one.Key));
    found.push((await send('GetObjectTagging', { Bucket, Key })).TagSet, (await send('GetBucketTagging', { Bucket })).TagSet);
    return found;
}

console.log('what the others are, and that they are there');
const tags = { TagSet: [{ Key: 'a', Value: 'b' }] };
const csv = { ExpressionType: 'SQL', Expression: 'SELECT * FROM S3Object', InputSerialization: { CSV: {} }, OutputSerialization: { CSV: {} } };
const got = {};
// Commands in an order in which each succeeds, or fails with a code that says more than that it is not there.
const steps = [
    ['CreateBucket', { CreateBucketConfiguration: { Tags: tags.TagSet } }], ['HeadBucket', {}], ['ListBuckets', { Prefix: Bucket, MaxBuckets: 1 }],
    ['GetBucketLocation', {}], ['GetBucketTagging', {}], ['DeleteBucketTagging', {}], ['PutBucketTagging', { Tagging: tags }],
    ['GetBucketAcl', {}], ['PutBucketAcl', { ACL: 'private' }],
    ['GetBucketVersioning', {}], ['GetBucketLogging', {}], ['GetBucketNotificationConfiguration', {}],
    ['GetBucketAccelerateConfiguration', {}], ['GetBucketRequestPayment', {}],
    ['GetBucketPolicy', {}, 'NoSuchBucketPolicy'], ['GetBucketPolicyStatus', {}, 'NoSuchBucketPolicy'],
    ['GetBucketLifecycleConfiguration', {}, 'NoSuchLifecycleConfiguration'], ['GetBucketCors', {}, 'NoSuchCORSConfiguration'],
    ['GetBucketEncryption', {}, 'ServerSideEncryptionConfigurationNotFoundError'],
    ['GetBucketReplication', {}, 'ReplicationConfigurationNotFoundError'], ['GetBucketWebsite', {}, 'NoSuchWebsiteConfiguration'],
    ['GetPublicAccessBlock', {}, 'NoSuchPublicAccessBlockConfiguration'],
    ['GetBucketOwnershipControls', {}, 'OwnershipControlsNotFoundError'],
    ['GetObjectLockConfiguration', {}, 'ObjectLockConfigurationNotFoundError'],
    ['PutObject', { Key, Body: 'a,b\n', Metadata: { a: 'b' }, ContentType: 'text/csv' }], ['HeadObject', { Key }], ['GetObject', { Key }],
    ['SelectObjectContent', { Key, ...csv }], ['GetObjectAttributes', { Key, ObjectAttributes: ['ETag'] }],
    ['PutObjectTagging', { Key, Tagging: tags }], ['GetObjectTagging', { Key }],
    ['PutObjectAcl', { Key, ACL: 'private' }], ['GetObjectAcl', { Key }],
    ['ListObjects', {}], ['ListObjectsV2', {}], ['ListObjectVersions', {}],
    ['CopyObject', { Key: 'copy', CopySource: `${Bucket}/${Key}` }], ['DeleteObjectTagging', { Key: 'copy' }], ['DeleteObject', { Key: 'copy' }],
    ['CreateMultipartUpload', { Key: 'parts' }],
    ['UploadPart', () => ({ ...got.CreateMultipartUpload, PartNumber: 1, Body: 'x' })],
    ['UploadPartCopy', () => ({ ...got.CreateMultipartUpload, PartNumber: 1, CopySource: `${Bucket}/${Key}` })],
    ['ListMultipartUploads', {}], ['ListParts', () => got.CreateMultipartUpload],
    ['CompleteMultipartUpload', () => ({
        ...got.CreateMultipartUpload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag: got.UploadPartCopy.CopyPartResult.ETag }] },
    })],
    ['AbortMultipartUpload', () => got.CreateMultipartUpload, 'NoSuchUpload'],
    ['DeleteObjects', { Delete: { Objects: [{ Key: 'parts' }] } }], ['DeleteBucket', {}, 'BucketNotEmpty'],
];
assert.deepEqual(steps.map(([name]) => name).sort(), commands.filter((name) => !refused.includes(name)).sort(), 'what is not 501');
for (const [name, input, code = 'OK'] of steps) {
    const asked = typeof input === 'function' ? input() : input;
    const answer = send(name, { Bucket, ...asked });
    assert.equal(await codeOf(answer), code, name);
    if (code === 'OK') got[name] = await answer;
}
assert.deepEqual(got.GetBucketTagging.TagSet, tags.TagSet, 'the tags with which the bucket was made');
assert.deepEqual(got.ListBuckets.Buckets.map((one) => one.Name), [Bucket]);

console.log(`${refused.length} commands that are not implemented`);
await send('CreateBucket', { Bucket: empty });
const before = await everything();
// What one of them or another takes; without the documents, which makes them most like the plain operations.
const input = { Key, Id: 'x', AnnotationName: 'x', AnnotationPayload: 'x', RenameSource: `${Bucket}/${Key}`, RequestRoute: 'x', RequestToken: 'x' };
for (const name of refused) {
    for (const where of [Bucket, empty]) assert.equal(await codeOf(send(name, { Bucket: where, ...input })), 'NotImplemented', name);
}
assert.deepEqual(await everything(), before, 'one of them changed something');

for (const Key of (await send('ListObjectsV2', { Bucket })).Contents.map((one) => one.Key)) await send('DeleteObject', { Bucket, Key });
for (const where of [Bucket, empty]) await send('DeleteBucket', { Bucket: where });
client.destroy(); // the bodies that nobody read would keep their connections
