// SPDX-License-Identifier: BSD-3-Clause
//
// The turn of another process, which is a child of the test's that has a device until it is told to end.
#include "kv/transport/spdk/pci_turn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

namespace csd::kv {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAddress[] = "0000:00:04.0";

class PciTurns : public ::testing::Test {
  protected:
    PciTurns() {
        std::string made = (std::filesystem::temp_directory_path() / "csd-turns-XXXXXX").string();
        if (mkdtemp(made.data()) != nullptr) directory_ = made;
    }
    ~PciTurns() override {
        end_other();
        std::filesystem::remove_all(directory_);
    }

    // Returns when the other process has the device.
    void start_other() {
        std::array<int, 2> ready{}, end{};
        ASSERT_EQ(0, pipe(ready.data()));
        ASSERT_EQ(0, pipe(end.data()));
        other_ = fork();
        if (other_ == 0) {
            close(end[1]);  // so that the test's end is the child's
            char byte = 0;
            const bool has = take_pci_turn(directory_, kAddress, 0).ok();
            if (!has || write(ready[1], &byte, 1) != 1) _exit(1);
            _exit(read(end[0], &byte, 1) == 0 ? 0 : 1);
        }
        close(ready[1]);
        close(end[0]);
        end_ = end[1];
        char byte = 0;
        EXPECT_EQ(1, read(ready[0], &byte, 1));
        close(ready[0]);
    }
    void end_other() {
        if (other_ <= 0) return;
        close(end_);
        waitpid(other_, nullptr, 0);
        other_ = -1;
    }

    std::string directory_;
    pid_t other_ = -1;
    int end_ = -1;
};

TEST_F(PciTurns, OneProcessMayTakeItsOwnAgain) {
    EXPECT_TRUE(take_pci_turn(directory_, kAddress, 0).ok());
    EXPECT_TRUE(take_pci_turn(directory_, kAddress, 0).ok());
}

TEST_F(PciTurns, AWaitSaysForWhom) {
    start_other();
    const pid_t other = other_;
    std::promise<std::string> told;
    const Log log = [&told](LogLevel, const std::string& sentence) { told.set_value(sentence); };
    std::thread waiting(
        [&] { EXPECT_TRUE(take_pci_turn(directory_, kAddress, 60'000, log).ok()); });
    const std::string sentence = told.get_future().get();
    end_other();
    waiting.join();
    EXPECT_THAT(sentence, HasSubstr(kAddress));
    EXPECT_THAT(sentence, HasSubstr("by process " + std::to_string(other)));
    EXPECT_THAT(sentence, HasSubstr("waiting"));
}

TEST_F(PciTurns, WhoHasItIsSaid) {
    start_other();
    const Status refused = take_pci_turn(directory_, kAddress, 50);
    EXPECT_EQ(Code::kTransport, refused.code());
    EXPECT_THAT(refused.message(), HasSubstr(kAddress));
    EXPECT_THAT(refused.message(), HasSubstr("by process " + std::to_string(other_)));
    EXPECT_TRUE(take_pci_turn(directory_, "0000:00:05.0", 0).ok()) << "another device is free";
}

TEST_F(PciTurns, TheNextOneWaitsForTheEndOfTheOneBefore) {
    start_other();
    std::thread ends([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        end_other();
    });
    EXPECT_TRUE(take_pci_turn(directory_, kAddress, 60'000).ok());
    ends.join();
}

TEST_F(PciTurns, WithoutAPlaceForItNobodyWaits) {
    EXPECT_TRUE(take_pci_turn(directory_ + "/nowhere", kAddress, 60'000).ok());
}

TEST(PciAddresses, AreFoundInAConfiguration) {
    EXPECT_THAT(pci_addresses_in(R"({"a": {"traddr": "0000:00:04.0"}, "b": {"traddr" : "0A:1f.7"},
                                     "c": {"traddr":"0000:00:04.0"}, "d": {"traddr": "10.99.0.1"},
                                     "e": {"traddr": "x0000:00:05.0"}, "f": "0000:00:06.0"})"),
                ElementsAre("0000:00:04.0", "0000:0a:1f.7"));
    EXPECT_THAT(pci_addresses_in(""), IsEmpty());
    EXPECT_THAT(pci_addresses_in(std::string(1 << 16, '"')), IsEmpty());
}

}  // namespace
}  // namespace csd::kv
