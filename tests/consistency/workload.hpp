// SPDX-License-Identifier: BSD-3-Clause
//
// The workload: which operations a thread chooses, and how one is done through a kv::Client.
//
// What thread t does as its n-th operation of a round is a function of the seed alone; only the size that a guarded append
// expects is what the thread saw last. Each round has keys of its own.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "consistency/drive_model.hpp"
#include "csd/kv.hpp"
#include "kv/core.hpp"

namespace csd::consistency {

uint64_t now_ns();  // CLOCK_MONOTONIC, the same for all processes

// SplitMix64: a sequence of numbers from a seed.
class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}
    uint64_t next();
    uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
    bool one_in(uint64_t n) { return below(n) == 0; }

  private:
    uint64_t state_;
};

// How often each kind is chosen. Plain data, for processes share it.
struct Mix {
    std::array<uint32_t, kKinds> weights{};

    static Mix usual();
    // Changes weights by `name=N,name=N`; a name of `all` sets every one. False: it is not such a text.
    bool change(std::string_view text);
    Kind pick(Random& random) const;
};

struct WorkloadOptions {
    uint64_t seed = 1;
    uint32_t threads = 4;
    uint32_t depth = 1;   // operations on one group of keys that a thread has in flight
    uint32_t groups = 1;  // that a thread plays with at once: each is a round of its own
    uint32_t keys = 4;
    uint32_t transfer_bytes = 4096;
    bool pieces = true;          // stores of several commands; see choose()
    uint32_t preempt_us = 0;     // preemption.hpp
    bool one_at_a_time = false;  // the drive gets one command after the other; depth is 1
    Mix mix = Mix::usual();
};

// What the drive can do decides what is chosen.
struct Abilities {
    bool is_2023 = false;
    bool formats = false;
    bool forgives_delete = true;
};

Key key_of(uint64_t round, size_t key);

Operation choose(const WorkloadOptions& options, const Abilities& abilities, uint64_t round,
                 uint32_t thread, uint32_t index);

// One thread's connection to the drive, with all its lanes.
class Player {
  public:
    // `wrap` may put another transport around the device's.
    using Wrap = std::function<std::unique_ptr<kv::Transport>(std::unique_ptr<kv::Transport>)>;
    static Result<std::unique_ptr<Player>> open(const std::string& device,
                                                const WorkloadOptions& options,
                                                const Wrap& wrap = {});
    const Abilities& abilities() const { return abilities_; }

    // Plays operations `from` to `to` of the round, and of as many rounds from that one on as there are groups. The n-th
    // operation of group g is told in record(g, n), which is called just before it begins.
    void play(uint64_t round, uint32_t thread, uint32_t from, uint32_t to,
              const std::function<DriveEntry&(uint32_t, uint32_t)>& record,
              const std::atomic<bool>& stop);

    // Removes what a round left.
    void erase_keys(uint64_t round);

  private:
    struct Lane {
        std::vector<uint8_t> out, in;
        DriveEntry* entry = nullptr;  // null: idle
        uint32_t group = 0;
        uint64_t round = 0;
    };

    Player(std::unique_ptr<kv::Core> core, const WorkloadOptions& options);
    void begin_in_turn(Lane& lane);
    void begin(Lane& lane);
    void run_blocking(Lane& lane);
    void store_staged(Lane& lane);
    void append(Lane& lane);
    void retrieve(Lane& lane);
    void retrieve_pieces(Lane& lane);
    void list(Lane& lane);
    void compose(Lane& lane);
    void select(Lane& lane);
    void finish(Lane& lane, Code code);
    void finish_sized(Lane& lane, const Result<uint64_t>& size);
    void finish_retrieve(Lane& lane, Bytes bytes, uint64_t size);
    void learn(const Lane& lane);

    kv::Core* core_;
    kv::Client client_;
    const WorkloadOptions options_;
    Abilities abilities_;
    std::vector<Lane> lanes_;
    std::vector<std::array<uint64_t, kMaxKeys>> seen_sizes_;  // by group
};

}  // namespace csd::consistency
