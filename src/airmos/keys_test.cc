// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/keys.hpp"

#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

TEST(Keys, AreMadeAnewAndSurviveTheirRecord) {
    const auth::Keys one = make_keys();
    const auth::Keys two = make_keys();
    EXPECT_NE(one.access_key, two.access_key);
    EXPECT_NE(one.secret_key, two.secret_key);
    EXPECT_EQ(one.access_key.size(), 20u);
    EXPECT_EQ(one.secret_key.size(), 40u);
    const auto read = keys_of_record(keys_to_record(one));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->access_key, one.access_key);
    EXPECT_EQ(read->secret_key, one.secret_key);
}

TEST(Keys, ADamagedRecordIsNone) {
    for (const char* bad : {"", "\n", "a", "a\n", "a\nb", "\nb\n", "a\n\n", "a\nb\nc"}) {
        EXPECT_FALSE(keys_of_record(bad)) << bad;
    }
}

}  // namespace
}  // namespace csd::airmos
