// SPDX-License-Identifier: BSD-3-Clause
#include "device/store/hot_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

namespace csd::store {

static Key key_of(int i) {
    return *Key::from_text("key" + std::to_string(i));
}
static HotFilePtr file(uint64_t size) {
    return std::make_shared<HotFile>(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), size);
}
static bool current() {
    return true;
}

TEST(HotFiles, KeepsWhatIsCurrentUntilItIsDropped) {
    HotFiles files(64);
    EXPECT_EQ(files.find(key_of(1)), nullptr);
    files.add(key_of(1), file(5), [] { return false; });
    EXPECT_EQ(files.find(key_of(1)), nullptr) << "it had been replaced meanwhile";
    files.add(key_of(1), file(5), current);
    const HotFilePtr held = files.find(key_of(1));
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(files.try_find(key_of(1)), held);
    files.grow(key_of(1), 9);
    EXPECT_EQ(held->size, 9u);
    files.drop(key_of(1));
    EXPECT_EQ(files.find(key_of(1)), nullptr);
    EXPECT_GE(::fcntl(held->fd.get(), F_GETFD), 0) << "a reader keeps its descriptor";
}

TEST(HotFiles, ForgetsWhatWasNotUsedWhenFull) {
    HotFiles files(64);
    files.add(key_of(0), file(1), current);
    for (int i = 1; i < 5000; i++) {
        ASSERT_NE(files.find(key_of(0)), nullptr) << i;
        files.add(key_of(i), file(1), current);
    }
    int kept = 0;
    for (int i = 0; i < 5000; i++) kept += files.find(key_of(i)) != nullptr ? 1 : 0;
    EXPECT_LE(kept, 64);
    EXPECT_GE(kept, 32);
    files.clear();
    EXPECT_EQ(files.find(key_of(0)), nullptr);
}

}  // namespace csd::store
