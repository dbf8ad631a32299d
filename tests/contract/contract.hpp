// SPDX-License-Identifier: BSD-3-Clause
//
// Contract: the fixture of every contract test, and its language.
//
//     class Append : public Contract {};
//     CONTRACT_OF(Append, can_append);
//     TEST_P(Append, CreatesAnAbsentKey) { ... }
//
// A test runs on each drive that is able to do what the suite is about; where no drive is, there is no test.
// Each test has keys of its own, which begin with a prefix that no other run uses, and removes them: the drive
// may hold other keys, and other hosts may use it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/drive.hpp"
#include "nvme/list_page.hpp"

namespace csd::contract {

// The drives of this run; filled before the tests are made.
std::vector<std::unique_ptr<Drive>>& drives();

using Who = std::function<bool(const Abilities&)>;
std::vector<Drive*> drives_where(const Who& who);

inline bool anyone(const Abilities&) {
    return true;
}
inline bool key_value(const Abilities& a) {
    return a.is_key_value();
}
inline bool of_2023(const Abilities& a) {
    return !a.is_key_value();
}
inline bool with_standard_commands(const Abilities& a) {
    return a.is_key_value() && a.standard;
}
inline bool with_extensions(const Abilities& a) {
    return a.is_key_value() && a.extensions.has_value();
}
inline bool without_extensions(const Abilities& a) {
    return a.is_key_value() && !a.extensions.has_value();
}
inline bool with_large_values(const Abilities& a) {
    return a.has(&nvme::Extensions::append);
}
inline bool with_select(const Abilities& a) {
    return a.has(&nvme::Extensions::select);
}
inline bool with_rich_select(const Abilities& a) {
    return a.is_key_value() && with_select(a);
}

#define CONTRACT_OF(suite, who)                                               \
    GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(suite);                     \
    INSTANTIATE_TEST_SUITE_P(, suite, ::testing::ValuesIn(drives_where(who)), \
                             [](const auto& drive) { return drive.param->name(); })

// What the drive says, without Do Not Retry, which not every transport carries.
std::string said(uint16_t status);
void PrintTo(const Answer& answer, std::ostream* out);
MATCHER_P(Says, status, (negation ? "not " : "") + said(status)) {
    return !arg.never_sent && nvme::status_kind(arg.status) == nvme::status_kind(status);
}
// A transport that checks for itself may refuse first.
MATCHER_P(IsRefusedWith, status, "refused by the transport or by " + said(status)) {
    return arg.never_sent || nvme::status_kind(arg.status) == nvme::status_kind(status);
}

// Bytes that differ from their neighbours and from another seed's.
std::string pattern(size_t bytes, unsigned seed = 0);

class Contract : public ::testing::TestWithParam<Drive*> {
  protected:
    Contract();
    ~Contract() override;

    Drive& drive() { return *GetParam(); }
    const Abilities& abilities() { return drive().abilities(); }
    kv::Client& client() { return drive().client(); }
    bool is_key_value() { return abilities().is_key_value(); }
    // The status by the dialect: where the drive of 2023 had only one for many failures.
    uint16_t status(uint16_t key_value, uint16_t of_2023) {
        return is_key_value() ? key_value : of_2023;
    }

    // A key of this test. At most 9 characters.
    Key key(std::string_view name) const;
    const std::string& prefix() const { return prefix_; }
    // The names of this test's keys, in the drive's order.
    std::vector<std::string> names();

    nvme::Store store_command(const Key& key, size_t bytes);
    nvme::Retrieve retrieve_command(const Key& key, size_t room, uint64_t offset = 0);
    Answer store(const Key& key, std::string_view value, nvme::StoreCondition condition = {});
    Answer store(std::string_view name, std::string_view value,
                 nvme::StoreCondition condition = {}) {
        return store(key(name), value, condition);
    }
    // `data` is cut to what the drive filled.
    Answer retrieve(const Key& key, size_t room = 4096, uint64_t offset = 0);
    Answer retrieve(std::string_view name, size_t room = 4096, uint64_t offset = 0) {
        return retrieve(key(name), room, offset);
    }
    Answer exist(const Key& key) { return drive().run(nvme::Exist{key}); }
    Answer exist(std::string_view name) { return exist(key(name)); }
    Answer erase(const Key& key) { return drive().run(nvme::Delete{key}); }
    Answer erase(std::string_view name) { return erase(key(name)); }

  private:
    std::string prefix_;
};

}  // namespace csd::contract
