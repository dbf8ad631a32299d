// SPDX-License-Identifier: BSD-3-Clause
//
// ./csd and the scripts behind it name the first mistake of their command lines, before they install or build anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>
#include <utility>

namespace csd::cli_test {
namespace {

struct Line {
    const char* words;
    const char* named;  // in the last line that it prints
};

constexpr Line kLines[] = {
    {"./csd --frob", "'--frob'"},
    {"./csd frob --frob", "there is no verb 'frob'"},
    {"./csd demo --frob", "there is no option '--frob'"},
    {"./csd demo frob --frob", "'frob'"},
    {"./csd format --frob", "there is no option '--frob'"},
    {"./csd clean frob", "'frob'"},
    {"./csd coverage --frob", "there is no option '--frob'"},
    {"./csd docs --frob", "there is no option '--frob'"},
    {"./csd deps --frob", "there is no option '--frob'"},
    {"./csd build --frob", "there is no option '--frob'"},
    {"./csd build qemu --frob", "there is no option '--frob'"},
    {"./csd install --frob", "there is no option '--frob'"},
    {"./csd check frob", "there is no step 'frob'"},
    {"./csd test --frob", "there is no option '--frob'"},
    {"./csd test frob --frob", "there is no step 'frob'"},
    {"./csd test --long --frob frob", "'--frob'"},
    {"./csd vm --frob --kernel 9", "there is no option '--frob'"},
    {"./csd vm --kernel 9 --frob", "--kernel is 6.1 or 6.12, not '9'"},
    {"./csd vm --dialect x --kernel 9", "not 'x'"},
    {"./csd vm --kernel 9 --dialect x", "not '9'"},
    {"./csd vm --forward x --share /nowhere", "not 'x'"},
    {"./csd vm --share /nowhere --forward x", "not '/nowhere'"},
    {"./csd vm --cpus none --memory none", "--cpus"},
    {"./csd vm --memory none --cpus none", "--memory"},
    {"./csd vm --huge-pages", "--huge-pages needs a value"},
    {"qemu/build --frob", "'--frob'"},
    {"spdk/build --frob", "'--frob'"},
    {"guest/build --frob", "'--frob'"},
    {"bench/run --frob", "there is no option '--frob'"},
    {"bench/guest/run --frob", "there is no option '--frob'"},
    {"bench/spdk/run --frob", "there is no option '--frob'"},
    {"bench/airmos/run --frob", "there is no option '--frob'"},
    {"tests/airmos/run --frob", "there is no option --frob"},
    {"tests/consistency/run --frob", "there is no option '--frob'"},
    {"tests/consistency/faults/run --frob", "there is no option '--frob'"},
    {"tests/guest/run --frob", "'--frob'"},
    {"tests/integration/run --frob", "there is no option '--frob'"},
    {"tests/qemu/run --frob", "there is no option '--frob'"},
    {"tests/spdk/run --frob", "there is no option '--frob'"},
};

class Scripts : public ::testing::TestWithParam<Line> {};

TEST_P(Scripts, NameTheFirstMistake) {
    // Nothing may be installed for a line that is wrong.
    const std::string command = "cd '" + std::string(CSD_SOURCE_DIR) + "' && CSD_NO_INSTALL=1 " +
                                GetParam().words + " 2>&1 </dev/null";
    FILE* shell = popen(command.c_str(), "r");
    ASSERT_NE(nullptr, shell);
    std::string last, line;
    for (int c; (c = fgetc(shell)) != EOF;) {
        line += static_cast<char>(c);
        if (c == '\n') last = std::exchange(line, "");
    }
    const int ended = pclose(shell);
    EXPECT_EQ(2, WEXITSTATUS(ended)) << last;
    EXPECT_THAT(last, ::testing::HasSubstr(GetParam().named));
}

TEST(Hook, RefusesWhatIsStagedWithoutLayoutOrLicence) {
    const std::string command = "'" + std::string(CSD_SOURCE_DIR) + "/tests/cli/hook.sh' 2>&1";
    FILE* shell = popen(command.c_str(), "r");
    ASSERT_NE(nullptr, shell);
    std::string output;
    for (int c; (c = fgetc(shell)) != EOF;) output += static_cast<char>(c);
    EXPECT_EQ(0, pclose(shell));
    EXPECT_EQ("good\n", output);
}

INSTANTIATE_TEST_SUITE_P(All, Scripts, ::testing::ValuesIn(kLines));

}  // namespace
}  // namespace csd::cli_test
