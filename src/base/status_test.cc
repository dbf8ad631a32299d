// SPDX-License-Identifier: BSD-3-Clause
#include "csd/status.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "base/bytes.hpp"

namespace csd {
namespace {

TEST(Status, DefaultIsSuccessWithoutAMessage) {
    const Status status;
    EXPECT_TRUE(status.ok());
    EXPECT_EQ(status.code(), Code::kOk);
    EXPECT_EQ(status.message(), "");
}

TEST(Status, CarriesACodeAndASentence) {
    const Status status(Code::kNoSpace, "the drive is full");
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.code(), Code::kNoSpace);
    EXPECT_EQ(status.message(), "the drive is full");
}

TEST(Status, EveryCodeHasANameOfItsOwn) {
    std::set<std::string> names;
    for (uint8_t code = 0; code <= static_cast<uint8_t>(Code::kInternal); code++) {
        const std::string name = code_name(static_cast<Code>(code));
        EXPECT_NE(name, "unknown") << static_cast<int>(code);
        EXPECT_TRUE(names.insert(name).second) << name;
    }
    EXPECT_STREQ(code_name(static_cast<Code>(255)), "unknown");
}

TEST(Result, IsAValue) {
    Result<int> result(42);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.value(), 42);
    EXPECT_EQ(result.code(), Code::kOk);
    EXPECT_TRUE(result.status().ok());
    result.value()++;
    EXPECT_EQ(result.value(), 43);
}

TEST(Result, IsAStatusThatExplainsTheAbsence) {
    const Result<int> result(Code::kNotFound, "no such key");
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(result.code(), Code::kNotFound);
    EXPECT_EQ(result.status().message(), "no such key");
}

TEST(Result, OfAStatusIsNotMistakenForAFailure) {
    const Result<Code> result(Code::kNotFound);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.value(), Code::kNotFound);
}

TEST(Result, GivesUpAValueThatCannotBeCopied) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
}

TEST(Bytes, NumbersAreLittleEndianWhereverTheyLie) {
    std::array<uint8_t, 10> bytes{};
    store_le<uint64_t>(bytes, 1, 0x0102030405060708);
    const std::array<uint8_t, 10> expected = {0, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    EXPECT_EQ(bytes, expected);
    EXPECT_EQ(load_le<uint64_t>(bytes, 1), 0x0102030405060708u);
    EXPECT_EQ(load_le<uint32_t>(bytes, 1), 0x05060708u);
    EXPECT_EQ(load_le<uint16_t>(bytes, 7), 0x0102u);
    EXPECT_EQ(load_le<uint8_t>(bytes, 8), 1u);
}

}  // namespace
}  // namespace csd
