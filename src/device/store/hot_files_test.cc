// SPDX-License-Identifier: BSD-3-Clause
#include "device/store/hot_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

namespace csd::store {

static Key key_of(int i) {
    return *Key::from_text("key" + std::to_string(i));
}
static OpenVersion file(uint64_t size) {
    return {std::make_shared<const UniqueFd>(::open("/dev/null", O_RDONLY | O_CLOEXEC)), size, 1};
}

TEST(HotFiles, KeepsAVersionUntilItIsReplacedOrDropped) {
    HotFiles files(64);
    EXPECT_EQ(files.find(key_of(1)), nullptr);
    files.put(key_of(1), file(5));
    ASSERT_NE(files.find(key_of(1)), nullptr);
    const OpenVersion held = *files.find(key_of(1));
    files.grow(key_of(1), 9, 2);
    EXPECT_EQ(files.find(key_of(1))->size, 9u);
    EXPECT_EQ(files.find(key_of(1))->version, 2u);
    EXPECT_EQ(held.size, 5u) << "a reader keeps the version that it found";
    EXPECT_EQ(files.put(key_of(1), file(7)).file, held.file);
    files.drop(key_of(1));
    EXPECT_EQ(files.find(key_of(1)), nullptr);
    EXPECT_GE(::fcntl(held.fd(), F_GETFD), 0) << "a reader keeps its descriptor";
}

TEST(HotFiles, ForgetsWhatWasNotUsedWhenFull) {
    HotFiles files(64);
    files.put(key_of(0), file(1));
    for (int i = 1; i < 5000; i++) {
        ASSERT_NE(files.find(key_of(0)), nullptr) << i;
        files.put(key_of(i), file(1));
    }
    int kept = 0;
    for (int i = 0; i < 5000; i++) kept += files.find(key_of(i)) != nullptr ? 1 : 0;
    EXPECT_EQ(kept, 64);
    files.clear();
    EXPECT_EQ(files.find(key_of(0)), nullptr);
}

}  // namespace csd::store
