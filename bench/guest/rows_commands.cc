// SPDX-License-Identifier: BSD-3-Clause
//
// Commands of the drive against reads and writes of the block namespace beside it.
#include <fmt/core.h>

#include <algorithm>

#include "nvme/list_page.hpp"
#include "queue.hpp"
#include "report.hpp"
#include "rows.hpp"

namespace csd::bench {

namespace {

using nvme::Dialect;
using nvme::Sqe;

constexpr uint32_t kSmall = 4096;
constexpr uint32_t kLarge = 512 << 10;
constexpr uint64_t kHotKeys = 128;
constexpr uint32_t kDepths[] = {1, 32};

Key key_of(uint64_t n) {
    const uint64_t words[2] = {scramble(n), n};
    return *Key::from_bytes(as_bytes(std::string_view(reinterpret_cast<const char*>(words), 16)));
}

// Read or Write of the NVM command set, over 64 MiB at most. The block number stays below the number of bytes, which
// is what the transport takes CDW10 for: small commands meet 2 MiB, well kept in every cache.
Sqe block_command(uint8_t opcode, uint32_t nsid, uint32_t bytes, uint64_t n) {
    constexpr uint64_t kBlock = 512;
    const uint64_t span = std::min<uint64_t>(bytes * kBlock, 64 << 20);
    Sqe sqe;
    sqe.set_dword(0, opcode);
    sqe.set_dword(1, nsid);
    sqe.set_dword(10, static_cast<uint32_t>(scramble(n) % (span / bytes) * (bytes / kBlock)));
    sqe.set_dword(12, bytes / kBlock - 1);
    return sqe;
}

class Pair {
  public:
    Pair(const Setting& setting, const Devices& devices)
        : setting_(setting), drive_(devices.drive), block_(devices.block) {}

    uint32_t most_bytes() const {
        return std::min(drive_.max_transfer_bytes(), block_.max_transfer_bytes());
    }

    // Values 0 to kHotKeys-1, so that retrieves find them.
    void store_hot(uint32_t bytes) {
        for (uint64_t n = 0; n < kHotKeys; ++n) drive_.send(store(n, bytes), bytes);
    }
    Sqe store(uint64_t n, uint32_t bytes) const {
        return nvme::encode(nvme::Store{.key = key_of(n), .bytes = bytes}, Dialect::kKeyValue,
                            drive_.nsid());
    }
    // New keys, far from the hot ones.
    Sqe store_new(uint64_t n, uint32_t bytes) const { return store((1ull << 40) + n, bytes); }
    Sqe retrieve(uint64_t n, uint32_t bytes) const {
        return nvme::encode(nvme::Retrieve{.key = key_of(scramble(n) % kHotKeys), .bytes = bytes},
                            Dialect::kKeyValue, drive_.nsid());
    }
    Sqe exist(uint64_t n) const {
        return nvme::encode(nvme::Exist{key_of(scramble(n) % kHotKeys)}, Dialect::kKeyValue,
                            drive_.nsid());
    }
    Sqe read(uint64_t n, uint32_t bytes) const {
        return block_command(0x02, block_.nsid(), bytes, n);
    }
    Sqe write(uint64_t n, uint32_t bytes) const {
        return block_command(0x01, block_.nsid(), bytes, n);
    }

    struct Contest {
        std::string work;
        std::string yardstick;
        uint32_t depth;
        uint32_t drive_bytes;
        uint32_t block_bytes;
        std::function<Sqe(uint64_t)> ours;
        std::function<Sqe(uint64_t)> theirs;
        Target target;
    };
    void compare(const Contest& contest) {
        const double seconds = setting_.quick ? 0.2 : 2;
        const auto rate = [&](Queue& queue, uint32_t bytes,
                              const std::function<Sqe(uint64_t)>& command) {
            return queue.rate(
                {.bytes = bytes, .depth = contest.depth, .seconds = seconds, .command = command});
        };
        report(setting_, {.work = fmt::format("{}, depth {}", contest.work, contest.depth),
                          .unit = Unit::kPerSecond,
                          .samples = alternate(
                              setting_.rounds,
                              [&] { return rate(drive_, contest.drive_bytes, contest.ours); },
                              [&] { return rate(block_, contest.block_bytes, contest.theirs); }),
                          .yardstick = contest.yardstick,
                          .target = contest.target});
    }

  private:
    const Setting& setting_;
    Queue drive_;
    Queue block_;
};

}  // namespace

void small_commands(const Setting& setting, const Devices& devices) {
    Pair pair(setting, devices);
    pair.store_hot(kSmall);
    const auto read = [&](uint64_t n) { return pair.read(n, kSmall); };
    const auto write = [&](uint64_t n) { return pair.write(n, kSmall); };
    for (const uint32_t depth : kDepths) {
        const Target quick = Target::ratio_at_least(depth == 1 ? 3 : 1.5);
        pair.compare({"exist", "block read, 4 KiB", depth, 0, kSmall,
                      [&](uint64_t n) { return pair.exist(n); }, read, quick});
        pair.compare({"retrieve 4 KiB, hot", "block read, 4 KiB", depth, kSmall, kSmall,
                      [&](uint64_t n) { return pair.retrieve(n, kSmall); }, read, quick});
        pair.compare({"store 4 KiB, new keys", "block write, 4 KiB", depth, kSmall, kSmall,
                      [&](uint64_t n) { return pair.store_new(n, kSmall); }, write,
                      Target::ratio_at_least(0.7)});
    }
}

void large_commands(const Setting& setting, const Devices& devices) {
    Pair pair(setting, devices);
    const uint32_t bytes = std::min(kLarge, pair.most_bytes());
    pair.store_hot(bytes);
    const std::string size = fmt::format("{} KiB", bytes >> 10);
    for (const uint32_t depth : kDepths) {
        pair.compare({"retrieve " + size, "block read, " + size, depth, bytes, bytes,
                      [&](uint64_t n) { return pair.retrieve(n, bytes); },
                      [&](uint64_t n) { return pair.read(n, bytes); },
                      Target::ratio_at_least(0.8)});
        // The same keys again: what is measured is the bytes, and the disk must hold them.
        pair.compare({"store " + size, "block write, " + size, depth, bytes, bytes,
                      [&](uint64_t n) { return pair.store(n % kHotKeys, bytes); },
                      [&](uint64_t n) { return pair.write(n, bytes); },
                      Target::ratio_at_least(0.8)});
    }
}

void list_pages(const Setting& setting, const Devices& devices) {
    Queue few(devices.few_keys);
    Queue many(devices.many_keys);
    constexpr uint32_t kPage = 4096;
    const double seconds = setting.quick ? 0.2 : 2;
    const auto rate = [&](Queue& queue) {
        return queue.rate(
            {.bytes = kPage, .depth = 1, .seconds = seconds, .command = [&](uint64_t) {
                 return nvme::encode(nvme::List{Key(), kPage}, Dialect::kKeyValue, queue.nsid());
             }});
    };
    report(setting, {.work = "list page of 4 KiB, many keys",
                     .unit = Unit::kPerSecond,
                     .samples = alternate(
                         setting.rounds, [&] { return rate(many); }, [&] { return rate(few); }),
                     .yardstick = "the same page, 1 thousand keys",
                     .target = Target::ratio_at_least(0.8)});
}

}  // namespace csd::bench
