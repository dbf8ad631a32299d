// SPDX-License-Identifier: BSD-3-Clause
//
// Random operations against a std::map, with restarts, on two drives, with a hash that often collides.
#include <map>
#include <random>

#include "airmos/objects/test_store.hpp"
#include "lib/scale.hpp"

namespace csd::airmos::objects {
namespace {

NameHash weak_hash(uint64_t bucket, std::string_view name) {
    NameHash hash = hash_name(bucket, name);
    hash.key = {};
    hash.key[0] = static_cast<uint8_t>(hash.spread % 5);
    return hash;
}

class Model {
  public:
    explicit Model(uint64_t seed) : store_(2), random_(seed) {
        store_.seams.hash = &weak_hash;
        EXPECT_EQ("", store_.make_bucket("b"));
    }

    void run(int operations) {
        for (int i = 0; i < operations && !testing::Test::HasFailure(); i++) {
            step();
            if (i % 50 == 0) compare();
        }
        compare();
        store_.close();
        EXPECT_EQ(plain_.size(), store_.count(RecordType::kManifest));
        EXPECT_EQ(plain_.size(), store_.count(RecordType::kData));
    }

  private:
    std::string name() {
        return std::string(1, static_cast<char>('a' + random_() % 6)) + "/" +
               std::to_string(random_() % 5);
    }
    std::string data() {
        const size_t sizes[] = {0, 1, 100, 70'000, kMiB, kMiB + 1, 2 * kMiB + 10};
        const size_t size = random_() % 8 == 0 ? sizes[random_() % 7] : sizes[random_() % 3];
        return std::string(size, static_cast<char>('a' + random_() % 26));
    }

    void step() {
        const std::string at = name();
        switch (random_() % 10) {
            case 0:
            case 1:
            case 2:
            case 3: put(at); break;
            case 4: put_if_absent(at); break;
            case 5:
            case 6: remove(at); break;
            case 7: copy(at, name()); break;
            case 8: EXPECT_EQ(expected(at), store_.get("b", at)); break;
            default:
                if (random_() % 8 == 0) store_.reopen();
        }
    }

    void put(const std::string& at) {
        const std::string bytes = data();
        EXPECT_EQ("", store_.put("b", at, bytes));
        plain_[at] = bytes;
    }
    void put_if_absent(const std::string& at) {
        const std::string bytes = data();
        const std::string code =
            store_.put("b", at, bytes, {.if_match = {}, .if_none_match = {"*"}});
        EXPECT_EQ(plain_.contains(at) ? "PreconditionFailed" : "", code);
        plain_.try_emplace(at, bytes);
    }
    void remove(const std::string& at) {
        EXPECT_EQ("", store_.remove("b", at));
        plain_.erase(at);
    }
    void copy(const std::string& from, const std::string& to) {
        if (!plain_.contains(from)) return;
        const auto reader = store_.run(store_.objects().read("b", from));
        ASSERT_TRUE(reader.ok());
        EXPECT_TRUE(store_.run(store_.objects().copy(*reader.value(), "b", to, {}, {})).ok());
        plain_[to] = plain_[from];
    }

    std::string expected(const std::string& at) const {
        const auto found = plain_.find(at);
        return found != plain_.end() ? found->second : "error: NoSuchKey";
    }
    void compare() {
        std::vector<std::string> names;
        for (const auto& [at, bytes] : plain_) {
            names.push_back(at);
            EXPECT_TRUE(store_.get("b", at) == bytes) << at;
        }
        EXPECT_EQ(names, store_.names("b"));
    }

    TestStore store_;
    std::mt19937_64 random_;
    std::map<std::string, std::string> plain_;
};

TEST(Model, AStoreIsAMap) {
    const uint64_t seed = random_number();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model(seed).run(test::is_small_scale() ? 200 : 1500);
}

}  // namespace
}  // namespace csd::airmos::objects
