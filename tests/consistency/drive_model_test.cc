// SPDX-License-Identifier: BSD-3-Clause
//
// The model of the drive: a drive that keeps its promises passes, and each kind of broken promise does not.
#include "consistency/drive_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

namespace csd::consistency {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<uint8_t> bytes_of(std::initializer_list<Segment> segments) {
    std::vector<uint8_t> bytes;
    for (const Segment& segment : segments) append_bytes(segment, bytes);
    return bytes;
}

TEST(Segments, AreLinesThatAProgramCanRead) {
    EXPECT_EQ(as_text(bytes_of({{0xabc, 70}})),
              "x00000000abc,000000,00000000070\nx00000000abc,000001,00000000000000070\n");
}

TEST(Segments, TellWhatAValueConsistsOf) {
    for (const uint32_t length : {32U, 33U, 63U, 64U, 95U, 1000U, 70'000U}) {
        const auto bytes = bytes_of({{1, length}, {2, 40}, {kMaxSegmentId, length}});
        ASSERT_EQ(bytes.size(), 2 * length + 40);
        size_t wrong_at = 0;
        const auto segments = parse_segments(bytes, &wrong_at);
        ASSERT_TRUE(segments) << length << " at " << wrong_at;
        EXPECT_EQ(*segments, (std::vector<Segment>{{1, length}, {2, 40}, {kMaxSegmentId, length}}));
    }
}

TEST(Segments, EveryDamageIsSeen) {
    const auto good = bytes_of({{5, 100}, {6, 77}});
    size_t wrong_at = 0;
    for (size_t i = 0; i < good.size(); i++) {
        auto bad = good;
        bad[i] ^= 1;
        const auto segments = parse_segments(bad, &wrong_at);
        // A change of every line of a segment would be another segment; of one byte it is not.
        EXPECT_FALSE(segments) << "byte " << i;
        if (i == 0 || i == 100) continue;  // the empty value, and the first segment
        EXPECT_FALSE(parse_segments(Bytes(good).first(i), &wrong_at)) << "cut at " << i;
    }
}

// --- Histories by hand ------------------------------------------------------------------------------------

DriveEntry entry(uint64_t began, uint64_t ended, Kind kind, uint8_t key) {
    DriveEntry made;
    made.began = began;
    made.ended = ended;
    made.operation.kind = kind;
    made.operation.key = key;
    made.operation.known = true;
    return made;
}
DriveEntry store(uint64_t began, uint64_t ended, uint8_t key, uint64_t id, uint32_t length = 100) {
    DriveEntry made = entry(began, ended, Kind::kStore, key);
    made.operation.segment = {id, length};
    made.operation.size = length;
    return made;
}
DriveEntry exist(uint64_t began, uint64_t ended, uint8_t key, bool present) {
    DriveEntry made = entry(began, ended, Kind::kExist, key);
    made.operation.present = present ? 1 : 0;
    return made;
}
DriveEntry describe(uint64_t began, uint64_t ended, uint8_t key, uint64_t size, uint64_t version) {
    DriveEntry made = entry(began, ended, Kind::kDescribe, key);
    made.operation.size = size;
    made.operation.version = version;
    return made;
}
DriveEntry retrieve(uint64_t began, uint64_t ended, uint8_t key,
                    std::initializer_list<Segment> segments) {
    DriveEntry made = entry(began, ended, Kind::kRetrieve, key);
    made.operation.hash = kEmptyHash;
    for (const Segment& segment : segments) {
        made.operation.hash = extend_hash(made.operation.hash, segment);
        made.operation.size += segment.length;
    }
    return made;
}
DriveEntry compose(uint64_t began, uint64_t ended, uint8_t key,
                   std::initializer_list<uint8_t> sources, bool delete_sources, uint64_t size) {
    DriveEntry made = entry(began, ended, Kind::kCompose, key);
    for (const uint8_t source : sources) {
        made.operation.sources[made.operation.source_count++] = source;
    }
    made.operation.delete_sources = delete_sources;
    made.operation.size = size;
    return made;
}
DriveEntry list(uint64_t began, uint64_t ended, uint32_t present) {
    DriveEntry made = entry(began, ended, Kind::kList, 0);
    made.operation.present = present;
    return made;
}
DriveEntry failed(DriveEntry made, Code code) {
    made.operation.code = code;
    return made;
}
DriveEntry lost(DriveEntry made, uint64_t until) {
    made.completed = made.operation.known = false;
    made.ended = until;
    return made;
}

std::string check(const std::vector<DriveEntry>& history) {
    return check_drive_history(history, 4);
}

TEST(DriveModel, DescribeAndRetrieveTellTheSameVersion) {
    EXPECT_THAT(check({store(1, 2, 0, 7), store(3, 9, 0, 8, 200), describe(4, 5, 0, 200, 2),
                       retrieve(6, 7, 0, {{8, 200}})}),
                IsEmpty());
    EXPECT_THAT(check({store(1, 2, 0, 7), store(3, 9, 0, 8, 200), describe(4, 5, 0, 200, 2),
                       retrieve(6, 7, 0, {{7, 100}})}),
                HasSubstr(">"));
}

TEST(DriveModel, AComposeThatDeletesIsOneInstant) {
    const auto both = compose(3, 9, 1, {0}, true, 100);
    EXPECT_THAT(check({store(1, 2, 0, 7), both, list(4, 5, 0b01), list(6, 7, 0b10)}), IsEmpty());
    EXPECT_THAT(check({store(1, 2, 0, 7), both, list(4, 5, 0b11)}), HasSubstr(">"));
    EXPECT_THAT(check({store(1, 2, 0, 7), both, exist(4, 5, 1, true), exist(6, 7, 0, true)}),
                HasSubstr(">"));
    EXPECT_THAT(check({store(1, 2, 0, 7), compose(3, 9, 0, {0, 0}, true, 200),
                       retrieve(10, 11, 0, {{7, 100}, {7, 100}})}),
                IsEmpty());
}

TEST(DriveModel, AComposeJoinsWhatIsThereWhenItTakesEffect) {
    EXPECT_THAT(check({store(1, 2, 0, 7), compose(3, 9, 1, {0}, false, 100), store(4, 5, 0, 8),
                       list(6, 7, 0b01), retrieve(10, 11, 1, {{8, 100}})}),
                IsEmpty());
    EXPECT_THAT(check({store(1, 2, 0, 7), compose(3, 9, 1, {0}, false, 100), store(4, 5, 0, 8),
                       list(6, 7, 0b01), retrieve(10, 11, 1, {{7, 100}})}),
                HasSubstr(">"));
    EXPECT_THAT(check({failed(compose(1, 2, 1, {0}, false, 0), Code::kNotFound)}), IsEmpty());
}

TEST(DriveModel, WhatAKillInterruptsHappensUntilTheRestartOrNever) {
    EXPECT_THAT(check({store(1, 2, 0, 7), lost(store(3, kNever, 0, 8), 20),
                       retrieve(21, 22, 0, {{8, 100}})}),
                IsEmpty());
    EXPECT_THAT(check({store(1, 2, 0, 7), lost(store(3, kNever, 0, 8), 20),
                       retrieve(21, 22, 0, {{7, 100}}), retrieve(23, 24, 0, {{8, 100}})}),
                HasSubstr(">"));
    EXPECT_THAT(check({store(1, 2, 0, 7), exist(21, 22, 0, false)}), HasSubstr(">"));
}

TEST(DriveModel, AVersionChangesWithTheValue) {
    EXPECT_THAT(check({store(1, 2, 0, 7), describe(3, 4, 0, 100, 5), describe(5, 6, 0, 100, 5),
                       store(6, 8, 0, 8), describe(7, 9, 0, 100, 5)}),
                IsEmpty());
    EXPECT_THAT(check({store(1, 2, 0, 7), describe(3, 4, 0, 100, 5), store(5, 6, 0, 8),
                       describe(7, 8, 0, 100, 5)}),
                HasSubstr("its version did not"));
    EXPECT_THAT(check({store(1, 2, 0, 7), describe(3, 4, 0, 100, 5), store(5, 9, 0, 8, 200),
                       describe(7, 8, 0, 200, 5)}),
                HasSubstr("two sizes"));
}

TEST(DriveModel, AVersionDoesNotComeBack) {
    EXPECT_THAT(check({store(1, 2, 0, 7), store(3, 20, 0, 8), describe(4, 5, 0, 100, 5),
                       describe(7, 8, 0, 100, 6), describe(11, 12, 0, 100, 5)}),
                HasSubstr("a version came back"));
    EXPECT_THAT(check({store(1, 2, 0, 7), store(3, 12, 0, 8), describe(4, 9, 0, 100, 5),
                       describe(4, 9, 0, 100, 6), describe(10, 11, 0, 100, 5)}),
                IsEmpty());
}

TEST(DriveModel, AFormatEmptiesAllAtOnce) {
    const auto format = entry(5, 9, Kind::kFormat, 0);
    EXPECT_THAT(
        check({store(1, 2, 0, 7), store(3, 4, 1, 8), format, list(6, 7, 0b11), list(7, 8, 0)}),
        IsEmpty());
    EXPECT_THAT(check({store(1, 2, 0, 7), store(3, 4, 1, 8), format, list(6, 7, 0b10)}),
                HasSubstr(">"));
    const auto refused = failed(store(6, 7, 2, 9), Code::kFormatInProgress);
    EXPECT_THAT(check({format, refused}), IsEmpty());
    EXPECT_THAT(check({refused}), HasSubstr("without a format"));
}

TEST(DriveModel, WhatIsStagedEndsWithAFormat) {
    auto staged = store(1, 20, 0, 7);
    staged.operation.kind = Kind::kStoreStaged;
    staged.operation.staged_since = 3;
    staged.operation.published_at = 11;
    EXPECT_THAT(check({staged, entry(4, 9, Kind::kFormat, 0)}), HasSubstr("outlived a format"));
    EXPECT_THAT(check({staged, entry(4, 12, Kind::kFormat, 0)}), IsEmpty());
    for (const Code code : {Code::kOffsetMismatch, Code::kReset}) {
        const auto ended = failed(staged, code);
        EXPECT_THAT(check({ended, entry(4, 9, Kind::kFormat, 0)}), IsEmpty());
        EXPECT_THAT(check({ended}), HasSubstr("without a format"));
    }
}

TEST(DriveModel, AFailureThatTheStateDoesNotExplainIsOne) {
    EXPECT_THAT(check({failed(store(1, 2, 0, 7), Code::kIo)}), HasSubstr(">"));
    EXPECT_THAT(check({store(1, 2, 0, 7), failed(retrieve(3, 4, 0, {}), Code::kNotFound)}),
                HasSubstr(">"));
    auto guarded = store(3, 4, 0, 8);
    guarded.operation.kind = Kind::kAppendGuarded;
    guarded.operation.guard = 100;
    EXPECT_THAT(check({store(1, 2, 0, 7), failed(guarded, Code::kOffsetMismatch)}), HasSubstr(">"));
}

// --- A drive that keeps its promises ----------------------------------------------------------------------

// One operation after the other on plain values, told as if each had begun earlier and ended later.
class PerfectDrive {
  public:
    explicit PerfectDrive(uint64_t seed) : random_(seed) {}

    std::vector<DriveEntry> play(size_t operations) {
        std::vector<DriveEntry> history;
        std::array<uint64_t, kThreads> free_at{};
        for (uint64_t i = 1; i <= operations; i++) {
            const uint64_t thread = i % kThreads;
            const uint64_t at = 100 * i;  // it takes effect
            DriveEntry made =
                entry(0, 0, kinds_[below(kinds_.size())], static_cast<uint8_t>(below(kKeys)));
            made.thread = static_cast<uint32_t>(thread);
            made.began = std::max(free_at[thread] + 1, at - below(std::min<uint64_t>(at, 90)));
            made.ended = at + below(100 * (kThreads - 1));
            free_at[thread] = made.ended;
            Operation& operation = made.operation;
            operation.segment = {i, static_cast<uint32_t>(kLineBytes + below(300))};
            operation.when = static_cast<kv::When>(below(4) == 0 ? 1 + below(2) : 0);
            operation.guard = below(4) == 0 ? below(500) : size_of(operation.key);
            operation.offset = below(200);
            operation.delete_sources = below(2) == 0;
            operation.source_count = static_cast<uint8_t>(1 + below(kMaxSources));
            for (auto& source : operation.sources) source = static_cast<uint8_t>(below(kKeys));
            if (below(30) == 0) made = lost(made, made.ended);
            const bool happens = made.completed || below(2) == 0;
            if (happens) run(operation);
            if (!made.completed) operation.known = false;
            history.push_back(made);
        }
        return history;
    }

  private:
    static constexpr size_t kKeys = 4;
    static constexpr size_t kThreads = 4;
    using Bytes8 = std::vector<uint8_t>;

    uint64_t below(uint64_t bound) { return random_() % bound; }
    uint64_t size_of(size_t key) const { return values_[key] ? values_[key]->size() : 0; }
    void set(size_t key, std::optional<Bytes8> bytes) {
        values_[key] = std::move(bytes);
        versions_[key] = ++version_;
    }

    bool refuses(Operation& operation) const {
        const bool present = values_[operation.key].has_value();
        if (operation.when == kv::When::kOnlyAdd && present) operation.code = Code::kExists;
        if (operation.when == kv::When::kOnlyUpdate && !present) operation.code = Code::kNotFound;
        return operation.code != Code::kOk;
    }

    void run(Operation& operation) {
        const size_t key = operation.key;
        auto& value = values_[key];
        switch (operation.kind) {
            case Kind::kStore:
            case Kind::kAppend:
            case Kind::kAppendGuarded: {
                if (refuses(operation)) return;
                if (operation.kind == Kind::kAppendGuarded && operation.guard != size_of(key)) {
                    operation.code = Code::kOffsetMismatch;
                    return;
                }
                Bytes8 bytes;
                if (operation.kind != Kind::kStore && value) bytes = *value;
                append_bytes(operation.segment, bytes);
                operation.size = bytes.size();
                return set(key, bytes);
            }
            case Kind::kCompose: {
                if (refuses(operation)) return;
                Bytes8 bytes;
                for (size_t i = 0; i < operation.source_count; i++) {
                    const auto& source = values_[operation.sources[i]];
                    if (!source) {
                        operation.code = Code::kNotFound;
                        return;
                    }
                    bytes.insert(bytes.end(), source->begin(), source->end());
                }
                if (bytes.size() > 20'000) {
                    operation.code = Code::kIo;
                    return;
                }
                for (size_t i = 0; i < operation.source_count && operation.delete_sources; i++) {
                    if (operation.sources[i] != key) values_[operation.sources[i]].reset();
                }
                operation.size = bytes.size();
                return set(key, bytes);
            }
            case Kind::kDelete:
                if (!value) operation.code = Code::kNotFound;
                value.reset();
                return;
            case Kind::kFormat:
                for (auto& each : values_) each.reset();
                return;
            case Kind::kExist: operation.present = value ? 1 : 0; return;
            case Kind::kList:
                for (size_t i = 0; i < kKeys; i++) operation.present |= values_[i] ? 1U << i : 0;
                return;
            default: break;
        }
        if (!value) {
            operation.code = Code::kNotFound;
            return;
        }
        operation.size = value->size();
        if (operation.kind == Kind::kDescribe) {
            operation.version = versions_[key];
        } else if (operation.kind == Kind::kRetrieve) {
            size_t wrong_at = 0;
            operation.hash = kEmptyHash;
            const auto segments = parse_segments(*value, &wrong_at);
            for (const Segment& segment : *segments) {
                operation.hash = extend_hash(operation.hash, segment);
            }
        } else {
            const uint64_t from = std::min<uint64_t>(operation.offset, value->size());
            const auto part = Bytes(*value).subspan(from);
            operation.bytes = part.size();
            operation.hash = hash_bytes(part);
        }
    }

    const std::vector<Kind> kinds_ = {
        Kind::kStore,    Kind::kStore,    Kind::kStore,         Kind::kAppend,
        Kind::kDescribe, Kind::kDescribe, Kind::kAppendGuarded, Kind::kDelete,
        Kind::kExist,    Kind::kRetrieve, Kind::kRetrieveRange, Kind::kList,
        Kind::kRetrieve, Kind::kRetrieve, Kind::kCompose,       Kind::kFormat};
    std::mt19937_64 random_;
    std::array<std::optional<Bytes8>, kKeys> values_;
    std::array<uint64_t, kKeys> versions_{};
    uint64_t version_ = 0;
};

TEST(DriveModel, APerfectDriveKeepsEveryPromise) {
    for (uint64_t seed = 1; seed <= 40; seed++) {
        const auto history = PerfectDrive(seed).play(1000);
        ASSERT_THAT(check_drive_history(history, 4), IsEmpty()) << "seed " << seed;
    }
}

// One result is another than it was. Few such changes can be explained by another order.
TEST(DriveModel, AWrongResultIsSeen) {
    std::mt19937_64 random(1);
    int seen = 0, changed = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        auto history = PerfectDrive(seed).play(200);
        DriveEntry& victim = history[100 + random() % 100];
        Operation& operation = victim.operation;
        if (!operation.known || operation.code != Code::kOk) continue;
        switch (operation.kind) {
            case Kind::kExist: operation.present ^= 1; break;
            case Kind::kList: operation.present ^= 1U << random() % 4; break;
            case Kind::kDescribe: operation.size++; break;
            case Kind::kRetrieve: operation.hash++; break;
            case Kind::kRetrieveRange:
                if (operation.bytes == 0) continue;
                operation.hash++;
                break;
            case Kind::kDelete: operation.code = Code::kNotFound; break;
            case Kind::kFormat: continue;
            default: operation.size++; break;
        }
        changed++;
        seen += check_drive_history(history, 4).empty() ? 0 : 1;
    }
    EXPECT_GT(changed, 80);
    EXPECT_GT(seen, changed * 3 / 4);
}

}  // namespace
}  // namespace csd::consistency
