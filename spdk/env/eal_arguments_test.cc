// SPDX-License-Identifier: BSD-3-Clause
// Tests eal_arguments.c: what DPDK is asked for, with and without hugepages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {
std::vector<std::string> asked;
}

extern "C" {
int __wrap_rte_eal_init(int argc, char** argv);
int __real_rte_eal_init(int argc, char** argv);

int __real_rte_eal_init(int argc, char** argv) {
    asked.assign(argv, argv + argc);
    EXPECT_EQ(argv[argc], nullptr);
    return 7;
}
}

namespace {

using ::testing::ElementsAre;

void init(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    EXPECT_EQ(__wrap_rte_eal_init(static_cast<int>(words.size()), argv.data()), 7);
}

class EalArgumentsTest : public ::testing::Test {
  protected:
    void SetUp() override { unsetenv("CSD_SPDK_NO_HUGE"); }
    void TearDown() override { unsetenv("CSD_SPDK_NO_HUGE"); }
};

TEST_F(EalArgumentsTest, WithHugepagesOnlyTheTelemetryGoes) {
    init({"nvmf", "-c 1", "--match-allocations"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "-c 1", "--match-allocations"));
    init({"nvmf", "--no-telemetry"});  // once is enough
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry"));
}

TEST_F(EalArgumentsTest, WithoutThemTheContradictionGoesToo) {
    init({"nvmf", "--no-huge", "--match-allocations", "-c 1"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "--no-huge", "-c 1"));
}

TEST_F(EalArgumentsTest, TheEnvironmentAsksForProgramsWithoutTheOption) {
    setenv("CSD_SPDK_NO_HUGE", "1", 1);
    init({"nvmf", "-c 1", "--match-allocations"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-huge", "--no-telemetry", "-c 1"));
    init({"nvmf", "--no-huge"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "--no-huge"));
}

TEST_F(EalArgumentsTest, OtherValuesOfTheVariableAskForNothing) {
    setenv("CSD_SPDK_NO_HUGE", "0", 1);
    init({"nvmf", "--match-allocations"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "--match-allocations"));
}

TEST_F(EalArgumentsTest, MoreWordsThanFitArePassedOn) {
    std::vector<std::string> many(80, "word");
    init(many);
    EXPECT_EQ(asked, many);
}

}  // namespace
