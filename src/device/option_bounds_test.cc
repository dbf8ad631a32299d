// SPDX-License-Identifier: BSD-3-Clause
#include "device/option_bounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "base/bytes.hpp"

namespace csd::device {
namespace {

using ::testing::HasSubstr;

TEST(OptionBounds, EveryNumberIsAllowedUpToItsBoundsAndRefusedBeyond) {
    for (const OptionBounds& bound : option_bounds()) {
        SCOPED_TRACE(bound.name);
        const auto said = [&](uint64_t value) {
            csd_options options = CSD_OPTIONS_INIT;
            options.results_bytes = kTiB;  // so that a single result may be as large
            bound.set(options, value);
            if (bound.value(options) != value) return std::string("no such number fits");
            return check_numbers(options);
        };
        EXPECT_EQ("", said(0));
        EXPECT_EQ("", said(bound.least));
        EXPECT_EQ("", said(bound.most));
        EXPECT_NE("", said(bound.most + 1));
        if (bound.least > 1) {
            EXPECT_THAT(said(bound.least - 1), HasSubstr(bound.name));
            EXPECT_THAT(said(bound.least - 1), HasSubstr(std::to_string(bound.least)));
        }
        if (bound.most < UINT32_MAX - 1) {
            EXPECT_THAT(said(bound.most + 1), HasSubstr(bound.name));
            EXPECT_THAT(said(bound.most + 1), HasSubstr(std::to_string(bound.most + 1)));
        }
    }
}

TEST(OptionBounds, OneResultIsNotLargerThanAllTogether) {
    csd_options options = CSD_OPTIONS_INIT;
    options.result_bytes = 2 * kGiB;
    EXPECT_THAT(check_numbers(options), HasSubstr("results-size"));
    options.results_bytes = 2 * kGiB;
    EXPECT_EQ("", check_numbers(options));
}

TEST(OptionBounds, OpenChecksThemBeforeItTouchesTheDirectory) {
    for (const OptionBounds& bound : option_bounds()) {
        SCOPED_TRACE(bound.name);
        csd_options options = CSD_OPTIONS_INIT;
        options.root = "/tmp/csd-never-made";
        bound.set(options, bound.most + 1);
        if (bound.value(options) == 0) continue;
        csd_device* device = nullptr;
        char* error = nullptr;
        EXPECT_EQ(EINVAL, csd_open(&options, &device, &error));
        EXPECT_THAT(error, HasSubstr(bound.name));
        csd_free(error);
        EXPECT_FALSE(std::filesystem::exists("/tmp/csd-never-made"));
    }
}

}  // namespace
}  // namespace csd::device
