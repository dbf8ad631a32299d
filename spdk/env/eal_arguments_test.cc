// SPDX-License-Identifier: BSD-3-Clause
// Tests eal_arguments.c: what DPDK is asked for, with and without hugepages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(EalArgumentsTest, WithHugepagesOnlyTheTelemetryGoes) {
    init({"nvmf", "-c 1", "--match-allocations"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "-c 1", "--match-allocations"));
    init({"nvmf", "--no-telemetry"});  // once is enough
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry"));
}

TEST(EalArgumentsTest, WithoutThemTheContradictionGoesToo) {
    init({"nvmf", "--no-huge", "--match-allocations", "-c 1"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "--no-huge", "-c 1"));
}

TEST(EalArgumentsTest, WithoutFilesNoneIsUnlinked) {
    init({"nvmf", "--huge-unlink", "--in-memory", "--match-allocations"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "--in-memory", "--match-allocations"));
    init({"nvmf", "--huge-unlink"});
    EXPECT_THAT(asked, ElementsAre("nvmf", "--no-telemetry", "--huge-unlink"));
}

TEST(EalArgumentsTest, MoreWordsThanFitArePassedOn) {
    std::vector<std::string> many(80, "word");
    init(many);
    EXPECT_EQ(asked, many);
}

}  // namespace
