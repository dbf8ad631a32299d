// SPDX-License-Identifier: BSD-3-Clause
//
// Power loss at a random system call of a random sequence of commands, 1 000 times.
//
// After the restart each key must hold what the last completed flush left, or a version (or deletion) that
// came later: never a torn value, never one from before the flush. With sync=always every acknowledged
// command counts as flushed. power_loss.hpp says what the machine may forget.
#include "device/store/power_loss.hpp"

#include <iostream>
#include <optional>

#include "device/store/store_fixture.hpp"

namespace csd::store {

using Value = std::optional<std::string>;

// What the values may be after a loss of power: the flushed one first, then all that came later.
class History {
  public:
    void add(const std::string& key, Value value) { versions_[key].push_back(std::move(value)); }
    void flushed() {
        for (auto& [key, versions] : versions_) versions = {versions.back()};
    }
    Value last(const std::string& key) const {
        const auto found = versions_.find(key);
        return found == versions_.end() ? std::nullopt : found->second.back();
    }
    bool allows(const std::string& key, const Value& value) const {
        const auto found = versions_.find(key);
        if (found == versions_.end()) return !value.has_value();
        return std::find(found->second.begin(), found->second.end(), value) != found->second.end();
    }
    void start(const std::string& key) { versions_[key] = {std::nullopt}; }
    const std::map<std::string, std::vector<Value>>& all() const { return versions_; }

  private:
    std::map<std::string, std::vector<Value>> versions_;
};

class PowerLoss {
  public:
    PowerLoss(uint32_t seed, SyncMode sync, bool orders)
        : random_(seed), sync_(sync), fs_(seed ^ 0x5EED, root(0), orders) {
        for (const char* key : kKeys) history_.start(key);
    }

    void run() {
        for (int life = 0; life < 2; life++) {
            open(life);
            // What the restart found is in the page cache only, until the next flush.
            fs_.fail_at(random_() % 150, root(life + 1));
            for (int i = 0; i < 40 && !fs_.failed(); i++) command();
            fs_.fail_now();
            store_.reset();
            fs_.restart();
            check(life + 1);
            if (::testing::Test::HasFailure()) return;
        }
    }

  private:
    static constexpr std::array<const char*, 5> kKeys{"a", "b", "c", "d", "e"};

    std::string root(int life) const { return directory_.path() + "/" + std::to_string(life); }

    void open(int life) {
        Options options;
        options.root = root(life);
        options.sync = sync_;
        options.file_system = &fs_;
        Result<std::unique_ptr<Store>> opened = Store::open(options);
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        store_ = std::move(opened).value();
    }

    std::string bytes() {
        const size_t size = random_() % 3 == 0 ? random_() % 40 : random_() % 20000;
        std::string text(size, '\0');
        for (char& byte : text) byte = static_cast<char>(1 + random_() % 255);
        return text;
    }
    std::string any_key() { return kKeys[random_() % kKeys.size()]; }

    // A command that the failure interrupts may or may not have happened; one that it does not, has.
    void note(const std::string& key, Value value) {
        story_ << key << "=" << (value ? std::to_string(value->size()) : "none")
               << (fs_.failed() ? "* " : " ");
        history_.add(key, std::move(value));
        if (sync_ == SyncMode::kAlways && !fs_.failed()) history_.flushed();
    }

    void command() {
        Speaker say(*store_);
        const std::string key = any_key();
        const std::string value = bytes();
        switch (random_() % 9) {
            case 0:
            case 1:
            case 2:
                EXPECT_EQ(say.put(key, value), "ok");
                note(key, value);
                break;
            case 3:
            case 4: {
                EXPECT_EQ(say.append(key, value), "ok");
                note(key, history_.last(key).value_or("") + value);
                break;
            }
            case 5:
                if (say.erase(key) == "ok") note(key, std::nullopt);
                break;
            case 6:
                EXPECT_EQ(say.stage(1, key, 0, value), "ok");
                EXPECT_EQ(say.publish(1, key, value.size(), "end"), "ok");
                note(key, value + "end");
                break;
            case 7: {
                const std::string other = any_key();
                if (!history_.last(key) || !history_.last(other)) break;
                const std::string sum = *history_.last(key) + *history_.last(other);
                compose(key, other, sum, random_() % 2 == 0);
                break;
            }
            case 8:
                if (random_() % 8 == 0) {
                    story_ << "format: ";
                    EXPECT_EQ(say.format(), "ok");
                    for (const char* each : kKeys) note(each, std::nullopt);
                } else {
                    EXPECT_EQ(say.flush(), "ok");
                    story_ << (fs_.failed() ? "flush* " : "flush ");
                    if (!fs_.failed()) history_.flushed();
                }
                break;
        }
    }

    // With the sources deleted it is one step, of which nobody finds a part after it was flushed, or at once with
    // sync=always.
    void compose(const std::string& a, const std::string& b, const std::string& sum, bool ends) {
        const std::string target = any_key();
        std::map<std::string, Value> after{{target, sum}};
        if (ends) {
            story_ << "away: ";
            for (const std::string& source : {a, b}) after.try_emplace(source, std::nullopt);
        }
        std::map<std::string, Value> before;
        for (const auto& entry : after) before[entry.first] = history_.last(entry.first);
        EXPECT_EQ(Speaker(*store_).compose(target, {a, b}, {}, ends), "ok");
        if (sync_ == SyncMode::kAlways && fs_.failed()) step_ = {before, after};
        for (const auto& [key, value] : after) note(key, value);
    }
    void check_step(Speaker& say) {
        if (step_.empty()) return;
        const auto is_there = [&](const std::map<std::string, Value>& state) {
            return std::ranges::all_of(state, [&](const auto& entry) {
                const std::string got = say.get(entry.first);
                return entry.second ? got == *entry.second : got == "<not found>";
            });
        };
        EXPECT_TRUE(std::ranges::any_of(step_, is_there)) << story_.str();
        step_.clear();
    }

    void check(int life) {
        story_ << "POWER LOSS ";
        open(life);
        Speaker say(*store_);
        for (const char* key : kKeys) EXPECT_TRUE(is_allowed(say, key)) << key << " by name";
        check_step(say);
        const std::vector<std::string> listed = say.keys();
        for (const char* key : kKeys) {
            EXPECT_TRUE(is_allowed(say, key)) << key;
            const bool present = say.exists(key) == "ok";
            EXPECT_EQ(std::count(listed.begin(), listed.end(), key), present ? 1 : 0) << key;
            // What is there now is where the next life starts from.
            if (present) {
                history_.add(key, say.get(key));
            } else {
                history_.add(key, std::nullopt);
            }
        }
        while (store_->housekeeping({})) continue;
        for (const auto& entry : std::filesystem::directory_iterator(root(life) + "/0/1.csd")) {
            const std::string name = entry.path().filename();
            EXPECT_TRUE(name == "lock" || name == "appends" || name == "boot") << name;
        }
        EXPECT_EQ(say.flush(), "ok");
        history_.flushed();
        store_.reset();
    }
    bool is_allowed(Speaker& say, const std::string& key) {
        const std::string got = say.get(key);
        const Value value = got == "<not found>" ? Value() : Value(got);
        if (history_.allows(key, value)) return true;
        std::cerr << key << " has " << (value ? std::to_string(value->size()) : "no") << " bytes; ";
        for (const Value& version : history_.all().at(key)) {
            std::cerr << (version ? std::to_string(version->size()) : "none") << " ";
        }
        std::cerr << "were possible\n" << story_.str() << "\n";
        return false;
    }

    std::mt19937 random_;
    const SyncMode sync_;
    TempDirectory directory_{TempDirectory::Where::kMemory};
    PowerLossFileSystem fs_;
    History history_;
    std::vector<std::map<std::string, Value>>
        step_;                  // before and after what the failure interrupted
    std::ostringstream story_;  // printed when a check fails; * marks what the failure interrupted
    std::unique_ptr<Store> store_;
};

struct Case {
    SyncMode sync;
    bool orders;
    uint32_t seeds;
    const char* name;
};

class PowerLossTest : public ::testing::TestWithParam<Case> {};

TEST_P(PowerLossTest, WhatWasFlushedIsWholeAndNothingIsTorn) {
    for (uint32_t seed = 0; seed < GetParam().seeds; seed++) {
        PowerLoss(seed, GetParam().sync, GetParam().orders).run();
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
    }
}

INSTANTIATE_TEST_SUITE_P(All, PowerLossTest,
                         ::testing::Values(Case{SyncMode::kFlush, true, 500, "Ordered"},
                                           Case{SyncMode::kFlush, false, 300, "Unordered"},
                                           Case{SyncMode::kAlways, false, 200, "Always"}),
                         [](const auto& one) { return one.param.name; });

}  // namespace csd::store
