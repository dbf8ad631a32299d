// SPDX-License-Identifier: BSD-3-Clause
//
// Every system call of every operation fails in turn, with each error a disk or a process can run into.
//
// Whatever the operation then says must be true: an error leaves the old value whole, success leaves the
// new one; the store serves on, and a restart finds the same. fault_file_system.hpp injects the failures.
#include "device/store/fault_file_system.hpp"

#include <optional>

#include "device/store/store_fixture.hpp"

namespace csd::store {

struct Operation {
    const char* name;
    std::string (*run)(Speaker);
    std::optional<std::string> before;  // the value of "k"
    std::optional<std::string> after;
};

static const std::string kOld(5000, 'o');
static const std::string kNew(9000, 'n');

static const Operation kOperations[] = {
    {"PutNew", [](Speaker say) { return say.put("k", kNew); }, {}, kNew},
    {"PutOver", [](Speaker say) { return say.put("k", kNew); }, kOld, kNew},
    {"AppendNew", [](Speaker say) { return say.append("k", kNew); }, {}, kNew},
    {"Append", [](Speaker say) { return say.append("k", kNew); }, kOld, kOld + kNew},
    {"Compose",
     [](Speaker say) {
         return say.compose("k", {"s", "k"});
     },
     kOld, "source" + kOld},
    {"ComposeAway",
     [](Speaker say) {
         return say.compose("k", {"s", "k"}, {}, true);
     },
     kOld, "source" + kOld},
    {"Publish",
     [](Speaker say) {
         const std::string staged = say.stage(1, "k", 0, kNew);
         return staged != "ok" ? staged : say.publish(1, "k", kNew.size(), "end");
     },
     kOld, kNew + "end"},
    {"Erase", [](Speaker say) { return say.erase("k"); }, kOld, {}},
    {"Format", [](Speaker say) { return say.format(); }, kOld, {}},
    {"Read", [](Speaker say) { return std::string(say.get("k") == kOld ? "ok" : "failed"); }, kOld,
     kOld},
    {"Flush", [](Speaker say) { return say.flush(); }, kOld, kOld},
};

struct FaultCase {
    const Operation* operation;
    SyncMode sync;
    bool loaded;  // the index was complete before
};

static std::string name_of(const ::testing::TestParamInfo<FaultCase>& info) {
    return std::string(info.param.operation->name) +
           (info.param.sync == SyncMode::kAlways ? "Always" : "Flush") +
           (info.param.loaded ? "Loaded" : "Fresh");
}

class FaultTest : public StoreTest, public ::testing::WithParamInterface<FaultCase> {
  protected:
    FaultTest() : StoreTest(Where::kMemory) {}

    std::optional<std::string> value(const std::string& key = "k") {
        const std::string got = get(key);
        return got == "<not found>" ? std::nullopt : std::optional(got);
    }

    // A drive that holds the old value, opened anew so that no descriptor is hot.
    void prepare() {
        store_.reset();
        std::filesystem::remove_all(root());
        options_.file_system = &fs_;
        options_.sync = GetParam().sync;
        open();
        ASSERT_EQ(put("s", "source"), "ok");
        if (GetParam().operation->before) {
            ASSERT_EQ(put("k", *GetParam().operation->before), "ok");
        }
        open();
        if (GetParam().loaded) {
            ASSERT_TRUE(store_->load_index({}).ok());
        }
    }

    // Says whether the fault came to pass.
    bool run_with_fault(uint64_t call, int error) {
        prepare();
        fs_.fail(call, error);
        const std::string status = GetParam().operation->run(say());
        const bool happened = fs_.disarm();
        const std::string what = std::string("call ") + std::to_string(call) + " (" +
                                 (happened ? fs_.where() : "none") + ") failing with " +
                                 std::to_string(error) + ": " + status;
        const auto& before = GetParam().operation->before;
        const auto& after = GetParam().operation->after;
        EXPECT_TRUE(happened || status == "ok") << what;
        EXPECT_TRUE(error != EIO || status != "no space") << what;
        const bool format = std::string_view(GetParam().operation->name) == "Format";
        EXPECT_TRUE(value() == (status == "ok" ? after : before) || (format && value() == after))
            << what << ", value " << (value() ? value()->substr(0, 20) : "none");
        if (std::string_view(GetParam().operation->name) == "ComposeAway") {
            EXPECT_EQ(get("s"), status == "ok" ? "<not found>" : "source") << what;
        }
        EXPECT_EQ(put("other", "served"), "ok") << what;
        EXPECT_EQ(get("other"), "served") << what;
        EXPECT_EQ(append("other", "!"), "ok") << what;
        const std::optional<std::string> now = value();
        EXPECT_TRUE(store_->load_index({}).ok());
        EXPECT_EQ(std::ranges::count(keys(), "k"), now ? 1 : 0) << what;
        while (store_->housekeeping({})) continue;
        open();
        EXPECT_EQ(value(), now) << what << ", after a restart";
        EXPECT_EQ(get("other"), "served!") << what << ", after a restart";
        for (const std::string& name : names(engine())) {
            EXPECT_TRUE(name == "lock" || name == "appends" || name == "boot") << what << name;
        }
        return happened && !HasFailure();
    }

    FaultFileSystem fs_;
};

TEST_P(FaultTest, AnErrorLeavesTheOldValueAndAServingStore) {
    for (const int error : {ENOSPC, EIO, EMFILE, EDQUOT}) {
        uint64_t call = 0;
        while (run_with_fault(call, error)) call++;
        EXPECT_GT(call, 0u) << "at least one call must have failed";
    }
}

TEST_P(FaultTest, ShortWritesAreContinued) {
    prepare();
    fs_.write_short(true);
    EXPECT_EQ(GetParam().operation->run(say()), "ok");
    EXPECT_EQ(value(), GetParam().operation->after);
    fs_.write_short(false);
}

static std::vector<FaultCase> all_cases() {
    std::vector<FaultCase> cases;
    for (const Operation& operation : kOperations) {
        for (const SyncMode sync : {SyncMode::kFlush, SyncMode::kAlways}) {
            for (const bool loaded : {false, true}) cases.push_back({&operation, sync, loaded});
        }
    }
    return cases;
}

INSTANTIATE_TEST_SUITE_P(All, FaultTest, ::testing::ValuesIn(all_cases()), name_of);

class OpenFaultTest : public StoreTest {
  protected:
    OpenFaultTest() : StoreTest(Where::kMemory) { options_.file_system = &fs_; }
    FaultFileSystem fs_;
};

TEST_F(OpenFaultTest, AFailedOpeningSaysSoAndTheNextOneWorks) {
    for (uint64_t call = 0;; call++) {
        store_.reset();
        std::filesystem::remove_all(root());
        open();
        ASSERT_EQ(put("k", "v"), "ok");
        ASSERT_EQ(append("k", "w"), "ok");
        store_.reset();
        fs_.fail(call, EIO);
        Result<std::unique_ptr<Store>> opened = try_open();
        const bool happened = fs_.disarm();
        if (!happened) break;
        if (opened.ok()) store_ = std::move(opened).value();
        if (!store_) open();
        EXPECT_EQ(get("k"), "vw") << "call " << call << " (" << fs_.where() << ")";
    }
}

TEST_F(OpenFaultTest, AfterAFailedSyncNoLaterFlushClaimsSuccess) {
    open();
    ASSERT_EQ(put("k", "v"), "ok");
    fs_.fail(0, EIO);
    EXPECT_EQ(say().flush(), "input/output error");
    ASSERT_TRUE(fs_.disarm());
    EXPECT_EQ(say().flush(), "input/output error");
    EXPECT_EQ(put("k", "w"), "ok");
    EXPECT_EQ(get("k"), "w");
}

TEST_F(OpenFaultTest, AFullDiskIsTheDrivesCapacityAndAnIoErrorIsNot) {
    open();
    for (const int error : {ENOSPC, EDQUOT}) {
        fs_.fail_from(0, error);
        EXPECT_EQ(put("k", "v"), "no space");
        fs_.disarm();
    }
    fs_.fail_from(0, EIO);
    EXPECT_EQ(put("k", "v"), "input/output error");
    fs_.disarm();
    EXPECT_EQ(put("k", "v"), "ok");
}

}  // namespace csd::store
