// SPDX-License-Identifier: BSD-3-Clause
//
// kill -9 at a random moment, 100 times: nothing torn, nothing acknowledged lost, no stray file left.
//
// A child works on the drive and tells through shared memory, before and after each command, which version
// of which key it is at. The parent kills it and looks.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <random>
#include <thread>

#include "device/store/store_fixture.hpp"

namespace csd::store {

static constexpr int kKeys = 4;

// Sizes say everything: version v of a key is its letter repeated size times, and sizes are noted here.
struct Progress {
    std::atomic<uint64_t> acknowledged[kKeys];  // size + 1; 0: absent
    std::atomic<uint64_t> attempted[kKeys];
};

class KillTest : public StoreTest {
  protected:
    KillTest() : StoreTest(Where::kMemory) {
        void* memory = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        progress_ = static_cast<Progress*>(memory);
    }
    ~KillTest() override { ::munmap(progress_, sizeof(Progress)); }

    static std::string key(int i) { return std::string("key") + static_cast<char>('a' + i); }
    static std::string bytes(int i, size_t size) {
        return std::string(size, static_cast<char>('a' + i));
    }

    [[noreturn]] void work(unsigned seed) {
        open();
        std::mt19937 random(seed);
        for (;;) {
            const int i = static_cast<int>(random() % kKeys);
            const uint64_t now = progress_->acknowledged[i];
            const uint64_t size = random() % 20000;
            const std::string data = bytes(i, size);
            const unsigned what = random() % 6;
            uint64_t next = size + 1;
            if (what == 1 || what == 2) next = (now == 0 ? 0 : now - 1) + size + 1;
            if (what == 3) next = 0;
            if (what == 5) next = 2 * (now == 0 ? 0 : now - 1) + 1;
            if ((what == 3 || what == 5) && now == 0) continue;
            if (next > 400'000) next = size + 1;
            progress_->attempted[i] = next;
            std::string status;
            if (next == size + 1 && what != 4) {
                status = put(key(i), data);
            } else if (what == 3) {
                status = erase(key(i));
            } else if (what == 4) {
                say().stage(1, key(i), 0, data.substr(0, size / 2));
                status = say().publish(1, key(i), size / 2, data.substr(size / 2));
            } else if (what == 5) {
                status = say().compose(key(i), {key(i), key(i)});
            } else {
                status = append(key(i), data);
            }
            if (status != "ok") ::_exit(1);
            progress_->acknowledged[i] = next;
        }
    }

    Progress* progress_;
};

TEST_F(KillTest, NothingIsTornAndNothingAcknowledgedIsLost) {
    std::mt19937 random(20261122);
    for (int round = 0; round < 100; round++) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) work(static_cast<unsigned>(round));
        std::this_thread::sleep_for(std::chrono::microseconds(1000 + random() % 9000));
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, WNOHANG), 0) << "the child ended by itself";
        ::kill(child, SIGKILL);
        ASSERT_EQ(::waitpid(child, &status, 0), child);

        open();
        for (int i = 0; i < kKeys; i++) {
            const std::string got = get(key(i));
            const uint64_t found = got == "<not found>" ? 0 : got.size() + 1;
            EXPECT_TRUE(found == progress_->acknowledged[i] || found == progress_->attempted[i])
                << "round " << round << ": " << key(i) << " is " << found << ", not "
                << progress_->acknowledged[i] << " or " << progress_->attempted[i];
            if (found != 0) {
                EXPECT_TRUE(got == bytes(i, found - 1)) << "round " << round;
            }
            progress_->acknowledged[i] = found;
            progress_->attempted[i] = found;
        }
        const size_t keys_found = keys().size();
        EXPECT_EQ(names(values()).size(), keys_found);
        for (const std::string& name : names(engine())) {
            EXPECT_TRUE(name == "lock" || name == "appends" || name == "boot") << name;
        }
        ASSERT_FALSE(HasFailure());
        close();
    }
}

}  // namespace csd::store
