// SPDX-License-Identifier: BSD-3-Clause
//
// The large scales: 5 GiB by append, a million keys. Only with CSD_LONG=1; the drive's file system needs 6 GB.
#include <algorithm>

#include "contract/contract.hpp"
#include "lib/scale.hpp"

namespace csd::contract {

class Scale : public Contract {};
CONTRACT_OF(Scale, [](const Abilities& a) { return test::is_long_scale() && with_extensions(a); });

TEST_P(Scale, AValueGrowsToFiveGibibytesByAppend) {
    constexpr uint64_t kBytes = 5 * kGiB;
    const std::string piece = pattern(64 * kMiB, 9);
    uint64_t size = 0;
    while (size < kBytes) {
        const auto appended = client().append(key("k"), as_bytes(piece));
        ASSERT_TRUE(appended.ok()) << appended.status().message();
        size += piece.size();
        ASSERT_EQ(appended.value(), size);
    }
    EXPECT_EQ(client().describe(key("k")).value().size, kBytes);
    const Answer answer = drive().run(retrieve_command(key("k"), 4), {}, 4);
    EXPECT_EQ(answer.dw0, UINT32_MAX) << "it does not fit";
    EXPECT_EQ(answer.dw1, abilities().wide_results ? 1u : answer.dw1);
    for (const uint64_t offset : {uint64_t{0}, 4 * kGiB - 1000, 4 * kGiB + 1, kBytes - 100}) {
        const auto got = client().retrieve(key("k"), {.offset = offset, .length = 2000});
        ASSERT_TRUE(got.ok()) << got.status().message();
        const uint64_t bytes = std::min<uint64_t>(2000, kBytes - offset);
        ASSERT_EQ(got.value().size(), bytes);
        for (uint64_t i = 0; i < bytes; i++) {
            ASSERT_EQ(static_cast<char>(got.value()[i]), piece[(offset + i) % piece.size()]) << i;
        }
    }
}

TEST_P(Scale, AMillionKeysAreListedInOrderByPages) {
    constexpr int kKeys = 1'000'000;
    constexpr int kAtOnce = 50'000;
    for (int first = 0; first < kKeys; first += kAtOnce) {
        std::vector<Request> stores;
        for (int i = first; i < first + kAtOnce; i++) {
            const std::string name = std::to_string(i * 7919ll % kKeys);
            stores.push_back(drive().request(store_command(key(name), 1), "v"));
        }
        for (const Answer& answer : drive().run_together(stores)) {
            ASSERT_THAT(answer, Says(nvme::kSuccess));
        }
    }
    std::vector<Key> all;
    kv::ListOptions mine;
    mine.prefix = *Key::from_text(prefix());
    const auto listed = client().list(mine, [&](const Key& each) {
        all.push_back(each);
        return true;
    });
    ASSERT_TRUE(listed.ok()) << listed.status().message();
    EXPECT_EQ(all.size(), static_cast<size_t>(kKeys));
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "none comes twice";
}

}  // namespace csd::contract
