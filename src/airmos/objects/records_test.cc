// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/objects/records.hpp"

#include <gtest/gtest.h>

#include "airmos/objects/digest.hpp"
#include "airmos/objects/record.hpp"

namespace csd::airmos::objects {
namespace {

Manifest full_manifest() {
    Manifest manifest;
    manifest.bucket = 0x0102030405060708;
    manifest.data.bytes[3] = 7;
    manifest.info.name = "photos/\xC3\xA4.jpg";
    manifest.info.size = 5 * kTiB;
    manifest.info.modified = 1'700'000'000'123;
    manifest.info.meta.etag = "0123456789abcdef0123456789abcdef-2";
    manifest.info.meta.headers = {{"content-type", "image/jpeg"}, {"x-amz-meta-a", ""}};
    manifest.info.meta.tags = {{"k", "v"}};
    manifest.info.meta.checksums = {{"CRC32C", "AAAAAA==", true}};
    manifest.info.parts = {{1, 5 * kMiB, "e1", 3, {{"SHA256", "x", false}}}, {7, 1, "e2", 4, {}}};
    return manifest;
}

TEST(Records, AManifestComesBackWhole) {
    const Manifest manifest = full_manifest();
    const auto again = decode<Manifest>(encode(manifest));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(manifest.bucket, again.value().bucket);
    EXPECT_EQ(manifest.data, again.value().data);
    EXPECT_EQ(manifest.info.name, again.value().info.name);
    EXPECT_EQ(manifest.info.size, again.value().info.size);
    EXPECT_EQ(manifest.info.meta.headers, again.value().info.meta.headers);
    EXPECT_EQ(manifest.info.meta.tags, again.value().info.meta.tags);
    EXPECT_TRUE(again.value().info.meta.checksums.at(0).composite);
    EXPECT_EQ(7u, again.value().info.parts.at(1).number);
    EXPECT_EQ("SHA256", again.value().info.parts.at(0).checksums.at(0).algorithm);
    EXPECT_EQ(encode(manifest), encode(again.value()));
}

TEST(Records, TheOthersComeBackToo) {
    const SetRecord set{.set = {1, 2, 3}, .count = 3, .index = 2, .formed = true};
    EXPECT_EQ(encode(set), encode(decode<SetRecord>(encode(set)).value()));
    const BucketRecord bucket{1, 2, {"b", 3, "eu-1", {{"k", "v"}}}};
    EXPECT_EQ(encode(bucket), encode(decode<BucketRecord>(encode(bucket)).value()));
    UploadRecord upload{1, random_upload_id(), {}};
    upload.upload = {upload.id.text(), "n", 5, full_manifest().info.meta, "CRC32", true};
    EXPECT_EQ(encode(upload), encode(decode<UploadRecord>(encode(upload)).value()));
    EXPECT_EQ(upload.id.text(), decode<UploadRecord>(encode(upload)).value().upload.id);
    const PartRecord part{upload.id, {}, {9, 8, "e", 7, {}}};
    EXPECT_EQ(encode(part), encode(decode<PartRecord>(encode(part)).value()));
    CompletionRecord completion{1, upload.id, {}, 5, {1, 2}, "n", {}};
    completion.made = {7, "e-1", {{"SHA1", "x", true}}};
    EXPECT_EQ(encode(completion), encode(decode<CompletionRecord>(encode(completion)).value()));
    const NodeRecord node{"keys", "secret"};
    EXPECT_EQ(encode(node), encode(decode<NodeRecord>(encode(node)).value()));
}

TEST(Records, AChangedBitIsNoticed) {
    const auto whole = encode(full_manifest());
    for (size_t i = 0; i < whole.size(); i++) {
        auto damaged = whole;
        damaged[i] ^= 0x10;
        EXPECT_FALSE(decode<Manifest>(damaged).ok()) << "byte " << i;
        EXPECT_FALSE(decode<Manifest>(Bytes(whole).first(i)).ok()) << "cut at " << i;
    }
}

// As a stranger with the checksum in hand would make it: no length leads outside, and no count to an allocation.
TEST(Records, LengthsThatDoNotFitAreRefused) {
    auto record = encode(full_manifest());
    for (size_t at = 8; at + 4 <= record.size() - 8; at++) {
        auto wrong = record;
        store_le<uint32_t>(wrong, at, 0xFFFFFFF0);
        store_le<uint64_t>(wrong, wrong.size() - 8,
                           load_le<uint64_t>(sha256(Bytes(wrong).first(wrong.size() - 8)), 0));
        const auto decoded = decode<Manifest>(wrong);
        if (!decoded.ok()) continue;
        EXPECT_EQ(wrong.size(), encode(decoded.value()).size()) << "at " << at;
    }
}

TEST(Records, ANewerVersionIsNamed) {
    auto record = encode(NodeRecord{"a", "b"});
    record[5] = 2;
    store_le<uint64_t>(record, record.size() - 8,
                       load_le<uint64_t>(sha256(Bytes(record).first(record.size() - 8)), 0));
    const auto decoded = decode<NodeRecord>(record);
    EXPECT_EQ(Code::kUnsupported, decoded.code());
    EXPECT_NE(std::string::npos, decoded.status().message().find("newer"));
}

TEST(Layout, KeysAreFullAndTellTheirType) {
    const NameHash hash = hash_name(1, "name");
    const Key manifest = manifest_key(hash, 3);
    EXPECT_EQ(Key::kMaxBytes, manifest.size());
    EXPECT_EQ(3, place_of(manifest));
    EXPECT_TRUE(manifest.starts_with(prefix_of(RecordType::kManifest)));
    EXPECT_FALSE(place_of(set_key()).has_value());
    FreshIds ids;
    const DataId id = ids.next();
    EXPECT_EQ(id, data_id_of(data_key(id)));
    EXPECT_NE(id, ids.next());
    EXPECT_TRUE(ids.made_here(id));
    EXPECT_FALSE(FreshIds().made_here(id));
    EXPECT_LT(part_key({}, 2), part_key({}, 10'000));
    EXPECT_NE(hash_name(2, "name").key, hash.key);
    EXPECT_NE(hash_name(1, "name2").key, hash.key);
}

TEST(Layout, UploadIdsAreText) {
    const UploadId id = random_upload_id();
    EXPECT_EQ(24u, id.text().size());
    EXPECT_EQ(id, UploadId::from_text(id.text()));
    EXPECT_FALSE(UploadId::from_text("xyz").has_value());
    EXPECT_FALSE(UploadId::from_text(std::string(24, 'g')).has_value());
}

}  // namespace
}  // namespace csd::airmos::objects
