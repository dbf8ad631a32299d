// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/operations/bucket_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace csd::airmos::ops {
namespace {

TEST(BucketNames, AreThoseOfS3) {
    for (const std::string& name : {std::string("abc"), std::string("a-b.c9"), std::string("1.2.3"),
                                    std::string(63, 'a'), std::string("1.2.3.4a")})
        EXPECT_TRUE(is_bucket_name(name)) << name;
}

TEST(BucketNames, ThatS3RefusesAreRefused) {
    for (const std::string& name :
         {std::string("ab"), std::string(64, 'a'), std::string("Abc"), std::string("a_b"),
          std::string("-ab"), std::string("ab-"), std::string(".ab"), std::string("a..b"),
          std::string("192.168.0.1"), std::string("xn--abc"), std::string("abc-s3alias"),
          std::string("abc--x-s3"), std::string("sthree-abc"), std::string("a b"),
          std::string("é-abc"), std::string("a/b"), std::string("")})
        EXPECT_FALSE(is_bucket_name(name)) << name;
}

}  // namespace
}  // namespace csd::airmos::ops
