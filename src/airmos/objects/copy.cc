// SPDX-License-Identifier: BSD-3-Clause
//
// Copies. Whole data that stays on its drive is a Compose of one source, and never leaves the drive. Ranges, and what goes
// to another drive, pass through the node a piece at a time.
// Tested by upload_test.cc, fault_test.cc.
#include <algorithm>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/objects/reader.hpp"
#include "airmos/objects/writer.hpp"

namespace csd::airmos::objects {
namespace {

constexpr size_t kCopyBytes = kMiB;
constexpr size_t kKeyBytesInList = 20;  // a length, a key and padding
// So many keys lie in a list of the smallest transfer.
constexpr size_t kFewestSources = 128;

// What is said of the parts is of the algorithms that the whole has.
std::vector<Part> keep_checksums(std::vector<Part> parts, const std::vector<Checksum>& of_whole) {
    for (Part& part : parts) {
        std::erase_if(part.checksums, [&](const Checksum& one) {
            return std::none_of(of_whole.begin(), of_whole.end(), [&](const Checksum& kept) {
                return kept.algorithm == one.algorithm;
            });
        });
    }
    return parts;
}

std::string md5_of(std::string_view text) {
    airmos::Digest md5(airmos::Digest::Kind::kMd5);
    md5.update(as_bytes(text));
    return hex(md5.finish());
}

// The checksum that every part has, so that Complete has one of all bytes. A copy inside the drive never passes through the
// node, so it has its source's, if that has one of all its bytes.
std::vector<Checksum> crc64nvme_of(const ObjectInfo& source) {
    for (const Checksum& one : source.meta.checksums) {
        if (one.algorithm == kDefaultChecksum && !one.composite) return {one};
    }
    return {};
}

// The ETag of a part that is a copy of a whole object: that of the object if it is the MD5 of the bytes. Another is hashed,
// because a part's ETag has the form of an MD5, and the bytes do not come by.
std::string etag_of_copy(const std::string& etag) {
    constexpr size_t kMd5Digits = 32;
    return etag.size() == kMd5Digits ? etag : md5_of(etag);
}

}  // namespace

// Joins the sources under a fresh id, in groups if their names do not fit in one command.
Outcome<> Store::compose(Drive& drive, kv::Client& client, const DataId& into,
                         std::vector<DataId> sources) {
    const size_t most =
        std::max<size_t>(client.max_transfer_bytes() / kKeyBytesInList, kFewestSources) - 1;
    std::vector<DataId> temporary;
    const auto join = [&](const DataId& id, const DataId* first, size_t count) {
        std::vector<Key> keys;
        for (size_t i = 0; i < count; i++) keys.push_back(data_key(first[i]));
        const auto joined = client.compose(data_key(id), keys, {.when = kv::When::kOnlyAdd});
        return joined.status();
    };
    Status done;
    while (done.ok() && sources.size() > most) {
        std::vector<DataId> joined;
        for (size_t i = 0; i < sources.size() && done.ok(); i += most) {
            joined.push_back(ids_.next());
            done = join(joined.back(), &sources[i], std::min(most, sources.size() - i));
        }
        temporary.insert(temporary.end(), joined.begin(), joined.end());
        sources = std::move(joined);
    }
    if (done.ok()) done = join(into, sources.data(), sources.size());
    for (const DataId& id : temporary) drive.discard(data_key(id));
    if (done.ok()) return Nothing{};
    drive.discard(data_key(into));
    return error_of(done);
}

Task<Outcome<>> Store::copy_bytes(Drive& from, DataId id, uint64_t offset, uint64_t length,
                                  DataWriter& into, CopiedSums* sums) {
    std::vector<uint8_t> buffer(static_cast<size_t>(std::min<uint64_t>(length, kCopyBytes)));
    for (uint64_t done = 0; done < length;) {
        const MutableBytes wanted = MutableBytes(buffer).first(
            static_cast<size_t>(std::min<uint64_t>(buffer.size(), length - done)));
        auto work = [&](kv::Client& client) {
            return read_data(from, client, id, offset + done, wanted);
        };
        auto got = co_await from.run(Lane::kQuick, std::move(work));
        if (!got.ok()) co_return got.error();
        if (got.value() != wanted.size()) {
            co_return Error("InternalError", "The data of the source is shorter than it was.");
        }
        if (sums != nullptr) sums->update(wanted);
        if (auto written = co_await into.write(wanted); !written.ok()) co_return written.error();
        done += wanted.size();
    }
    co_return Nothing{};
}

Task<Outcome<ObjectInfo>> Store::copy(const Reader& reader, std::string bucket, std::string name,
                                      ObjectMeta meta, Condition condition) {
    const auto& source = dynamic_cast<const StoreReader&>(reader);
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    const Place& place = where.value();
    Drive& drive = *place.drive;
    Manifest manifest;
    manifest.data = ids_.next();
    manifest.info.size = source.info().size;
    if (meta.etag.empty()) {
        meta.etag = source.info().meta.etag;
        manifest.info.parts = keep_checksums(source.info().parts, meta.checksums);
    }
    manifest.info.meta = std::move(meta);
    if (const auto may = DataWriter::may_take(drive, manifest.info.size); !may.ok()) {
        co_return may.error();
    }
    if (&source.drive() == &drive && drive.health().abilities().compose) {
        auto work = [&](kv::Client& client) -> Outcome<ObjectInfo> {
            auto made = compose(drive, client, manifest.data, {source.data()});
            if (!made.ok()) return made.error();
            return switch_to(client, place, std::move(manifest), condition);
        };
        co_return co_await drive.run(Lane::kBulk, std::move(work));
    }
    DataWriter data(drive, manifest.data);
    auto copied =
        co_await copy_bytes(source.drive(), source.data(), 0, source.info().size, data, nullptr);
    if (!copied.ok()) co_return copied.error();
    auto finish = [&](kv::Client& client) {
        return switch_to(client, place, std::move(manifest), condition);
    };
    co_return co_await data.finish(std::move(finish));
}

Task<Outcome<Part>> Store::copy_part(std::string bucket, std::string name, std::string id,
                                     uint32_t number, const Reader& reader, uint64_t offset,
                                     uint64_t length, std::vector<Checksum> checksums) {
    const auto& source = dynamic_cast<const StoreReader&>(reader);
    const auto found = find_upload(bucket, name, id);
    if (!found.ok()) co_return found.error();
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    const Place& place = where.value();
    Drive& drive = *place.drive;
    const uint64_t size = source.info().size;
    if (offset > size || length > size - offset) co_return Error("InvalidRange");
    if (const auto may = DataWriter::may_take(drive, length); !may.ok()) co_return may.error();
    StoredPart part;
    part.part.number = number;
    part.part.size = length;
    part.part.checksums = std::move(checksums);
    part.data = ids_.next();
    if (length == size && &source.drive() == &drive && drive.health().abilities().compose) {
        part.part.etag = etag_of_copy(source.info().meta.etag);
        if (part.part.checksums.empty()) part.part.checksums = crc64nvme_of(source.info());
        auto work = [&](kv::Client& client) -> Outcome<Part> {
            auto made = compose(drive, client, part.data, {source.data()});
            if (!made.ok()) return made.error();
            return put_part(client, *found.value(), place, std::move(part));
        };
        co_return co_await drive.run(Lane::kBulk, std::move(work));
    }
    DataWriter data(drive, part.data);
    CopiedSums sums;
    auto copied = co_await copy_bytes(source.drive(), source.data(), offset, length, data, &sums);
    if (!copied.ok()) co_return copied.error();
    part.part.etag = hex(sums.md5.finish());
    if (part.part.checksums.empty()) {
        part.part.checksums.push_back({kDefaultChecksum, base64(sums.crc64nvme.finish()), false});
    }
    auto finish = [&](kv::Client& client) {
        return put_part(client, *found.value(), place, std::move(part));
    };
    co_return co_await data.finish(std::move(finish));
}

}  // namespace csd::airmos::objects
