// SPDX-License-Identifier: BSD-3-Clause
// Tests no_huge.c: the variable asks for ordinary memory, and changes nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "csd/spdk/compat.h"

namespace {
bool was_null;
spdk_env_opts asked;
}  // namespace

extern "C" {
int __wrap_spdk_env_init(const spdk_env_opts* opts);
int __real_spdk_env_init(const spdk_env_opts* opts);

int __real_spdk_env_init(const spdk_env_opts* opts) {
    was_null = opts == nullptr;
    if (!was_null) asked = *opts;
    return 7;
}
}

namespace {

class NoHugeTest : public ::testing::Test {
  protected:
    void SetUp() override {
        unsetenv("CSD_SPDK_NO_HUGE");
        given_.name = "nvmf";
        given_.mem_size = 512;
        asked = {};
    }
    void TearDown() override { unsetenv("CSD_SPDK_NO_HUGE"); }

    // What SPDK is asked for when the program gives this to csd_spdk_env_opts_no_huge().
    spdk_env_opts without() const {
        spdk_env_opts opts = given_;
        csd_spdk_env_opts_no_huge(&opts);
        return opts;
    }

    spdk_env_opts given_{};
};

TEST_F(NoHugeTest, WithoutTheVariableNothingIsChanged) {
    for (const char* value : {"", "0", "yes"}) {
        if (*value != '\0') setenv("CSD_SPDK_NO_HUGE", value, 1);
        EXPECT_EQ(__wrap_spdk_env_init(&given_), 7);
        EXPECT_STREQ(asked.name, "nvmf");
        EXPECT_EQ(asked.env_context, nullptr);
        EXPECT_EQ(asked.iova_mode, nullptr);
        EXPECT_FALSE(asked.no_pci);
    }
}

TEST_F(NoHugeTest, WithItTheProgramRunsOnOrdinaryMemory) {
    setenv("CSD_SPDK_NO_HUGE", "1", 1);
    EXPECT_EQ(__wrap_spdk_env_init(&given_), 7);
    EXPECT_STREQ(asked.iova_mode, without().iova_mode);
    EXPECT_TRUE(asked.no_pci);
    EXPECT_STREQ(static_cast<const char*>(asked.env_context),
                 static_cast<const char*>(without().env_context));
    EXPECT_STREQ(asked.name, "nvmf");
    EXPECT_EQ(asked.mem_size, 512);
    EXPECT_FALSE(given_.no_pci);  // the program's own stay as they are
}

TEST_F(NoHugeTest, AnEnvironmentThatIsStartedAgainIsLeftAlone) {
    setenv("CSD_SPDK_NO_HUGE", "1", 1);
    EXPECT_EQ(__wrap_spdk_env_init(nullptr), 7);
    EXPECT_TRUE(was_null);
}

}  // namespace
