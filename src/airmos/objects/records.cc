// SPDX-License-Identifier: BSD-3-Clause
// Tested by records_test.cc.
#include "airmos/objects/records.hpp"

#include "airmos/objects/digest.hpp"
#include "airmos/objects/record.hpp"

namespace csd::airmos::objects {
namespace {

constexpr size_t kTextBytes = sizeof(uint32_t);  // of an empty text

void put(RecordWriter& out, const Pairs& pairs) {
    out.number(static_cast<uint32_t>(pairs.size()));
    for (const auto& [name, value] : pairs) {
        out.text(name);
        out.text(value);
    }
}
Pairs get_pairs(RecordReader& in) {
    Pairs pairs(in.count(2 * kTextBytes));
    for (auto& [name, value] : pairs) {
        name = in.text();
        value = in.text();
    }
    return pairs;
}

void put(RecordWriter& out, const std::vector<Checksum>& checksums) {
    out.number(static_cast<uint32_t>(checksums.size()));
    for (const Checksum& checksum : checksums) {
        out.text(checksum.algorithm);
        out.text(checksum.value);
        out.number(static_cast<uint8_t>(checksum.composite));
    }
}
std::vector<Checksum> get_checksums(RecordReader& in) {
    std::vector<Checksum> checksums(in.count(2 * kTextBytes + 1));
    for (Checksum& checksum : checksums) {
        checksum.algorithm = in.text();
        checksum.value = in.text();
        checksum.composite = in.number<uint8_t>() != 0;
    }
    return checksums;
}

void put(RecordWriter& out, const Part& part) {
    out.number(part.number);
    out.number(part.size);
    out.number(part.modified);
    out.text(part.etag);
    put(out, part.checksums);
}
Part get_part(RecordReader& in) {
    Part part;
    part.number = in.number<uint32_t>();
    part.size = in.number<uint64_t>();
    part.modified = in.number<uint64_t>();
    part.etag = in.text();
    part.checksums = get_checksums(in);
    return part;
}

void put(RecordWriter& out, const ObjectMeta& meta) {
    out.text(meta.etag);
    put(out, meta.headers);
    put(out, meta.tags);
    put(out, meta.checksums);
}
ObjectMeta get_meta(RecordReader& in) {
    ObjectMeta meta;
    meta.etag = in.text();
    meta.headers = get_pairs(in);
    meta.tags = get_pairs(in);
    meta.checksums = get_checksums(in);
    return meta;
}

template <typename T, typename Fill>
Result<T> read(RecordType type, Bytes value, Fill fill) {
    auto opened = RecordReader::open(type, value);
    if (!opened.ok()) return opened.status();
    RecordReader in = std::move(opened).value();
    T record;
    fill(in, record);
    if (!in.whole()) return Status(Code::kIo, "the record is damaged: its lengths do not fit");
    return record;
}

}  // namespace

std::vector<uint8_t> encode(const SetRecord& record) {
    RecordWriter out(RecordType::kSet);
    out.raw(record.set);
    out.number(record.count);
    out.number(record.index);
    out.number(static_cast<uint8_t>(record.formed));
    return std::move(out).finish();
}
template <>
Result<SetRecord> decode(Bytes value) {
    return read<SetRecord>(RecordType::kSet, value, [](RecordReader& in, SetRecord& record) {
        in.raw(record.set);
        record.count = in.number<uint32_t>();
        record.index = in.number<uint32_t>();
        record.formed = in.number<uint8_t>() != 0;
    });
}

std::vector<uint8_t> encode(const BucketRecord& record) {
    RecordWriter out(RecordType::kBucket);
    out.number(record.id);
    out.number(record.revision);
    out.text(record.info.name);
    out.number(record.info.created);
    out.text(record.info.region);
    put(out, record.info.tags);
    return std::move(out).finish();
}
template <>
Result<BucketRecord> decode(Bytes value) {
    return read<BucketRecord>(RecordType::kBucket, value,
                              [](RecordReader& in, BucketRecord& record) {
                                  record.id = in.number<uint64_t>();
                                  record.revision = in.number<uint64_t>();
                                  record.info.name = in.text();
                                  record.info.created = in.number<uint64_t>();
                                  record.info.region = in.text();
                                  record.info.tags = get_pairs(in);
                              });
}

std::vector<uint8_t> encode(const Manifest& record) {
    RecordWriter out(RecordType::kManifest);
    out.number(record.bucket);
    out.raw(record.data.bytes);
    out.text(record.info.name);
    out.number(record.info.size);
    out.number(record.info.modified);
    put(out, record.info.meta);
    out.number(static_cast<uint32_t>(record.info.parts.size()));
    for (const Part& part : record.info.parts) put(out, part);
    return std::move(out).finish();
}
uint64_t version_of(Bytes manifest) {
    return load_le<uint64_t>(manifest, manifest.size() - sizeof(uint64_t));
}
template <>
Result<Manifest> decode(Bytes value) {
    return read<Manifest>(RecordType::kManifest, value, [&](RecordReader& in, Manifest& record) {
        record.version = version_of(value);
        constexpr size_t kLeastPartBytes = 20 + 2 * kTextBytes;
        record.bucket = in.number<uint64_t>();
        in.raw(record.data.bytes);
        record.info.name = in.text();
        record.info.size = in.number<uint64_t>();
        record.info.modified = in.number<uint64_t>();
        record.info.meta = get_meta(in);
        record.info.parts.resize(in.count(kLeastPartBytes));
        for (Part& part : record.info.parts) part = get_part(in);
    });
}

std::vector<uint8_t> encode(const UploadRecord& record) {
    RecordWriter out(RecordType::kUpload);
    out.number(record.bucket);
    out.raw(record.id.bytes);
    out.text(record.upload.name);
    out.number(record.upload.initiated);
    put(out, record.upload.meta);
    out.text(record.upload.checksum_algorithm);
    out.number(static_cast<uint8_t>(record.upload.full_object_checksum));
    return std::move(out).finish();
}
template <>
Result<UploadRecord> decode(Bytes value) {
    return read<UploadRecord>(RecordType::kUpload, value,
                              [](RecordReader& in, UploadRecord& record) {
                                  record.bucket = in.number<uint64_t>();
                                  in.raw(record.id.bytes);
                                  record.upload.id = record.id.text();
                                  record.upload.name = in.text();
                                  record.upload.initiated = in.number<uint64_t>();
                                  record.upload.meta = get_meta(in);
                                  record.upload.checksum_algorithm = in.text();
                                  record.upload.full_object_checksum = in.number<uint8_t>() != 0;
                              });
}

std::vector<uint8_t> encode(const CompletionRecord& record) {
    RecordWriter out(RecordType::kCompletion);
    out.number(record.bucket);
    out.raw(record.id.bytes);
    out.raw(record.data.bytes);
    out.number(record.ended);
    out.raw(record.request);
    out.text(record.name);
    out.number(record.made.size);
    out.text(record.made.etag);
    put(out, record.made.checksums);
    return std::move(out).finish();
}
template <>
Result<CompletionRecord> decode(Bytes value) {
    return read<CompletionRecord>(RecordType::kCompletion, value,
                                  [](RecordReader& in, CompletionRecord& record) {
                                      record.bucket = in.number<uint64_t>();
                                      in.raw(record.id.bytes);
                                      in.raw(record.data.bytes);
                                      record.ended = in.number<uint64_t>();
                                      in.raw(record.request);
                                      record.name = in.text();
                                      record.made.size = in.number<uint64_t>();
                                      record.made.etag = in.text();
                                      record.made.checksums = get_checksums(in);
                                  });
}

std::array<uint8_t, 32> digest_of(const std::vector<CompletedPart>& parts,
                                  const Condition& condition) {
    RecordWriter out(RecordType::kCompletion);
    for (const auto* etags : {&condition.if_match, &condition.if_none_match}) {
        out.number(static_cast<uint32_t>(etags->size()));
        for (const std::string& etag : *etags) out.text(etag);
    }
    for (const CompletedPart& part : parts) {
        out.number(part.number);
        out.text(part.etag);
        put(out, part.checksums);
    }
    return sha256(std::move(out).finish());
}

std::vector<uint8_t> encode(const PartRecord& record) {
    RecordWriter out(RecordType::kPart);
    out.raw(record.upload.bytes);
    out.raw(record.data.bytes);
    put(out, record.part);
    return std::move(out).finish();
}
template <>
Result<PartRecord> decode(Bytes value) {
    return read<PartRecord>(RecordType::kPart, value, [](RecordReader& in, PartRecord& record) {
        in.raw(record.upload.bytes);
        in.raw(record.data.bytes);
        record.part = get_part(in);
    });
}

std::vector<uint8_t> encode(const NodeRecord& record) {
    RecordWriter out(RecordType::kNode);
    out.text(record.name);
    out.text(record.value);
    return std::move(out).finish();
}
template <>
Result<NodeRecord> decode(Bytes value) {
    return read<NodeRecord>(RecordType::kNode, value, [](RecordReader& in, NodeRecord& record) {
        record.name = in.text();
        record.value = in.text();
    });
}

}  // namespace csd::airmos::objects
